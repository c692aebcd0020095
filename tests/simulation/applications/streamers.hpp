#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "core/streams.hpp"
#include "simulation/promises/ledger.hpp"

namespace handoff::core::sim {

struct World;
class ClientHost;

/// The streaming ends of a process, one producer and one consumer for each queue that it streams,
/// used as a program uses them.
class Streamers {
public:
    Streamers(World& world, ClientHost& host) : world_(world), host_(host) {}

    void send(std::size_t queue);
    void receive(std::size_t queue);
    /// Of what was taken, something is acknowledged, released or forgotten.
    void finish(std::size_t queue);
    /// It waits, or does not any more; or has another credit.
    void vary(std::size_t queue);

    void look();
    void died();
    /// Takes no more, and acknowledges what it has.
    void settle_all();
    [[nodiscard]] bool idle() const;

    /// Its credit, if it waits at this queue with empty hands and no limit of bytes; else 0.
    [[nodiscard]] std::uint64_t in_want(std::size_t queue);

private:
    struct Sender {
        std::size_t queue = 0;
        QueueRef ref = 0;
        ProducerMachine* machine = nullptr;
        Window window;
        Maker maker = 0;
        std::vector<ItemNumber> sent;
        std::vector<bool> failed;
        std::size_t known = 0;  ///< of what was sent, so many have ended
    };
    struct Taken {
        ItemNumber item = 0;
        Token token = 0;
        std::uint64_t generation = 0;
    };
    struct Receiver {
        std::size_t queue = 0;
        QueueRef ref = 0;
        ConsumerMachine* machine = nullptr;
        std::uint32_t credit = 0;
        std::uint64_t bytes = 0;
        bool waits = false;
        std::vector<Taken> in_hand;
        std::map<Token, ItemNumber> acks;  ///< not answered
    };

    Sender& sender(std::size_t queue);
    Receiver& receiver(std::size_t queue);
    void look(Sender& end);
    void look(Receiver& end);
    void set_credit(Receiver& end, std::uint32_t items);
    void turn_waiting(Receiver& end);
    ConsumerMachine::Look take_next(Receiver& end);
    void take_one(Receiver& end);
    void ack(Receiver& end, const Taken& taken);

    World& world_;
    ClientHost& host_;
    std::deque<Sender> senders_;
    std::deque<Receiver> receivers_;
};

}  // namespace handoff::core::sim

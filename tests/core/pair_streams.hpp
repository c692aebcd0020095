#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/pair_world.hpp"

// The streaming ends of a peer, used as a program uses them: what the client's driver does around
// each call is done here.

namespace handoff::core::test {

/// A producer.
class Sender {
public:
    Sender(PairWorld& world, Peer& peer, QueueRef queue, Window window = {1000, 1u << 20})
        : machine(peer.streams.add_producer(queue, window)), world_(world), peer_(peer) {}

    /// False: the window is full, and the item was not sent.
    bool send(const std::string& item, const Columns& columns = {});
    void send_all(const Texts& items) {
        for (const std::string& item : items) REQUIRE(send(item));
    }
    /// "4 closed, 5 closed": what was refused since the last time, by number.
    std::string failures();

    ProducerMachine& machine;

private:
    PairWorld& world_;
    Peer& peer_;
};

/// An item in the hands of the application.
struct Taken {
    std::string item;
    Token token = 0;
    std::uint32_t deliveries = 0;
    std::uint64_t id = 0;          ///< its number in the queue
    std::uint64_t generation = 0;  ///< of the session
};

/// A consumer.
class Receiver {
public:
    using Look = ConsumerMachine::Look;

    Receiver(PairWorld& world, Peer& peer, QueueRef queue, std::uint32_t items,
             std::uint64_t bytes = 1u << 20, std::optional<Millis> lease = {});

    void set_credit(std::uint32_t items, std::uint64_t bytes = 1u << 20,
                    std::optional<Millis> lease = {});

    Look look() { return machine.look(world_.now()); }
    /// Empty: there is none at once.
    std::optional<Taken> try_next();
    /// Waits for it while messages arrive; the test fails if none comes.
    Taken next();
    /// Whatever is there without waiting.
    Texts take_all();

    void ack(const Taken& taken);
    CallId settle(Verb verb, const Taken& taken);
    /// "17 lease_lapsed": acknowledgements that were refused, by token.
    std::string failures();

    ConsumerMachine& machine;

private:
    PairWorld& world_;
    Peer& peer_;
};

std::string text_of(const std::vector<StreamFailure>& failures);
/// Neighbours that failed alike, one by one.
std::vector<StreamFailure> each_of(const std::vector<StreamFailure>& failures);

}  // namespace handoff::core::test

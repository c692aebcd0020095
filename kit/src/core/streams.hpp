#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <variant>

#include "core/client_machine.hpp"
#include "core/consumer_machine.hpp"
#include "core/producer_machine.hpp"

namespace handoff::core {

/// The streaming ends of a client, and which of its calls are theirs.
///
/// Thread safety: none; whoever owns the client.
class Streams {
public:
    explicit Streams(ClientMachine& client) : client_(client) {}

    ProducerMachine& add_producer(QueueRef queue, Window window);
    /// What it has begun goes on; nobody is told how that ends.
    void remove(const ProducerMachine& producer);

    /// The one of this queue.
    ConsumerMachine& consumer(QueueRef queue);
    /// Null: the queue has had none.
    [[nodiscard]] ConsumerMachine* find_consumer(QueueRef queue) noexcept;

    /// Whether the call was one of a stream; then that has been told.
    bool take(const Completion& completion, Now now);

    /// Sends what the producer has gathered, if it may.
    void hand_over(ProducerMachine& producer, Now now);
    void advance(ConsumerMachine& consumer, Now now);

    /// Distributes what came, and lets everybody say what is to be said. After anything that the
    /// client has received, before its outbox is taken.
    void turn(Now now);

    [[nodiscard]] Time next_deadline() const;

    /// Whether an answer or a message may come that has to be acted upon although nobody waits for
    /// it: something has gathered behind what is under way, or is held and may be recalled.
    [[nodiscard]] bool need_attention() const;

private:
    using End = std::variant<ProducerMachine*, ConsumerMachine*>;

    ClientMachine& client_;
    std::map<const ProducerMachine*, std::unique_ptr<ProducerMachine>> producers_;
    std::map<QueueRef, ConsumerMachine> consumers_;
    std::unordered_map<CallId, End> calls_;
};

}  // namespace handoff::core

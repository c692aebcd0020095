#include "core/streams.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace handoff::core {

ProducerMachine& Streams::add_producer(QueueRef queue, Window window) {
    auto made = std::make_unique<ProducerMachine>(client_, queue, window);
    ProducerMachine& producer = *made;
    producers_.emplace(&producer, std::move(made));
    return producer;
}

void Streams::remove(const ProducerMachine& producer) {
    std::erase_if(calls_, [&](const auto& call) {
        const auto* end = std::get_if<ProducerMachine*>(&call.second);
        return end != nullptr && *end == &producer;
    });
    producers_.erase(&producer);
}

ConsumerMachine& Streams::consumer(QueueRef queue) {
    return consumers_.try_emplace(queue, client_, queue).first->second;
}

ConsumerMachine* Streams::find_consumer(QueueRef queue) noexcept {
    const auto found = consumers_.find(queue);
    return found == consumers_.end() ? nullptr : &found->second;
}

bool Streams::take(const Completion& completion, Now now) {
    const auto call = calls_.extract(completion.call);
    if (call.empty()) return false;
    if (auto* const* producer = std::get_if<ProducerMachine*>(&call.mapped())) {
        (*producer)->take(completion);
        hand_over(**producer, now);
    } else {
        std::get<ConsumerMachine*>(call.mapped())->take(completion);
    }
    return true;
}

void Streams::hand_over(ProducerMachine& producer, Now now) {
    if (!producer.may_hand_over()) return;
    for (const CallId call : producer.hand_over(now)) calls_.emplace(call, &producer);
}

void Streams::advance(ConsumerMachine& consumer, Now now) {
    for (const CallId call : consumer.advance(now)) calls_.emplace(call, &consumer);
}

void Streams::turn(Now now) {
    for (Unsolicited& news : client_.take_unsolicited()) {
        if (ConsumerMachine* consumer = find_consumer(news.queue)) {
            consumer->receive(std::move(news));
        }
    }
    for (auto& [queue, consumer] : consumers_) advance(consumer, now);
}

Time Streams::next_deadline() const {
    Time next = never;
    for (const auto& [queue, consumer] : consumers_) {
        next = std::min(next, consumer.next_deadline());
    }
    return next;
}

bool Streams::need_attention() const {
    return std::any_of(producers_.begin(), producers_.end(),
                       [](const auto& each) { return each.second->gathered() > 0; }) ||
           std::any_of(consumers_.begin(), consumers_.end(),
                       [](const auto& each) { return each.second.needs_attention(); });
}

}  // namespace handoff::core

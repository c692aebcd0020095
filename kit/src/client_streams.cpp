// The part of ClientDriver that serves streams. Sending and taking an item is a matter of the lock
// and a few instructions; the socket is looked at when there is something to send or to wait for.
#include <algorithm>
#include <limits>
#include <utility>

#include "client_driver.hpp"
#include "handoff/error.hpp"
#include "os/host.hpp"

namespace handoff {

core::Time until_of(const detail::Wait& wait) {
    if (wait.once) return now().boot;
    return wait.limit ? core::later(now().boot, *wait.limit) : core::never;
}

namespace {

bool never_waits(const detail::Wait& wait) {
    return wait.once || (wait.limit && wait.limit->count() == 0);
}

}  // namespace

// ---- producers

core::ProducerMachine& ClientDriver::begin_producer(core::QueueRef queue, core::Window window) {
    const Lock lock(mutex_);
    return streams_.add_producer(queue, window);
}

ClientDriver::Sent ClientDriver::send(core::ProducerMachine& producer, const core::Columns* columns,
                                      std::string_view payload, const detail::Wait& wait) {
    const auto may_go_on = [&] { return producer.has_room() || !producer.failures.empty(); };
    std::optional<core::Time> until;
    for (;;) {
        {
            const Lock lock(mutex_);
            if (!producer.failures.empty()) return Sent::failed;
            if (payload.size() > machine_.limits().item_bytes_max) return Sent::too_large;
            if (producer.has_room()) {
                columns == nullptr ? producer.add(payload) : producer.add(*columns, payload);
                if (producer.may_hand_over()) {
                    streams_.hand_over(producer, now());
                    pump_now_or_later();
                }
                if (leader_ == nullptr && producer.gathered() > 0) call_keeper();
                return Sent::yes;
            }
        }
        if (never_waits(wait)) return Sent::no_room;
        if (!until) until = until_of(wait);
        if (!wait_until(may_go_on, *until, wait.stop)) {
            return wait.stop.stop_requested() ? Sent::stopped : Sent::no_room;
        }
    }
}

bool ClientDriver::flush(core::ProducerMachine& producer, const detail::Wait& wait) {
    return wait_until([&] { return producer.unconfirmed() == 0; }, until_of(wait), wait.stop);
}

std::uint64_t ClientDriver::unconfirmed(const core::ProducerMachine& producer) {
    const Lock lock(mutex_);
    return producer.unconfirmed();
}

std::vector<core::StreamFailure> ClientDriver::end_producer(core::ProducerMachine& producer) {
    wait_until([&] { return producer.unconfirmed() == 0; }, core::later(now().boot, config_.linger),
               {});
    const Lock lock(mutex_);
    std::vector<core::StreamFailure> failures = producer.failures.take();
    if (producer.unconfirmed() > 0) {
        failures.push_back({0, errc::outcome_unknown,
                            std::to_string(producer.unconfirmed()) +
                                " items of a producer were not confirmed by the manager at " +
                                endpoints_[endpoint_in_use_] + " within linger"});
    }
    streams_.remove(producer);
    return failures;
}

// ---- consumers

core::ConsumerMachine& ClientDriver::begin_consumer(core::QueueRef queue, const Share& share) {
    const Lock lock(mutex_);
    Share& all = shares_[queue];
    if (all.items > 0 && (all.lease != share.lease || all.renew != share.renew)) {
        throw Error(errc::invalid_argument,
                    "consumers of one client on one queue share its stream, and so its ttl and "
                    "whether it is renewed; this one was asked for with another");
    }
    if (share.items > std::numeric_limits<std::uint32_t>::max() - all.items) {
        throw Error(errc::invalid_argument,
                    "the credits of a queue's consumers add up to too much");
    }
    all = {all.items + share.items, all.bytes + share.bytes, share.lease, share.renew};
    core::ConsumerMachine& consumer = streams_.consumer(queue);
    apply_credit(consumer);
    return consumer;
}

errc ClientDriver::wait_for_item(core::ConsumerMachine& consumer, core::Time until,
                                 const std::stop_token& stop) {
    {
        const Lock lock(mutex_);
        consumer.wait_begins();
    }
    const bool news = wait_until([&] { return consumer.has_news(); }, until, stop);
    const Lock lock(mutex_);
    consumer.wait_ends();
    if (news) return errc::ok;
    return stop.stop_requested() ? errc::cancelled : errc::empty;
}

core::Outcome ClientDriver::take_failure(core::ConsumerMachine& consumer) {
    const Lock lock(mutex_);
    return consumer.take_failure();
}

void ClientDriver::ack_streamed(core::ConsumerMachine& consumer, const Taken& done) {
    const Lock lock(mutex_);
    note_done(consumer, done);
}

void ClientDriver::note_done(core::ConsumerMachine& consumer, const Taken& done) {
    if (machine_.session_generation() != done.session_generation) {
        consumer.failures.add(done.token, errc::session_lost,
                              "the session that leased it has ended, and it went back");
        return;
    }
    consumer.ack(done.token);
    if (!consumer.may_advance()) {
        if (leader_ == nullptr) call_keeper();
        return;
    }
    streams_.advance(consumer, now());
    pump_now_or_later();
}

bool ClientDriver::flush(core::ConsumerMachine& consumer, const detail::Wait& wait) {
    return wait_until([&] { return consumer.all_answered(); }, until_of(wait), wait.stop);
}

void ClientDriver::end_consumer(core::ConsumerMachine& consumer, const Share& share) {
    {
        const Lock lock(mutex_);
        Share& all = shares_[consumer.queue()];
        all.items -= share.items;
        all.bytes -= share.bytes;
        apply_credit(consumer);
    }
    wait_until([&] { return consumer.all_answered(); }, core::later(now().boot, config_.linger),
               {});
}

}  // namespace handoff

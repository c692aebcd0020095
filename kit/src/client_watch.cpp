// The part of ClientDriver for those who take from several drivers at once. No thread can poll for
// all of them and be found by each, so their keepers do it; and who waits is told by a bell.
#include <algorithm>
#include <limits>
#include <utility>

#include "client_driver.hpp"
#include "os/host.hpp"

namespace handoff {
namespace {

/// It counts what this client has leased as well, and must not be used up by that. What comes
/// beyond what is wanted goes back.
constexpr ClientDriver::Share credit_of_a_call{1u << 24, std::uint64_t{1} << 40, {}, false};

template <typename Number>
Number sum_of(Number a, Number b) {
    return a > std::numeric_limits<Number>::max() - b ? std::numeric_limits<Number>::max() : a + b;
}

}  // namespace

bool ClientDriver::wait_until_welcomed(std::chrono::nanoseconds limit) {
    {
        const Lock lock(mutex_);
        if (link_is_up_ && machine_.welcomed()) return true;
    }
    if (limit.count() <= 0) return false;
    return wait_until([&] { return link_is_up_ && machine_.welcomed(); },
                      core::later(now().boot, limit), {});
}

ClientDriver::Link ClientDriver::link() {
    const Lock lock(mutex_);
    return present_link();
}

ClientDriver::Link ClientDriver::present_link() const {
    return {link_is_up_ && machine_.welcomed(), machine_.connection(), last_heard_};
}

// ---- credit

void ClientDriver::apply_credit(core::ConsumerMachine& consumer) {
    const Share& shared = shares_[consumer.queue()];
    const Share lent = lenders_[consumer.queue()] > 0 ? credit_of_a_call : Share{};
    consumer.set_credit(sum_of(shared.items, lent.items), sum_of(shared.bytes, lent.bytes),
                        shared.lease, shared.renew);
    streams_.advance(consumer, now());
    pump_now_or_later();
}

core::ConsumerMachine& ClientDriver::listen_for_end(core::QueueRef queue) {
    const Lock lock(mutex_);
    if (core::ConsumerMachine* found = streams_.find_consumer(queue)) return *found;
    core::ConsumerMachine& consumer = streams_.consumer(queue);
    apply_credit(consumer);
    return consumer;
}

void ClientDriver::lend_credit(core::ConsumerMachine& consumer) {
    const Lock lock(mutex_);
    if (++lenders_[consumer.queue()] == 1) apply_credit(consumer);
}

void ClientDriver::take_credit_back(core::ConsumerMachine& consumer) {
    const Lock lock(mutex_);
    if (--lenders_[consumer.queue()] == 0) apply_credit(consumer);
}

bool ClientDriver::gives_credit(core::QueueRef queue) {
    const Lock lock(mutex_);
    return shares_[queue].items > 0 || lenders_[queue] > 0;
}

bool ClientDriver::settle_credit(core::ConsumerMachine& consumer, std::chrono::nanoseconds limit) {
    const auto settled = [&] { return consumer.credit_is_settled() || !link_is_up_; };
    {
        const Lock lock(mutex_);
        if (settled()) return true;
    }
    return wait_until(settled, core::later(now().boot, limit), {});
}

LeaseOptions ClientDriver::stream_lease(core::QueueRef queue) {
    const Lock lock(mutex_);
    return {shares_[queue].lease, shares_[queue].renew};
}

std::uint64_t ClientDriver::held(const core::ConsumerMachine& consumer) {
    const Lock lock(mutex_);
    return consumer.held();
}

// ---- waiting

ClientDriver::Found ClientDriver::next_held(core::ConsumerMachine& consumer, const NextItem& use) {
    const Lock lock(mutex_);
    core::Outcome outcome = take_held(consumer, use);
    return {std::move(outcome), present_link()};
}

core::Outcome ClientDriver::take_held(core::ConsumerMachine& consumer, const NextItem& use) {
    using Look = core::ConsumerMachine::Look;
    switch (consumer.look(recent_now())) {
        case Look::item:
            consumer.next([&](const core::Part& part, std::uint32_t index, const core::Slice& run,
                              std::string_view payload) {
                use(part, index, run, payload, machine_.session_generation());
            });
            if (consumer.needs_attention()) call_keeper();
            return {};
        case Look::over: return {errc::closed, {}, {}};
        case Look::failed: {
            core::Outcome failure = consumer.take_failure();
            streams_.advance(consumer, now());  // it asks anew
            pump_now_or_later();
            return failure;
        }
        case Look::empty: break;
    }
    if (consumer.has_begun()) {  // it asks about an item, and nobody may be about to send that
        streams_.advance(consumer, now());
        pump_now_or_later();
    }
    return {errc::empty, {}, {}};
}

void ClientDriver::watch(core::ConsumerMachine& consumer, Bell& bell) {
    const Lock lock(mutex_);
    consumer.wait_begins();
    watchers_.push_back({&consumer, &bell});
    pump_now_or_later();
    call_keeper();
}

void ClientDriver::unwatch(core::ConsumerMachine& consumer, Bell& bell) {
    const Lock lock(mutex_);
    std::erase_if(watchers_, [&](const Watcher& one) {
        return one.consumer == &consumer && one.bell == &bell;
    });
    consumer.wait_ends();
}

/// Whether somebody has to poll although no thread waits here.
bool ClientDriver::needs_keeper() const {
    return !watchers_.empty() || streams_.need_attention();
}

void ClientDriver::look_at_watchers(bool link_has_changed) {
    for (const Watcher& watcher : watchers_) {
        if (link_has_changed || watcher.consumer->has_news()) watcher.bell->ring();
    }
}

}  // namespace handoff

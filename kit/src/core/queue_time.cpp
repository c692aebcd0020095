#include <algorithm>
#include <cassert>
#include <utility>

#include "core/queue.hpp"

namespace handoff::core {

Deadlines Queue::next_deadline() const noexcept {
    Deadlines next;
    if (!lapses_.empty()) next.boot = lapses_.begin()->at;
    if (!delayed_.empty()) next.wall = delayed_.begin()->first;
    if (!expiries_.empty()) next.wall = std::min(next.wall, expiries_.begin()->first);
    next.wall = std::min(next.wall, keys_.all_over());
    return next;
}

void Queue::advance(Now now) {
    keys_.forget_old(now.wall);
    while (!lapses_.empty() && lapses_.begin()->at <= now.boot) lapse(*lapses_.begin(), now);
    while (!delayed_.empty() && delayed_.begin()->first <= now.wall) {
        Extent extent = std::move(delayed_.extract(delayed_.begin()).mapped());
        delayed_count_ -= extent.count;
        if (extent.expires_at <= now.wall) {
            drop(extent, counters_.expired);
        } else {
            make_ready(std::move(extent));
        }
    }
    while (!expiries_.empty() && expiries_.begin()->first <= now.wall) {
        const auto extent = ready_.extract(expiries_.begin()->second);
        assert(!extent.empty());
        expiries_.erase(expiries_.begin());
        ready_count_ -= extent.mapped().count;
        drop(extent.mapped(), counters_.expired);
    }
}

/// A lease has run out. `due` is an element of lapses_ and ends with the lease.
void Queue::lapse(const Due& due, Now now) {
    const auto found = hands_.find(due.holder);
    assert(found != hands_.end());
    auto it = found->second.leases.find(due.token);
    assert(it != found->second.leases.end());
    const Range all{it->first, it->first + it->second.extent.count - 1};
    Lease lease = cut_lease(found->first, found->second, it, all);
    if (found->second.leases.empty()) hands_.erase(found);
    counters_.lapses += lease.extent.count;
    come_back(std::move(lease.extent), Millis{0}, now);
}

/// An item that was lent is the queue's again: to its old place, unless its time is over.
void Queue::come_back(Extent extent, Millis delay, Now now) {
    if (discard_) {
        drop(extent, counters_.purged);
    } else if (extent.expires_at <= now.wall) {
        drop(extent, counters_.expired);
    } else if (extent.deliveries >= settings_.deliveries_max) {
        const std::string reason = "delivered " + std::to_string(extent.deliveries) + " times";
        die(std::move(extent), reason);
    } else if (delay > Millis{0}) {
        const Time due = later(now.wall, delay);
        journal_.back(extent, due);
        set_aside(std::move(extent), due);
    } else {
        journal_.back(extent, {});
        make_ready(std::move(extent));
    }
}

/// Delays an item; one that would expire before that leaves when it expires.
void Queue::set_aside(Extent extent, Time until) {
    extent.bytes = extent.bytes.compact();
    delayed_count_ += extent.count;
    const Time leaves = std::min(until, extent.expires_at);
    delayed_.emplace(leaves, std::move(extent));
}

void Queue::drop(const Extent& extent, std::uint64_t& counter) {
    journal_.out(extent);
    items_ -= extent.count;
    bytes_ -= extent.weight();
    counter += extent.count;
}

}  // namespace handoff::core

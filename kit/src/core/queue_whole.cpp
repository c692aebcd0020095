#include <algorithm>
#include <utility>

#include "core/queue.hpp"

namespace handoff::core {

// -------------------------------------------------------------------------------- ends

std::uint64_t Queue::close_now() {
    closed_ = true;
    discard_ = true;
    return drop_waiting();
}

bool Queue::drained_for(Holder holder) const noexcept {
    if (ready_count_ > 0 || delayed_count_ > 0) return false;
    if (discard_ || hands_.empty()) return true;
    return hands_.size() == 1 && hands_.begin()->first == holder;
}

std::uint64_t Queue::purge(bool also_dead) {
    std::uint64_t gone = drop_waiting();
    if (also_dead) {
        gone += dead_count_;
        for (const auto& [id, extent] : dead_) drop(extent, counters_.purged);
        dead_.clear();
        dead_count_ = 0;
    }
    return gone;
}

/// Drops what is ready or delayed; returns how many items that were.
std::uint64_t Queue::drop_waiting() {
    const std::uint64_t gone = ready_count_ + delayed_count_;
    for (const auto& [place, extent] : ready_) drop(extent, counters_.purged);
    for (const auto& [due, extent] : delayed_) drop(extent, counters_.purged);
    ready_.clear();
    expiries_.clear();
    delayed_.clear();
    ready_count_ = 0;
    delayed_count_ = 0;
    return gone;
}

// -------------------------------------------------------------------------------- what is here

namespace {

/// Adds at most `items_left` of the first items of `extent`.
void add_peeked(std::vector<Lent>& peeked, Lent lent, std::uint32_t& items_left) {
    if (lent.part.count > items_left) {
        lent.part.count = items_left;
        lent.run = lent.run.part(0, prefix_bytes(lent.run.view(), items_left));
    }
    items_left -= lent.part.count;
    peeked.push_back(std::move(lent));
}

}  // namespace

std::vector<Lent> Queue::peek(ItemState state, std::uint32_t items_max) const {
    std::vector<Lent> peeked;
    std::uint32_t left = items_max;
    const auto from = [&](const auto& extents) {
        for (auto it = extents.begin(); it != extents.end() && left > 0; ++it) {
            add_peeked(peeked, describe(it->second, 0), left);
        }
    };
    switch (state) {
        case ItemState::ready: from(ready_); break;
        case ItemState::delayed: from(delayed_); break;
        case ItemState::dead: from(dead_); break;
        case ItemState::leased: return peek_leased(items_max);
    }
    return peeked;
}

/// Leases by token: every holder's are in that order already, so this merges them.
std::vector<Lent> Queue::peek_leased(std::uint32_t items_max) const {
    using Rest = std::pair<Leases::const_iterator, Leases::const_iterator>;
    std::vector<Rest> heap;
    heap.reserve(hands_.size());
    for (const auto& [holder, hand] : hands_) {
        heap.emplace_back(hand.leases.begin(), hand.leases.end());
    }
    const auto later_token = [](const Rest& a, const Rest& b) {
        return a.first->first > b.first->first;
    };
    std::make_heap(heap.begin(), heap.end(), later_token);
    std::vector<Lent> peeked;
    std::uint32_t left = items_max;
    while (left > 0 && !heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), later_token);
        Rest& rest = heap.back();
        add_peeked(peeked, describe(rest.first->second.extent, 0), left);
        if (++rest.first == rest.second) {
            heap.pop_back();
        } else {
            std::push_heap(heap.begin(), heap.end(), later_token);
        }
    }
    return peeked;
}

std::uint64_t Queue::unfinished() const noexcept {
    return ready_count_ + leased_count_ + delayed_count_;
}

QueueStats Queue::stats() const {
    QueueStats stats = counters_;
    stats.options = settings_.options();
    stats.closed = closed_;
    stats.ready = ready_count_;
    stats.leased = leased_count_;
    stats.delayed = delayed_count_;
    stats.dead = dead_count_;
    stats.bytes = bytes_;
    return stats;
}

}  // namespace handoff::core

#include <algorithm>

#include "core/queue.hpp"

namespace handoff::core {

void Queue::write_to(ItemJournal journal) {
    journal_ = journal;
    keys_.write_to(journal);
}

void Queue::lend_again(const ItemsIn& in, Now now) {
    Lease lease;
    lease.extent = in.items;
    lease.duration = in.loan.lease;
    lease.held = in.loan.held;
    lease.lasting = true;
    if (!lease.held) start_clock(lease, now);
    Hand& hand = hands_[in.loan.holder];
    if (lease.held) {
        hand.untaken = hand.held == 0 ? in.loan.token : std::min(hand.untaken, in.loan.token);
    }
    add_lease(in.loan.holder, hand, in.loan.token, std::move(lease));
}

void Queue::restore(const Recovered::Queue& known, const std::set<Holder>& holders, Now now) {
    for (const ItemsIn& in : known.items) {
        Extent extent = in.items;
        items_ += extent.count;
        bytes_ += extent.weight();
        if (in.dead) {
            dead_count_ += extent.count;
            const std::uint64_t id = extent.id;
            dead_.emplace(id, std::move(extent));
        } else if (in.loan.token != 0 && holders.contains(in.loan.holder)) {
            lend_again(in, now);
        } else if (in.due > now.wall) {
            set_aside(std::move(extent), in.due);
        } else {
            make_ready(std::move(extent));
        }
    }
    std::vector<KeySeen> keys = known.keys;
    std::sort(keys.begin(), keys.end(),
              [](const KeySeen& a, const KeySeen& b) { return a.until < b.until; });
    for (const KeySeen& key : keys) keys_.restore(key.key, key.until);
    next_id_ = known.next_id;
    closed_ = known.closed;
    discard_ = known.discards;
}

}  // namespace handoff::core

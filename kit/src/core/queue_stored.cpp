#include <algorithm>

#include "core/queue.hpp"

namespace handoff::core {

void Queue::write_to(ItemJournal journal) {
    journal_ = journal;
    keys_.write_to(journal);
}

void Queue::restore(const Recovered::Queue& known, Now now) {
    for (const ItemsIn& in : known.items) {
        Extent extent = in.items;
        items_ += extent.count;
        bytes_ += extent.weight();
        if (in.dead) {
            dead_count_ += extent.count;
            const std::uint64_t id = extent.id;
            dead_.emplace(id, std::move(extent));
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

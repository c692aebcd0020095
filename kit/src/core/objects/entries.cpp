#include "core/objects/entries.hpp"

#include <utility>

#include "core/objects/packed.hpp"

namespace handoff::core::objects {

const Entry* Entries::find(std::string_view key) const {
    const auto place = places_.find(key);
    return place == places_.end() ? nullptr : &order_.at(place->second);
}

const Entry* Entries::newest() const {
    return order_.empty() ? nullptr : &order_.rbegin()->second;
}

bool Entries::put(Entry entry) {
    bytes_ += entry.bytes();
    const std::string_view key = payload_of(entry.key);
    const auto place = places_.find(key);
    if (place != places_.end()) {
        Entry& there = order_.at(place->second);
        bytes_ -= there.bytes();
        there = std::move(entry);
        return false;
    }
    places_.emplace(key, next_);
    order_.emplace(next_++, std::move(entry));
    return true;
}

std::optional<Entry> Entries::erase(std::string_view key) {
    const auto place = places_.find(key);
    if (place == places_.end()) return std::nullopt;
    auto node = order_.extract(place->second);
    places_.erase(place);
    bytes_ -= node.mapped().bytes();
    return std::move(node.mapped());
}

void Entries::clear() {
    order_.clear();
    places_.clear();
    bytes_ = 0;
}

std::uint64_t Entries::fill(Page& page, std::uint64_t from) const {
    for (auto at = order_.lower_bound(from); at != order_.end(); ++at) {
        const Entry& entry = at->second;
        if (!page.takes(entry.bytes())) return at->first;
        if (page.what != PageOf::values) page.add(entry.key);
        // A member of a set has no value.
        if (page.what != PageOf::keys && !entry.value.empty()) page.add(entry.value);
    }
    return 0;
}

}  // namespace handoff::core::objects

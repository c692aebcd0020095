#include "core/key_window.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace handoff::core {

bool KeyWindow::knows(std::string_view key, Time wall) const {
    const auto known = by_key_.find(key);
    return known != by_key_.end() && known->second->until > wall;
}

void KeyWindow::remember(std::string_view key, Time wall) {
    forget_old(wall);
    const Time until = later(wall, window_);
    insert(key, until);
    if (journal_.on()) journal_.key(std::string(key), until);
}

void KeyWindow::restore(std::string_view key, Time until) {
    const ItemJournal journal = std::exchange(journal_, {});
    insert(key, until);
    journal_ = journal;
}

void KeyWindow::insert(std::string_view key, Time until) {
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
        const auto entry = known->second;
        by_key_.erase(known);
        by_age_.erase(entry);
    }
    by_age_.push_back({std::string(key), until});
    const auto entry = std::prev(by_age_.end());
    by_key_.emplace(entry->key, entry);
    all_over_ = by_age_.size() == 1 ? entry->until : std::max(all_over_, entry->until);
    while (by_age_.size() > keys_max_) forget_oldest();
}

void KeyWindow::forget_old(Time wall) {
    while (!by_age_.empty() && by_age_.front().until <= wall) forget_oldest();
}

void KeyWindow::forget_oldest() {
    journal_.key_forgotten(by_age_.front().key);
    by_key_.erase(by_age_.front().key);
    by_age_.pop_front();
}

}  // namespace handoff::core

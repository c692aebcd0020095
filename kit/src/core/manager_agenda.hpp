#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/time.hpp"

namespace handoff::core::manager {

/// What is to be done when: at most one deadline for each key. Every operation costs O(log n).
///
/// Thread safety: none; one owner.
template <class Key>
class Agenda {
public:
    /// `never` takes the key off the agenda.
    void set(const Key& key, Time at) {
        const auto known = times_.find(key);
        if (known != times_.end()) {
            if (known->second == at) return;
            order_.erase({known->second, key});
            if (at == never) {
                times_.erase(known);
                return;
            }
            known->second = at;
        } else {
            if (at == never) return;
            times_.emplace(key, at);
        }
        order_.emplace(at, key);
    }

    void erase(const Key& key) { set(key, never); }

    /// `never`: it is not on the agenda.
    [[nodiscard]] Time of(const Key& key) const {
        const auto known = times_.find(key);
        return known == times_.end() ? never : known->second;
    }

    [[nodiscard]] Time next() const noexcept {
        return order_.empty() ? never : order_.begin()->first;
    }

    /// Takes the earliest key that is due off the agenda; of equal times the smallest key.
    std::optional<Key> pop_due(Time now) {
        if (next() == never || next() > now) return std::nullopt;
        const Key key = order_.begin()->second;
        order_.erase(order_.begin());
        times_.erase(key);
        return key;
    }

private:
    std::map<Key, Time> times_;
    std::set<std::pair<Time, Key>> order_;
};

}  // namespace handoff::core::manager

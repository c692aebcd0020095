#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "core/journal.hpp"
#include "core/time.hpp"

namespace handoff::core {

/// The idempotence keys that a queue remembers: each from when its item came in and for `window` by
/// the wall clock, the newest `keys_max` of them at most.
///
/// A key costs its length and about 150 bytes. Every operation costs O(log n); what is forgotten
/// on the way was remembered once.
///
/// The wall clock may jump. What is remembered is always judged by its own time, so that a jump
/// ahead forgets early and a jump back remembers longer; keys_max bounds it in either case.
///
/// Thread safety: none; one owner.
class KeyWindow {
public:
    KeyWindow(Millis window, std::uint64_t keys_max) : window_(window), keys_max_(keys_max) {}
    KeyWindow(const KeyWindow&) = delete;  // by_key_ refers to this one's entries
    KeyWindow& operator=(const KeyWindow&) = delete;
    KeyWindow(KeyWindow&&) = default;
    KeyWindow& operator=(KeyWindow&&) = default;
    ~KeyWindow() = default;

    [[nodiscard]] bool knows(std::string_view key, Time wall) const;

    /// An item with this key comes in.
    void remember(std::string_view key, Time wall);

    /// What is remembered and what is forgotten is written there from now on.
    void write_to(ItemJournal journal) noexcept { journal_ = journal; }
    /// One that an earlier life of the manager remembered; it is not written again.
    void restore(std::string_view key, Time until);

    /// Gives back the memory of what is over, as far as nothing older is not.
    void forget_old(Time wall);

    /// When forget_old() surely leaves nothing; never if there is nothing.
    [[nodiscard]] Time all_over() const noexcept { return by_age_.empty() ? never : all_over_; }

    /// Keys in memory, also those that are over.
    [[nodiscard]] std::size_t size() const noexcept { return by_key_.size(); }

private:
    struct Entry {
        std::string key;
        Time until{};
    };
    using ByAge = std::list<Entry>;  ///< oldest first

    void insert(std::string_view key, Time until);
    void forget_oldest();

    Millis window_;
    std::uint64_t keys_max_;
    ByAge by_age_;
    std::map<std::string_view, ByAge::iterator> by_key_;  ///< views of the entries' own keys
    Time all_over_{};
    ItemJournal journal_;
};

}  // namespace handoff::core

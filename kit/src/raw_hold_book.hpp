#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "os/fork.hpp"

namespace handoff::detail {

/// One hold on a lock or an election.
struct Hold {
    std::uint64_t token = 0;
    std::int64_t owner = 0;   ///< as the manager was told
    std::int64_t thread = 0;  ///< that acquired it
    std::uint64_t session_generation = 0;
    std::uint64_t depth = 1;
    core::Time ends = core::never;  ///< by its time to live, as far as we know
    bool away = false;              ///< it is being released, or waits at a condition
};

/// The holds of one handle: one, unless readers share it.
///
/// Thread safety: safe, distinct or shared.
class HoldBook {
public:
    /// A recursive hold that is in the book already goes one deeper.
    void enter(const Hold& hold, bool abandoned) {
        const std::lock_guard lock(mutex_);
        abandoned_ = abandoned;
        for (Hold& known : holds_) {
            if (known.token == hold.token && known.owner == hold.owner && !known.away) {
                ++known.depth;
                return;
            }
        }
        holds_.push_back(hold);
    }

    /// The hold of this owner: the latest that this thread acquired, else the latest of all. It is
    /// away from now on if that is asked for.
    std::optional<Hold> find(std::int64_t owner, std::int64_t thread, bool goes_away) {
        const std::lock_guard lock(mutex_);
        Hold* hold =
            find_if([&](const Hold& one) { return one.owner == owner && one.thread == thread; });
        if (hold == nullptr) hold = find_if([&](const Hold& one) { return one.owner == owner; });
        if (hold == nullptr) return std::nullopt;
        hold->away = goes_away;
        return *hold;
    }
    /// The same, of whatever owner.
    std::optional<Hold> find(std::int64_t thread) {
        const std::lock_guard lock(mutex_);
        Hold* hold = find_if([&](const Hold& one) { return one.thread == thread; });
        if (hold == nullptr) hold = find_if([](const Hold&) { return true; });
        return hold == nullptr ? std::nullopt : std::optional(*hold);
    }

    /// What became of one that was found: this, or nothing if its depth is 0.
    void replace(std::uint64_t token, const Hold& by) {
        const std::lock_guard lock(mutex_);
        for (auto hold = holds_.begin(); hold != holds_.end(); ++hold) {
            if (hold->token != token) continue;
            if (by.depth == 0) {
                holds_.erase(hold);
            } else {
                *hold = by;
            }
            return;
        }
    }

    [[nodiscard]] bool abandoned() {
        const std::lock_guard lock(mutex_);
        return abandoned_;
    }
    void set_abandoned(bool abandoned) {
        const std::lock_guard lock(mutex_);
        abandoned_ = abandoned;
    }

    /// All, for the end of the handle.
    [[nodiscard]] const std::vector<Hold>& holds() const noexcept { return holds_; }

private:
    template <typename Suits>
    Hold* find_if(Suits suits) {
        for (auto hold = holds_.rbegin(); hold != holds_.rend(); ++hold) {
            if (!hold->away && suits(*hold)) return &*hold;
        }
        return nullptr;
    }

    std::mutex mutex_;
    std::vector<Hold> holds_;
    bool abandoned_ = false;
};

/// The book of this process. A forked child begins one of its own, and leaves the inherited one
/// alone: a thread that it does not have may have been writing in it.
class HoldBooks {
public:
    HoldBooks() : of_process_(new OfProcess) {}
    ~HoldBooks() {
        if (OfProcess* mine = of_process_.load(); is_ours(*mine)) delete mine;
    }
    HoldBooks(const HoldBooks&) = delete;
    HoldBooks& operator=(const HoldBooks&) = delete;

    HoldBook& here() {
        OfProcess* known = of_process_.load();
        while (!is_ours(*known)) {
            auto* made = new OfProcess;
            if (of_process_.compare_exchange_strong(known, made)) return made->book;
            delete made;
        }
        return known->book;
    }
    /// Null: this process has not used it.
    [[nodiscard]] HoldBook* if_used() {
        OfProcess* known = of_process_.load();
        return is_ours(*known) ? &known->book : nullptr;
    }

private:
    struct OfProcess {
        std::uint64_t generation = fork_generation();
        HoldBook book{};
    };
    static bool is_ours(const OfProcess& one) noexcept {
        return one.generation == fork_generation();
    }

    std::atomic<OfProcess*> of_process_;
};

}  // namespace handoff::detail

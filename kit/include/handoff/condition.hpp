#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

namespace detail {

template <bool Recursive>
class BasicLock;

/// A condition of a lock; docs/objects/condition.md. The lock must be held, through the handle that
/// this condition was made from or a copy of it.
///
/// Thread safety: safe, distinct or shared.
template <bool Recursive>
class BasicCondition {
public:
    /// Refers to no condition; every call throws errc::inert.
    BasicCondition() noexcept = default;

    /// Frees the lock and waits, in one step; returns when notified, with the lock held again.
    /// Throws errc::not_owner, errc::lock_lost (then it is not held), errc::cancelled (stopped; the
    /// lock is held).
    void wait(std::stop_token stop = {}) {
        hold_.sleep(name_, owner(), Wait::forever(std::move(stop)));
    }
    /// Until `predicate()` is true; it is asked with the lock held.
    template <typename Predicate>
    requires std::predicate<Predicate>
    void wait(Predicate predicate, std::stop_token stop = {}) {
        while (!predicate()) wait(stop);
    }
    /// False: not notified in that time. The lock is held again in either case, which may take ten
    /// seconds more; if it cannot be had by then, errc::lock_lost is thrown.
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> limit,
                                std::stop_token stop = {}) {
        const auto most = std::chrono::duration_cast<std::chrono::nanoseconds>(limit);
        return hold_.sleep(name_, owner(), Wait::for_at_most(most, std::move(stop)));
    }
    /// Returns what `predicate()` is in the end.
    template <class Rep, class Period, typename Predicate>
    requires std::predicate<Predicate>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> limit, Predicate predicate,
                                std::stop_token stop = {}) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!predicate()) {
            const auto left = end - std::chrono::steady_clock::now();
            if (left.count() <= 0 || !wait_for(left, stop)) return predicate();
        }
        return true;
    }

    /// Wakes at most so many of those who wait, the longest first; returns how many. They go on
    /// when they get the lock. Waits for none of them.
    std::uint64_t notify(std::uint32_t count = 1) { return hold_.notify(name_, owner(), count); }
    std::uint64_t notify_all() { return hold_.notify(name_, owner(), -1); }

private:
    friend class handoff::Client;
    friend class BasicLock<Recursive>;
    BasicCondition(RawHold hold, std::string name)
        : hold_(std::move(hold)), name_(std::move(name)) {}

    static std::int64_t owner() { return Recursive ? thread_number() : 0; }

    RawHold hold_;
    std::string name_;
};

}  // namespace detail

using Condition = detail::BasicCondition<false>;          ///< of a Lock
using RecursiveCondition = detail::BasicCondition<true>;  ///< of a RecursiveLock

}  // namespace handoff

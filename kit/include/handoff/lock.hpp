#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/condition.hpp"
#include "handoff/detail/raw_object.hpp"

namespace handoff {

/// Who has a lock, at one moment.
struct LockState {
    std::uint64_t token = 0;    ///< of the present hold; 0: nobody has it
    std::uint64_t session = 0;  ///< the holder's number in the manager
    std::string who;            ///< session, program and process of the holder, for people
    std::uint64_t depth = 0;    ///< how often a recursive lock is locked
    std::uint64_t waiting = 0;  ///< calls that wait for it
    std::optional<std::chrono::milliseconds> ttl_left;  ///< unset: as long as its session lives
};

namespace detail {

/// What Lock and RecursiveLock have in common; `Recursive` locks belong to threads.
template <bool Recursive>
class BasicLock {
public:
    /// Refers to no lock; every call throws errc::inert.
    BasicLock() noexcept = default;

    // ---- a C++ TimedLockable, so std::unique_lock, std::scoped_lock and std::lock work

    /// Waits, first come first served. Throws errc::cancelled if stopped, errc::unreachable.
    void lock(std::stop_token stop = {}) {
        if (!hold_.acquire(acquiring(), Wait::forever(std::move(stop)))) {
            throw Error(errc::cancelled, hold_.object().describe("lock of") + ": stopped");
        }
    }
    /// False: it is held, or others wait for it.
    [[nodiscard]] bool try_lock() { return hold_.acquire(acquiring(), Wait::never()); }
    /// False: surely not locked, in that time or before it was stopped.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> limit,
                                    std::stop_token stop = {}) {
        const auto most = std::chrono::duration_cast<std::chrono::nanoseconds>(limit);
        return hold_.acquire(acquiring(), Wait::for_at_most(most, std::move(stop)));
    }
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Span> when,
                                      std::stop_token stop = {}) {
        return try_lock_for(time_until(when), std::move(stop));
    }
    /// Throws errc::not_owner if it is not locked here, errc::lock_lost if the hold had ended.
    void unlock() { hold_.release(owner()); }
    /// The same without waiting for the manager's answer, which is half of what lock() and unlock()
    /// take: what this client asks of the manager later finds the lock free, and so does whoever
    /// learns of it by the manager. Whether the hold had ended before is not told; see check().
    /// Throws errc::not_owner.
    void unlock_soon() { hold_.release_soon(owner()); }

    // ---- more than a mutex has

    /// Locks, and unlocks without throwing when it goes, by unlock_soon(). std::lock_guard and
    /// std::unique_lock end the program when unlock() throws in their destructors, as it does when
    /// the lock was lost.
    class Guard {
    public:
        explicit Guard(BasicLock& lock, std::stop_token stop = {}) : lock_(lock) {
            lock_.lock(std::move(stop));
        }
        ~Guard() { unlock(&BasicLock::unlock_soon); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

        /// Waits for the manager's answer, so that lost() knows.
        void unlock() noexcept { unlock(&BasicLock::unlock); }
        /// Whether the hold is over before its time, as far as this client knows; after unlock(),
        /// whether it did not last until then, or may not have.
        [[nodiscard]] bool lost() const noexcept {
            if (!held_) return lost_;
            try {
                lock_.check();
                return false;
            } catch (const Error&) {
                return true;
            }
        }

    private:
        void unlock(void (BasicLock::*how)()) noexcept {
            if (!std::exchange(held_, false)) return;
            try {
                (lock_.*how)();
            } catch (const Error&) {
                lost_ = true;
            }
        }

        BasicLock& lock_;
        bool held_ = true;
        bool lost_ = false;
    };

    /// The fencing token of the present hold, which every later one exceeds: pass it to whatever
    /// you write to, and let that refuse smaller ones. 0: it is not locked here.
    [[nodiscard]] std::uint64_t token() const { return hold_.token(); }
    /// Whether the holder before did not unlock (it died, or its time ran out): what the lock
    /// protects may be half done.
    [[nodiscard]] bool abandoned() const { return hold_.abandoned(); }
    /// The hold lasts for `ttl` from now (unset: the lock's own). Throws errc::lock_lost.
    void renew(std::optional<std::chrono::milliseconds> ttl = std::nullopt) { hold_.renew(ttl); }
    /// Throws errc::lock_lost unless this client knows that the hold has not ended. Asks nobody: a
    /// time to live is counted from before it was asked for, so that it never ends later here than
    /// in the manager.
    void check() const { hold_.check(); }

    [[nodiscard]] LockState state() const {
        const RawAnswer told = hold_.object().call({Method::state});
        LockState state;
        state.token = told.number(0);
        state.session = told.number(1);
        state.depth = told.number(3);
        state.waiting = told.number(4);
        if (told.numbers.at(5) >= 0) {
            state.ttl_left = std::chrono::milliseconds{told.numbers.at(5)};
        }
        if (state.token != 0) state.who = told.template value<std::string>();
        return state;
    }
    /// Takes the lock from its holder, whoever that is, if it still has this token. The next gets
    /// a larger token; the holder, errc::lock_lost. Returns whether there was something to take.
    bool break_hold(std::uint64_t token) {
        const RawAnswer done =
            hold_.object().call({Method::break_hold, {static_cast<std::int64_t>(token)}});
        return done.number(0) > 0;
    }

    /// One of the lock's conditions, by a name that is the lock's own.
    [[nodiscard]] BasicCondition<Recursive> condition(std::string name = {}) const {
        return {hold_, std::move(name)};
    }
    [[nodiscard]] const std::string& name() const { return hold_.object().name(); }

private:
    friend class handoff::Client;
    friend struct RefAccess;
    explicit BasicLock(RawObject object) : hold_(std::move(object)) {}

    static std::int64_t owner() { return Recursive ? thread_number() : 0; }
    static RawCall acquiring() { return {Method::acquire, {owner()}}; }

    RawHold hold_;
};

}  // namespace detail

/// A lock that threads, processes and machines share; docs/objects/lock.md. It is freed when the
/// session of its holder ends. Handles are cheap to copy, and copies are one: whichever locked,
/// any may unlock.
///
/// Thread safety: safe, distinct or shared.
using Lock = detail::BasicLock<false>;

/// The same, held by a thread, which may lock it again.
using RecursiveLock = detail::BasicLock<true>;

}  // namespace handoff

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

/// Who has a read-write lock, at one moment.
struct RwLockState {
    std::uint64_t writer_token = 0;  ///< 0: no writer has it
    std::uint64_t readers = 0;
    std::uint64_t waiting = 0;
};

/// Many readers or one writer, first come first served; docs/objects/rw_lock.md. A C++
/// SharedTimedLockable. Each thread that reads has a hold of its own, with a token of its own. It
/// is not recursive: a thread that wants it twice waits for itself.
///
/// Thread safety: safe, distinct or shared.
class RwLock {
public:
    /// Refers to no lock; every call throws errc::inert.
    RwLock() noexcept = default;

    /// As a writer. Throws errc::cancelled if stopped.
    void lock(std::stop_token stop = {}) { take(detail::Method::acquire, std::move(stop)); }
    [[nodiscard]] bool try_lock() { return hold_.acquire(exclusive(), detail::Wait::never()); }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> limit) {
        return hold_.acquire(exclusive(), at_most(limit));
    }
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Span> when) {
        return try_lock_for(detail::time_until(when));
    }
    /// Throws errc::not_owner, errc::lock_lost.
    void unlock() { hold_.release(); }

    /// As a reader.
    void lock_shared(std::stop_token stop = {}) {
        take(detail::Method::acquire_shared, std::move(stop));
    }
    [[nodiscard]] bool try_lock_shared() { return hold_.acquire(shared(), detail::Wait::never()); }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_shared_for(std::chrono::duration<Rep, Period> limit) {
        return hold_.acquire(shared(), at_most(limit));
    }
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_shared_until(std::chrono::time_point<Clock, Span> when) {
        return try_lock_shared_for(detail::time_until(when));
    }
    void unlock_shared() { hold_.release(); }

    /// Of this thread's hold, else of the latest of this handle; 0: none.
    [[nodiscard]] std::uint64_t token() const { return hold_.token(); }
    /// Whether the last writer did not unlock.
    [[nodiscard]] bool abandoned() const { return hold_.abandoned(); }
    /// That hold lasts for `ttl` from now (unset: the lock's own). Throws errc::lock_lost.
    void renew(std::optional<std::chrono::milliseconds> ttl = std::nullopt) { hold_.renew(ttl); }
    /// Throws errc::lock_lost unless this client knows that the hold has not ended. Asks nobody.
    void check() const { hold_.check(); }

    [[nodiscard]] RwLockState state() const {
        const detail::RawAnswer told = hold_.object().call({detail::Method::state});
        return {told.number(0), told.number(1), told.number(2)};
    }
    /// Takes the hold with this token from whoever has it, who gets errc::lock_lost from then on.
    /// Returns whether there was one.
    bool break_hold(std::uint64_t token) {
        const detail::RawAnswer done =
            hold_.object().call({detail::Method::break_hold, {static_cast<std::int64_t>(token)}});
        return done.number(0) > 0;
    }
    [[nodiscard]] const std::string& name() const { return hold_.object().name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit RwLock(detail::RawObject object) : hold_(std::move(object)) {}

    static detail::RawCall exclusive() { return {detail::Method::acquire}; }
    static detail::RawCall shared() { return {detail::Method::acquire_shared}; }
    template <class Rep, class Period>
    static detail::Wait at_most(std::chrono::duration<Rep, Period> limit) {
        return detail::Wait::for_at_most(
            std::chrono::duration_cast<std::chrono::nanoseconds>(limit));
    }
    void take(detail::Method how, std::stop_token stop) {
        if (!hold_.acquire({how}, detail::Wait::forever(std::move(stop)))) {
            throw Error(errc::cancelled, hold_.object().describe("lock of") + ": stopped");
        }
    }

    detail::RawHold hold_;
};

}  // namespace handoff

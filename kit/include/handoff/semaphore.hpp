#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

/// The permits of a semaphore, at one moment.
struct SemaphoreState {
    std::uint64_t free = 0;
    std::uint64_t held_here = 0;  ///< by this session
    std::uint64_t held = 0;       ///< by all sessions
    std::uint64_t waiting = 0;    ///< calls
};

namespace detail {

/// Permits that belong to the session that acquired them and come back when it ends;
/// docs/objects/semaphore.md.
///
/// Thread safety: safe, distinct or shared.
template <bool Bounded>
class BasicSemaphore {
public:
    /// Refers to no semaphore; every call throws errc::inert.
    BasicSemaphore() noexcept = default;

    /// Waits until there are so many, first come first served, and takes them at once. Returns a
    /// fencing token. Throws errc::cancelled if stopped, errc::invalid_argument for more than a
    /// bounded one has.
    std::uint64_t acquire(std::uint32_t permits = 1, std::stop_token stop = {}) {
        return raw_.call(acquiring(permits), Wait::forever(std::move(stop))).number(0);
    }
    /// False: there are fewer, or others wait.
    [[nodiscard]] bool try_acquire(std::uint32_t permits = 1) {
        return raw_.try_call(acquiring(permits), Wait::never()).has_value();
    }
    /// False: surely not acquired, in that time or before it was stopped.
    [[nodiscard]] bool try_acquire_for(std::chrono::nanoseconds limit, std::uint32_t permits = 1,
                                       std::stop_token stop = {}) {
        return raw_.try_call(acquiring(permits), Wait::for_at_most(limit, std::move(stop)))
            .has_value();
    }
    /// Gives back. Of a bounded one, more than this session holds is errc::not_owner; of another,
    /// what it does not hold is added. Returns how many are free then.
    std::uint64_t release(std::uint32_t permits = 1) {
        return raw_.call({Method::release, {permits}}).number(0);
    }

    [[nodiscard]] SemaphoreState state() const {
        const RawAnswer told = raw_.call({Method::state});
        return {told.number(0), told.number(1), told.number(2), told.number(3)};
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class handoff::Client;
    friend struct RefAccess;
    explicit BasicSemaphore(RawObject object) : raw_(std::move(object)) {}
    static RawCall acquiring(std::uint32_t permits) { return {Method::acquire, {permits}}; }

    RawObject raw_;
};

}  // namespace detail

using Semaphore = detail::BasicSemaphore<false>;        ///< anybody may add permits
using BoundedSemaphore = detail::BasicSemaphore<true>;  ///< never more than it was made with

}  // namespace handoff

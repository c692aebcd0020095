#pragma once

#include <algorithm>
#include <chrono>

namespace handoff::core {

using Millis = std::chrono::milliseconds;

/// A point on one of the two clocks below, as the time since that clock's own beginning.
using Time = std::chrono::nanoseconds;

/// A point that never comes.
inline constexpr Time never = Time::max();

/// What the core knows of time: it is told, it never asks.
struct Now {
    Time boot{};  ///< boottime: sessions, leases and waits. Runs on while the machine is suspended.
    Time wall{};  ///< wall clock: delays, times to live, the time of a put. May jump.
};

/// `start` + `span`, which is `never` where the sum would overflow.
[[nodiscard]] constexpr Time later(Time start, Time span) noexcept {
    return start > never - span ? never : start + span;
}

/// The same for a coarser span, which may be too long to be a Time at all.
template <class Rep, class Period>
[[nodiscard]] constexpr Time later(Time start, std::chrono::duration<Rep, Period> span) noexcept {
    using Span = std::chrono::duration<Rep, Period>;
    return span > std::chrono::duration_cast<Span>(never) ? never : later(start, Time(span));
}

/// The next moment at which something is to be done, on each clock.
struct Deadlines {
    Time boot = never;
    Time wall = never;

    void include(const Deadlines& other) noexcept {
        boot = std::min(boot, other.boot);
        wall = std::min(wall, other.wall);
    }
};

}  // namespace handoff::core

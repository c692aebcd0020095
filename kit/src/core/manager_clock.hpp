#pragma once

#include <algorithm>

#include "core/time.hpp"

namespace handoff::core::manager {

/// The manager's own boottime: the caller's, less the gaps during which this process did not run
/// (it was stopped, or the machine suspended). Deadlines on it move by such a gap all by
/// themselves, so nobody loses a session or a lease to a pause of the manager.
///
/// Thread safety: none; one owner.
class Clock {
public:
    Clock(Now start, Time session_limit)
        : started_(start.boot), last_(start.boot), wall_(start.wall), gap_(session_limit / 4) {}

    /// Moves on to the caller's `now`. A step longer than a quarter of the session limit is a gap.
    void set(Now now) noexcept {
        const Time step = std::max(now.boot - last_, Time::zero());
        if (step > gap_) missed_ += step;
        last_ += step;
        wall_ = now.wall;
    }

    [[nodiscard]] Now now() const noexcept { return {last_ - missed_, wall_}; }

    /// A time of this clock as a time of the caller's; soon enough that an idle wait for it is not
    /// taken for a gap.
    [[nodiscard]] Time to_caller(Time boot) const noexcept {
        if (boot == never) return never;
        return std::min(later(boot, missed_), later(last_, gap_ / 2));
    }

    [[nodiscard]] Time uptime() const noexcept { return last_ - started_; }

private:
    Time started_;
    Time last_;
    Time wall_;
    Time gap_;
    Time missed_{};
};

}  // namespace handoff::core::manager

#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/async.hpp"
#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

/// A flag that can be waited for; docs/objects/event.md.
///
/// Thread safety: safe, distinct or shared.
class Event {
public:
    /// Refers to no event; every call throws errc::inert.
    Event() noexcept = default;

    /// Wakes all who wait, also if clear() follows at once; returns how many. Waits for none.
    std::uint64_t set() { return raw_.call({detail::Method::set}).number(0); }
    /// Whether it was set.
    bool clear() { return raw_.call({detail::Method::clear}).number(0) != 0; }
    [[nodiscard]] bool is_set() const { return raw_.call({detail::Method::state}).number(0) != 0; }

    /// Throws errc::cancelled if stopped.
    void wait(std::stop_token stop = {}) const {
        raw_.call({detail::Method::wait}, detail::Wait::forever(std::move(stop)));
    }
    /// As wait(), without a thread that waits; see async.hpp.
    Async<void> async_wait(std::stop_token stop = {}) const {
        return {raw_.call_later({detail::Method::wait}, detail::Wait::forever(std::move(stop))),
                detail::finish_nothing};
    }
    /// False: not set in that time, or stopped.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds limit, std::stop_token stop = {}) const {
        return raw_
            .try_call({detail::Method::wait}, detail::Wait::for_at_most(limit, std::move(stop)))
            .has_value();
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Event(detail::RawObject object) : raw_(std::move(object)) {}
    detail::RawObject raw_;
};

}  // namespace handoff

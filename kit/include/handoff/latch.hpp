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

/// A count that only falls, and that can be waited for to be 0; docs/objects/latch.md.
///
/// Thread safety: safe, distinct or shared.
class Latch {
public:
    /// Refers to no latch; every call throws errc::inert.
    Latch() noexcept = default;

    /// Returns what is left. Throws errc::out_of_range if that would be below 0.
    std::uint64_t count_down(std::uint32_t count = 1) {
        return raw_.call({detail::Method::count_down, {count}}).number(0);
    }
    [[nodiscard]] std::uint64_t left() const {
        return raw_.call({detail::Method::state}).number(0);
    }

    /// Throws errc::cancelled if stopped.
    void wait(std::stop_token stop = {}) const {
        raw_.call({detail::Method::wait}, detail::Wait::forever(std::move(stop)));
    }
    /// As wait(), without a thread that waits; see async.hpp.
    Async<void> async_wait(std::stop_token stop = {}) const {
        return {raw_.call_later({detail::Method::wait}, detail::Wait::forever(std::move(stop))),
                detail::finish_nothing};
    }
    /// False: not 0 in that time, or stopped.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds limit, std::stop_token stop = {}) const {
        return raw_
            .try_call({detail::Method::wait}, detail::Wait::for_at_most(limit, std::move(stop)))
            .has_value();
    }
    void arrive_and_wait(std::stop_token stop = {}) {
        if (count_down() > 0) wait(std::move(stop));
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Latch(detail::RawObject object) : raw_(std::move(object)) {}
    detail::RawObject raw_;
};

}  // namespace handoff

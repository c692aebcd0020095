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

/// A barrier at one moment.
struct BarrierState {
    std::uint64_t parties = 0;
    std::uint64_t waiting = 0;
    bool broken = false;
};

/// So many parties wait for each other, as often as they like; docs/objects/barrier.md. A party
/// that dies or gives up breaks it: errc::broken_barrier for all, until reset().
///
/// Thread safety: safe, distinct or shared.
class Barrier {
public:
    /// Refers to no barrier; every call throws errc::inert.
    Barrier() noexcept = default;

    /// Returns when all have come: 0 for who came first … parties − 1 for who came last. Throws
    /// errc::broken_barrier; a stop or the limit of a wait breaks it as well.
    std::uint64_t wait(std::stop_token stop = {}) {
        return wait([] {}, std::move(stop));
    }
    std::uint64_t wait_for(std::chrono::nanoseconds limit, std::stop_token stop = {}) {
        return arrive([] {}, detail::Wait::for_at_most(limit, std::move(stop)));
    }
    /// The same, of a barrier with ObjectOptions::action: the last to come runs `action` before the
    /// others go on. What it throws breaks the barrier and is thrown here.
    template <std::invocable Action>
    std::uint64_t wait(Action action, std::stop_token stop = {}) {
        return arrive(std::move(action), detail::Wait::forever(std::move(stop)));
    }

    /// Breaks it until reset().
    void abort() { raw_.call({detail::Method::abort}); }
    /// Makes it new; those who wait at this moment get errc::broken_barrier.
    void reset() { raw_.call({detail::Method::reset}); }
    [[nodiscard]] BarrierState state() const {
        const detail::RawAnswer told = raw_.call({detail::Method::state});
        return {told.number(0), told.number(1), told.number(2) != 0};
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Barrier(detail::RawObject object) : raw_(std::move(object)) {}

    template <typename Action>
    std::uint64_t arrive(Action action, const detail::Wait& wait) {
        const std::optional<detail::RawAnswer> come = raw_.try_call({detail::Method::wait}, wait);
        if (!come) throw Error(errc::broken_barrier, raw_.describe("wait at") + ": gave up");
        if (come->number(1) != 0) {
            try {
                action();
            } catch (...) {
                raw_.call({detail::Method::acted, {0}});
                throw;
            }
            raw_.call({detail::Method::acted, {1}});
        }
        return come->number(0);
    }

    detail::RawObject raw_;
};

}  // namespace handoff

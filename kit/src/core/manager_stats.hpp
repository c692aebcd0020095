#pragma once

#include <optional>
#include <string>

#include "core/manager_state.hpp"

/// STATS: numbers for people and monitors.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Stats& stats);

[[nodiscard]] ManagerStats manager_stats(const State& state);
[[nodiscard]] QueueStats queue_stats(const Desk& desk);

}  // namespace handoff::core::manager

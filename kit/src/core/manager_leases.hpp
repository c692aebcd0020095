#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// What sessions say of the items they have: ACK, RELEASE, BURY, EXTEND, GIVEBACK, and the cursors
/// of HEARTBEAT.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Settle& settle);
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Heartbeat& heartbeat);

/// Whether `tokens` are ranges in their order, ascending and without overlap.
[[nodiscard]] bool in_order(const std::vector<Range>& tokens) noexcept;

}  // namespace handoff::core::manager

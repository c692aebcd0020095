#pragma once

#include <optional>
#include <string_view>

#include "core/manager_state.hpp"

/// OPEN: a queue's settings, and who decides them.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Open& open);

/// The queue to which the dead of `desk` go, made if there is none; null: they stay where they are.
Desk* dead_letter_desk(State& state, const Desk& desk);

}  // namespace handoff::core::manager

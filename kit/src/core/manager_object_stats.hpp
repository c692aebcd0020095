#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// OBJECTS: shared objects, who holds them and who waits for them, for people and monitors.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Objects& objects);

}  // namespace handoff::core::manager

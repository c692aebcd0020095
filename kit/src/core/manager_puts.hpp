#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// PUT and WITHDRAW: a producer's items, known by their positions.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request, Put& put);
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Withdraw& withdraw);

/// Lets in as much as fits of the put that is first in line. True if all of it is in.
bool let_in(State& state, Desk& desk, Ticket ticket);

/// Ends a put that waits: what is left of it is refused.
void refuse_put(State& state, Ticket ticket, errc code);

}  // namespace handoff::core::manager

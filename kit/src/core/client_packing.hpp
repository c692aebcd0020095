#pragma once

#include "core/client_state.hpp"

/// How puts travel: calls that come one behind the other share a PUT.
namespace handoff::core::client {

/// Sends the first put in the line of `queue`, and what can share its PUT.
void send_puts(State& state, QueueState& queue);

/// Sends `call` again, with those that were in the same PUT.
void send_puts_again(State& state, Call& call);

}  // namespace handoff::core::client

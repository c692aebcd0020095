#pragma once

#include "core/client_state.hpp"

/// How puts travel: calls that come one behind the other share a PUT.
namespace handoff::core::client {

/// Sends the first put in the line of `queue`, and what can share its PUT.
void send_puts(State& state, QueueState& queue);

/// Sends the puts of a message again that have no answer; those that should have ended are
/// withdrawn instead.
void send_message_again(State& state, RequestId message);
}  // namespace handoff::core::client

#pragma once

#include "core/client_state.hpp"

/// Connections come and go; a session begins, goes on, is lost.
namespace handoff::core::client {

/// The manager answers our HELLO: we may speak, and know whether our session has gone on.
void take_welcome(State& state, const Welcome& welcome);

/// The manager does not know this connection (any more): everything begins with HELLO again.
void greet_again(State& state);

/// Whether an item of the call is larger than the manager takes; then the call has ended.
bool end_too_large(State& state, Call& call);

}  // namespace handoff::core::client

#pragma once

#include <optional>

#include "core/client_state.hpp"

/// Which calls leave when, and as what.
namespace handoff::core::client {

/// Sends again what the last connection may have swallowed, and then what is new: in the order in
/// which the calls were begun, as far as the manager's limits allow.
void send_what_may_go(State& state);

/// HELLO; whatever was on its way out is dropped, as it will be sent again after WELCOME.
void send_hello(State& state, const SessionId& fresh);

/// Asks what became of a call that should have ended; if it is still to be sent again on this
/// connection, that will ask.
void send_inquiry(State& state, const Call& call);

/// Takes back what waits of these positions; the answer tells what became of each.
void withdraw(State& state, Range positions, const QueueState& queue);

/// HEARTBEAT, if it is due.
void send_heartbeat(State& state);
/// When it has something to do: the manager is to hear of us, or how far the application has come
/// in a stream.
[[nodiscard]] Time heartbeat_due(const State& state);

// ---- for those who build requests

/// How long the manager should let the call wait.
[[nodiscard]] std::optional<Millis> remaining_of(const State& state, const Call& call);

void post(State& state, RequestId id, std::optional<Millis> remaining, RequestBody body);

}  // namespace handoff::core::client

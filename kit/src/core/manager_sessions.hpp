#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// Sessions: how they begin, what keeps them, how they end.
namespace handoff::core::manager {

/// HELLO: begins a session, or goes on with one, on this connection.
void greet(State& state, ConnectionId from, RequestId id, const Hello& hello);

/// Ends those of clients for whom there is a reason.
void end_sessions_of(State& state, const ManagerMachine::ReasonToEnd& reason);

/// From now on clients may do what these roles allow. What some wait for and may not have any more
/// ends.
void take_over(State& state, Roles roles);

/// The session whose current connection this is; null if there is none. Whoever has no session is
/// told so; what comes from a superseded connection is dropped.
Session* session_at(State& state, ConnectionId from);

/// A message of the session came.
void hear(State& state, Session& session);

/// The session's process has ended: nothing is handed out to it, and it ends as soon as what was
/// on its way has had time to arrive.
void see_death(State& state, Holder number);

/// The connection is gone; its session is not.
void lose_connection(State& state, ConnectionId connection);

/// GOODBYE.
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Goodbye& goodbye);

/// Ends sessions that were silent for too long, and takes back what others hold too long.
void end_overdue_sessions(State& state);

}  // namespace handoff::core::manager

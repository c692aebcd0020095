#pragma once

#include <string>

#include "core/client_state.hpp"

/// Calls that end without their answer: by their deadline, by their caller's wish, for want of a
/// manager, with their session.
namespace handoff::core::client {

/// The caller does not want the call any more. What was never sent ends now; else the manager is
/// asked, and has the time of `cancel_grace` to answer.
void stop_call(State& state, Call& call, Ending why);

/// Ends calls whose deadline or time of grace is over.
void end_overdue(State& state);

/// Ends calls for which nobody has answered for too long.
void end_unreachable(State& state);
[[nodiscard]] Time unreachable_at(const State& state);

/// The manager does not want us.
void end_refused(State& state, const Failed& refusal);
/// As above, for one call.
void refuse_call(State& state, Call& call);

/// The session is gone and another has begun: calls that were sent end, and the others go on.
void end_session(State& state, bool manager_restarted);
/// The manager is another: what it had in memory is gone, and who uses it next is told.
void forget_memory(State& state);
/// And so are those whose calls wait to be sent.
void tell_unsent_of_restart(State& state);

/// A call that nobody waits for was refused, or lost with its session. What a stream gave back is
/// not counted: it is back in any case.
void count_refused(State& state, const Call& call);

/// Ends a call that is just beginning if it is the first on a queue whose content went with an
/// earlier manager: somebody has to be told. Returns whether it did.
bool tell_of_restart(State& state, Call& call);

}  // namespace handoff::core::client

#pragma once

#include "core/client_state.hpp"

/// The life of a call, from its beginning to its completion.
namespace handoff::core::client {

/// A new call; it does nothing before it is enlisted.
Call& begin_call(State& state, Owner owner, RequestBody body, const Wait& wait);

/// An unsent call takes its place behind those that were begun before it.
void enlist(State& state, Call& call);

/// What stood in the way of the first call in the line of `queue` may be gone.
void look_at_line(State& state, QueueState& queue);

/// The call cannot go yet; whoever knows why looks at its line, or enlists it, when it can.
void set_aside(State& state, Call& call);

/// The call is on its way: it stands in nobody's way any more.
void leave_lines(State& state, Call& call);

/// The caller is told, and nothing is left of the call.
void complete(State& state, Call& call, Outcome outcome);

/// The caller is told. A call that was sent is remembered until it is answered.
void complete_unanswered(State& state, Call& call, Outcome outcome);

/// The call that was sent is one that was not: it goes out again under a new number.
void begin_again(State& state, Call& call);

/// Nothing is left of the call, and nobody is told.
void forget(State& state, Call& call);

/// There is no answer that the manager has to remember.
void forget_answered(State& state);

}  // namespace handoff::core::client

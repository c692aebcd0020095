#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// Who refers to which object. A reference in a stored value is counted for as long as anybody has
/// the value: a container, a snapshot of one, a candidate's proposal. Sessions hold anonymous
/// objects that they were told of, see LET_GO.
namespace handoff::core::manager {

/// The same call, whose values are counted as referring to what they do; empty if none refers to
/// anything. Throws what is wrong with a reference: errc::stale_reference, errc::not_authorised
/// for what the session may not use itself, and errc::invalid_argument or errc::limit_exceeded for
/// containers within themselves or too deep.
[[nodiscard]] std::optional<objects::Call> with_references(State& state, const Session& session,
                                                           Stand& stand, const objects::Call& call);

/// A result of this call is about to be told to this session, which holds from now on what it
/// refers to. What goes out keeps nothing here.
void tell_references(State& state, Session& session, const objects::Call& call,
                     objects::Result& result);

/// The session is told of this object.
void tell_of(State& state, Session& session, Stand& stand);

/// The session is over and holds nothing any more.
void leave_references(State& state, Session& session);

/// Values that are gone refer to nothing any more; anonymous objects that nobody refers to go.
void settle_references(State& state);

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const LetGo& let_go);

}  // namespace handoff::core::manager

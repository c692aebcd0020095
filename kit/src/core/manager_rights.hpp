#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// What each request needs, and whether its session has it. A new kind of request does not compile
/// before manager_rights.cpp says what it needs; a new method of objects neither.
namespace handoff::core::manager {

/// Why the request is refused; empty: it may be carried out, or is about what the session has
/// already, as leases are. Single calls of methods are not judged here.
std::optional<Answer> cannot_allow(State& state, Session& session, const Request& request);

/// The same of one call of a method.
std::optional<objects::Result> cannot_allow(State& state, Session& session, const Stand& stand,
                                            const objects::Call& call);

/// The same of a call that waits, when roles have changed meanwhile. Who sleeps at a condition is
/// left alone: its lock counts as held.
std::optional<Failed> cannot_allow(State& state, const Session& session, const WaitingCall& call);

/// The same of the items that come by themselves.
std::optional<Failed> cannot_stream(State& state, const Session& session, const Desk& desk);

/// Whether it may do anything with it, and so may know that it is there.
[[nodiscard]] bool may_know(State& state, const Session& session, const Desk& desk);
[[nodiscard]] bool may_know(State& state, const Session& session, const Stand& stand);

/// Whether a value that is kept may refer to this: whoever reads that value may then use it.
[[nodiscard]] bool may_refer(State& state, const Session& session, const Stand& stand);

}  // namespace handoff::core::manager

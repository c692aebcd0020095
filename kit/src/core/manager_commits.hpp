#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// COMMIT: acks and puts on several queues, wholly or not at all.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             Commit& commit);

/// Carries out a commit that is first in one line, if it is first in all of its lines and fits
/// everywhere. False: it waits on. Whichever waits longest is first wherever it waits, so commits
/// never wait for each other in a circle.
bool let_in_commit(State& state, Ticket ticket);

/// While a commit waits, the leases that it would end must not lapse.
void pin_leases(State& state, Session& session, const Commit& commit, bool pinned);

}  // namespace handoff::core::manager

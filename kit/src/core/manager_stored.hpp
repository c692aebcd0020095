#pragma once

#include "core/manager_state.hpp"

/// What outlives the manager: told to the journal, turn by turn, and taken up from a store.
namespace handoff::core::manager {

/// Why nothing can be durable here; empty if it can.
std::optional<Failed> cannot_store(const State& state);

/// From now on what becomes of the queue's items goes into the journal.
void write_down(State& state, Desk& desk);

/// A session opens a queue. If all that it has is durable, it goes on after a restart: its requests
/// that were not answered are done once. Otherwise its client has to be told what is lost. Returns
/// the turn that decided it, on which the answer rests; 0: none did.
Turn know_session(State& state, Session& session, const Desk& desk);
/// The session has something that is in memory only; the same.
Turn ends_with_manager(State& state, Session& session);
void forget_session(State& state, Session& session, Durability level);

/// Something about what is known of these puts changes in this turn; answers wait for it.
void puts_change(State& state, const Session& session, Desk& desk);
/// The answer to a request that changed something in this turn.
void note_answer(State& state, Session& session, RequestId id, const KnownRequest& known,
                 Turn rests_on);

/// What an earlier life of this manager left. Before anything else.
void restore(State& state, const Recovered& recovered);

/// The changes of the turn that ends; empty if nobody has to store anything.
std::optional<Changes> take_changes(State& state);

}  // namespace handoff::core::manager

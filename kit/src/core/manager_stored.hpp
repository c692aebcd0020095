#pragma once

#include "core/manager_state.hpp"

/// What outlives the manager: told to the journal, turn by turn, and taken up from a store.
namespace handoff::core::manager {

/// From now on what becomes of the queue's items goes into the journal.
void write_down(State& state, Desk& desk);

/// What an earlier life of this manager left. Before anything else.
void restore(State& state, const Recovered& recovered);

/// The changes of the turn that ends; empty if nobody has to store anything.
std::optional<Changes> take_changes(State& state);

}  // namespace handoff::core::manager

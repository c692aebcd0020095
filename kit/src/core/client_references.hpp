#pragma once

#include <optional>

#include "core/client_state.hpp"
#include "core/objects/reference.hpp"

/// Anonymous objects live while a session holds them. A session holds those that it was told of,
/// until it says LET_GO; that is sent when the application has no handle of the object any more,
/// and says how often the session was told. So what it is being told at that moment still counts.
namespace handoff::core::client {

/// The application has one more handle of this object, and its session was told so often of it
/// besides. `generation` is of the session that was told.
void hold(State& state, const objects::Reference& object, std::uint64_t generation,
          std::uint64_t told);

/// The number under which it can be opened; counts as a handle.
QueueRef refer(State& state, const objects::Reference& object);

/// It has so many handles fewer.
void let_go(State& state, const objects::Reference& object, std::uint64_t handles);

/// Nobody waits for these answers any more: what they tell of is let go.
void told_in_vain(State& state, const Results& results);
void told_in_vain(State& state, const ObjectOpened& opened);

/// LET_GO is answered.
void let_go_done(State& state);

/// The session is over; the next one was told of nothing yet.
void forget_told(State& state);

/// What a handle of this number refers to; empty: it is not open in this session.
[[nodiscard]] std::optional<objects::Reference> reference_of(const State& state, QueueRef ref);

}  // namespace handoff::core::client

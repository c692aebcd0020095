#pragma once

#include <string>

#include "core/client_state.hpp"

/// What is particular to calls of shared objects: how they end, and what has to be given back when
/// nobody is left to use what they brought. Their numbers and handles are those of queues.
namespace handoff::core::client {

/// Of several methods, the nature of that about which most has to be said when no answer comes.
[[nodiscard]] Nature nature_of(const Calls& calls);

/// Whether it may have counted for others although nobody heard of it: a wait at a barrier.
[[nodiscard]] bool counts_unanswered(const State& state, const Calls& calls);

/// Whether one of the methods is about what the session holds.
[[nodiscard]] bool settles(const Calls& calls);

/// Whether one of the methods may wait for others.
[[nodiscard]] bool may_wait(const Calls& calls);

/// `acquire of lock "gpu", get of dict "prices"`: for texts.
[[nodiscard]] std::string describe_calls(const State& state, const Calls& calls);

/// The results as the caller is told them: one that was withdrawn by us says why.
void explain_results(const Call& call, Results& results);

/// Nobody waits for these results any more: what they hold is given back.
void give_back(State& state, const Calls& calls, const Results& results);

/// What gives back what this call was given; without a method if there is nothing.
[[nodiscard]] objects::Call giving_back(ObjectKind kind, const objects::Call& call,
                                        const objects::Result& result);

}  // namespace handoff::core::client

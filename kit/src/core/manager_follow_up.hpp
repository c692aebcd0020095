#pragma once

#include "core/manager_state.hpp"

/// What follows for others from what was done to a queue.
namespace handoff::core::manager {

/// Looks at every queue about which something changed until nothing follows any more: dead items
/// move, waiting puts enter, whoever waits is served. Each look costs as much as it achieves.
void follow_up(State& state);

/// Lets the time come to its queues: leases lapse, delays end, times to live run out.
void advance_queues(State& state);

}  // namespace handoff::core::manager

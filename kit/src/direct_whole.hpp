#pragma once

#include <cstdint>
#include <vector>

#include "direct_queue.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/stats.hpp"

/// Calls about a whole direct queue: asked of all producers that answer, put together here.
namespace handoff::detail {

/// When each producer's part has once been without an unacknowledged item since the call began.
bool join_all(DirectQueue& queue, const Wait& wait);
/// Sums; closed if all are. Of the calls that wait, those of this client.
QueueStats stats_of_all(DirectQueue& queue);
/// Of one producer after the other.
std::vector<RawItem> peek_all(DirectQueue& queue, ItemState state, std::uint32_t items_max);
std::uint64_t purge_all(DirectQueue& queue);
std::uint64_t kick_all(DirectQueue& queue, std::uint64_t items_max);

}  // namespace handoff::detail

#pragma once

#include "bench/frame/board.hpp"

namespace handoff::bench {

/// From now on each commit of this process's store that is synced is counted there.
void count_syncs(Board& board);

}  // namespace handoff::bench

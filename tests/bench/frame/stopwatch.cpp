#include "bench/frame/stopwatch.hpp"

#include "bench/frame/statistics.hpp"

namespace handoff::bench {

void Stopwatch::tell(Board& board, const Tally& tally) {
    board.note_latencies(quantile(times_us_, 0.5), quantile(times_us_, 0.99));
    board.arrived(tally, last_);
}

}  // namespace handoff::bench

#pragma once

#include <cstdint>
#include <vector>

#include "bench/frame/run.hpp"
#include "bench/frame/stopwatch.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/queue.hpp"

namespace handoff::bench {

/// Takes back what was put.
template <typename T>
void by_get(Queue<T>& queue, Tally& tally) {
    tally.take(view_of(queue.get()));
}

/// Puts an item into each of the queues in turn and takes it back; `take` says how.
template <typename T, typename Take = decltype(&by_get<T>)>
void in_turn(const Setting& setting, std::vector<Queue<T>>& queues, Board& board,
             Take take = by_get<T>) {
    Items<T> items(0, setting.size, 1);
    Tally tally(1, setting.size);
    Stopwatch watch(setting.count);
    board.ready();
    board.begins();
    for (std::uint64_t i = 0; i < setting.count; ++i) {
        Queue<T>& queue = queues[i % queues.size()];
        const T& item = items.next();
        watch.start();
        queue.put(item);
        take(queue, tally);
        watch.stop();
    }
    watch.tell(board, tally);
    board.wait_for_end();
}

}  // namespace handoff::bench

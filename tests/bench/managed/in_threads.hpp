#pragma once

#include <thread>
#include <vector>

#include "bench/frame/board.hpp"

namespace handoff::bench {

/// Runs `work(id)` in so many threads and waits for them; what one of them throws ends the run.
template <typename Work>
void in_threads(unsigned threads, Board& board, Work work) {
    std::vector<std::jthread> running;
    for (unsigned id = 0; id < threads; ++id) {
        running.emplace_back([&, id] {
            try {
                work(id);
            } catch (const std::exception& error) {
                board.fail(error.what());
            }
        });
    }
}

}  // namespace handoff::bench

#pragma once

#include <cstdint>
#include <vector>

#include "bench/frame/board.hpp"

namespace handoff::bench {

/// The times of single operations.
class Stopwatch {
public:
    explicit Stopwatch(std::uint64_t operations) { times_us_.reserve(operations); }

    void start() noexcept { begin_ = Board::Clock::now(); }
    void stop() {
        last_ = Board::Clock::now();
        times_us_.push_back(std::chrono::duration<double, std::micro>(last_ - begin_).count());
    }

    /// Writes down what arrived, when the last did, and p50 and p99 of the times.
    void tell(Board& board, const Tally& tally);

private:
    Board::Clock::time_point begin_;
    Board::Clock::time_point last_;
    std::vector<double> times_us_;
};

}  // namespace handoff::bench

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.hpp"

namespace handoff::core::sim {

/// What a register holds: a shared value, or the entry of a dict under one key. Empty: nothing.
using Content = std::optional<std::int64_t>;

/// One call of a register, and what it was answered.
struct Operation {
    enum class What : std::uint8_t { get, put, add, compare_exchange, get_or_put, take };
    What what = What::get;
    std::int64_t argument = 0;  ///< that is put or added
    std::int64_t expected = 0;  ///< of compare_exchange
    Time begun{};
    Time ended = never;  ///< never: it was not answered, and nobody knows whether it was done
    /// What was there; of add, the sum. Of compare_exchange and get_or_put only if they were not
    /// done.
    Content seen;
    bool done = true;           ///< of compare_exchange and get_or_put
    std::uint64_t version = 0;  ///< that the register had then; 0: it was not told
    // Losses of power cut a history into parts. At each the newest of what happened before it may
    // be undone, so that the register has again what it had at an earlier moment of that part.
    std::size_t first_part = 0, last_part = 0;  ///< it happened in one of these
    bool kept = false;   ///< in its part: neither it nor what happened before it is undone
    Time until = never;  ///< of one that was not answered: it did not happen later
};

enum class Verdict : std::uint8_t { holds, broken, undecided };

/// Whether each of these calls of one register may have happened at one moment between its
/// beginning and its end, so that all answers follow from one another (Herlihy and Wing's
/// linearizability). Searches as Wing and Gong do, and goes to no place twice (Lowe). Undecided
/// when that takes too long.
[[nodiscard]] Verdict linearizable(std::vector<Operation> history);

}  // namespace handoff::core::sim

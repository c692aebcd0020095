#pragma once

#include <concepts>
#include <ranges>
#include <string>
#include <utility>

#include "handoff/patterns/worker_pool.hpp"

namespace handoff::patterns {

/// Calls a pool's task for each item, wherever its workers are, and folds the results together here
/// as they come: `total = reduce(total, result)`. Results come in any order, so `reduce` should not
/// mind; only those are kept that it has not taken yet.
///
///     Counts words = handoff::patterns::map_reduce<Counts>(pool, "count", files, Counts{}, add);
///
/// `Mapped` is what the task returns, and by default what is returned here. Each item is mapped and
/// folded once, whichever workers die. Throws the first TaskError, and then what has not been begun
/// is dropped.
template <typename Mapped, std::ranges::input_range Items, typename Total, typename Reduce>
requires std::invocable<Reduce&, Total, Mapped> Total map_reduce(WorkerPool& pool,
                                                                 const std::string& task,
                                                                 Items items, Total total,
                                                                 Reduce reduce,
                                                                 const TaskOptions& options = {}) {
    auto results = pool.imap_unordered<Mapped>(task, std::move(items), options);
    while (auto result = results.next()) {
        total = reduce(std::move(total), std::move(*result));
    }
    return total;
}

}  // namespace handoff::patterns

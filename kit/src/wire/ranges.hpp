#pragma once

#include <vector>

#include "core/messages.hpp"

namespace handoff::wire {

/// Whether the ranges ascend without overlap and hold no 0: the only form that travels. Otherwise a
/// short message could make its receiver walk the same tokens again and again.
[[nodiscard]] bool in_order(const std::vector<core::Range>& ranges) noexcept;

/// The same numbers in that form: neighbours become one range, and what has none is left out.
[[nodiscard]] std::vector<core::Range> put_in_order(std::vector<core::Range> ranges);

}  // namespace handoff::wire

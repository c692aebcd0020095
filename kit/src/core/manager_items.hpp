#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// What PUT and COMMIT ask of the items that they bring.
namespace handoff::core::manager {

/// The largest payload of `run`; empty if it has not as many items as it says, or none.
[[nodiscard]] std::optional<std::size_t> largest_payload(const Run& run);

/// Why these items, the largest of so many bytes, can never enter the queue, or not any more;
/// empty if they can.
[[nodiscard]] std::optional<Failed> cannot_enter(State& state, const Desk& desk,
                                                 const Columns& columns, const Run& items,
                                                 std::size_t largest);

/// How many of the first items of `dead`, which died elsewhere, fit into `queue` now.
[[nodiscard]] std::uint32_t fits(const Queue& queue, const Extent& dead);

/// Cuts the first `count` items off `run` and returns them.
[[nodiscard]] Run cut_front(Run& run, std::uint32_t count);

/// Before they wait: so that what waits does not keep the messages alive that it came in.
void compact(Run& items, Columns& columns);

/// Whether a delay, lease or time to live can be granted.
[[nodiscard]] bool sane(Millis duration, Millis least = Millis{1}) noexcept;
[[nodiscard]] bool sane(std::optional<Millis> duration) noexcept;

}  // namespace handoff::core::manager

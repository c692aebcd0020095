#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// What PUT and COMMIT ask of the items that they bring.
namespace handoff::core::manager {

/// Longest headers of an item, in bytes.
inline constexpr std::size_t headers_bytes_max = 64u << 10;

/// The largest payload of `run`; empty if it has not as many items as it says, or none.
[[nodiscard]] std::optional<std::size_t> largest_payload(const Run& run);

/// Why items with these columns, the largest of so many bytes, can never enter the queue, or not
/// any more; empty if they can.
[[nodiscard]] std::optional<Failed> cannot_enter(const State& state, const Desk& desk,
                                                 const Columns& columns, std::size_t largest);

/// How many of the first items of `dead`, which died elsewhere, fit into `queue` now.
[[nodiscard]] std::uint32_t fits(const Queue& queue, const Extent& dead);

/// Cuts the first `count` items off `run` and returns them.
[[nodiscard]] Run cut_front(Run& run, std::uint32_t count);

/// Whether a delay, lease or time to live can be granted.
[[nodiscard]] bool sane(Millis duration, Millis least = Millis{1}) noexcept;
[[nodiscard]] bool sane(std::optional<Millis> duration) noexcept;

}  // namespace handoff::core::manager

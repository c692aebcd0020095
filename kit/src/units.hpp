#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace handoff {

/// No duration of the kit is longer, so sums of a few of them cannot overflow: 10 years.
inline constexpr std::chrono::milliseconds duration_max = std::chrono::hours{24} * 3650;

/// No size of the kit is larger, "unlimited" apart: 1 EiB.
inline constexpr std::uint64_t size_max = std::uint64_t{1} << 60;

/// Reads a whole number and its unit, one of ms, s, m, h and d: "200ms", "30s". Throws
/// errc::invalid_argument for anything else, a negative number and more than `duration_max`.
[[nodiscard]] std::chrono::milliseconds parse_duration(std::string_view text);

/// Reads a whole number of bytes and its unit, one of B, kB, MB, GB, TB and KiB, MiB, GiB, TiB:
/// "64MiB", "10kB". Throws errc::invalid_argument for anything else, a negative number and more
/// than `size_max`.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

/// In the largest unit that is exact, as parse_duration() reads it.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

/// In the largest unit that is exact, as parse_size() reads it.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// In groups of three digits, as TOML reads it: 1_000_000.
[[nodiscard]] std::string format_count(std::uint64_t count);

}  // namespace handoff

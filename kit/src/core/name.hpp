#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace handoff::core {

/// Longest name of a queue, in bytes.
inline constexpr std::size_t name_bytes_max = 255;

/// Why `name` cannot name a queue, to follow the words "the name of a queue"; empty if it can. A
/// name is 1 to 255 bytes of valid UTF-8 without control characters.
[[nodiscard]] std::string_view name_fault(std::string_view name) noexcept;

/// Throws errc::invalid_argument, with the name and what is wrong with it, if there is a fault.
void check_name(std::string_view name);

/// Whether `text` is well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Text from outside made fit for an error message or a log: in double quotes, control characters
/// and what is not UTF-8 as \xNN, and cut short after 80 bytes.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace handoff::core

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/objects/call.hpp"

/// The few things that a manager must know of values: where they begin and end, whether two are the
/// same, and integers.
namespace handoff::core::objects {

/// The msgpack value itself, without the header of its item.
[[nodiscard]] std::string_view payload_of(const Packed& value) noexcept;

/// Equal by bytes.
[[nodiscard]] bool same(const Packed& one, const Packed& other) noexcept;

/// As it is kept: no more than four times its size is kept alive.
[[nodiscard]] Packed to_keep(const Packed& value);

/// An item with this payload.
[[nodiscard]] Packed pack_payload(std::string_view payload);
/// An integer in its shortest form.
[[nodiscard]] Packed pack_integer(std::int64_t number);
[[nodiscard]] Packed pack_text(std::string_view text);

/// The integer that a payload is; empty if it is none, or does not fit.
[[nodiscard]] std::optional<std::int64_t> integer_of(std::string_view payload) noexcept;
/// The text that a payload is, without a copy; empty if it is none.
[[nodiscard]] std::optional<std::string_view> string_of(std::string_view payload) noexcept;

}  // namespace handoff::core::objects

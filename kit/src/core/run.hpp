#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/slice.hpp"

namespace handoff::core {

/// A run: items one behind the other, each a msgpack `bin` object (a length header and the payload
/// as it is). The borders are found by the headers alone; payloads are never looked into. The same
/// bytes travel from a producer to the manager, lie in the queue and go on to the consumer.
struct Run {
    std::uint32_t count = 0;  ///< items in `bytes`, exactly
    Slice bytes;

    bool operator==(const Run&) const = default;
};

/// The length of the first item of `run`, header included; empty if `run` does not begin with one
/// whole item.
[[nodiscard]] std::optional<std::size_t> first_item_bytes(std::string_view run) noexcept;

/// The payload of the first item of `run`, which must begin with a whole item.
[[nodiscard]] std::string_view first_payload(std::string_view run) noexcept;

/// What a walk over a run finds.
struct RunShape {
    std::uint32_t count = 0;
    std::size_t largest_payload = 0;
};

/// Walks all of `run`; empty if it is not made of whole items.
[[nodiscard]] std::optional<RunShape> measure(std::string_view run) noexcept;

/// The bytes of the first `count` items; `run` must have that many.
[[nodiscard]] std::size_t prefix_bytes(std::string_view run, std::uint32_t count) noexcept;

/// How many whole items, `count_max` at most, lie within the first `bytes_max` bytes.
[[nodiscard]] std::uint32_t items_within(std::string_view run, std::uint32_t count_max,
                                         std::size_t bytes_max) noexcept;

/// Appends one item to a run that is being written.
void append_item(std::string& run, std::string_view payload);

/// The length of an item whose payload has `payload_bytes`, header included.
[[nodiscard]] std::size_t item_bytes(std::size_t payload_bytes) noexcept;

}  // namespace handoff::core

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "handoff/options.hpp"

/// The headers of an item as bytes. To the manager and the protocol they are opaque; this is the
/// custom that clients share.
namespace handoff::wire {

/// A msgpack map. What is UTF-8 becomes a str, anything else a bin.
[[nodiscard]] std::string encode_headers(const Headers& headers);

/// Empty if `bytes` are not one map of str or bin to str or bin. Of a name that is there twice the
/// last value counts.
[[nodiscard]] std::optional<Headers> decode_headers(std::string_view bytes);

}  // namespace handoff::wire

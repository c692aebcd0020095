#pragma once

#include <string>
#include <string_view>

#include "handoff/codec.hpp"

namespace handoff::tool {

/// An item for people. A string is printed as it is, any other msgpack value as one line of JSON
/// (with `json`, strings too), and bytes that are no msgpack as they are.
std::string printed(const Bytes& item, bool json);

/// An item from a word or a line: a string, or with `json` the JSON value that it holds. Throws
/// Error (errc::invalid_argument) if it holds none.
Bytes parsed(std::string_view text, bool json);

/// A key or a value of a shared object, from a word: the JSON value that it is, else (without
/// `json`) the word as a string. So 5 is a number, "5" a string, and fast as well.
Bytes parsed_content(std::string_view word, bool json);

/// The same as a word: what is printed here is read there as the same value. With `json`, always
/// JSON.
std::string printed_content(const Bytes& value, bool json);

}  // namespace handoff::tool

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config_keys.hpp"

namespace handoff::settings {

/// A table of a file.
struct Table {};

/// A value of a type that no setting has, by the name of that type.
struct Foreign {
    std::string_view type;
};

/// A value as it was found, before it is known which setting it is for.
using Raw = std::variant<Table, Foreign, bool, std::int64_t, std::string, std::vector<std::string>>;

/// Reads a value for its setting. Throws Error, saying what was expected and what was found.
Value convert(const Key& key, const Raw& raw);

/// What a file would have held, from the text of an environment variable. Several addresses are
/// separated by commas.
Raw from_text(const Key& key, const std::string& text);

/// Throws Error: `where` says which setting of which file it is about.
[[noreturn]] void refuse(const std::string& where, const std::string& why);

/// What is wrong with the value; empty if nothing is.
std::string fault(const Key& key, const Value& value);

/// The value for a message or a page: "30s" without its quotes.
std::string format(const Key& key, const Value& value);

/// The value as a file writes it; empty for monostate.
std::string toml(const Key& key, const Value& value);

/// The default as a file writes it; empty where that is prose, or there is none.
std::string toml_default(const Key& key);

/// What may be written: "a duration such as …".
std::string expectation(const Key& key);

/// The bounds as a person would write them: "10ms to 1m".
std::string range_text(const Key& key);

}  // namespace handoff::settings

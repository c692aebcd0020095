#pragma once

#include <string>
#include <vector>

#include "config_values.hpp"

namespace handoff::settings {

/// One key of a TOML text, or one table.
struct Entry {
    std::vector<std::string> path;  ///< the names of the tables around it, then its own
    Raw value;
    unsigned line = 0;
};

/// All tables and keys in the order of the text, each table before what is in it. Throws
/// errc::config_invalid where it is not TOML, naming `name` and the line.
std::vector<Entry> read_toml(const std::string& text, const std::string& name);

}  // namespace handoff::settings

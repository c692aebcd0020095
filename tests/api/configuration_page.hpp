#pragma once

#include <string>

namespace handoff::test {

/// The path of docs/configuration.md. Its tables are made from the one that the code goes by.
std::string configuration_page();

/// A file's text. Throws std::runtime_error if it cannot be read.
std::string text_of_file(const std::string& path);

/// The page with its tables made anew. Throws std::runtime_error if they have lost their place.
std::string with_fresh_tables(std::string page);

}  // namespace handoff::test

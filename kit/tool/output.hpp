#pragma once

#include <string>

namespace handoff::tool {

/// To standard output, with a newline. Throws Error (errc::system) when that cannot be written to.
void print_line(const std::string& line);

/// What was printed is out; throws likewise.
void flush_output();

}  // namespace handoff::tool

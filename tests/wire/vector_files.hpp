#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The golden vectors as they lie in tests/wire/vectors.
namespace handoff::wire::tests {

/// A message as ZeroMQ carries it: one frame or two.
using Frames = std::vector<std::string>;

/// Reads tests/wire/vectors/<name>.hex; the format is described there.
Frames vector(const std::string& name);
/// The same from text.
Frames parse_vector(std::string_view text);

/// The names of all vectors, without ".hex".
std::vector<std::string> vector_names();

}  // namespace handoff::wire::tests

#pragma once

#include <string>

#include "bench/program/comparison.hpp"

namespace handoff::bench {

/// The table of one comparison.
std::string table_of(const Comparison& comparison);

}  // namespace handoff::bench

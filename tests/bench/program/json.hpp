#pragma once

#include <string>
#include <vector>

#include "bench/frame/options.hpp"
#include "bench/program/comparison.hpp"

namespace handoff::bench {

/// Writes every run of all comparisons, with the machine, the versions and the command. Throws
/// std::runtime_error if the file cannot be written.
void write_json(const std::string& file, const std::vector<Comparison>& comparisons,
                const Options& options, const std::string& command);

}  // namespace handoff::bench

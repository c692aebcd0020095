#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/endpoint.hpp"

namespace handoff::bench {

/// The command line of handoff-bench.
struct Options {
    std::vector<std::string> works;  ///< one, or all of them
    std::size_t size = 100;
    Scheme transport = Scheme::ipc;
    bool curve = false;                    ///< ours over tcp, with keys and without
    std::optional<std::uint64_t> count;    ///< unset: as the work needs
    std::optional<std::uint64_t> largest;  ///< of depths, queues or clients
    std::optional<unsigned> runs;
    std::vector<Engine> engines{Engine::managed};  ///< of ours, in the works that know others
    bool text = false;                ///< also with items that are std::string rather than Bytes
    bool brief = false;               ///< all works, each in its short form
    std::string only;                 ///< contenders with this in their names, and the baseline
    std::string json;                 ///< file to write; empty: none
    std::chrono::seconds limit{300};  ///< of one run
    bool help = false;
};

/// Throws std::invalid_argument, naming the word that is not understood.
Options parse_options(const std::vector<std::string>& words);

/// What --help prints.
std::string usage();

}  // namespace handoff::bench

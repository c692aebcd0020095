#pragma once

#include <cstddef>
#include <string>

#include "handoff/config.hpp"

namespace word_count {

/// What the command line says.
struct Settings {
    std::string role = "all";  ///< all, produce, work, collect or help
    std::string directory{};
    unsigned workers = 2;
    std::size_t chunk_bytes = 8192;
    double die = 0;  ///< the share of chunks at which a worker dies between counting and handing on
};

/// Throws std::invalid_argument for what it does not understand.
Settings read_arguments(int argc, char** argv);

/// The file that HANDOFF_CONFIG names, else the one beside these sources; then the environment.
handoff::Config read_config();

extern const char* const usage;

}  // namespace word_count

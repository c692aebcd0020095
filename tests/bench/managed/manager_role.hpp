#pragma once

#include <string>

#include "bench/frame/run.hpp"
#include "handoff/config.hpp"

namespace handoff::bench {

/// A manager that serves until the run is over.
Role manager_role(const Setting& setting);

/// What clients of that manager go by. Waits until it is there.
Config client_config(Board& board);

/// Resident memory of the manager's process, in bytes.
std::uint64_t manager_memory(Board& board);

/// A queue that holds whatever is put into it.
QueueOptions boundless();

}  // namespace handoff::bench

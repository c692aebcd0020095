#pragma once

#include <string>

#include "bench/frame/run.hpp"
#include "handoff/config.hpp"

namespace handoff::bench {

/// A manager that serves until the run is over. Direct queues have none: then it says where their
/// producers serve.
Role manager_role(const Setting& setting);

/// What clients go by. Waits until that is told.
Config client_config(Board& board);

/// Resident memory of the manager's process, in bytes.
std::uint64_t manager_memory(Board& board);

/// A queue that holds whatever is put into it.
QueueOptions boundless();

}  // namespace handoff::bench

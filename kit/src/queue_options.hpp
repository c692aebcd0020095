#pragma once

#include <string>

#include "handoff/config.hpp"

namespace handoff {

/// Throws errc::invalid_argument, with the text that a configuration file would get, if the queue's
/// name or one of its options cannot be: "[queues.jobs] capacity: 0 is out of range; …".
void check_queue(const std::string& name, const QueueOptions& options);

}  // namespace handoff

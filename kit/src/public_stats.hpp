#pragma once

#include "core/messages.hpp"
#include "handoff/stats.hpp"

namespace handoff {

/// From the words of the protocol to those of the public headers.
QueueStats public_stats(const core::QueueStats& stats);
ManagerStats public_stats(const core::StatsReply& reply);
ObjectStats public_stats(const core::ObjectStats& stats);

}  // namespace handoff

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "handoff/config.hpp"

namespace handoff {

/// How one item, or one batch, is put.
struct PutOptions {
    std::int32_t priority = 0;           ///< greater comes first; queues of Order::priority heed it
    std::chrono::milliseconds delay{0};  ///< not handed out before so much time has passed
    /// After so long, an item that nobody took leaves and is counted; unset: it stays.
    std::optional<std::chrono::milliseconds> time_to_live;

    bool operator==(const PutOptions&) const = default;
};

/// How an item is borrowed.
struct LeaseOptions {
    /// How long the item stays away before it goes back by itself; unset: as the queue says.
    std::optional<std::chrono::milliseconds> ttl;

    bool operator==(const LeaseOptions&) const = default;
};

}  // namespace handoff

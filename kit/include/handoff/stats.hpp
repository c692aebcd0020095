#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "handoff/config.hpp"

namespace handoff {

/// One queue at one moment.
struct QueueStats {
    std::string name;
    QueueOptions options;  ///< in force, every field set
    bool closed = false;

    // Items now. Together they are what counts against the capacity.
    std::uint64_t ready = 0;
    std::uint64_t leased = 0;
    std::uint64_t delayed = 0;
    std::uint64_t dead = 0;
    std::uint64_t bytes = 0;  ///< payloads with their length headers; keys, headers and traces

    // Calls that wait now.
    std::uint64_t waiting_gets = 0;
    std::uint64_t waiting_puts = 0;

    // Items since the queue was made.
    std::uint64_t puts = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t redeliveries = 0;  ///< deliveries of items that had been delivered before
    std::uint64_t acks = 0;
    std::uint64_t releases = 0;
    std::uint64_t lapses = 0;  ///< leases that ended by their time or with their session
    std::uint64_t buried = 0;
    std::uint64_t expired = 0;  ///< left by their time to live
    std::uint64_t purged = 0;
    std::uint64_t dead_lettered = 0;
    std::uint64_t duplicates = 0;  ///< puts that were recognised by their keys, and added nothing

    /// Items that join() waits for.
    [[nodiscard]] std::uint64_t unfinished() const noexcept { return ready + leased + delayed; }
};

/// A manager at one moment.
struct ManagerStats {
    std::string manager;      ///< a random name of this life, in hexadecimal
    std::uint64_t epoch = 0;  ///< grows with each life on the same data
    std::uint64_t sessions = 0;
    std::uint64_t sessions_lost = 0;
    std::uint64_t requests = 0;
    std::uint64_t frames_dropped = 0;  ///< malformed, or from a connection that was replaced
    std::chrono::milliseconds uptime{0};
    std::uint64_t objects = 0;       ///< shared objects, anonymous ones as well
    std::vector<QueueStats> queues;  ///< by name
};

/// The state of an item within its queue.
enum class ItemState : std::uint8_t { ready = 0, leased = 1, delayed = 2, dead = 3 };

}  // namespace handoff

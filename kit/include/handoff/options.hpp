#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "handoff/config.hpp"

namespace handoff {

/// What travels with an item beside its payload: names and values, which are bytes to Handoff.
/// Encoded they have at most 65,536 bytes (a msgpack map: names, values, and 1 to 5 bytes more for
/// each of them).
using Headers = std::map<std::string, std::string>;

/// How one item, or one batch, is put. What is too long is errc::too_large, and nothing is put.
/// Key, headers and trace count against the queue's capacity in bytes, for each item.
struct PutOptions {
    std::int32_t priority = 0;           ///< greater comes first; queues of Order::priority heed it
    std::chrono::milliseconds delay{0};  ///< not handed out before so much time has passed
    /// After so long, an item that nobody took leaves and is counted; unset: it stays.
    std::optional<std::chrono::milliseconds> time_to_live{};
    /// Idempotence key, 1,024 bytes at most, of one item (a batch with one is
    /// errc::invalid_argument). If the queue remembers it from an earlier put, by whomever, this
    /// put is done without adding an item: see QueueOptions::key_window. Empty: none.
    std::string key{};
    Headers headers{};    ///< for the consumer, who finds them in Lease::headers()
    std::string trace{};  ///< trace context, 1,024 bytes at most; passed through untouched

    bool operator==(const PutOptions&) const = default;
};

/// How an item is borrowed.
struct LeaseOptions {
    /// How long the item stays away before it goes back by itself; unset: as the queue says.
    std::optional<std::chrono::milliseconds> ttl;
    /// The client extends the lease again and again, while its process lives and has a session with
    /// the manager, until the Lease is settled or dropped: then `ttl` is only how long the item
    /// stays away when the process stops or hangs as a whole. A thread that hangs keeps its item.
    bool renew = false;

    bool operator==(const LeaseOptions&) const = default;
};

/// How a Producer sends.
struct ProducerOptions {
    /// Items that may be sent and not confirmed at a time, 1 to 16,777,216; send() waits while
    /// there are so many.
    std::uint32_t window = 65'536;
    /// And their bytes, at least 1. One item is always accepted when nothing is unconfirmed.
    std::uint64_t window_bytes = 16u << 20;

    bool operator==(const ProducerOptions&) const = default;
};

/// How a Consumer fetches.
struct ConsumerOptions {
    /// Items that may be fetched and not acknowledged at a time, 1 to 16,777,216. What the
    /// application has not taken of them is given back as soon as somebody else waits for items.
    std::uint32_t credit = 16'384;
    /// And their bytes, at least 1; one item is always fetched.
    std::uint64_t credit_bytes = 8u << 20;
    /// How long each item stays away before it goes back by itself, from when it is taken. Unset:
    /// as the queue says.
    std::optional<std::chrono::milliseconds> ttl;
    /// Leases of what is taken are extended again and again, see LeaseOptions::renew.
    bool renew = false;
    /// A range-for acknowledges each item when it asks for the next one.
    bool auto_ack = false;

    bool operator==(const ConsumerOptions&) const = default;
};

}  // namespace handoff

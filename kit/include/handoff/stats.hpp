#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/object_options.hpp"

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
    std::uint64_t objects = 0;           ///< shared objects, anonymous ones as well
    std::uint64_t requests_refused = 0;  ///< that roles do not allow: errc::not_authorised
    std::vector<QueueStats> queues;      ///< by name
};

/// What a session holds of a shared object.
struct ObjectHold {
    std::uint64_t session = 0;  ///< its number in the manager
    std::string who;            ///< session, program and process, for people
    std::uint64_t token = 0;    ///< the fencing token; 0: permits have none here
    std::uint64_t count = 1;    ///< how deep a recursive lock is locked; how many permits
    bool shared = false;        ///< others may hold it as well
    std::optional<std::chrono::milliseconds> held_for{};  ///< unset: not known
    std::optional<std::chrono::milliseconds> ttl_left{};  ///< unset: as long as its session lives
};

/// A call that waits at a shared object.
struct ObjectWait {
    std::uint64_t session = 0;
    std::string who;
    std::string call;  ///< "acquire", "wait", "changed"
    std::chrono::milliseconds waited{0};
};

/// A shared object at one moment.
struct ObjectStats {
    std::string name;
    ObjectKind kind = ObjectKind::lock;
    ObjectOptions options;      ///< in force
    std::uint64_t version = 0;  ///< of data: changes so far
    /// Of data, entries; of a semaphore, free permits; of an event, 1 if it is set; of a barrier,
    /// parties that have come; of a latch, what is left.
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;  ///< of data, keys and values
    std::uint64_t held = 0;   ///< holds, or permits
    std::uint64_t waiting = 0;
    std::vector<ObjectHold> holders;  ///< some, where they are many
    std::vector<ObjectWait> waiters;  ///< likewise, in the order in which they came
};

/// The state of an item within its queue.
enum class ItemState : std::uint8_t { ready = 0, leased = 1, delayed = 2, dead = 3 };

}  // namespace handoff

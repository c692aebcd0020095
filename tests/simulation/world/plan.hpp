#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/messages.hpp"
#include "support/lots.hpp"

namespace handoff::core::sim {

using handoff::test::Lots;

/// How a queue is used in a run.
struct QueuePlan {
    std::string name;
    QueueOptions options;
    bool delays = false;      ///< some items are put or released with a delay
    bool expires = false;     ///< some items have a time to live
    bool priorities = false;  ///< items have priorities, whatever the order
    bool keys = false;        ///< some puts have keys, and are made again
    bool purged = false;      ///< it is purged now and then
    bool closes = false;      ///< it is closed, destroyed, and made again
};

/// A lock, a semaphore or an election that several clients use.
struct LockPlan {
    std::string name;
    ObjectKind kind = ObjectKind::lock;
    std::size_t permits = 1;
    /// Permits have no names; every other hold has a token of its own.
    [[nodiscard]] bool has_tokens() const noexcept { return kind != ObjectKind::bounded_semaphore; }
};

/// Where a client's processes are, as seen from the manager, and whether they say so.
enum class Abode : std::uint8_t { here, other_namespace, other_machine, untold };

/// How often an application does what: one weight for each thing.
struct Habits {
    unsigned put = 3, get = 3, settle = 4, commit = 1, admin = 1, cancel = 1;
    unsigned send = 0, receive = 0, finish = 0;  ///< streams
    unsigned share = 0;                          ///< shared objects
    Abode abode = Abode::here;
};

/// Mean times between faults; never where the run has none of the kind.
struct FaultPlan {
    Time cuts = never, pauses = never, kills = never, silences = never;
    Time manager_pauses = never, manager_kills = never, clock_jumps = never;
    Time disk_faults = never;
};

/// What a seed is like. Each draws a part of all features and faults: a run with few of them goes
/// deeper into those than one with all.
struct Plan {
    Limits limits;
    Millis unreachable_after{5000};
    Millis cancel_grace{300};
    std::vector<QueuePlan> queues;
    std::vector<LockPlan> locks;            ///< none: no objects are shared
    std::size_t parties = 2;                ///< of the barrier
    Durability value = Durability::memory;  ///< of the shared value,
    Durability dict = Durability::memory;   ///< and of the dict
    std::vector<Habits> clients;
    FaultPlan faults;

    Time days{};  ///< how long it goes on before the end
    Time between_truces{};
    Time between_actions{};
    Time delay_min{}, delay_max{};  ///< of a message
    Time nap_max{};                 ///< between a message's arrival and the turn that takes it
    std::size_t arrivals_max = 1;   ///< that the manager takes in one turn
    Time watch_delay_max{};         ///< between the end of a process here and when it is seen
    bool watch_fails = false;       ///< some are not watched for want of descriptors
    bool store = false;             ///< the manager has a disk, and some queues are durable
    Time disk_delay_max{};          ///< of each write and each sync
    bool as_bytes = false;          ///< messages travel encoded
    bool late_frames = false;       ///< what was sent may arrive although its connection is cut

    [[nodiscard]] Durability durability(std::size_t queue) const {
        return queues[queue].options.durability.value_or(Durability::memory);
    }
    [[nodiscard]] bool is_durable(std::size_t queue) const {
        return durability(queue) != Durability::memory;
    }
    [[nodiscard]] bool clock_jumps() const noexcept { return faults.clock_jumps != never; }
};

[[nodiscard]] Plan draw_plan(Lots& lots);

/// Of a plan, in some lines.
[[nodiscard]] std::string in_words(const Plan& plan);

}  // namespace handoff::core::sim

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "handoff/config.hpp"

namespace handoff {

/// What a shared object is. The numbers are the protocol's (docs/protocol-objects.md).
enum class ObjectKind : std::uint8_t {
    queue = 0,  ///< in references only
    lock = 1,
    recursive_lock = 2,
    semaphore = 3,
    bounded_semaphore = 4,
    event = 5,
    barrier = 6,
    rw_lock = 7,
    latch = 8,
    election = 9,
    value = 16,
    array = 17,
    list = 18,
    dict = 19,
    set = 20,
    name_space = 21,
    registered = 32,
};

/// "lock", "dict": for texts.
[[nodiscard]] std::string_view to_string(ObjectKind kind) noexcept;

/// Settings of one shared object. An unset field is no opinion: who opens the object first decides,
/// then the default. One that is set and differs from what is in force is errc::object_mismatch at
/// open; one that the kind of object does not have is errc::invalid_argument.
struct ObjectOptions {
    /// Of a semaphore its permits, of a barrier its parties, of a latch its count (each 1 by
    /// default), of an array its length (0).
    std::optional<std::uint64_t> count{};
    /// Of a lock or an election: a hold ends by itself after so long, unless it is renewed. By
    /// default it lasts as long as its session.
    std::optional<std::chrono::milliseconds> ttl{};
    /// Of a barrier: the last to arrive acts before the others go on. By default nobody does.
    std::optional<bool> action{};
    std::optional<std::uint64_t> entries_max{};  ///< of containers; default 1,000,000
    std::optional<std::uint64_t> bytes_max{};    ///< of all with values; default 64 MiB
    /// Of all with values: what a confirmed change survives, as of queues. By default it is in
    /// memory. Durable ones have a name, and values without references.
    std::optional<Durability> durability{};

    bool operator==(const ObjectOptions&) const = default;
};

}  // namespace handoff

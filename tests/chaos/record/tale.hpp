#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chaos/record/history.hpp"

/// What is known of a process when it has ended, for the checker.
namespace chaos {

enum class FaultKind : std::uint8_t { killed, stopped, cut, black_hole, starved, disk_full };
std::string to_string(FaultKind kind);

struct Fault {
    FaultKind kind = FaultKind::killed;
    Nanoseconds from = 0;
    Nanoseconds to = 0;
};

/// A record that changes no more.
struct Entry {
    Kind kind = Kind::put;
    std::uint32_t producer = 0;
    std::uint64_t first = 0;
    std::uint64_t token = 0;
    std::int32_t code = 0;
    bool first_time = false;
    std::uint64_t count = 0;
    std::uint64_t begun = 0;
    std::uint64_t finished = 0;
    Nanoseconds began = 0;
    Nanoseconds ended = 0;
};

/// The life of a worker.
struct Tale {
    std::uint32_t number = 0;
    std::string house;
    std::string queue;
    std::string what;  ///< "producer, keyed, tcp", for people
    bool killed = false;
    bool get_ran = false;  ///< an item may have come that it could not note
    std::vector<Fault> faults;
    std::vector<Entry> entries;
};

/// What the history tells, when its writer is gone.
std::vector<Entry> entries_of(const History& history);

}  // namespace chaos

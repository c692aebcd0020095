#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chaos/record/tale.hpp"

/// Classes every item that anybody put or was given, from what the workers wrote down.
namespace chaos {

struct Verdict {
    std::uint64_t confirmed = 0;
    std::uint64_t ok = 0;         ///< confirmed, and handed out once
    std::uint64_t recovered = 0;  ///< the outcome of its put was unknown, and it came
    std::uint64_t vanished = 0;   ///< the outcome of its put was unknown, and it did not come
    std::uint64_t taken = 0;      ///< confirmed, and got by one that was killed before it noted it
    std::map<std::string, std::uint64_t> duplicated;  ///< handed out again, by what allows it
    std::map<std::string, std::string> examples;      ///< of those, the first of each

    // Faults.
    std::uint64_t lost = 0;         ///< confirmed and never handed out, or never acknowledged
    std::uint64_t unexpected = 0;   ///< handed out, and never put or surely not put
    std::uint64_t unexplained = 0;  ///< handed out again, and nothing allows it
    std::uint64_t out_of_order = 0;

    std::vector<std::string> offences;  ///< the first of each kind, with their histories

    [[nodiscard]] bool good() const {
        return lost == 0 && unexpected == 0 && unexplained == 0 && out_of_order == 0;
    }
};

/// What the checker goes by.
struct Case {
    std::vector<Tale> tales;
    std::map<std::string, std::vector<Fault>> managers;  ///< by house
    /// Queues whose consumers fetch nothing ahead, so that order is exact ("house/queue").
    std::vector<std::string> ordered;
};

Verdict judge(const Case& evidence);

}  // namespace chaos

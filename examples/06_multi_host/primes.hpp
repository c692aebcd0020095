#pragma once

#include <map>
#include <set>
#include <string>

#include "handoff/codec.hpp"

/// What a worker gets: numbers among which it counts primes.
struct Slice {
    long from = 0;
    long below = 0;
    MSGPACK_DEFINE(from, below)
};

constexpr long slice_size = 1000;

/// What it hands on.
struct Count {
    Slice slice{};
    long primes = 0;
    std::string host{};
    MSGPACK_DEFINE(slice, primes, host)
};

long primes_in(const Slice& slice);

/// Who counted how much.
class Table {
public:
    void add(const Count& count);
    /// Prints it; whether each slice below that number came once and the sum is what one process
    /// counts.
    bool print(long below) const;

private:
    struct Share {
        long slices = 0;
        long primes = 0;
    };
    std::map<std::string, Share> shares_;
    Share all_;
    std::set<long> seen_;
};

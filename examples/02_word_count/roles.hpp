#pragma once

#include <string>

#include "handoff/handoff.hpp"

#include "settings.hpp"
#include "words.hpp"

namespace word_count {

/// A job: some of a file's text.
struct Chunk {
    std::string file{};
    std::string text{};
    MSGPACK_DEFINE(file, text)
};

/// A result: the words of one chunk.
struct Tally {
    std::string file{};
    Counts counts{};
    MSGPACK_DEFINE(file, counts)
};

/// What all processes share: the same names are the same queues everywhere.
struct Queues {
    explicit Queues(const handoff::Config& config) : client{config} {}

    handoff::Client client;
    handoff::Queue<Chunk> jobs = client.queue<Chunk>("jobs");
    handoff::Queue<Tally> results = client.queue<Tally>("results");
};

// The roles. Each returns the exit code of its process, and throws what goes wrong.

/// Puts every file below the directory into `jobs`, in chunks. When all of them have been counted
/// it closes `results`, so that everybody else comes to an end by himself.
int produce(const handoff::Config& config, const Settings& settings);

/// Counts chunks until there are no more.
int work(const handoff::Config& config, const Settings& settings);

/// Adds up what the workers count and prints it. Returns 0 if it is what one process counts.
int collect(const handoff::Config& config, const Settings& settings);

/// All of the above, with a manager. Returns 0 if all of them did.
int run_all(const handoff::Config& config, const Settings& settings);

}  // namespace word_count

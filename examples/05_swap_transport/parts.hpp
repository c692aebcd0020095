#pragma once

#include <functional>
#include <future>

#include "handoff/handoff.hpp"

/// What a part does with its client; returns 0 if all was well.
using Work = std::function<int(handoff::Client&)>;

/// A part of the program, with a client of its own: a process, or a thread where the address says
/// that only this process reaches the manager. This is the one place that knows of transports.
class Part {
public:
    Part(const handoff::Config& config, Work work);

    /// Waits for its end, and returns what its work returned; something else than 0 if that threw.
    int end();

private:
    handoff::Process process_;
    std::future<int> thread_;
};

/// Puts the numbers from 1 to `count`, and closes `numbers`; when all are done, `squares` as well.
int produce(handoff::Client& client, long count);
/// Squares numbers until there are no more.
int work(handoff::Client& client);
/// Says what has come, and returns 0 if that is the square of each number once.
int collect(handoff::Client& client, long count);

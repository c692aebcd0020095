#pragma once

#include <array>
#include <chrono>
#include <string>

#include "handoff/handoff.hpp"

/// A process that leases from a queue, never acknowledges, and never ends by itself. It connects
/// as a stranger would, by the manager's address.
class Victim : public handoff::Process {
public:
    Victim(std::string endpoint, std::string queue);
    ~Victim() override;

    /// Waits for the line that it prints as it begins to wait for an item. Throws if none comes.
    void wait_until_it_waits();

    /// Kills it when it has waited for so long. Throws if it ended before.
    void kill_after(std::chrono::milliseconds life);

private:
    int run() override;

    const std::string endpoint_;
    const std::string queue_;
    std::array<int, 2> line_{-1, -1};  // a pipe in place of its standard output
    std::chrono::steady_clock::time_point waits_since_;
};

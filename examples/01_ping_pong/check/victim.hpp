#pragma once

#include <chrono>
#include <string>

#include "handoff/handoff.hpp"

#include "pipe.hpp"

/// A process that leases from a queue, never acknowledges, and never ends by itself. It connects
/// as a stranger would, by the manager's address.
class Victim : public handoff::Process {
public:
    Victim(std::string endpoint, std::string queue);

    /// Waits for the line that it prints as it begins to wait for an item. Throws if none comes.
    void wait_until_it_waits() const;

    /// Kills it when it has lived for so long. Throws if it ended before.
    void kill_after(std::chrono::milliseconds life);

private:
    int run() override;

    const std::string endpoint_;
    const std::string queue_;
    const Pipe line_{8};  // in place of its standard output
};

/// A process that starts victims and kills them, one after the other, by order. It is a process
/// because a program should fork before it has threads, and who has a manager has threads.
class Killer : public handoff::Process {
public:
    /// An order is the address at which the next victim is to wait for `queue`; none is longer than
    /// a message of that pipe. It is killed when it has waited, and worked, for `victims_life`. A
    /// message in `kills` says that one was killed.
    Killer(Pipe& orders, Pipe& kills, std::string queue, std::chrono::milliseconds victims_life);

    static constexpr const char* go_home = "";

private:
    int run() override;

    Pipe& orders_;
    Pipe& kills_;
    const std::string queue_;
    const std::chrono::milliseconds victims_life_;
};

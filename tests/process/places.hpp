#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "handoff/config.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/world.hpp"

/// Settings of a manager and its clients, at an address that nobody else has and that a second
/// manager can have after the first.
struct Place {
    /// "ipc", "tcp" or "ws".
    explicit Place(const std::string& scheme);

    [[nodiscard]] const std::string& endpoint() const { return config.manager.listen.front(); }
    /// Of an ipc endpoint.
    [[nodiscard]] std::string path() const { return endpoint().substr(6); }

    handoff::test::TemporaryFolder folder;
    handoff::Config config;
};

/// A place whose sessions do not live long.
struct HastyPlace : Place {
    static constexpr std::chrono::milliseconds session_limit{300};
    explicit HastyPlace(const std::string& scheme) : Place{scheme} {
        config.manager.session_limit = session_limit;
    }
};

/// A manager in a process of its own, which can be killed and stopped.
class ManagerChild {
public:
    explicit ManagerChild(const handoff::Config& config);

    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    void kill() { child_.kill(); }
    void stop() const { child_.stop(); }
    void go_on() const { child_.go_on(); }
    [[nodiscard]] bool lives_for(std::chrono::milliseconds time) { return child_.lives_for(time); }

private:
    Pipe ready_;
    Tethered child_;
};

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/log.hpp"
#include "handoff/stats.hpp"

namespace handoff {

/// The server: owns queues and serves them on a thread of its own from construction to destruction.
/// Put one into your program, or run `handoff serve` beside it.
///
/// A forked child inherits a Manager that does nothing there.
///
/// Thread safety: safe from every thread.
class Manager {
public:
    /// Binds every endpoint of `config.manager.listen` and begins to serve. Throws Error:
    /// config_invalid, address_in_use (another manager is there), system. Then nothing stays bound.
    /// Its sessions, and strangers that it turns away, are told to `log`.
    explicit Manager(const Config& config = {}, const Log& log = {});

    /// Stops. What is kept in memory only is gone; clients see an unreachable manager.
    ~Manager();

    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /// The endpoints that are served, free ports (`tcp://127.0.0.1:*`) as they were chosen.
    [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept;

    /// The manager and all its queues, at this moment.
    [[nodiscard]] ManagerStats stats() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace handoff

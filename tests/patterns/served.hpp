#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "handoff/manager.hpp"
#include "support/world.hpp"

namespace handoff::test {

/// A manager in this process, which other processes find by these settings; sessions end soon.
struct Served {
    explicit Served(const std::string& scheme) {
        config.manager.listen = {scheme == "tcp" ? "tcp://127.0.0.1:*"
                                                 : "ipc://" + (folder.path() / "s").string()};
        config.manager.session_limit = std::chrono::seconds{1};
        manager.emplace(config);
        config.client.connect = {manager->endpoints().front()};
    }
    TemporaryFolder folder;
    Config config;
    std::optional<Manager> manager;
};

}  // namespace handoff::test

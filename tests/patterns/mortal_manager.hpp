#pragma once

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/manager.hpp"
#include "handoff/patterns/supervisor.hpp"
#include "process/places.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

namespace handoff::test {

/// Where managers are killed and begun again on their data, and clients find the next one soon.
struct LastingPlace : Place {
    explicit LastingPlace(const std::string& scheme = "ipc") : Place{scheme} {
        config.manager.data = (folder.path() / "data").string();
        config.manager.session_limit = std::chrono::seconds{1};
        config.client.reconnect_min = std::chrono::milliseconds{2};
        config.client.reconnect_max = std::chrono::milliseconds{20};
    }
};

/// A manager in a process of its own; when it is killed, another one takes its place.
class MortalManager {
public:
    explicit MortalManager(const Config& config) {
        farm_.add("manager", [config] {
            const Manager manager{config};
            for (;;) ::pause();
        });
        supervising_.emplace([this](std::stop_token stop) {
            farm_.run(std::move(stop));
            return true;
        });
    }

    /// With SIGKILL, once the one after the last that was killed is there.
    void kill() {
        patterns::ChildStatus now;
        REQUIRE(eventually([&] {
            now = farm_.children().at(0);
            return now.pid != 0 && now.restarts == killed_;
        }));
        REQUIRE(::kill(now.pid, SIGKILL) == 0);
        ++killed_;
    }

private:
    patterns::Supervisor farm_{{.restarts_max = 1000}};
    std::uint64_t killed_ = 0;
    std::optional<Background<bool>> supervising_;
};

}  // namespace handoff::test

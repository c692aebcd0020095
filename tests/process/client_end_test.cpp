// How long a client takes to end.
#include <chrono>
#include <optional>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Config;
using handoff::Manager;
using handoff::Queue;
using handoff::test::time_of;
using namespace std::chrono_literals;

TEST_CASE("a client ends as soon as its last acknowledgement is confirmed") {
    Config config;
    config.manager.listen = {"inproc://brief"};
    const Manager manager{config};
    int slow = 0;
    constexpr int clients = 1000;
    for (int i = 0; i < clients; ++i) {
        auto client = std::make_optional<Client>(manager);
        Queue<int> queue = client->queue<int>("q");
        queue.put(i);
        CHECK(queue.get() == i);  // its acknowledgement is on its way now
        slow += time_of([&] { client.reset(); }) < 800ms ? 0 : 1;  // a missed event costs a second
    }
    CHECK(slow <= 1);  // the machine itself may stand still for a moment
    CHECK(manager.stats().queues.at(0).acks == clients);
}

TEST_CASE("a client whose manager is gone ends within linger, and reports what is open") {
    Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    place.config.client.linger = 100ms;
    ManagerChild manager{place.config};
    auto client = std::make_optional<Client>(place.config);
    int reports = 0;
    client->on_error([&](const handoff::Error& error) {
        reports += error.code() == handoff::errc::outcome_unknown ? 1 : 0;
    });
    Queue<int> queue = client->queue<int>("q");
    queue.put(1);
    std::optional<handoff::Lease<int>> lease = queue.lease();
    manager.kill();
    lease.reset();  // which gives the item back, if there is somebody to take it
    CHECK(time_of([&] { client.reset(); }) < 100ms + 500ms);
    CHECK(reports == 1);
}

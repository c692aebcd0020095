// How soon a manager notices that a client's process was killed.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Lease;
using handoff::Manager;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::eventually;
using handoff::test::gets_wait;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

/// Leases an item for an hour, says so, and lives until it is killed.
template <typename Before = void (*)()>
int hold_one(
    const handoff::Config& config, const Pipe& told, Before before_it_tells = [] {}) {
    Client client{config};
    Queue<int> jobs = client.queue<int>("jobs");
    const Lease<int> job = jobs.lease({.ttl = 1h});
    before_it_tells();
    told.send("l");
    ::pause();
    return 0;
}

/// From the death of a process that had an item until somebody who waited for one has it.
std::chrono::microseconds time_to_hand_on(const Place& place, Queue<int>& jobs) {
    const Pipe told;
    jobs.put(1);
    Tethered worker{[&] { return hold_one(place.config, told); }};
    REQUIRE(told.receive() == "l");
    Background<Clock::time_point> next{[&](std::stop_token stop) {
        jobs.get(stop);
        return Clock::now();
    }};
    REQUIRE(gets_wait(jobs, 1));
    const auto killed = Clock::now();
    REQUIRE(::kill(worker.pid(), SIGKILL) == 0);
    return std::chrono::duration_cast<std::chrono::microseconds>(next.result() - killed);
}

}  // namespace

TEST_CASE("what a killed process had leased is somebody else's within milliseconds") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> jobs = client.queue<int>("jobs");
    std::vector<std::chrono::microseconds> times(20);
    for (auto& each : times) each = time_to_hand_on(place, jobs);
    std::sort(times.begin(), times.end());
    INFO(place.endpoint() << ", shortest, median, longest: " << times.front().count() << ", "
                          << times[times.size() / 2].count() << ", " << times.back().count()
                          << " us");
    CHECK(times[times.size() / 2] < 100ms);
    CHECK(times.back() < 5s);  // by its silence it would be noticed after ten
    CHECK(client.stats().sessions_lost == times.size());
}

TEST_CASE("a manager that is told to looks upon its own host as on another") {
    Place place{"tcp"};
    place.config.manager.same_host = false;
    place.config.manager.session_limit = 400ms;
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> jobs = client.queue<int>("jobs");
    // From its last sign of life, which may be a heartbeat before its death.
    CHECK(time_to_hand_on(place, jobs) >= 250ms);
    CHECK(client.stats().sessions_lost == 1);
}

TEST_CASE("a killed process is noticed although a child of it lives on") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> jobs = client.queue<int>("jobs");
    jobs.put(1);
    const Pipe told;
    Pipe over;
    Tethered worker{[&] {
        return hold_one(place.config, told, [&] {
            if (::fork() != 0) return;
            over.close_writer();
            static_cast<void>(over.receive());
            ::_exit(0);
        });
    }};
    REQUIRE(told.receive() == "l");
    REQUIRE(::kill(worker.pid(), SIGKILL) == 0);
    CHECK(jobs.try_get_for(5s) == 1);
    over.send("x");
}

TEST_CASE("a manager does not take a stopped process for a dead one") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> jobs = client.queue<int>("jobs");
    jobs.put(1);
    const Pipe told;
    Tethered worker{[&] { return hold_one(place.config, told); }};
    REQUIRE(told.receive() == "l");
    worker.stop();
    CHECK_FALSE(jobs.try_get_for(300ms).has_value());
    CHECK(client.stats().sessions_lost == 0);
}

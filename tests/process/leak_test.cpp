// Ten thousand client processes in four cases: they come, hold what a client can hold, are killed,
// and leave nothing behind in the manager.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "handoff/client.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Lease;
using handoff::ManagerStats;
using handoff::Queue;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

constexpr int clients_wanted = 2'500;
constexpr int clients_before = 500;  // until the manager has as much memory as it needs
constexpr int at_a_time = 8;

/// What a client does until it is killed.
enum class Role { leases, waits_for_an_item, waits_for_room, streams };

/// Says that it holds what it is to hold; then the next call waits for ever.
int live(const handoff::Config& config, Role role, const Pipe& told) {
    Client client{config};
    switch (role) {
        case Role::leases: {
            const Lease<int> lease = client.queue<int>("jobs").lease({.ttl = 1h, .renew = true});
            told.send("r");
            ::pause();
            break;
        }
        case Role::waits_for_an_item: {
            Queue<int> empty = client.queue<int>("empty");
            empty.async_get().then([](const handoff::Result<int>&) {});
            static_cast<void>(empty.size());  // answered after the get has come in
            told.send("r");
            ::pause();
            break;
        }
        case Role::waits_for_room: {
            Queue<int> full = client.queue<int>("full");
            full.async_put(1).then([](const handoff::Result<void>&) {});
            static_cast<void>(full.size());
            told.send("r");
            ::pause();
            break;
        }
        case Role::streams: {
            auto consumer = client.queue<int>("jobs").consumer({.credit = 4});
            const Lease<int> lease = consumer.try_lease_for(100ms);
            told.send("r");
            ::pause();
            break;
        }
    }
    return 0;
}

/// A process without threads that starts clients and kills them, a few at a time.
int breed(const handoff::Config& config, Role role, const Pipe& orders, const Pipe& done) {
    for (std::string order = orders.receive(); order == "b"; order = orders.receive()) {
        const Pipe told;
        std::array<pid_t, at_a_time> children{};
        for (pid_t& child : children) {
            child = ::fork();
            if (child != 0) continue;
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::_exit(live(config, role, told));
        }
        for (int i = 0; i < at_a_time; ++i) static_cast<void>(told.receive());
        for (const pid_t child : children) ::kill(child, SIGKILL);
        for (const pid_t child : children) ::waitpid(child, nullptr, 0);
        done.send("d");
    }
    return 0;
}

struct Footprint {
    std::int64_t memory_kib = 0;
    std::int64_t descriptors = 0;
    std::int64_t threads = 0;
};

std::int64_t status_of(pid_t process, const std::string& key) {
    std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.compare(0, key.size(), key) == 0) return std::stoll(line.substr(key.size()));
    }
    return -1;
}

Footprint footprint_of(pid_t process) {
    const std::filesystem::directory_iterator open{"/proc/" + std::to_string(process) + "/fd"};
    return {status_of(process, "VmRSS:"), std::distance(begin(open), end(open)),
            status_of(process, "Threads:")};
}

void check_that_nothing_is_left_of(Role role) {
    const Place place{"ipc"};
    const Pipe orders;
    const Pipe done;
    Tethered breeder{[&] { return breed(place.config, role, orders, done); }};
    const ManagerChild manager{place.config};

    Client client{place.config};
    Queue<int> jobs = client.queue<int>("jobs", {.deliveries_max = handoff::unlimited});
    Queue<int> full = client.queue<int>("full", {.capacity = 1});
    for (int i = 0; i < 4 * at_a_time; ++i) jobs.put(i);
    full.put(0);
    const auto breed_until = [&](int wanted, int bred) {
        for (; bred < wanted; bred += at_a_time) {
            orders.send("b");
            REQUIRE(done.receive() == "d");
        }
        REQUIRE(eventually([&] { return client.stats().sessions == 1; }));
        return bred;
    };
    const int bred = breed_until(clients_before, 0);
    const Footprint before = footprint_of(manager.pid());
    breed_until(clients_wanted + bred, bred);
    REQUIRE(
        eventually([&] { return footprint_of(manager.pid()).descriptors <= before.descriptors; }));
    const Footprint after = footprint_of(manager.pid());
    INFO("before: " << before.memory_kib << " KiB, " << before.descriptors << " descriptors, "
                    << before.threads << " threads; after: " << after.memory_kib << " KiB, "
                    << after.descriptors << ", " << after.threads);
    // A sanitizer keeps memory that was given back for a while.
    if (!HANDOFF_TEST_SANITIZED) CHECK(after.memory_kib - before.memory_kib < 2048);
    CHECK(after.threads == before.threads);
    for (const std::string name : {"jobs", "full", "empty"}) {
        const handoff::QueueStats stats = client.queue<int>(name).stats();
        CAPTURE(name);
        CHECK(stats.waiting_gets == 0);
        CHECK(stats.waiting_puts == 0);
        CHECK(stats.leased == 0);
    }
    CHECK(jobs.size() + jobs.stats().dead == 4 * at_a_time);
    CHECK(full.size() == 1);
    CHECK(client.stats().sessions_lost >= static_cast<std::uint64_t>(clients_wanted));
    orders.send("e");
    CHECK(breeder.exit_code() == 0);
}

}  // namespace

TEST_CASE("nothing is left of thousands of clients that were killed with a lease") {
    check_that_nothing_is_left_of(Role::leases);
}

TEST_CASE("nothing is left of thousands of clients that were killed waiting for an item") {
    check_that_nothing_is_left_of(Role::waits_for_an_item);
}

TEST_CASE("nothing is left of thousands of clients that were killed waiting for room") {
    check_that_nothing_is_left_of(Role::waits_for_room);
}

TEST_CASE("nothing is left of thousands of clients that were killed with a stream") {
    check_that_nothing_is_left_of(Role::streams);
}

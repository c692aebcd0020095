// A manager with durable queues and its workers under one supervisor: each of them is killed again
// and again, and every job has its result once.
#include <unistd.h>

#include <csignal>
#include <random>
#include <set>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/supervisor.hpp"
#include "handoff/patterns/worker.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::Supervisor;

namespace {

constexpr int jobs_count = 300;
constexpr int workers = 3;

handoff::Config durable_config(const TemporaryFolder& folder) {
    handoff::Config config;
    config.manager.listen = {"ipc://" + (folder.path() / "socket").string()};
    config.manager.session_limit = 2s;
    config.manager.data = (folder.path() / "data").string();
    for (const char* name : {"jobs", "results"}) {
        config.queues[name].durability = handoff::Durability::os;
        config.queues[name].deliveries_max = handoff::unlimited;
    }
    return config;
}

void work(const handoff::Config& config) {
    handoff::Client client{config};
    std::mt19937 random{std::random_device{}()};
    handoff::patterns::run_worker(client.queue<int>("jobs"), client.queue<int>("results"),
                                  [&](int job) {
                                      if (random() % 40 == 0) std::raise(SIGKILL);
                                      return job;
                                  });
}

}  // namespace

TEST_CASE("under a supervisor every job has one result, whoever is killed") {
    const TemporaryFolder folder;
    const handoff::Config config = durable_config(folder);
    Supervisor farm{{.restarts_max = 10'000}};
    farm.add("manager", [&] {
        const handoff::Manager manager{config};
        for (;;) ::pause();
    });
    for (int i = 0; i < workers; ++i) {
        farm.add("worker", [&] { work(config); },
                 {.restart = handoff::patterns::Restart::on_failure});
    }
    Background<bool> supervising{[&](std::stop_token stop) {
        farm.run(std::move(stop));
        return true;
    }};
    handoff::Client client{config};
    auto jobs = client.queue<int>("jobs");
    auto results = client.queue<int>("results");
    for (int job = 0; job < jobs_count; ++job) jobs.put(job);
    std::set<int> seen;
    while (seen.size() < jobs_count) {
        auto result = results.try_lease_for(patience);
        REQUIRE(result);
        if (!seen.insert(*result).second) FAIL("a second result of " << *result);
        result.ack();
        if (seen.size() % 100 == 50) ::kill(farm.children().at(0).pid, SIGKILL);
    }
    jobs.close();
    CHECK(jobs.stats().unfinished() == 0);
    CHECK(results.stats().unfinished() == 0);
    CHECK(farm.children().at(0).restarts == 3);
    supervising.stop();
    CHECK(supervising.result());
}

TEST_CASE("jobs of givers that are killed have one result each, if they were confirmed") {
    const TemporaryFolder folder;
    handoff::Config config = durable_config(folder);
    const handoff::Manager manager{config};
    Tethered worker{[&] {
        handoff::Client client{config};
        handoff::patterns::run_worker(client.queue<int>("jobs"), client.queue<int>("results"),
                                      [](int job) { return job; });
    }};
    int confirmed = 0;
    for (int giver = 0; giver < 3; ++giver) {
        const Pipe told;
        Tethered victim{[&, from = 1000 * giver] {
            handoff::Client client{config};
            auto jobs = client.queue<int>("jobs");
            for (int job = from;; ++job) {
                jobs.put(job);
                told.send("j");
            }
        }};
        for (int n = 0; n < 20; ++n) REQUIRE(told.receive() == "j");
        victim.kill();
        confirmed += 20;
    }
    handoff::Client client{config};
    client.queue<int>("jobs").close();
    CHECK(worker.exit_code() == 0);
    auto results = client.queue<int>("results");
    std::set<int> seen;
    while (const auto result = results.try_get()) CHECK(seen.insert(*result).second);
    CHECK(seen.size() >= static_cast<std::size_t>(confirmed));
    for (int giver = 0; giver < 3; ++giver) {
        for (int n = 0; n < 20; ++n) CHECK(seen.contains(1000 * giver + n));
    }
}

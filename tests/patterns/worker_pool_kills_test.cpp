#include <unistd.h>

#include <csignal>
#include <random>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/map_reduce.hpp"
#include "handoff/patterns/worker_pool.hpp"
#include "patterns/mortal_manager.hpp"
#include "patterns/notebook.hpp"
#include "patterns/task_ends.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::PoolOptions;
using handoff::patterns::TaskEnd;
using handoff::patterns::TaskError;
using handoff::patterns::Worker;
using handoff::patterns::WorkerPool;
using handoff::test::end_of;
using handoff::test::numbers;

namespace {

void tasks(Worker& worker) {
    auto random = std::make_shared<std::mt19937>(std::random_device{}());
    worker
        .task("risky",
              [random](int n) {
                  if ((*random)() % 40 == 0) std::raise(SIGKILL);
                  return 2 * n;
              })
        .task("deadly",
              [](int n) {
                  if (n == 17) std::raise(SIGKILL);
                  return n;
              })
        .task("deaf", [] {
            for (;;) ::pause();
        });
}

struct PoolPlace {
    explicit PoolPlace(const std::string& scheme) {
        config.manager.listen = {scheme == "tcp" ? "tcp://127.0.0.1:*"
                                                 : "ipc://" + (folder.path() / "s").string()};
        config.manager.session_limit = 1s;
    }
    void connect(const handoff::Manager& manager) {
        config.client.connect = {manager.endpoints().front()};
    }
    TemporaryFolder folder;
    handoff::Config config;
};

}  // namespace

TEST_CASE("a map over workers that are killed gives every result") {
    PoolPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const handoff::Manager manager{place.config};
    place.connect(manager);
    WorkerPool pool(place.config, "p", {.processes = 3, .tasks = tasks});
    const auto results = pool.map<int>("risky", numbers(300), {.deaths_max = 20, .chunk = 10});
    REQUIRE(results.size() == 300);
    for (int n = 0; n < 300; ++n) CHECK(results.at(static_cast<std::size_t>(n)) == 2 * n);
}

TEST_CASE("a task that kills its workers is given up, and only that one of its chunk") {
    PoolPlace place{"ipc"};
    const handoff::Manager manager{place.config};
    WorkerPool pool(place.config, "p", {.processes = 2, .tasks = tasks});
    int killers = 0;
    auto results = pool.imap<int>("deadly", numbers(30), {.deaths_max = 1, .chunk = 10});
    for (int n = 0; n < 30; ++n) {
        try {
            const std::optional<int> result = results.next();
            CHECK(result == n);
        } catch (const TaskError& error) {
            CHECK(error.end() == TaskEnd::worker_died);
            CHECK(n == 17);
            ++killers;
        }
    }
    CHECK(killers == 1);
}

TEST_CASE("a child that does not stop when its task's time is over is replaced") {
    PoolPlace place{"ipc"};
    const handoff::Manager manager{place.config};
    WorkerPool pool(place.config, "p",
                    {.processes = 1, .tasks = tasks, .worker = {.stop_grace = 10ms}});
    CHECK(end_of([&] { pool.async_apply_with<void>({.timeout = 20ms}, "deaf").get(); }) ==
          TaskEnd::timed_out);
    CHECK(pool.apply<int>("deadly", 1) == 1);
}

TEST_CASE("a pool whose children cannot live gives up, and no call hangs") {
    PoolPlace place{"ipc"};
    const handoff::Manager manager{place.config};
    const auto broken = [](Worker& worker) {
        worker.initializer([] { throw std::runtime_error{"no licence"}; });
    };
    WorkerPool pool(place.config, "p", {.processes = 1, .tasks = broken, .restarts_max = 2});
    try {
        CHECK(end_of([&] { pool.apply<int>("deadly", 1); }) == TaskEnd::failed);
    } catch (const handoff::Error& error) {  // it was faster
        CHECK(error.code() == handoff::errc::limit_exceeded);
    }
    CHECK(::code_of([&] { pool.apply<int>("deadly", 1); }) == handoff::errc::limit_exceeded);
}

TEST_CASE("what a killed client of a pool leaves behind is removed by the next one") {
    PoolPlace place{"ipc"};
    const handoff::Manager manager{place.config};
    const Pipe told;
    {
        Tethered victim{[&] {
            WorkerPool pool(place.config, "p");
            told.send("u");
            for (;;) ::pause();
        }};
        REQUIRE(told.receive() == "u");
        victim.kill();
    }
    REQUIRE(eventually([&] { return manager.stats().sessions == 0; }));
    CHECK(manager.stats().queues.size() == 2);
    const WorkerPool pool(place.config, "p");
    CHECK(manager.stats().queues.size() == 2);
}

TEST_CASE("when the manager dies all calls end, and a pool goes on with the next one") {
    PoolPlace place{"ipc"};
    std::optional<handoff::Manager> manager{place.config};
    const auto one = [](Worker& worker) { worker.task("one", [] { return 1; }); };
    WorkerPool pool(place.config, "p", {.threads = 1, .tasks = one});
    CHECK(pool.apply<int>("one") == 1);
    WorkerPool idle(place.config, "q");
    auto lost = idle.async_apply<int>("one");
    manager.reset();
    manager.emplace(place.config);
    CHECK(end_of([&] { lost.get(); }) == TaskEnd::failed);
    CHECK(eventually([&] {
        try {
            return pool.apply<int>("one") == 1;
        } catch (const handoff::Error&) {
            return false;
        }
    }));
}

TEST_CASE("a map over managers that are killed gives every result, if it is asked to") {
    PoolPlace place{"ipc"};
    MortalManager manager{place.config};
    const auto twice = [](Worker& worker) { worker.task("twice", [](int n) { return 2 * n; }); };
    WorkerPool pool(place.config, "p",
                    {.processes = 1, .threads = 1, .tasks = twice, .window = 80});
    auto results = pool.imap<int>("twice", numbers(300),
                                  {.deaths_max = 20, .manager_deaths_max = 20, .chunk = 5});
    for (int n = 0; n < 300; ++n) {
        REQUIRE(results.next() == 2 * n);
        if (n % 100 == 50) manager.kill();
    }
    CHECK_FALSE(results.next());
}

TEST_CASE("a durable pool's map over managers that are killed puts and answers each task once") {
    const LastingPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Notebook done{place.folder.path()};
    const auto noting = [&done](Worker& worker) {
        worker.task("twice", [&done](int n) {
            done.note(n);
            return 2 * n;
        });
    };
    MortalManager manager{place.config};
    constexpr int workers = 3;
    WorkerPool pool(place.config, "p",
                    {.processes = 1,
                     .threads = workers - 1,
                     .tasks = noting,
                     .window = 80,
                     .durability = handoff::Durability::os});
    auto results = pool.imap<int>("twice", numbers(300), {.deaths_max = 20});
    int kills = 0;
    for (int n = 0; n < 300; ++n) {
        REQUIRE(results.next() == 2 * n);
        if (n % 100 != 50) continue;
        manager.kill();
        ++kills;
    }
    CHECK_FALSE(results.next());
    CHECK(done.counts().size() == 300);
    CHECK(done.size() <= 300 + workers * kills);  // what was in work is done again
}

TEST_CASE("of a killed client a durable pool does the tasks and drops the answers") {
    const LastingPlace place;
    const Notebook done{place.folder.path()};
    const handoff::patterns::PoolOptions durable{.durability = handoff::Durability::os};
    MortalManager manager{place.config};
    const Pipe told;
    {
        Tethered victim{[&] {
            WorkerPool pool(place.config, "p", durable);
            auto calls = pool.async_map<int>("note", numbers(40), {.chunk = 1});
            told.send("p");
            calls.get();
        }};
        REQUIRE(told.receive() == "p");
        victim.kill();
    }
    manager.kill();
    PoolOptions working = durable;
    working.processes = 2;
    working.tasks = [&done](Worker& worker) {
        worker.task("note", [&done](int n) {
            done.note(n);
            return n;
        });
    };
    WorkerPool pool(place.config, "p", working);
    CHECK(pool.apply<int>("note", 40) == 40);  // behind all of those
    pool.close();
    CHECK(done.counts().size() == 41);
    CHECK(done.size() == 41);
}

TEST_CASE("a total over workers and managers that are killed counts each item once") {
    const LastingPlace place;
    const Notebook done{place.folder.path()};
    const auto noting = [&done](Worker& worker) {
        auto random = std::make_shared<std::mt19937>(std::random_device{}());
        worker.task("note", [&done, random](int n) {
            done.note(n);
            if ((*random)() % 40 == 0) std::raise(SIGKILL);
            return n;
        });
    };
    MortalManager manager{place.config};
    WorkerPool pool(
        place.config, "p",
        {.processes = 2, .tasks = noting, .window = 80, .durability = handoff::Durability::os});
    Background<int> adding{[&](std::stop_token) {
        return handoff::patterns::map_reduce<int>(pool, "note", numbers(200), 0,
                                                  [](int total, int n) { return total + n; },
                                                  {.deaths_max = 50});
    }};
    for (const int some : {40, 120}) {
        REQUIRE(eventually([&] { return done.size() >= some; }));
        manager.kill();
    }
    CHECK(adding.result() == 199 * 200 / 2);
    CHECK(done.counts().size() == 200);
}

#include "handoff/patterns/worker_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "patterns/task_ends.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::errc;
using handoff::patterns::PoolOptions;
using handoff::patterns::TaskEnd;
using handoff::patterns::TaskError;
using handoff::patterns::TaskFuture;
using handoff::patterns::TaskOptions;
using handoff::patterns::Worker;
using handoff::patterns::WorkerPool;
using handoff::test::end_of;
using handoff::test::numbers;

namespace {

std::atomic<int> attempts{0};

void wait_for_stop(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, patience, [] { return false; });
}

void tasks(Worker& worker) {
    worker.task("square", [](int n) { return n * n; })
        .task("add", [](int a, int b) { return a + b; })
        .task("length", [](const std::string& text) { return text.size(); })
        .task("nothing", [] {})
        .task("fail",
              [](int n) {
                  ++attempts;
                  if (n % 10 == 3) throw std::runtime_error{"no " + std::to_string(n)};
                  return n;
              })
        .task("fail twice",
              [] {
                  if (++attempts < 3) throw std::runtime_error{"not yet"};
                  return attempts.load();
              })
        .task("hang", [](std::stop_token stop) {
            ++attempts;
            wait_for_stop(std::move(stop));
        });
}

struct Pool {
    explicit Pool(PoolOptions options = {.threads = 2}) {
        attempts = 0;
        if (!options.tasks) options.tasks = tasks;
        pool.emplace(world.config(), "p", options);
    }
    WorkerPool* operator->() { return &*pool; }

    World world;
    std::optional<WorkerPool> pool;
};

/// 0, 1, 2 … (clang 14 cannot compile the views of its standard library.)
struct AllNumbers {
    struct Iterator {
        using iterator_category = std::input_iterator_tag;
        using value_type = int;
        using difference_type = std::ptrdiff_t;
        int operator*() const { return number; }
        Iterator& operator++() {
            ++number;
            return *this;
        }
        void operator++(int) { ++number; }
        bool operator==(std::unreachable_sentinel_t /*end*/) const { return false; }
        int number = 0;
    };
    [[nodiscard]] Iterator begin() const { return {}; }
    [[nodiscard]] std::unreachable_sentinel_t end() const { return {}; }
};

std::vector<int> squares(int count) {
    std::vector<int> all = numbers(count);
    for (int& n : all) n *= n;
    return all;
}

}  // namespace

TEST_CASE("a pool applies tasks by name, of any arguments and results") {
    Pool pool;
    CHECK(pool->apply<int>("square", 7) == 49);
    CHECK(pool->apply<int>("add", 3, 4) == 7);
    CHECK(pool->apply<std::size_t>("length", "four") == 4);
    pool->apply<void>("nothing");
    CHECK(end_of([&] { return pool->apply<int>("cube", 1); }) == TaskEnd::unknown_task);
    CHECK(end_of([&] { return pool->apply<int>("square", "text"); }) == TaskEnd::unknown_task);
}

TEST_CASE("what a task throws is thrown to its caller, as text") {
    Pool pool;
    CHECK(end_of([&] { return pool->apply<int>("fail", 3); }) == TaskEnd::threw);
    CHECK(text_of([&] { return pool->apply<int>("fail", 13); }) == "task fail: no 13");
    CHECK(pool->apply<int>("fail", 4) == 4);
}

TEST_CASE("map and starmap give results in the order of their items") {
    Pool pool;
    const auto chunk = GENERATE(as<std::uint64_t>{}, 1, 7, 1000);
    CHECK(pool->map<int>("square", numbers(100), {.chunk = chunk}) == squares(100));
    const std::vector<std::tuple<int, int>> pairs{{1, 2}, {3, 4}, {5, 6}};
    CHECK(pool->starmap<int>("add", pairs, {.chunk = chunk}) == std::vector<int>{3, 7, 11});
    CHECK(pool->istarmap<int>("add", pairs).next() == 3);
    CHECK(pool->map<int>("square", std::vector<int>{}).empty());
}

TEST_CASE("a map with tasks that throw tells the first of them, and does all others") {
    Pool pool;
    CHECK(text_of([&] { return pool->map<int>("fail", numbers(30)); }) == "task fail: no 3");
    CHECK(attempts == 30);
}

TEST_CASE("imap gives results in order, lazily, and goes on behind one that threw") {
    Pool pool;
    auto results = pool->imap<int>("fail", numbers(6), {.chunk = 2});
    for (int n = 0; n < 6; ++n) {
        if (n == 3) {
            CHECK(end_of([&] { return results.next(); }) == TaskEnd::threw);
        } else {
            CHECK(results.next() == n);
        }
    }
    CHECK(results.next() == std::nullopt);
    int sum = 0;
    for (int square : pool->imap<int>("square", AllNumbers{})) {
        sum += square;
        if (square == 100) break;
    }
    CHECK(sum == 385);
}

TEST_CASE("imap_unordered gives each result once") {
    Pool pool;
    int sum = 0;
    for (int square : pool->imap_unordered<int>("square", numbers(100), {.chunk = 3})) {
        sum += square;
    }
    CHECK(sum == 328350);
}

TEST_CASE("callbacks are called once their call has ended, and one that throws harms nobody") {
    Pool pool;
    std::promise<int> told;
    pool->async_apply<int>("square", 3).then([](TaskFuture<int>) { throw std::runtime_error{""}; });
    pool->async_apply<int>("square", 4).then([&](TaskFuture<int> future) {
        told.set_value(future.get());
    });
    auto result = told.get_future();
    REQUIRE(result.wait_for(patience) == std::future_status::ready);
    CHECK(result.get() == 16);
    CHECK(eventually([&] { return pool->callbacks_failed() == 1; }));
    std::promise<std::size_t> all;
    pool->async_map<int>("square", numbers(10)).then([&](TaskFuture<std::vector<int>> future) {
        all.set_value(future.get().size());
    });
    auto size = all.get_future();
    REQUIRE(size.wait_for(patience) == std::future_status::ready);
    CHECK(size.get() == 10);
}

TEST_CASE("a task that throws is tried again if that is asked for, later and later") {
    Pool pool;
    const TaskOptions options{.retries = 2, .retry_after = 20ms};
    int result = 0;
    CHECK(time_of([&] {
              return result = pool->async_apply_with<int>(options, "fail twice").get();
          }) >= 60ms);
    CHECK(result == 3);
    attempts = 0;
    CHECK(
        end_of([&] {
            return pool->async_apply_with<int>({.retries = 1, .retry_after = 1ms}, "fail", 3).get();
        }) == TaskEnd::threw);
    CHECK(attempts == 2);
}

TEST_CASE("a task that takes too long is asked to stop, and answered as timed out") {
    Pool pool;
    CHECK(end_of([&] {
              pool->async_apply_with<void>({.timeout = 30ms}, "hang").get();
              return 0;
          }) == TaskEnd::timed_out);
    CHECK(pool->apply<int>("square", 2) == 4);
}

TEST_CASE("a task that does not stop is answered as timed out as well") {
    std::atomic<bool> go_on{false};
    const auto deaf = [&](Worker& worker) {
        worker.task("deaf", [&] { eventually([&] { return go_on.load(); }); });
    };
    Pool pool{{.threads = 1, .tasks = deaf, .worker = {.stop_grace = 10ms}}};
    CHECK(end_of([&] {
              pool->async_apply_with<void>({.timeout = 10ms}, "deaf").get();
              return 0;
          }) == TaskEnd::timed_out);
    go_on = true;
    pool->apply<void>("deaf");
}

TEST_CASE("a call that is cancelled ends at once, also for its workers") {
    Pool pool{{.threads = 1}};
    auto runs = pool->async_apply<void>("hang");
    REQUIRE(eventually([] { return attempts == 1; }));
    auto waits = pool->async_apply<void>("hang");
    CHECK_FALSE(runs.wait_for(0s));
    waits.cancel();
    runs.cancel();
    CHECK(waits.ready());
    CHECK(end_of([&] {
              runs.get();
              return 0;
          }) == TaskEnd::cancelled);
    CHECK(pool->apply<int>("square", 5) == 25);  // the only worker is free again
    CHECK(attempts == 1);
}

TEST_CASE("a pool's window bounds what is under way") {
    Pool pool{{.threads = 1, .window = 4}};
    auto first = pool->async_apply<void>("hang");
    for (int i = 0; i < 3; ++i) static_cast<void>(pool->async_apply<int>("square", i));
    Background<int> more{[&](std::stop_token) { return pool->apply<int>("square", 9); }};
    CHECK_FALSE(pool->try_join_for(20ms));
    CHECK_FALSE(more.done());
    first.cancel();
    CHECK(more.result() == 81);
    pool->join();
}

TEST_CASE("workers of their own serve all clients of a pool, until it is closed") {
    World world;
    auto client = world.another_client();
    Worker worker(*client, "p");
    int initialized = 0;
    worker.task("square", [](int n) { return n * n; }).initializer([&] { ++initialized; });
    CHECK(code_of([&] { worker.task("square", [] {}); }) == errc::invalid_argument);
    Background<std::uint64_t> working{[&](std::stop_token stop) { return worker.run(stop); }};
    WorkerPool pool(world.config(), "p");
    WorkerPool other(world.config(), "p");
    CHECK(pool.map<int>("square", numbers(20)) == squares(20));
    CHECK(other.apply<int>("square", 3) == 9);
    pool.close();
    CHECK(working.result() == 21);
    CHECK(initialized == 1);
    CHECK(code_of([&] { return pool.apply<int>("square", 3); }) == errc::closed);
}

TEST_CASE("a worker ends after as many tasks as it may do, and a pool puts another in its place") {
    Pool pool{{.threads = 2, .worker = {.tasks_max = 5}}};
    CHECK(pool->map<int>("square", numbers(50), {.chunk = 1}) == squares(50));
}

TEST_CASE("a pool whose worker threads cannot begin says so, to every call") {
    World world;
    const auto broken = [](Worker& worker) {
        worker.initializer([] { throw std::runtime_error{"no licence"}; });
    };
    WorkerPool pool(world.config(), "p", {.threads = 1, .tasks = broken});
    std::string text;
    REQUIRE(eventually([&] {
        text = text_of([&] { return pool.async_apply<int>("square", 1).wait_for(1ms); });
        return !text.empty();
    }));
    CHECK(text.find("no licence") != std::string::npos);
}

TEST_CASE("a pool that is destroyed leaves nothing of its own in the manager") {
    World world;
    {
        WorkerPool pool(world.config(), "p", {.threads = 1, .tasks = tasks});
        CHECK(pool.apply<int>("square", 3) == 9);
    }
    for (const auto& queue : world.client().stats().queues) CHECK(queue.name == "p.tasks");
    for (const auto& object : world.client().objects()) {
        CHECK(object.name.find(".answers.") == std::string::npos);
    }
}

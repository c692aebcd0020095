#include "handoff/patterns/schedule.hpp"

#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::Schedule;
using std::chrono::system_clock;

namespace {

/// A schedule and two schedulers in threads, each with a client of its own.
struct Planner {
    Planner() {
        for (int i = 0; i < 2; ++i) {
            schedulers.push_back(
                std::make_unique<Background<std::uint64_t>>([this](std::stop_token stop) {
                    const auto client = world.another_client();
                    return Schedule<int>(*client, "s", client->queue<int>("q")).run(stop);
                }));
        }
    }
    /// How many items they have put.
    std::uint64_t stop() {
        std::uint64_t sum = 0;
        for (auto& scheduler : schedulers) scheduler->stop();
        for (auto& scheduler : schedulers) sum += scheduler->result();
        return sum;
    }

    World world;
    handoff::Queue<int> queue = world.client().queue<int>("q");
    Schedule<int> schedule{world.client(), "s", queue};
    std::vector<std::unique_ptr<Background<std::uint64_t>>> schedulers;
};

/// Also acknowledges it.
long due_of(handoff::Lease<int> item) {
    const long due = std::stol(item.headers().at("due"));
    item.ack();
    return due;
}

}  // namespace

TEST_CASE("items are put when they are due, the earliest first") {
    Planner planner;
    const auto begin = system_clock::now();
    CHECK(planner.schedule.after("late", 60ms, 3));
    CHECK(planner.schedule.at("soon", begin + 20ms, 2));
    CHECK(planner.schedule.at("long ago", begin - 1h, 1));
    CHECK_FALSE(planner.schedule.at("late", begin, 4));
    CHECK(planner.queue.get() == 1);
    const auto soon = planner.queue.lease();
    CHECK(system_clock::now() >= begin + 20ms);
    CHECK(*soon == 2);
    CHECK(soon.headers().at("schedule") == "soon");
    CHECK(planner.queue.get() == 3);
    CHECK(system_clock::now() >= begin + 60ms);
    CHECK(eventually([&] { return planner.schedule.entries().empty(); }));
    CHECK(planner.schedule.at("late", begin, 5));  // the id is free again
    CHECK(planner.queue.get() == 5);
    CHECK(planner.stop() == 4);
}

TEST_CASE("what is put every period is put each time once") {
    Planner planner;
    const auto first = system_clock::now();
    CHECK(planner.schedule.every("a", 5ms, 1, {.first = first, .times = 20}));
    CHECK(planner.schedule.every("b", 7ms, 2, {.first = first, .times = 15}));
    std::vector<long> a;
    std::vector<long> b;
    for (int i = 0; i < 35; ++i) {
        auto item = planner.queue.lease();
        (*item == 1 ? a : b).push_back(due_of(std::move(item)));
    }
    CHECK(eventually([&] { return planner.schedule.entries().empty(); }));
    CHECK(planner.stop() == 35);
    REQUIRE(a.size() == 20);
    for (long i = 0; i < 20; ++i) CHECK(a.at(i) == a.front() + 5 * i);
    for (long i = 0; i < 15; ++i) CHECK(b.at(i) == a.front() + 7 * i);
    CHECK(planner.queue.empty());
}

TEST_CASE("what was due while nobody scheduled is put late, or its latest alone") {
    World world;
    auto queue = world.client().queue<int>("q");
    Schedule<int> schedule{world.client(), "s", queue};
    const auto first = system_clock::now() - 10h;
    CHECK(schedule.every("all", 1h, 1, {.first = first, .times = 5}));
    CHECK(schedule.every("few", 1h, 2, {.first = first, .times = 5, .catch_up = false}));
    CHECK(schedule.every("on", 1h, 3, {.first = first + 30min, .catch_up = false}));
    Background<std::uint64_t> running{[&](std::stop_token stop) { return schedule.run(stop); }};
    std::map<int, int> counts;
    for (int i = 0; i < 7; ++i) ++counts[queue.get()];
    CHECK(counts == std::map<int, int>{{1, 5}, {2, 1}, {3, 1}});
    REQUIRE(eventually([&] { return schedule.entries().size() == 1; }));
    const auto left = schedule.entries().front();
    CHECK(left.due > system_clock::now());
    CHECK(left.due <= system_clock::now() + 1h);
    running.stop();
    CHECK(running.result() == 7);
}

TEST_CASE("what is cancelled does not come, and a period that cannot be is refused") {
    Planner planner;
    CHECK(planner.schedule.after("a", 1h, 1));
    CHECK(planner.schedule.every("b", 1h, 2));
    CHECK(planner.schedule.cancel("a"));
    CHECK_FALSE(planner.schedule.cancel("a"));
    CHECK(planner.schedule.entries().size() == 1);
    CHECK(planner.schedule.after("a", 0ms, 3));
    CHECK(planner.queue.get() == 3);
    CHECK(code_of([&] { return planner.schedule.every("c", 0ms, 1); }) ==
          handoff::errc::invalid_argument);
    CHECK(code_of([&] { return planner.schedule.every("c", 1s, 1, {.times = 0}); }) ==
          handoff::errc::invalid_argument);
    CHECK(planner.stop() == 1);
}

TEST_CASE("a scheduler waits for room in its queue, and can be stopped then") {
    World world;
    auto queue = world.client().queue<int>("q", {.capacity = 1});
    Schedule<int> schedule{world.client(), "s", queue};
    const auto client = world.another_client();
    schedule.every("a", 1h, 1, {.first = system_clock::now() - 3h, .times = 2});
    const auto run = [&](std::stop_token stop) {
        return Schedule<int>(*client, "s", client->queue<int>("q")).run(std::move(stop));
    };
    Background<std::uint64_t> stopped{run};
    REQUIRE(puts_wait(queue, 1));
    stopped.stop();
    CHECK(stopped.result() == 1);
    Background<std::uint64_t> next{run};
    REQUIRE(puts_wait(queue, 1));
    CHECK(queue.get() == 1);
    CHECK(queue.get() == 1);
    CHECK(eventually([&] { return schedule.entries().empty(); }));
    next.stop();
    CHECK(next.result() == 1);
}

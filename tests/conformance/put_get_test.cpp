// Putting and getting, in the three forms of waiting, singly and in batches.
#include <vector>

#include "support/numbers.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::gets_wait;
using handoff::test::numbers;
using handoff::test::patience;
using handoff::test::time_of;
using handoff::test::World;

TEST_CASE("an item that was put is got, once") {
    World world;
    auto queue = world.queue<int>("jobs");
    CHECK(queue.name() == "jobs");
    queue.put(7);
    CHECK(queue.get() == 7);
    CHECK(queue.try_get() == std::nullopt);
}

TEST_CASE("a get waits for the put and ends as soon as it comes") {
    World world;
    auto queue = world.queue<int>("jobs");
    Background taking{[&](std::stop_token stop) { return queue.get(stop); }};
    REQUIRE(gets_wait(queue, 1));
    CHECK_FALSE(taking.done());
    queue.put(7);
    CHECK(taking.result() == 7);
    Background limited{[&](std::stop_token stop) { return queue.try_get_for(1h, stop); }};
    REQUIRE(gets_wait(queue, 1));
    queue.put(8);
    CHECK(limited.result() == 8);
}

TEST_CASE("try_get on an empty queue is empty at once", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    CHECK(queue.try_get() == 1);
    CHECK(time_of([&] { CHECK(queue.try_get() == std::nullopt); }) < patience);
}

TEST_CASE("try_get_for on an empty queue is empty after its time", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto time = time_of([&] { CHECK(queue.try_get_for(100ms) == std::nullopt); });
    CHECK(time >= 100ms);
    CHECK(time < 5s);
}

TEST_CASE("a limit of nothing asks once") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    CHECK(queue.try_get_for(0ms) == std::nullopt);
    CHECK(queue.try_put_for(1, 0ms));
    CHECK_FALSE(queue.try_put_for(2, 0ms));
    CHECK_FALSE(queue.try_join_for(0ms));
    CHECK(queue.try_get_for(0ms) == 1);
    CHECK(queue.try_join_for(0ms));
}

TEST_CASE("a queue without a capacity of its own takes what comes", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto unlimited = world.queue<int>(
        "more", {.capacity = handoff::unlimited, .capacity_bytes = handoff::unlimited});
    for (int i = 0; i < 500; ++i) {
        REQUIRE(queue.try_put(i));
        REQUIRE(unlimited.try_put(i));
    }
    CHECK(queue.size() == 500);
    CHECK_FALSE(queue.full());
    CHECK(unlimited.size() == 500);
    CHECK_FALSE(unlimited.full());
}

TEST_CASE("size and empty see every finished put at once", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    CHECK(queue.empty());
    for (std::size_t i = 1; i <= 300; ++i) {
        queue.put(1);
        REQUIRE(queue.size() == i);
        REQUIRE_FALSE(queue.empty());
    }
    for (std::size_t i = 300; i > 0; --i) {
        REQUIRE(queue.try_get().has_value());
        REQUIRE(queue.size() == i - 1);
    }
    CHECK(queue.empty());
}

TEST_CASE("what one client has put is there for every other") {
    World world;
    auto mine = world.queue<int>("jobs");
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    for (int i = 0; i < 100; ++i) {
        mine.put(i);
        REQUIRE(theirs.size() == 1);
        REQUIRE(theirs.try_get() == i);
    }
}

TEST_CASE("put_many puts all in order") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many(numbers(1000));
    CHECK(queue.size() == 1000);
    for (int i = 0; i < 1000; ++i) REQUIRE(queue.get() == i);
}

TEST_CASE("a batch of nothing is put without effect, and asking for nothing is invalid") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({});
    CHECK(queue.try_put_many({}) == 0);
    CHECK(queue.try_put_many_for({}, 1s) == 0);
    CHECK(queue.stats().puts == 0);
    queue.put(1);
    CHECK(code_of([&] { return queue.get_many(0); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.try_get_many(0); }) == errc::invalid_argument);
    CHECK(queue.size() == 1);
}

TEST_CASE("get_many waits for the first item, and takes what is there up to its maximum") {
    World world;
    auto queue = world.queue<int>("jobs");
    Background taking{[&](std::stop_token stop) { return queue.get_many(100, stop); }};
    REQUIRE(gets_wait(queue, 1));
    queue.put(7);
    CHECK(taking.result() == std::vector{7});
    queue.put_many(numbers(5));
    CHECK(queue.get_many(3) == std::vector{0, 1, 2});
    CHECK(queue.try_get_many_for(3, 1h) == std::vector{3, 4});
    CHECK(queue.try_get_many(3).empty());
    CHECK(time_of([&] { CHECK(queue.try_get_many_for(3, 100ms).empty()); }) >= 100ms);
}

TEST_CASE("a get acknowledges its item") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many(numbers(3));
    CHECK(queue.get() == 0);
    CHECK(queue.get_many(2).size() == 2);
    queue.join();
    const auto stats = queue.stats();
    CHECK(stats.acks == 3);
    CHECK(stats.leased == 0);
    CHECK(stats.bytes == 0);
    CHECK(world.client().late_acknowledgements() == 0);
}

TEST_CASE("ten thousand items go through exactly, in order") {
    World world;
    auto queue = world.queue<int>("jobs");
    Background putting{[&](std::stop_token stop) {
        queue.put_many(numbers(10'000), {}, stop);
        return true;
    }};
    std::vector<int> got;
    while (got.size() < 10'000) {
        const auto some = queue.try_get_many_for(700, patience);
        REQUIRE_FALSE(some.empty());
        got.insert(got.end(), some.begin(), some.end());
    }
    CHECK(putting.result());
    CHECK((got == numbers(10'000)));
    CHECK(queue.empty());
}

TEST_CASE("thousands of single puts and gets go through exactly, in order") {
    World world;
    auto queue = world.queue<int>("jobs");
    constexpr int count = 2000;
    Background putting{[&](std::stop_token stop) {
        for (int i = 0; i < count; ++i) queue.put(i, {}, stop);
        return true;
    }};
    for (int i = 0; i < count; ++i) REQUIRE(queue.try_get_for(patience) == i);
    CHECK(putting.result());
}

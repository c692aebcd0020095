// Who comes out when: fifo, lifo, priority, delay, time to live, and places that are kept.
#include <map>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::ItemState;
using handoff::Order;
using handoff::PutOptions;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::puts_wait;
using handoff::test::time_of;
using handoff::test::World;

namespace {

struct Numbered {
    int producer = 0;
    int number = 0;
    MSGPACK_DEFINE(producer, number)
};

std::vector<int> drain(Queue<int> queue) {
    return queue.try_get_many(1000);
}

}  // namespace

TEST_CASE("items come out in the order in which they were put") {
    World world;
    auto queue = world.queue<int>("jobs");
    for (int i = 0; i < 5; ++i) queue.put(i);
    CHECK(drain(queue) == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("puts of two clients come out in the order in which they finished") {
    World world;
    auto mine = world.queue<int>("jobs");
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    for (int i = 0; i < 100; i += 2) {
        mine.put(i);
        theirs.put(i + 1);
    }
    for (int i = 0; i < 100; ++i) REQUIRE(mine.get() == i);
}

TEST_CASE("each of many producers finds its items in its order") {
    World world;
    auto queue = world.queue<Numbered>("jobs");
    const auto other = world.another_client();
    constexpr int producers = 6;
    constexpr int each = 200;
    std::vector<Background<int>> threads;
    for (int producer = 0; producer < producers; ++producer) {
        auto& client = producer % 2 == 0 ? world.client() : *other;
        threads.emplace_back([&client, producer](std::stop_token stop) {
            auto mine = client.queue<Numbered>("jobs");
            for (int i = 0; i < each; ++i) mine.put({producer, i}, {}, stop);
            return producer;
        });
    }
    std::map<int, int> next;
    for (int i = 0; i < producers * each; ++i) {
        const auto item = queue.try_get_for(patience);
        REQUIRE(item.has_value());
        REQUIRE(item->number == next[item->producer]++);
    }
    for (auto& thread : threads) thread.result();
    CHECK(queue.empty());
}

TEST_CASE("a lifo queue hands out the newest first, released ones at their old places") {
    World world;
    auto queue = world.queue<int>("jobs", {.order = Order::lifo});
    for (int i = 0; i < 4; ++i) queue.put(i);
    CHECK(queue.get() == 3);
    auto newest = queue.lease();
    auto middle = queue.lease();
    queue.put(4);
    middle.release();
    newest.release();
    CHECK(drain(queue) == std::vector{4, 2, 1, 0});
}

TEST_CASE("a priority queue hands out the greatest first and the oldest among equals") {
    World world;
    auto queue = world.queue<int>("jobs", {.order = Order::priority});
    queue.put(1, {.priority = 0});
    queue.put(2, {.priority = 5});
    queue.put(3, {.priority = -1});
    queue.put(4, {.priority = 5});
    queue.put(5);
    queue.put(6, {.priority = 2'000'000'000});
    queue.put(7, {.priority = -2'000'000'000});
    CHECK(drain(queue) == std::vector{6, 2, 4, 1, 5, 3, 7});
}

TEST_CASE("a fifo queue does not heed priorities") {
    World world;
    auto queue = world.queue<int>("jobs", {.order = Order::fifo});
    queue.put(1, {.priority = 1});
    queue.put(2, {.priority = 2});
    auto lease = queue.lease();
    CHECK(*lease == 1);
    CHECK(lease.priority() == 1);
}

TEST_CASE("a batch shares its options") {
    World world;
    auto queue = world.queue<int>("jobs", {.order = Order::priority});
    queue.put_many({1, 2}, {.priority = 1});
    queue.put_many({3, 4}, {.priority = 2});
    CHECK(drain(queue) == std::vector{3, 4, 1, 2});
}

TEST_CASE("a delayed item is not handed out before its time, and others pass it") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto time = time_of([&] {
        queue.put(1, {.delay = 150ms});
        queue.put(2);
        CHECK(queue.get() == 2);
        CHECK(queue.try_get() == std::nullopt);
        CHECK(queue.get() == 1);
    });
    CHECK(time >= 150ms);
}

TEST_CASE("delayed items come in the order of their times") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1, {.delay = 800ms});
    queue.put(2, {.delay = 400ms});
    queue.put(3, {.delay = 10ms});
    CHECK(queue.get() == 3);
    CHECK(queue.get() == 2);
    CHECK(queue.get() == 1);
}

TEST_CASE("an item that nobody takes in time leaves after its time to live") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(0, {.time_to_live = 400ms});
    auto in_time = queue.lease();
    queue.put(1, {.time_to_live = 500ms});
    queue.put(2, {.time_to_live = 1h});
    queue.put(3);
    REQUIRE(eventually([&] { return queue.stats().expired == 1; }));
    in_time.ack();
    CHECK(queue.stats().acks == 1);
    CHECK(drain(queue) == std::vector{2, 3});
}

TEST_CASE("a released item takes its old place") {
    World world;
    auto queue = world.queue<int>("jobs");
    for (int i = 0; i < 5; ++i) queue.put(i);
    auto first = queue.lease();
    auto second = queue.lease();
    auto third = queue.lease();
    second.release();
    third.release();
    first.release();
    CHECK(drain(queue) == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("a released item of a priority queue takes its old place") {
    World world;
    auto queue = world.queue<int>("jobs", {.order = Order::priority});
    queue.put(1, {.priority = 1});
    queue.put(2, {.priority = 1});
    queue.put(3, {.priority = 2});
    auto high = queue.lease();
    auto low = queue.lease();
    queue.put(4, {.priority = 2});
    low.release();
    high.release();
    CHECK(drain(queue) == std::vector{3, 4, 1, 2});
}

TEST_CASE("an item released with a delay stays away and then takes its old place") {
    World world;
    auto queue = world.queue<int>("jobs");
    for (int i = 0; i < 3; ++i) queue.put(i);
    const auto time = time_of([&] {
        queue.lease().release(150ms);
        CHECK(queue.peek(10) == std::vector{1, 2});
        CHECK(queue.peek(10, ItemState::delayed) == std::vector{0});
        REQUIRE(eventually([&] { return queue.size() == 3; }));
    });
    CHECK(time >= 150ms);
    CHECK(drain(queue) == std::vector{0, 1, 2});
}

TEST_CASE("an item whose lease lapses takes its old place") {
    World world;
    auto queue = world.queue<int>("jobs");
    for (int i = 0; i < 3; ++i) queue.put(i);
    auto lease = queue.lease({.ttl = 50ms});
    REQUIRE(eventually([&] { return queue.size() == 3; }));
    CHECK(drain(queue) == std::vector{0, 1, 2});
}

// Items that nobody could work on: deliveries, the dead, dead letters, kick, purge, wrong types.
#include <string>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::ItemState;
using handoff::Order;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::gets_wait;
using handoff::test::patience;
using handoff::test::text_of;
using handoff::test::World;

namespace {

void bury_all(Queue<int> queue) {
    while (auto lease = queue.try_lease()) lease.bury("broken");
}

}  // namespace

TEST_CASE("a buried item is dead and handed out no more") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    queue.lease().bury("broken");
    const auto stats = queue.stats();
    CHECK(stats.dead == 1);
    CHECK(stats.buried == 1);
    CHECK(stats.ready == 0);
    CHECK(queue.try_get() == std::nullopt);
    CHECK(queue.peek(9, ItemState::dead) == std::vector{7});
}

TEST_CASE("an item that goes back after its last delivery is dead") {
    World world;
    auto queue = world.queue<int>("jobs", {.deliveries_max = 3});
    queue.put(7);
    for (int i = 0; i < 2; ++i) queue.lease().release();
    const auto lapsing = queue.try_lease({.ttl = 50ms});
    REQUIRE(lapsing);
    CHECK(lapsing.deliveries() == 3);
    CHECK(eventually([&] { return queue.stats().dead == 1; }));
    CHECK_FALSE(queue.try_lease());
    queue.put(8);
    for (int i = 0; i < 3; ++i) queue.lease().release();
    CHECK(queue.peek(9, ItemState::dead) == std::vector{7, 8});
}

TEST_CASE("the last delivery can still be acknowledged") {
    World world;
    auto queue = world.queue<int>("jobs", {.deliveries_max = 1});
    queue.put(7);
    queue.lease().ack();
    CHECK(queue.stats().dead == 0);
    CHECK(queue.stats().acks == 1);
}

TEST_CASE("without a maximum an item may come as often as it is released") {
    World world;
    auto queue = world.queue<int>("jobs", {.deliveries_max = handoff::unlimited});
    queue.put(7);
    for (int i = 0; i < 50; ++i) {
        auto lease = queue.try_lease();
        REQUIRE(lease);
        lease.release();
    }
    CHECK(queue.size() == 1);
}

TEST_CASE("kick makes dead items ready again, the oldest first") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    bury_all(queue);
    CHECK(queue.kick(2) == 2);
    CHECK(queue.peek(9) == std::vector{1, 2});
    CHECK(queue.peek(9, ItemState::dead) == std::vector{3});
    CHECK(queue.try_get_many(9) == std::vector{1, 2});
    Background taking{[&](std::stop_token stop) { return queue.get(stop); }};
    REQUIRE(gets_wait(queue, 1));
    CHECK(queue.kick() == 1);
    CHECK(taking.result() == 3);
    CHECK(queue.kick() == 0);
}

TEST_CASE("a kicked item has its deliveries forgotten") {
    World world;
    auto queue = world.queue<int>("jobs", {.deliveries_max = 1});
    queue.put(7);
    queue.lease().release();
    CHECK(queue.kick() == 1);
    auto lease = queue.try_lease();
    REQUIRE(lease);
    CHECK(lease.deliveries() == 1);
    lease.ack();
}

TEST_CASE("a dead item moves to the dead-letter queue that was named") {
    World world;
    auto letters = world.queue<int>("jobs.dead");
    auto queue = world.queue<int>("jobs", {.deliveries_max = 1, .dead_letter = "jobs.dead"});
    Background taking{[&](std::stop_token stop) { return letters.get(stop); }};
    REQUIRE(gets_wait(letters, 1));
    queue.put_many({1, 2, 3});
    queue.lease().bury("broken");
    CHECK(taking.result() == 1);
    queue.lease().release();
    queue.lease().bury("broken");
    const auto stats = queue.stats();
    CHECK(stats.dead == 0);
    CHECK(stats.dead_lettered == 3);
    CHECK(stats.unfinished() == 0);
    CHECK(letters.try_get_many(9) == std::vector{2, 3});
}

TEST_CASE("a dead-letter queue is there without having been opened") {
    World world;
    auto queue = world.queue<int>("jobs", {.dead_letter = "jobs.dead"});
    queue.put(7);
    bury_all(queue);
    CHECK(queue.stats().dead_lettered == 1);
    CHECK(world.queue<int>("jobs.dead").try_get() == 7);
}

TEST_CASE("a dead item stays where it is while the dead-letter queue is full") {
    World world;
    auto letters = world.queue<int>("jobs.dead", {.capacity = 1});
    auto queue = world.queue<int>("jobs", {.dead_letter = "jobs.dead"});
    queue.put_many({1, 2});
    bury_all(queue);
    CHECK(letters.peek(9) == std::vector{1});
    CHECK(queue.peek(9, ItemState::dead) == std::vector{2});
    CHECK(queue.stats().dead_lettered == 1);
}

TEST_CASE("purge drops what is ready, delayed or dead, and leaves what is leased") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3, 4});
    queue.lease().bury("broken");
    auto lease = queue.lease();
    queue.put(5, {.delay = 1h});
    CHECK(queue.purge() == 4);
    const auto stats = queue.stats();
    CHECK(stats.purged == 4);
    CHECK(stats.ready + stats.delayed + stats.dead == 0);
    CHECK(stats.leased == 1);
    lease.release();
    CHECK(queue.get() == 2);
}

TEST_CASE("peek shows ready items in their order and takes none") {
    World world;
    auto fifo = world.queue<int>("fifo");
    auto lifo = world.queue<int>("lifo", {.order = Order::lifo});
    auto priority = world.queue<int>("priority", {.order = Order::priority});
    CHECK(fifo.peek(9).empty());
    for (int i = 1; i <= 3; ++i) {
        fifo.put(i);
        lifo.put(i);
        priority.put(i, {.priority = i});
    }
    CHECK(fifo.peek() == std::vector{1});
    CHECK(fifo.peek(2) == std::vector{1, 2});
    CHECK(lifo.peek(9) == std::vector{3, 2, 1});
    CHECK(priority.peek(9) == std::vector{3, 2, 1});
    CHECK(fifo.size() == 3);
    CHECK(fifo.stats().deliveries == 0);
}

TEST_CASE("peek shows the leased, the delayed and the dead, oldest first") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1, {.delay = 1h});
    queue.put(2, {.delay = 2h});
    queue.put_many({3, 4});
    auto third = queue.lease();
    auto fourth = queue.lease();
    CHECK(queue.peek(9, ItemState::leased) == std::vector{3, 4});
    CHECK(queue.peek(1, ItemState::leased) == std::vector{3});
    fourth.bury("broken");
    third.bury("broken");
    CHECK(queue.peek(9, ItemState::delayed) == std::vector{1, 2});
    CHECK(queue.peek(9, ItemState::dead) == std::vector{3, 4});
    CHECK(queue.peek(9, ItemState::leased).empty());
    CHECK(queue.peek(9).empty());
}

TEST_CASE("an item of another type is reported and not lost") {
    World world;
    auto texts = world.queue<std::string>("jobs");
    auto numbers = world.queue<int>("jobs");
    texts.put("seven");
    const std::string text = text_of([&] { return numbers.get(); });
    INFO(text);
    CHECK(text.find("jobs") != std::string::npos);
    CHECK(code_of([&] { return numbers.try_get(); }) == errc::wrong_type);
    CHECK(code_of([&] { return numbers.lease(); }) == errc::wrong_type);
    CHECK(code_of([&] { return numbers.try_get_many(5); }) == errc::wrong_type);
    CHECK(code_of([&] { return numbers.peek(); }) == errc::wrong_type);
    CHECK(texts.size() == 1);
    CHECK(texts.get() == "seven");
}

TEST_CASE("an item that is of no reader's type dies after its deliveries") {
    World world;
    auto texts = world.queue<std::string>("jobs", {.deliveries_max = 3});
    auto numbers = world.queue<int>("jobs");
    texts.put("seven");
    numbers.put(8);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(code_of([&] { return numbers.get(); }) == errc::wrong_type);
    }
    CHECK(numbers.get() == 8);
    CHECK(texts.peek(9, ItemState::dead) == std::vector<std::string>{"seven"});
}

TEST_CASE("an item of another type ends the batch before it") {
    World world;
    auto texts = world.queue<std::string>("jobs");
    auto numbers = world.queue<int>("jobs");
    numbers.put_many({1, 2});
    texts.put("three");
    numbers.put(4);
    CHECK(numbers.get_many(9) == std::vector{1, 2});
    CHECK(code_of([&] { return numbers.get_many(9); }) == errc::wrong_type);
    CHECK(texts.get() == "three");
    CHECK(numbers.get() == 4);
}

// The end of a queue's work: close, close_now, join.
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::ItemState;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::gets_wait;
using handoff::test::patience;
using handoff::test::puts_wait;
using handoff::test::time_of;
using handoff::test::World;

namespace {

Background<bool> join_later(Queue<int> queue) {
    return Background<bool>{[queue](std::stop_token stop) mutable {
        queue.join(stop);
        return true;
    }};
}

}  // namespace

TEST_CASE("after close puts fail at once", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.close();
    CHECK(queue.stats().closed);
    CHECK(code_of([&] { queue.put(1); }) == errc::closed);
    CHECK(code_of([&] { return queue.try_put(1); }) == errc::closed);
    CHECK(code_of([&] { return queue.try_put_for(1, 1h); }) == errc::closed);
    CHECK(code_of([&] { queue.put_many({1, 2}); }) == errc::closed);
    CHECK(code_of([&] { return queue.try_put_many({1, 2}); }) == errc::closed);
    CHECK(queue.stats().puts == 0);
}

TEST_CASE("after close gets drain the queue and then fail", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    queue.close();
    CHECK(queue.get() == 1);
    CHECK(queue.try_get() == 2);
    CHECK(queue.try_get_for(1h) == 3);
    CHECK(code_of([&] { return queue.get(); }) == errc::closed);
    CHECK(code_of([&] { return queue.get_many(5); }) == errc::closed);
    CHECK(code_of([&] { return queue.try_get(); }) == errc::closed);
    CHECK(code_of([&] { return queue.try_get_for(1h); }) == errc::closed);
    CHECK(code_of([&] { return queue.try_get_many(5); }) == errc::closed);
}

TEST_CASE("a loop of leases ends once the queue is closed and drained") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    queue.close();
    std::vector<int> got;
    while (auto lease = queue.lease()) {
        got.push_back(*lease);
        lease.ack();
    }
    CHECK(got == std::vector{1, 2, 3});
    CHECK_FALSE(queue.try_lease());
    CHECK_FALSE(queue.try_lease_for(1h));
}

TEST_CASE("close wakes the gets that wait", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    Background get{[&](std::stop_token stop) { return queue.get(stop); }};
    Background limited{[&](std::stop_token stop) { return queue.try_get_for(1h, stop); }};
    Background lease{
        [&](std::stop_token stop) { return static_cast<bool>(queue.lease({}, stop)); }};
    REQUIRE(gets_wait(queue, 3));
    queue.close();
    CHECK(get.code() == errc::closed);
    CHECK(limited.code() == errc::closed);
    CHECK_FALSE(lease.result());
}

TEST_CASE("close wakes the puts that wait", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    queue.put(1);
    Background put{[&](std::stop_token stop) {
        queue.put(2, {}, stop);
        return true;
    }};
    Background limited{[&](std::stop_token stop) { return queue.try_put_for(3, 1h, {}, stop); }};
    REQUIRE(puts_wait(queue, 2));
    queue.close();
    CHECK(put.code() == errc::closed);
    CHECK(limited.code() == errc::closed);
    CHECK(queue.get() == 1);
    CHECK(code_of([&] { return queue.get(); }) == errc::closed);
}

TEST_CASE("closing twice is allowed", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    queue.close();
    queue.close();
    CHECK(queue.get() == 1);
    queue.close_now();
    queue.close_now();
    CHECK(queue.stats().closed);
}

TEST_CASE("close_now drops what is ready or delayed and keeps the dead", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    queue.lease().bury("broken");
    queue.put(4, {.delay = 1h});
    queue.close_now();
    const auto stats = queue.stats();
    CHECK(stats.ready == 0);
    CHECK(stats.delayed == 0);
    CHECK(stats.purged == 3);
    CHECK(queue.peek(9, ItemState::dead) == std::vector{1});
    CHECK(code_of([&] { return queue.get(); }) == errc::closed);
    CHECK(code_of([&] { queue.put(5); }) == errc::closed);
}

TEST_CASE("close may be followed by close_now, which close does not undo", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    queue.close();
    CHECK(queue.get() == 1);
    auto lease = queue.lease();
    queue.close_now();
    CHECK(code_of([&] { return queue.get(); }) == errc::closed);
    queue.close();
    lease.release();
    CHECK(code_of([&] { return queue.get(); }) == errc::closed);
}

TEST_CASE("close_now wakes all who wait", "[python]") {
    World world;
    auto empty = world.queue<int>("empty");
    auto full = world.queue<int>("full", {.capacity = 1});
    full.put(1);
    Background get{[&](std::stop_token stop) { return empty.get(stop); }};
    Background put{[&](std::stop_token stop) {
        full.put(2, {}, stop);
        return true;
    }};
    REQUIRE(gets_wait(empty, 1));
    REQUIRE(puts_wait(full, 1));
    empty.close_now();
    full.close_now();
    CHECK(get.code() == errc::closed);
    CHECK(put.code() == errc::closed);
    CHECK(full.stats().puts == 1);
}

TEST_CASE("a lease outlives close_now, and what it gives back is dropped") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2});
    auto first = queue.lease();
    auto second = queue.lease();
    queue.close_now();
    first.ack();
    second.release();
    const auto stats = queue.stats();
    CHECK(stats.acks == 1);
    CHECK(stats.unfinished() == 0);
    CHECK(code_of([&] { return queue.try_get(); }) == errc::closed);
}

TEST_CASE("a closed queue is not drained while another client may give an item back") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    queue.put(7);
    auto lease = theirs.lease();
    queue.close();
    Background first{[&](std::stop_token stop) { return queue.get(stop); }};
    REQUIRE(gets_wait(queue, 1));
    Background second{[&](std::stop_token stop) { return queue.get(stop); }};
    REQUIRE(gets_wait(queue, 2));
    lease.release();
    CHECK(first.result() == 7);
    CHECK(second.code() == errc::closed);
}

TEST_CASE("a lease of one's own does not keep a closed queue from being drained") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    auto lease = queue.lease();
    queue.close();
    CHECK_FALSE(queue.lease());
    lease.ack();
}

TEST_CASE("a closed queue with delayed items is not drained yet") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7, {.delay = 100ms});
    queue.close();
    CHECK(queue.get() == 7);
    CHECK(code_of([&] { return queue.get(); }) == errc::closed);
}

TEST_CASE("join waits until everything put has been acknowledged", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.join();
    CHECK(queue.try_join_for(0ms));
    queue.put_many({1, 2});
    auto joining = join_later(queue);
    CHECK(time_of([&] { CHECK_FALSE(queue.try_join_for(100ms)); }) >= 100ms);
    auto first = queue.lease();
    auto second = queue.lease();
    CHECK_FALSE(queue.try_join_for(50ms));
    first.ack();
    CHECK_FALSE(queue.try_join_for(50ms));
    CHECK_FALSE(joining.done());
    second.ack();
    CHECK(joining.result());
}

TEST_CASE("join may be called twice, and by many", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    auto first = join_later(queue);
    auto second = join_later(queue);
    CHECK(queue.get() == 1);
    CHECK(first.result());
    CHECK(second.result());
    queue.join();
    queue.put(2);
    CHECK_FALSE(queue.try_join_for(0ms));
    CHECK(queue.get() == 2);
    queue.join();
}

TEST_CASE("join waits for delayed items and not for dead ones") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    queue.lease().bury("broken");
    CHECK(queue.try_join_for(0ms));
    queue.put(2, {.delay = 50ms});
    CHECK_FALSE(queue.try_join_for(0ms));
    CHECK(queue.get() == 2);
    CHECK(queue.try_join_for(patience));
}

TEST_CASE("join is released when the last item dies, expires or is purged") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    auto until_dead = join_later(queue);
    queue.lease().bury("broken");
    CHECK(until_dead.result());
    queue.put(2, {.time_to_live = 50ms});
    CHECK(queue.try_join_for(patience));
    queue.put(3);
    auto until_purged = join_later(queue);
    queue.purge();
    CHECK(until_purged.result());
}

TEST_CASE("close_now releases join where nothing is on lease", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    auto joining = join_later(queue);
    queue.close_now();
    CHECK(joining.result());
}

TEST_CASE("after close_now join still waits for what is on lease", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2});
    auto lease = queue.lease();
    queue.close_now();
    CHECK_FALSE(queue.try_join_for(50ms));
    lease.ack();
    CHECK(queue.try_join_for(patience));
}

TEST_CASE("capacity, closing and unfinished items can be asked for", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 5});
    queue.put_many({1, 2});
    const auto lease = queue.lease();
    auto stats = queue.stats();
    CHECK(stats.options.capacity == 5);
    CHECK_FALSE(stats.closed);
    CHECK(stats.unfinished() == 2);
    queue.close();
    CHECK(queue.stats().closed);
}

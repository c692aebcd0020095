// Who waits how long: fairness, stop tokens, limits, and threads that leave each other alone.
#include <algorithm>
#include <latch>
#include <set>
#include <string>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::errc;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::gets_wait;
using handoff::test::patience;
using handoff::test::puts_wait;
using handoff::test::time_of;
using handoff::test::World;

namespace {

Background<int> get_later(Queue<int> queue) {
    return Background<int>{[queue](std::stop_token stop) mutable { return queue.get(stop); }};
}

std::stop_token stopped() {
    std::stop_source source;
    source.request_stop();
    return source.get_token();
}

}  // namespace

TEST_CASE("waiting gets are served in the order in which they came") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    std::vector<Background<int>> taking;
    for (std::uint64_t i = 0; i < 6; ++i) {
        taking.push_back(get_later(i % 2 == 0 ? queue : theirs));
        REQUIRE(gets_wait(queue, i + 1));
    }
    for (int i = 0; i < 6; ++i) queue.put(i);
    for (int i = 0; i < 6; ++i) CHECK(taking[static_cast<std::size_t>(i)].result() == i);
}

TEST_CASE("a get that is stopped leaves its turn to the next") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto first = get_later(queue);
    REQUIRE(gets_wait(queue, 1));
    auto second = get_later(queue);
    REQUIRE(gets_wait(queue, 2));
    first.stop();
    CHECK(first.code() == errc::cancelled);
    queue.put(7);
    CHECK(second.result() == 7);
}

TEST_CASE("a stopped get is cancelled and takes nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto taking = get_later(queue);
    Background many{[&](std::stop_token stop) { return queue.get_many(3, stop).size(); }};
    REQUIRE(gets_wait(queue, 2));
    taking.stop();
    many.stop();
    CHECK(taking.code() == errc::cancelled);
    CHECK(many.code() == errc::cancelled);
    CHECK(gets_wait(queue, 0));
    queue.put(7);
    CHECK(queue.try_get() == 7);
}

TEST_CASE("a stopped put is cancelled, and what has not entered stays out") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 2});
    Background batch{[&](std::stop_token stop) {
        queue.put_many({1, 2, 3}, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(queue, 1));
    Background putting{[&](std::stop_token stop) {
        queue.put(4, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(queue, 2));
    putting.stop();
    batch.stop();
    CHECK(putting.code() == errc::cancelled);
    CHECK(batch.code() == errc::cancelled);
    CHECK(queue.try_get_many(10) == std::vector{1, 2});
    CHECK(queue.try_get() == std::nullopt);
    CHECK(queue.stats().puts == 2);
}

TEST_CASE("a stopped lease holds nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    Background leasing{
        [&](std::stop_token stop) { return static_cast<bool>(queue.lease({}, stop)); }};
    REQUIRE(gets_wait(queue, 1));
    leasing.stop();
    CHECK_FALSE(leasing.result());
    queue.put(7);
    CHECK(queue.size() == 1);
}

TEST_CASE("a stopped join is cancelled") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    Background joining{[&](std::stop_token stop) {
        queue.join(stop);
        return true;
    }};
    Background limited{[&](std::stop_token stop) { return queue.try_join_for(1h, stop); }};
    joining.stop();
    limited.stop();
    CHECK(joining.code() == errc::cancelled);
    CHECK_FALSE(limited.result());
}

TEST_CASE("stopped calls with a limit end as if their time had passed") {
    World world;
    auto empty = world.queue<int>("empty");
    auto full = world.queue<int>("full", {.capacity = 1});
    full.put(1);
    Background get{[&](std::stop_token stop) { return empty.try_get_for(1h, stop).has_value(); }};
    Background gets{
        [&](std::stop_token stop) { return empty.try_get_many_for(9, 1h, stop).size(); }};
    Background lease{
        [&](std::stop_token stop) { return static_cast<bool>(empty.try_lease_for(1h, {}, stop)); }};
    Background put{[&](std::stop_token stop) { return full.try_put_for(2, 1h, {}, stop); }};
    Background puts{[&](std::stop_token stop) { return full.try_put_many_for({3}, 1h, {}, stop); }};
    REQUIRE(gets_wait(empty, 3));
    REQUIRE(puts_wait(full, 2));
    get.stop();
    gets.stop();
    lease.stop();
    put.stop();
    puts.stop();
    CHECK_FALSE(get.result());
    CHECK(gets.result() == 0);
    CHECK_FALSE(lease.result());
    CHECK_FALSE(put.result());
    CHECK(puts.result() == 0);
    CHECK(full.stats().puts == 1);
}

TEST_CASE("a token that was stopped before the call ends it at once") {
    World world;
    auto empty = world.queue<int>("empty");
    auto full = world.queue<int>("full", {.capacity = 1});
    full.put(1);
    CHECK(code_of([&] { return empty.get(stopped()); }) == errc::cancelled);
    CHECK_FALSE(empty.try_get_for(1h, stopped()));
    CHECK_FALSE(empty.lease({}, stopped()));
    CHECK(code_of([&] { full.put(2, {}, stopped()); }) == errc::cancelled);
    CHECK_FALSE(full.try_put_for(2, 1h, {}, stopped()));
    CHECK(code_of([&] { full.join(stopped()); }) == errc::cancelled);
    CHECK(full.stats().puts == 1);
}

TEST_CASE("a negative limit of a get is an invalid argument", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    CHECK(code_of([&] { return queue.try_get_for(-1ms); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.try_get_many_for(1, -1ms); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.try_lease_for(-1ms); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.try_join_for(-1ms); }) == errc::invalid_argument);
    CHECK(queue.size() == 1);
}

TEST_CASE("a negative limit of a put is an invalid argument", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    CHECK(code_of([&] { return queue.try_put_for(1, -1ms); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.try_put_many_for({1}, -1ns); }) == errc::invalid_argument);
    CHECK(queue.empty());
}

TEST_CASE("negative durations of items and leases are invalid arguments") {
    World world;
    auto queue = world.queue<int>("jobs");
    CHECK(code_of([&] { queue.put(1, {.delay = -1ms}); }) == errc::invalid_argument);
    CHECK(code_of([&] { queue.put(1, {.time_to_live = -1ms}); }) == errc::invalid_argument);
    queue.put(1);
    CHECK(code_of([&] { return queue.lease({.ttl = -1ms}); }) == errc::invalid_argument);
    auto lease = queue.lease();
    CHECK(code_of([&] { lease.release(-1ms); }) == errc::invalid_argument);
    CHECK(code_of([&] { lease.extend(-1ms); }) == errc::invalid_argument);
    REQUIRE(lease);
    lease.ack();
    CHECK(queue.stats().acks == 1);
}

TEST_CASE("durations beyond reason are invalid arguments") {
    World world;
    auto queue = world.queue<int>("jobs");
    constexpr auto beyond = std::chrono::milliseconds::max();
    CHECK(code_of([&] { queue.put(1, {.delay = beyond}); }) == errc::invalid_argument);
    CHECK(code_of([&] { queue.put(1, {.time_to_live = beyond}); }) == errc::invalid_argument);
    queue.put(1);
    CHECK(code_of([&] { return queue.lease({.ttl = beyond}); }) == errc::invalid_argument);
    auto lease = queue.lease();
    CHECK(code_of([&] { lease.release(beyond); }) == errc::invalid_argument);
    CHECK(code_of([&] { lease.extend(beyond); }) == errc::invalid_argument);
    REQUIRE(lease);
    lease.ack();
}

TEST_CASE("a call that waits does not delay those of other threads") {
    World world;
    auto empty = world.queue<int>("empty");
    auto full = world.queue<int>("full", {.capacity = 1});
    auto jobs = world.queue<int>("jobs");
    full.put(0);
    std::vector<Background<int>> waiting;
    for (int i = 0; i < 4; ++i) waiting.push_back(get_later(empty));
    Background putting{[&](std::stop_token stop) {
        full.put(1, {}, stop);
        return true;
    }};
    REQUIRE(gets_wait(empty, 4));
    REQUIRE(puts_wait(full, 1));
    for (int i = 0; i < 50; ++i) {
        jobs.put(i);
        REQUIRE(jobs.get() == i);
    }
    CHECK(full.get() == 0);
    CHECK(putting.result());
    empty.put_many({1, 2, 3, 4});
    for (auto& call : waiting) CHECK(call.result() > 0);
}

TEST_CASE("more waiting calls than the manager takes of a session delay nobody else") {
    Config config;
    config.manager.requests_max = 8;
    World world{config};
    auto queue = world.queue<int>("jobs");
    auto other = world.queue<int>("other");
    const auto watcher = world.another_client();
    const auto watched = watcher->queue<int>("jobs");
    std::latch all_begin(20);
    std::vector<Background<int>> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.emplace_back([&](std::stop_token stop) {
            all_begin.count_down();
            return queue.get(stop);
        });
    }
    all_begin.wait();
    REQUIRE(eventually([&] { return watched.stats().waiting_gets >= 6; }));
    REQUIRE(other.try_put_for(1, 2s));
    for (int i = 0; i < 20; ++i) REQUIRE(queue.try_put_for(i, 2s));
    std::set<int> got;
    for (auto& call : waiting) got.insert(call.result());
    CHECK(got.size() == 20);
}

TEST_CASE("each of many waiting threads gets one item") {
    World world;
    auto queue = world.queue<int>("jobs");
    std::vector<Background<int>> waiting;
    for (int i = 0; i < 16; ++i) waiting.push_back(get_later(queue));
    REQUIRE(gets_wait(queue, 16));
    for (int i = 0; i < 16; ++i) queue.put(i);
    std::set<int> got;
    for (auto& call : waiting) got.insert(call.result());
    CHECK(got.size() == 16);
}

TEST_CASE("an item wakes those who wait at its queue and nobody else") {
    World world;
    std::vector<Queue<int>> queues;
    std::vector<Background<int>> waiting;
    for (int i = 0; i < 10; ++i) {
        queues.push_back(world.queue<int>("jobs." + std::to_string(i)));
        waiting.push_back(get_later(queues.back()));
    }
    for (auto& queue : queues) REQUIRE(gets_wait(queue, 1));
    for (int i = 9; i >= 0; --i) {
        const auto at = static_cast<std::size_t>(i);
        queues[at].put(i);
        CHECK(waiting[at].result() == i);
        for (std::size_t other = 0; other < at; ++other) REQUIRE_FALSE(waiting[other].done());
    }
}

TEST_CASE("a get longer than its time does not swallow an item") {
    World world;
    auto queue = world.queue<int>("jobs");
    constexpr int count = 300;
    Background putting{[queue](std::stop_token stop) mutable {
        for (int i = 0; i < count; ++i) queue.put(i, {}, stop);
        return true;
    }};
    std::vector<int> got;
    const bool all = eventually([&] {
        if (const auto item = queue.try_get_for(100us)) got.push_back(*item);
        return got.size() == count;
    });
    CHECK(all);
    CHECK(putting.result());
    CHECK(std::ranges::is_sorted(got));
    CHECK(queue.stats().redeliveries == 0);
}

TEST_CASE("gets that are stopped while items come lose none") {
    World world;
    auto queue = world.queue<int>("jobs");
    std::multiset<int> got;
    for (int i = 0; i < 100; ++i) {
        Background taking{[&](std::stop_token stop) { return queue.try_get_for(1h, stop); }};
        Background putting{[&](std::stop_token stop) {
            queue.put(i, {}, stop);
            return true;
        }};
        taking.stop();
        CHECK(putting.result());
        if (const auto item = taking.result()) got.insert(*item);
    }
    for (const int item : queue.try_get_many(1000)) got.insert(item);
    CHECK(got.size() == 100);
    CHECK(std::set<int>(got.begin(), got.end()).size() == 100);
}

TEST_CASE("a get waits on while the manager answers") {
    Config config;
    config.manager.heartbeat = 50ms;
    config.client.unreachable_after = 500ms;
    World world{config};
    auto queue = world.queue<int>("jobs");
    Background taking{[&](std::stop_token stop) { return queue.try_get_for(1200ms, stop); }};
    CHECK_FALSE(taking.result());
    auto waiting = get_later(queue);
    REQUIRE(gets_wait(queue, 1));
    queue.put(7);
    CHECK(waiting.result() == 7);
}

// Calls that no thread waits for: their ends, their handlers, and the descriptor that tells of
// them.
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "conformance/loop.hpp"
#include "handoff/async.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Client;
using handoff::Config;
using handoff::errc;
using handoff::Error;
using handoff::Lease;
using handoff::Queue;
using handoff::Result;
using handoff::test::code_of;
using handoff::test::Ended;
using handoff::test::eventually;
using handoff::test::finish;
using handoff::test::gets_wait;
using handoff::test::Loop;
using handoff::test::patience;
using handoff::test::puts_wait;
using handoff::test::World;

TEST_CASE("an asynchronous get is told the item that is there") {
    World world;
    auto queue = world.queue<std::string>("jobs");
    Loop loop(world.client());
    queue.put("a");
    CHECK(finish(loop, queue.async_get()).get() == "a");
    queue.join();  // it was acknowledged
}

TEST_CASE("an asynchronous get waits, and the descriptor tells when its item has come") {
    World world;
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    Ended got(queue.async_get());
    REQUIRE(gets_wait(theirs, 1));
    CHECK(got.times() == 0);
    theirs.put(7);
    REQUIRE(loop.until([&] { return got.times() > 0; }));
    CHECK(got.get() == 7);
}

TEST_CASE("an asynchronous call that has not begun does nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    {
        auto put = queue.async_put(1);
        auto get = queue.async_get();
    }
    CHECK(queue.stats().puts == 0);
    CHECK(gets_wait(queue, 0));
}

TEST_CASE("an asynchronous call begins once") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    auto put = queue.async_put(1);
    int told = 0;
    put.then([&](Result<void>) { ++told; });
    CHECK(code_of([&] {
              put.then([&](Result<void>) { ++told; });
              return 0;
          }) == errc::inert);
    REQUIRE(loop.until([&] { return told == 1; }));
    CHECK(queue.size() == 1);
}

TEST_CASE("an asynchronous put is told when the manager has the item") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    finish(loop, queue.async_put(1)).get();
    CHECK(queue.size() == 1);
    CHECK(queue.get() == 1);
}

TEST_CASE("an asynchronous put waits while the queue is full") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    Loop loop(world.client());
    queue.put(1);
    Ended put(queue.async_put(2));
    REQUIRE(puts_wait(queue, 1));
    CHECK(queue.get() == 1);
    REQUIRE(loop.until([&] { return put.times() > 0; }));
    put.get();
    CHECK(queue.get() == 2);
}

TEST_CASE("an asynchronous put with a limit is surely not done when there is no room in time") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    Loop loop(world.client());
    queue.put(1);
    CHECK_FALSE(finish(loop, queue.async_try_put_for(2, 20ms)).get());
    CHECK(queue.stats().puts == 1);
}

TEST_CASE("an asynchronous get with a limit ends empty when nothing came in time") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    CHECK_FALSE(finish(loop, queue.async_try_get_for(20ms)).get());
    CHECK_FALSE(finish(loop, queue.async_try_lease_for(20ms)).get());
    CHECK_FALSE(finish(loop, queue.async_try_get_for(0ms)).get());
}

TEST_CASE("a stopped asynchronous get is cancelled and takes nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    std::stop_source stop;
    Ended got(queue.async_get(stop.get_token()));
    Ended tried(queue.async_try_get_for(patience, stop.get_token()));
    Ended leased(queue.async_lease({}, stop.get_token()));
    REQUIRE(gets_wait(queue, 3));
    stop.request_stop();
    REQUIRE(loop.until([&] { return got.times() + tried.times() + leased.times() == 3; }));
    CHECK(got.code() == errc::cancelled);
    CHECK_FALSE(tried.get());
    CHECK_FALSE(leased.get());
    queue.put(1);
    CHECK(queue.try_get() == 1);
}

TEST_CASE("an asynchronous call may be stopped by another thread, and before it begins") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    std::stop_source stop;
    Ended got(queue.async_get(stop.get_token()));
    REQUIRE(gets_wait(queue, 1));
    std::jthread([&] { stop.request_stop(); }).join();
    REQUIRE(loop.until([&] { return got.times() == 1; }));
    CHECK(got.code() == errc::cancelled);
    CHECK(finish(loop, queue.async_get(stop.get_token())).code() == errc::cancelled);
}

TEST_CASE("asynchronous settlements do what the waiting ones do") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    for (int i = 0; i < 3; ++i) queue.put(i);
    Lease<int> first = finish(loop, queue.async_lease()).get();
    Lease<int> second = finish(loop, queue.async_lease()).get();
    Lease<int> third = finish(loop, queue.async_lease()).get();
    REQUIRE((*first == 0 && *second == 1 && *third == 2));
    finish(loop, first.async_extend(1h)).get();
    CHECK(first);
    finish(loop, first.async_ack()).get();
    finish(loop, second.async_bury("no good")).get();
    finish(loop, third.async_release()).get();
    CHECK_FALSE((first || second || third));
    const handoff::QueueStats stats = queue.stats();
    CHECK(stats.acks == 1);
    CHECK(stats.dead == 1);
    CHECK(stats.ready == 1);
    CHECK(stats.leased == 0);
}

TEST_CASE("an asynchronous settlement of a lapsed lease is told so") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    Lease<int> lease = finish(loop, queue.async_lease({.ttl = 10ms})).get();
    REQUIRE(eventually([&] { return queue.stats().lapses == 1; }));
    CHECK(finish(loop, lease.async_ack()).code() == errc::lease_lapsed);
    CHECK(code_of([&] {
              auto again = lease.async_ack();
              return 0;
          }) == errc::inert);
}

TEST_CASE("a settlement that is described and does not begin gives the item back") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    Lease<int> lease = queue.lease();
    {
        auto ack = lease.async_ack();
        CHECK_FALSE(lease);
        CHECK(queue.stats().leased == 1);
    }
    CHECK(queue.try_get_for(patience) == 1);
}

TEST_CASE("an asynchronous acknowledgement and its put happen together") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<std::string>("results", {.capacity = 1});
    Loop loop(world.client());
    jobs.put(1);
    jobs.put(2);
    Lease<int> job = finish(loop, jobs.async_lease()).get();
    finish(loop, job.async_ack_and_put(results, std::string("one"))).get();
    CHECK_FALSE(job);
    job = finish(loop, jobs.async_lease()).get();
    std::stop_source stop;
    Ended waits(job.async_ack_and_put(results, std::string("two"), {}, stop.get_token()));
    REQUIRE(puts_wait(results, 1));
    stop.request_stop();
    REQUIRE(loop.until([&] { return waits.times() == 1; }));
    CHECK(waits.code() == errc::cancelled);
    CHECK(job);  // it is as it was
    CHECK(jobs.stats().leased == 1);
    CHECK(results.get() == "one");
    job.ack_and_put(results, std::string("two"));
    CHECK(results.get() == "two");
}

TEST_CASE("an asynchronous join is told when everything is acknowledged") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    CHECK_FALSE(finish(loop, queue.async_try_join_for(10ms)).get());
    Ended joined(queue.async_join());
    CHECK(queue.get() == 1);
    REQUIRE(loop.until([&] { return joined.times() == 1; }));
    joined.get();
}

TEST_CASE("asynchronous takers end when the queue is closed and drained") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    Ended got(queue.async_get());
    Ended leased(queue.async_lease());
    REQUIRE(gets_wait(queue, 2));
    queue.close();
    REQUIRE(loop.until([&] { return got.times() + leased.times() == 2; }));
    CHECK(got.code() == errc::closed);
    CHECK_FALSE(leased.get());
    CHECK(finish(loop, queue.async_put(1)).code() == errc::closed);
}

TEST_CASE("an item whose result nobody fetches goes back") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    finish(loop, queue.async_get()).drop();
    CHECK(queue.try_get_for(patience) == 1);
}

TEST_CASE("an asynchronous get of another type says so, and the item is not lost") {
    World world;
    auto numbers = world.queue<int>("jobs");
    auto texts = world.queue<std::string>("jobs");
    Loop loop(world.client());
    texts.put("seven");
    CHECK(finish(loop, numbers.async_get()).code() == errc::wrong_type);
    CHECK(texts.try_get_for(patience) == "seven");
}

TEST_CASE("what a handler throws leaves dispatch, its item goes back, and the others are told") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto other = world.queue<int>("others");
    Loop loop(world.client());
    other.put(2);
    queue.put(1);
    queue.async_get().then([](Result<int>) { throw std::domain_error("no"); });
    Ended later(other.async_get());
    bool thrown = false;
    const auto all_told = [&] { return thrown && later.times() == 1; };
    const auto go_round = [&] {
        try {
            return loop.until(all_told);
        } catch (const std::domain_error&) {
            thrown = true;
            return loop.until(all_told);
        }
    };
    REQUIRE(go_round());
    CHECK(later.get() == 2);
    CHECK(queue.try_get_for(patience) == 1);
}

TEST_CASE("a handler cannot dispatch") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    errc code = errc::ok;
    queue.async_put(1).then([&](Result<void> put) {
        put.get();
        code = code_of([&] { return world.client().dispatch(); });
    });
    REQUIRE(loop.until([&] { return code != errc::ok; }));
    CHECK(code == errc::misuse);
    CHECK(world.client().dispatch() == 0);
}

TEST_CASE("two threads cannot dispatch at once") {
    World world;
    auto queue = world.queue<int>("jobs");
    std::latch inside(1);
    std::latch tried(1);
    bool told = false;
    queue.async_put(1).then([&](Result<void>) {
        inside.count_down();
        tried.wait();
        told = true;
    });
    std::jthread first([&] { Loop(world.client()).until([&] { return told; }); });
    inside.wait();
    CHECK(code_of([&] { return world.client().dispatch(); }) == errc::misuse);
    tried.count_down();
    first.join();
    CHECK(told);
}

TEST_CASE("handlers may make calls that wait") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    int sum = 0;
    queue.async_put(1).then([&](Result<void> put) {
        put.get();
        queue.put(2);
        sum = queue.get() + queue.get();
    });
    REQUIRE(loop.until([&] { return sum != 0; }));
    CHECK(sum == 3);
}

TEST_CASE("waiting and asynchronous calls of one client do not hinder each other") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto echo = world.queue<int>("echo");
    constexpr int count = 200;
    std::jthread waiting([queue, echo]() mutable {
        for (int i = 0; i < count; ++i) echo.put(queue.get());
    });
    Loop loop(world.client());
    for (int i = 0; i < count; ++i) {
        finish(loop, queue.async_put(i)).get();
        CHECK(finish(loop, echo.async_get()).get() == i);
    }
}

TEST_CASE("calls that a handler begins are sent together, in their order") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    int told = 0;
    queue.async_put(0).then([&](Result<void> put) {
        put.get();
        for (int i = 1; i <= 100; ++i) {
            queue.async_put(i).then([&](Result<void> more) {
                more.get();
                ++told;
            });
        }
    });
    REQUIRE(loop.until([&] { return told == 100; }));
    for (int i = 0; i <= 100; ++i) CHECK(queue.get() == i);
}

TEST_CASE("a destroyed client tells the end of what it had begun, once") {
    World world;
    auto other = world.queue<int>("jobs", {.capacity = 1});
    auto client = world.another_client();
    auto queue = client->queue<int>("jobs");
    Ended got(queue.async_get());
    Ended joined(queue.async_join());
    client.reset();
    CHECK(got.times() == 1);
    CHECK(got.code() == errc::cancelled);
    CHECK(joined.times() == 1);
    CHECK(code_of([&] {
              auto late = Ended(queue.async_get());
              return 0;
          }) == errc::inert);
}

TEST_CASE("what a destroyed client had been given and not told goes back") {
    World world;
    auto other = world.queue<int>("jobs");
    auto client = world.another_client();
    auto queue = client->queue<int>("jobs");
    Ended got(queue.async_get());
    REQUIRE(gets_wait(other, 1));
    other.put(1);
    REQUIRE(eventually([&] { return other.stats().leased == 1; }));
    client.reset();
    CHECK(got.times() == 1);
    CHECK(got.code() == errc::cancelled);
    CHECK(other.try_get_for(patience) == 1);
}

TEST_CASE("a destroyed client flushes its asynchronous puts") {
    World world;
    auto other = world.queue<int>("jobs");
    auto client = world.another_client();
    auto queue = client->queue<int>("jobs");
    std::vector<Ended<void>> puts;
    for (int i = 0; i < 100; ++i) puts.emplace_back(queue.async_put(i));
    client.reset();
    for (Ended<void>& put : puts) put.get();
    CHECK(other.size() == 100);
}

TEST_CASE("a handler that throws while its client is destroyed is reported") {
    World world;
    auto client = world.another_client();
    std::vector<std::string> reports;
    client->on_error([&](const Error& error) { reports.emplace_back(error.what()); });
    auto queue = client->queue<int>("jobs");
    queue.async_get().then([](Result<int>) { throw std::domain_error("odd"); });
    client.reset();
    REQUIRE(reports.size() == 1);
    CHECK(reports.front().find("odd") != std::string::npos);
}

TEST_CASE("bad arguments of asynchronous calls are told at once") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto begun = [](auto call) {
        return code_of([&] {
            call.then([](auto) {});
            return 0;
        });
    };
    CHECK(begun(queue.async_try_get_for(-1ms)) == errc::invalid_argument);
    CHECK(code_of([&] {
              auto put = queue.async_put(1, {.delay = -1ms});
              return 0;
          }) == errc::invalid_argument);
    CHECK(code_of([&] {
              auto lease = queue.async_lease({.ttl = 0ms});
              return 0;
          }) == errc::invalid_argument);
    Queue<int> none;
    CHECK(code_of([&] {
              auto get = none.async_get();
              return 0;
          }) == errc::inert);
}

TEST_CASE("a session lives while its application does not dispatch") {
    Config config;
    config.manager.session_limit = 200ms;
    World world(config);
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    const Lease<int> lease = finish(loop, queue.async_lease()).get();
    const auto begin = theirs.stats();
    const auto start = world.manager().stats().uptime;
    REQUIRE(eventually([&] { return world.manager().stats().uptime > start + 800ms; }));
    CHECK(theirs.stats().lapses == begin.lapses);
    CHECK(world.manager().stats().sessions_lost == 0);
}

TEST_CASE("asynchronous calls are told when their manager is gone, and go on with the next") {
    if (handoff::test::durable()) HANDOFF_SKIP("they wait on: see durable_test.cpp");
    World world{World::Later{}, {}};
    world.start_manager();
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    CHECK(finish(loop, queue.async_get()).get() == 1);
    Ended got(queue.async_get());
    REQUIRE(gets_wait(queue, 1));
    world.stop_manager();
    world.start_manager();
    REQUIRE(loop.until([&] { return got.times() == 1; }));
    CHECK(got.code() == errc::manager_restarted);
    finish(loop, queue.async_put(2)).get();
    CHECK(finish(loop, queue.async_get()).get() == 2);
}

TEST_CASE("asynchronous calls without a manager are told that it cannot be reached") {
    Config config;
    config.client.unreachable_after = 200ms;
    World world(config);
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    finish(loop, queue.async_put(1)).get();
    world.stop_manager();
    const errc get = finish(loop, queue.async_get()).code();
    CHECK(get == errc::unreachable);
    const errc put = finish(loop, queue.async_put(2)).code();
    CHECK((put == errc::unreachable || put == errc::outcome_unknown));
}

// What holds for shared objects of every kind: names, kinds, ends, and managers that begin anew.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "handoff/barrier.hpp"
#include "handoff/dict.hpp"
#include "handoff/event.hpp"
#include "handoff/list.hpp"
#include "handoff/lock.hpp"
#include "handoff/semaphore.hpp"
#include "handoff/value.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::errc;
using handoff::Lock;
using handoff::ObjectKind;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::impatient;
using handoff::test::text_of;
using handoff::test::World;

TEST_CASE("a name is of one kind of object, and has its options") {
    World world;
    auto& client = world.client();
    const auto limited = client.list<int>("shared", {.entries_max = 5});
    const auto other = world.another_client();
    CHECK(code_of([&] { return other->lock("shared"); }) == errc::object_mismatch);
    CHECK(code_of([&] { return client.lock("shared"); }) == errc::object_mismatch);
    CHECK(code_of([&] { return other->list<int>("shared", {.entries_max = 6}); }) ==
          errc::object_mismatch);
    const auto text = text_of([&] { return other->list<int>("shared", {.entries_max = 6}); });
    for (const char* part : {"list", "shared", "entries_max", "5"}) {
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(code_of([&] { return other->list<int>("shared"); }) == errc::ok);
    CHECK(code_of([&] { return other->list<int>("shared", {.entries_max = 5}); }) == errc::ok);
}

TEST_CASE("an option that a kind of object does not have, and a name that is none, are refused") {
    World world;
    auto& client = world.client();
    CHECK(code_of([&] { return client.lock("gpu", {.entries_max = 5}); }) ==
          errc::invalid_argument);
    CHECK(code_of([&] { return client.lock(""); }) == errc::invalid_argument);
    CHECK(code_of([&] { return client.lock("a\nb"); }) == errc::invalid_argument);
    CHECK(code_of([&] { return client.lock(std::string(300, 'x')); }) == errc::invalid_argument);
}

TEST_CASE("queues and objects have names of their own") {
    World world;
    auto queue = world.queue<int>("shared");
    auto value = world.client().value<int>("shared");
    value.set(1);
    queue.put(2);
    CHECK(value.get() == 1);
    CHECK(queue.get() == 2);
}

TEST_CASE("a handle that refers to no object is inert") {
    Lock lock;
    CHECK(code_of([&] { lock.lock(); }) == errc::inert);
    CHECK(code_of([&] { lock.unlock(); }) == errc::inert);
    CHECK(code_of([&] { return lock.token(); }) == errc::inert);
    CHECK(code_of([&] { return lock.state().token; }) == errc::inert);
    handoff::Value<int> value;
    CHECK(code_of([&] { return value.get(); }) == errc::inert);
}

TEST_CASE("the handles of a destroyed client are inert, of objects as well") {
    World world;
    auto other = world.another_client();
    Lock lock = other->lock("gpu");
    auto value = other->value<int>("count");
    lock.lock();
    other.reset();
    CHECK(code_of([&] { lock.lock(); }) == errc::inert);
    CHECK(code_of([&] { lock.unlock(); }) == errc::inert);
    CHECK(code_of([&] { value.set(1); }) == errc::inert);
}

TEST_CASE("a destroyed object is stale, also for those who wait at it") {
    World world;
    const auto other = world.another_client();
    Lock lock = world.client().lock("gpu");
    Lock theirs = other->lock("gpu");
    lock.lock();
    Background waiting{[&](std::stop_token stop) {
        theirs.lock(stop);
        return 0;
    }};
    REQUIRE(eventually([&] { return lock.state().waiting == 1; }));
    world.client().destroy_object("gpu", ObjectKind::lock);
    CHECK(waiting.code() == errc::stale_reference);
    CHECK(code_of([&] { theirs.lock(); }) == errc::stale_reference);
    CHECK(code_of([&] { lock.unlock(); }) == errc::stale_reference);
    Lock fresh = world.client().lock("gpu");
    CHECK(fresh.try_lock());
    fresh.unlock();
    CHECK(code_of([&] { theirs.lock(); }) == errc::stale_reference);
    CHECK(code_of([&] { world.client().destroy_object("none", ObjectKind::lock); }) ==
          errc::stale_reference);
}

TEST_CASE("after a manager has begun anew, an object says so once, and is there") {
    World world(World::Later{}, impatient());
    world.start_manager();
    Lock lock = world.client().lock("gpu");
    auto value = world.client().value<int>("count");
    value.set(5);
    lock.lock();
    world.stop_manager();
    world.start_manager();
    CHECK(code_of([&] { return value.get(); }) == errc::manager_restarted);
    CHECK(code_of([&] { return value.get(); }) == errc::not_found);
    value.set(1);
    CHECK(value.get() == 1);
    CHECK(code_of([&] { lock.check(); }) == errc::lock_lost);
    CHECK(code_of([&] { lock.unlock(); }) == errc::manager_restarted);
    lock.lock();
    lock.unlock();
}

TEST_CASE("who waits at an object of a manager that begins anew is told") {
    World world(World::Later{}, impatient());
    world.start_manager();
    auto event = world.client().event("go");
    Background waiting{[&](std::stop_token stop) {
        event.wait(stop);
        return 0;
    }};
    auto list = world.client().list<int>("row");
    REQUIRE(eventually([&] { return list.empty(); }));
    world.stop_manager();
    world.start_manager();
    const errc code = waiting.code();
    // It may have been sent only after the manager had begun anew.
    CHECK((code == errc::manager_restarted || code == errc::session_lost));
}

TEST_CASE("a manager that does not come back is unreachable, also for those who wait at objects") {
    World world(World::Later{}, impatient());
    world.start_manager();
    Lock lock = world.client().lock("gpu");
    auto value = world.client().value<int>("count");
    lock.lock();
    Background waiting{[&](std::stop_token stop) {
        Lock mine = world.client().lock("gpu");
        mine.lock(stop);
        return 0;
    }};
    REQUIRE(eventually([&] { return lock.state().waiting == 1; }));
    world.stop_manager();
    CHECK(waiting.code() == errc::unreachable);
    CHECK(code_of([&] { return value.get(); }) == errc::unreachable);
    const errc code = code_of([&] { value.add(1); });
    CHECK((code == errc::unreachable || code == errc::outcome_unknown));
    const errc unlocked = code_of([&] { lock.unlock(); });
    CHECK((unlocked == errc::unreachable || unlocked == errc::outcome_unknown));
    CHECK(lock.token() == 0);
}

TEST_CASE("calls of many threads share a client") {
    World world;
    auto counts = world.client().dict<int, int>("counts");
    std::vector<Background<int>> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i](std::stop_token) {
            for (int round = 0; round < 100; ++round) counts.add(i % 2);
            return 0;
        });
    }
    for (auto& each : threads) CHECK(each.result() == 0);
    CHECK(counts.at(0) == 200);
    CHECK(counts.at(1) == 200);
}

TEST_CASE("calls that wait long at an object do not keep others from being answered") {
    Config config;
    config.manager.requests_max = 64;
    World world(config);
    auto event = world.client().event("go");
    Background waiting{[&](std::stop_token stop) {
        event.wait(stop);
        return 0;
    }};
    auto count = world.client().value<int>("count");
    for (int i = 1; i <= 300; ++i) CHECK(count.add() == i);
    CHECK_FALSE(waiting.done());
    event.set();
    CHECK(waiting.result() == 0);
}

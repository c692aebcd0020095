// Events, latches and barriers that clients of one manager share.
#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include "handoff/barrier.hpp"
#include "handoff/event.hpp"
#include "handoff/latch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Barrier;
using handoff::errc;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::World;

namespace {

bool wait_there(const Barrier& barrier, std::uint64_t count) {
    return eventually([&] { return barrier.state().waiting == count; });
}

}  // namespace

TEST_CASE("an event wakes all who wait for it, and nobody waits while it is set") {
    World world;
    auto event = world.client().event("go");
    const auto other = world.another_client();
    CHECK_FALSE(event.is_set());
    std::vector<Background<bool>> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.emplace_back([mine = other->event("go")](std::stop_token stop) {
            mine.wait(stop);
            return true;
        });
    }
    event.set();
    for (auto& each : waiting) CHECK(each.result());
    CHECK(event.is_set());
    CHECK(event.set() == 0);
    event.wait();
    CHECK(event.clear());
    CHECK_FALSE(event.clear());
    CHECK_FALSE(event.wait_for(20ms));
}

TEST_CASE("an event that is cleared at once has woken who waited all the same") {
    World world;
    auto event = world.client().event("go");
    Background waiting{[&](std::stop_token stop) {
        event.wait(stop);
        return true;
    }};
    REQUIRE(eventually([&] {
        const std::uint64_t woken = event.set();
        event.clear();
        return woken == 1 || waiting.done();  // it may have come between the two
    }));
    CHECK(waiting.result());
    CHECK_FALSE(event.is_set());
}

TEST_CASE("a wait for an event can be stopped") {
    World world;
    auto event = world.client().event("go");
    Background waiting{[&](std::stop_token stop) {
        event.wait(stop);
        return true;
    }};
    waiting.stop();
    CHECK(waiting.code() == errc::cancelled);
    CHECK(event.set() == 0);
}

TEST_CASE("a latch opens when it has been counted down, and stays open") {
    World world;
    auto latch = world.client().latch("ready", 3);
    const auto other = world.another_client();
    auto theirs = other->latch("ready", 3);
    CHECK(theirs.count_down(2) == 1);
    CHECK_FALSE(latch.wait_for(20ms));
    CHECK(code_of([&] { return latch.count_down(2); }) == errc::out_of_range);
    CHECK(latch.left() == 1);
    Background waiting{[&](std::stop_token stop) {
        latch.wait(stop);
        return true;
    }};
    theirs.arrive_and_wait();
    CHECK(waiting.result());
    latch.wait();
}

TEST_CASE("a barrier lets its parties go on together, round after round") {
    World world;
    constexpr int parties = 3;
    auto& client = world.client();
    std::vector<Background<std::multiset<std::uint64_t>>> all;
    for (int i = 0; i < parties; ++i) {
        all.emplace_back([&client](std::stop_token stop) {
            Barrier barrier = client.barrier("step", parties);
            std::multiset<std::uint64_t> places;
            for (int round = 0; round < 10; ++round) places.insert(barrier.wait(stop));
            return places;
        });
    }
    std::multiset<std::uint64_t> places;
    for (auto& each : all) places.merge(each.result());
    for (std::uint64_t place = 0; place < parties; ++place) CHECK(places.count(place) == 10);
}

TEST_CASE("the last to come to a barrier with an action acts before the others go on") {
    World world;
    Barrier barrier = world.client().barrier("step", 2, {.action = true});
    std::atomic<bool> acted = false;
    Background first{[&](std::stop_token stop) {
        barrier.wait([] {}, stop);
        return acted.load();
    }};
    REQUIRE(wait_there(barrier, 1));
    CHECK(barrier.wait([&] { acted = true; }) == 1);
    CHECK(first.result());
}

TEST_CASE("an action that throws breaks the barrier") {
    World world;
    Barrier barrier = world.client().barrier("step", 2, {.action = true});
    Background first{[&](std::stop_token stop) { return barrier.wait(stop); }};
    REQUIRE(wait_there(barrier, 1));
    CHECK_THROWS_AS(barrier.wait([] { throw std::runtime_error("no"); }), std::runtime_error);
    CHECK(first.code() == errc::broken_barrier);
    CHECK(barrier.state().broken);
}

TEST_CASE("a party that ends, or gives up, breaks the barrier until it is reset") {
    World world;
    Barrier barrier = world.client().barrier("step", 3);
    Background first{[&](std::stop_token stop) { return barrier.wait(stop); }};
    REQUIRE(wait_there(barrier, 1));
    SECTION("its time has passed") {
        CHECK(code_of([&] { return barrier.wait_for(20ms); }) == errc::broken_barrier);
    }
    SECTION("it was stopped") {
        Background second{[&](std::stop_token stop) { return barrier.wait(stop); }};
        REQUIRE(wait_there(barrier, 2));
        second.stop();
        CHECK(second.code() == errc::broken_barrier);
    }
    SECTION("somebody aborts it") {
        barrier.abort();
    }
    SECTION("somebody resets it") {
        barrier.reset();
    }
    CHECK(first.code() == errc::broken_barrier);
    if (barrier.state().broken) {
        CHECK(code_of([&] { return barrier.wait(); }) == errc::broken_barrier);
        barrier.reset();
    }
    CHECK_FALSE(barrier.state().broken);
}

TEST_CASE("a barrier has at least one party") {
    World world;
    CHECK(code_of([&] { return world.client().barrier("step", 0); }) == errc::invalid_argument);
    CHECK(world.client().barrier("alone", 1).wait() == 0);
}

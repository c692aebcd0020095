// Semaphores that clients of one manager share.
#include "handoff/semaphore.hpp"

#include <memory>
#include <utility>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::World;

TEST_CASE("a semaphore hands out as many permits as it has") {
    World world;
    auto permits = world.client().semaphore("disks", 3);
    const std::uint64_t first = permits.acquire(2);
    CHECK_FALSE(permits.try_acquire(2));
    CHECK(permits.try_acquire());
    CHECK_FALSE(permits.try_acquire());
    CHECK_FALSE(permits.try_acquire_for(20ms));
    CHECK(permits.release(3) == 3);
    CHECK(permits.acquire() > first);
    CHECK(permits.release() == 3);
}

TEST_CASE("a call that asks for many permits is not passed by those that ask for few") {
    World world;
    auto permits = world.client().semaphore("disks", 2);
    permits.acquire();
    Background many{[&](std::stop_token stop) { return permits.acquire(2, stop); }};
    REQUIRE(eventually([&] { return permits.state().waiting == 1; }));
    CHECK_FALSE(permits.try_acquire());
    permits.release();
    CHECK(many.result() > 0);
    CHECK(permits.state().held == 2);
}

TEST_CASE("the permits of a client that ends come back") {
    World world;
    auto permits = world.client().bounded_semaphore("disks", 2);
    auto other = world.another_client();
    other->bounded_semaphore("disks", 2).acquire(2);
    CHECK(permits.state().held == 2);
    CHECK(permits.state().held_here == 0);
    Background waiting{[&](std::stop_token stop) { return permits.acquire(1, stop); }};
    REQUIRE(eventually([&] { return permits.state().waiting == 1; }));
    other.reset();
    CHECK(waiting.result() > 0);
    CHECK(permits.state().free == 1);
}

TEST_CASE("a bounded semaphore takes nothing back that was not acquired here") {
    World world;
    auto permits = world.client().bounded_semaphore("disks", 2);
    CHECK(code_of([&] { return permits.release(); }) == errc::not_owner);
    const auto other = world.another_client();
    auto theirs = other->bounded_semaphore("disks", 2);
    theirs.acquire();
    CHECK(code_of([&] { return permits.release(); }) == errc::not_owner);
    CHECK(permits.state().free == 1);
    CHECK(code_of([&] { return permits.acquire(3); }) == errc::invalid_argument);
    CHECK(code_of([&] { return permits.acquire(0); }) == errc::invalid_argument);
}

TEST_CASE("anybody may add permits to a semaphore that is not bounded") {
    World world;
    auto signal = world.client().semaphore("ready", 0);
    Background waiting{[&](std::stop_token stop) { return signal.acquire(1, stop); }};
    REQUIRE(eventually([&] { return signal.state().waiting == 1; }));
    const auto other = world.another_client();
    other->semaphore("ready", 0).release();
    CHECK(waiting.result() > 0);
}

TEST_CASE("permits that were waited for in vain stay free") {
    World world;
    auto permits = world.client().semaphore("disks", 1);
    permits.acquire();
    Background waiting{[&](std::stop_token stop) { return permits.acquire(1, stop); }};
    REQUIRE(eventually([&] { return permits.state().waiting == 1; }));
    waiting.stop();
    CHECK(waiting.code() == errc::cancelled);
    CHECK(permits.release() == 1);
    CHECK(permits.state().free == 1);
}

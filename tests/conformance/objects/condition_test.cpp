// Conditions of shared locks.
#include "handoff/condition.hpp"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "handoff/lock.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::Lock;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::World;

namespace {

bool wait_there(const Lock& lock, std::uint64_t count) {
    return eventually([&] { return lock.state().waiting == count; });
}

/// Locks, waits at the condition, and unlocks.
Background<int> waiting_at(World& world, const char* condition = "") {
    return Background{[&world, condition](std::stop_token stop) {
        Lock mine = world.client().lock("gpu");
        mine.lock(stop);
        mine.condition(condition).wait(stop);
        mine.unlock();
        return 1;
    }};
}

}  // namespace

TEST_CASE("a wait at a condition frees the lock, and has it again when it was notified") {
    World world;
    Lock lock = world.client().lock("gpu");
    auto waiting = waiting_at(world);
    REQUIRE(wait_there(lock, 1));
    lock.lock();
    CHECK(lock.condition().notify() == 1);
    CHECK_FALSE(waiting.done());
    lock.unlock();
    CHECK(waiting.result() == 1);
    CHECK(lock.state().token == 0);
}

TEST_CASE("a condition wakes as many as it is told, the longest first, and waits for none") {
    World world;
    Lock lock = world.client().lock("gpu");
    auto first = waiting_at(world);
    REQUIRE(wait_there(lock, 1));
    auto second = waiting_at(world);
    REQUIRE(wait_there(lock, 2));
    auto third = waiting_at(world);
    REQUIRE(wait_there(lock, 3));
    {
        const std::lock_guard hold(lock);
        CHECK(lock.condition().notify() == 1);
    }
    CHECK(first.result() == 1);
    CHECK_FALSE(second.done());
    CHECK_FALSE(third.done());
    {
        const std::lock_guard hold(lock);
        CHECK(lock.condition().notify_all() == 2);
        CHECK(lock.condition().notify_all() == 0);
    }
    CHECK(second.result() == 1);
    CHECK(third.result() == 1);
}

TEST_CASE("conditions of a lock are told apart by their names") {
    World world;
    Lock lock = world.client().lock("gpu");
    auto full = waiting_at(world, "full");
    REQUIRE(wait_there(lock, 1));
    const std::lock_guard hold(lock);
    CHECK(lock.condition("empty").notify_all() == 0);
    CHECK(lock.condition("full").notify_all() == 1);
}

TEST_CASE("a wait at a condition that is not notified ends with its time, and holds the lock") {
    World world;
    Lock lock = world.client().lock("gpu");
    lock.lock();
    const std::uint64_t before = lock.token();
    CHECK_FALSE(lock.condition().wait_for(30ms));
    CHECK(lock.token() > before);
    CHECK(lock.state().token == lock.token());
    CHECK(code_of([&] { return lock.condition().wait_for(-1ms); }) == errc::invalid_argument);
    CHECK(lock.state().token == lock.token());
    lock.unlock();
}

TEST_CASE("a wait at a condition that is stopped holds the lock again") {
    World world;
    Lock lock = world.client().lock("gpu");
    Background stopped{[&](std::stop_token stop) {
        Lock mine = world.client().lock("gpu");
        mine.lock();
        const errc code = code_of([&] {
            mine.condition().wait(stop);
            return 0;
        });
        const bool held = mine.token() != 0 && mine.state().token == mine.token();
        mine.unlock();
        return std::pair(code, held);
    }};
    REQUIRE(wait_there(lock, 1));
    SECTION("when the lock is free") {
        stopped.stop();
    }
    SECTION("when another has it") {
        lock.lock();
        stopped.stop();
        REQUIRE(eventually([&] { return lock.state().waiting == 1; }));
        lock.unlock();
    }
    CHECK(stopped.result() == std::pair(errc::cancelled, true));
}

TEST_CASE("a wait for a predicate ends when it is true") {
    World world;
    Lock lock = world.client().lock("gpu");
    int value = 0;
    Background waiting{[&](std::stop_token stop) {
        Lock mine = world.client().lock("gpu");
        mine.lock();
        mine.condition().wait([&] { return value == 2; }, stop);
        mine.unlock();
        return value;
    }};
    for (int i = 1; i <= 2; ++i) {
        REQUIRE(wait_there(lock, 1));
        const std::lock_guard hold(lock);
        value = i;
        lock.condition().notify();
    }
    CHECK(waiting.result() == 2);
    const std::lock_guard hold(lock);
    CHECK_FALSE(lock.condition().wait_for(20ms, [&] { return value == 3; }));
}

TEST_CASE("a condition is for those who have its lock") {
    World world;
    Lock lock = world.client().lock("gpu");
    CHECK(code_of([&] { lock.condition().wait(); }) == errc::not_owner);
    CHECK(code_of([&] { return lock.condition().notify(); }) == errc::not_owner);
    lock.lock();
    CHECK(lock.break_hold(lock.token()));
    CHECK(code_of([&] { lock.condition().wait(); }) == errc::lock_lost);
    CHECK(lock.token() == 0);
}

TEST_CASE("a recursive lock is as deep after a wait at its condition as before") {
    World world;
    auto lock = world.client().recursive_lock("gpu");
    lock.lock();
    lock.lock();
    CHECK_FALSE(lock.condition().wait_for(10ms));
    CHECK(lock.state().depth == 2);
    lock.unlock();
    CHECK(lock.state().depth == 1);
    lock.unlock();
    CHECK(lock.state().token == 0);
}

TEST_CASE("who ends while it waits at a condition takes no notification and no lock") {
    World world;
    Lock lock = world.client().lock("gpu");
    std::optional<Background<int>> theirs;
    {
        auto other = world.another_client();
        Lock dying = other->lock("gpu");
        dying.lock();
        std::stop_source stop;
        theirs.emplace([&, token = stop.get_token()](std::stop_token) {
            return static_cast<int>(code_of([&] { dying.condition().wait(token); }));
        });
        REQUIRE(wait_there(lock, 1));
        stop.request_stop();
        CHECK(theirs->result() == static_cast<int>(errc::cancelled));
    }
    auto mine = waiting_at(world);
    REQUIRE(wait_there(lock, 1));
    {
        const std::lock_guard hold(lock);
        CHECK(lock.condition().notify() == 1);
    }
    CHECK(mine.result() == 1);
}

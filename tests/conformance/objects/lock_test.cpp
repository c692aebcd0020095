// Locks that clients of one manager share.
#include "handoff/lock.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::Lock;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::text_of;
using handoff::test::time_of;
using handoff::test::World;

namespace {

template <typename AnyLock>
bool wait_there(const AnyLock& lock, std::uint64_t count) {
    return eventually([&] { return lock.state().waiting == count; });
}

}  // namespace

TEST_CASE("a lock has one holder at a time") {
    World world;
    const auto other = world.another_client();
    Lock mine = world.client().lock("gpu");
    Lock theirs = other->lock("gpu");
    mine.lock();
    CHECK_FALSE(theirs.try_lock());
    CHECK(mine.token() != 0);
    CHECK(theirs.token() == 0);
    mine.unlock();
    REQUIRE(theirs.try_lock());
    CHECK_FALSE(mine.try_lock());
    theirs.unlock();
}

TEST_CASE("a lock works with the guards of the standard library") {
    World world;
    Lock one = world.client().lock("one");
    Lock two = world.client().lock("two");
    Lock seen = world.client().lock("one");
    {
        const std::scoped_lock both(one, two);
        CHECK_FALSE(seen.try_lock());
    }
    {
        std::unique_lock hold(one, std::defer_lock);
        CHECK(hold.try_lock_for(patience));
        hold.unlock();
        CHECK(hold.try_lock_until(std::chrono::steady_clock::now() - 1h));
    }
    CHECK(seen.try_lock());
    CHECK_FALSE(one.try_lock_until(std::chrono::steady_clock::now() + 20ms));
    seen.unlock();
}

TEST_CASE("a lock goes to those who wait in the order in which they came") {
    World world;
    Lock lock = world.client().lock("gpu");
    lock.lock();
    std::vector<Background<std::uint64_t>> waiting;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        waiting.emplace_back([&](std::stop_token stop) {
            Lock mine = world.client().lock("gpu");
            mine.lock(stop);
            const std::uint64_t token = mine.token();
            mine.unlock();
            return token;
        });
        REQUIRE(wait_there(lock, i));
    }
    std::uint64_t token = lock.token();
    lock.unlock();
    for (auto& each : waiting) CHECK(std::exchange(token, each.result()) < token);
}

TEST_CASE("a wait for a lock ends with its time, and then nobody waits") {
    World world;
    Lock lock = world.client().lock("gpu");
    lock.lock();
    const auto other = world.another_client();
    Lock theirs = other->lock("gpu");
    CHECK(time_of([&] { CHECK_FALSE(theirs.try_lock_for(60ms)); }) >= 60ms);
    CHECK(lock.state().waiting == 0);
    lock.unlock();
    CHECK(lock.state().token == 0);
}

TEST_CASE("a wait for a lock ends when it is stopped, and then nobody waits") {
    World world;
    Lock lock = world.client().lock("gpu");
    lock.lock();
    Background locking{[&](std::stop_token stop) {
        Lock mine = world.client().lock("gpu");
        mine.lock(stop);
        return 0;
    }};
    REQUIRE(wait_there(lock, 1));
    locking.stop();
    CHECK(locking.code() == errc::cancelled);
    CHECK(wait_there(lock, 0));
    lock.unlock();
    CHECK(lock.state().token == 0);
}

TEST_CASE("a lock that was stopped for before it is asked for is not taken") {
    World world;
    Lock lock = world.client().lock("gpu");
    std::stop_source source;
    source.request_stop();
    CHECK(code_of([&] {
              lock.lock(source.get_token());
              return 0;
          }) == errc::cancelled);
    CHECK(lock.state().token == 0);
}

TEST_CASE("threads exclude each other, also through one handle") {
    World world;
    Lock lock = world.client().lock("gpu");
    int shared = 0;
    std::vector<Background<int>> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&](std::stop_token) {
            for (int round = 0; round < 50; ++round) {
                const std::lock_guard hold(lock);
                shared = shared + 1;
            }
            return 0;
        });
    }
    for (auto& each : threads) CHECK(each.result() == 0);
    CHECK(shared == 200);
    CHECK(lock.token() == 0);
}

TEST_CASE("unlocking what is not locked here is refused, and the text says where and what") {
    World world;
    Lock lock = world.client().lock("gpu");
    Lock other = world.client().lock("gpu");
    lock.lock();
    const auto unlock = [&] {
        other.unlock();
        return 0;
    };
    CHECK(code_of(unlock) == errc::not_owner);
    for (const char* part : {"release", "lock", "gpu"}) {
        CHECK(text_of(unlock).find(part) != std::string::npos);
    }
    CHECK(lock.state().token == lock.token());
    lock.unlock();
    CHECK(code_of([&] { lock.unlock(); }) == errc::not_owner);
}

TEST_CASE("the lock of a client that ends goes on, and the next finds it abandoned") {
    World world;
    auto other = world.another_client();
    Lock theirs = other->lock("gpu");
    theirs.lock();
    Lock mine = world.client().lock("gpu");
    Background locking{[&](std::stop_token stop) {
        mine.lock(stop);
        return 0;
    }};
    REQUIRE(eventually([&] { return theirs.state().waiting == 1; }));
    other.reset();
    CHECK(locking.result() == 0);
    CHECK(mine.abandoned());
    mine.unlock();
    mine.lock();
    CHECK_FALSE(mine.abandoned());
    mine.unlock();
    CHECK(code_of([&] { theirs.unlock(); }) == errc::inert);
}

TEST_CASE("a handle that goes with its lock gives it back") {
    World world;
    Lock lock = world.client().lock("gpu");
    {
        Lock careless = world.client().lock("gpu");
        careless.lock();
        const Lock copy = careless;  // NOLINT: it is one handle
        CHECK_FALSE(lock.try_lock());
    }
    lock.lock();
    CHECK(lock.abandoned());
    lock.unlock();
}

TEST_CASE("a lock that was broken is lost to its holder, and not touched by its unlock") {
    World world;
    Lock lock = world.client().lock("gpu");
    lock.lock();
    const std::uint64_t token = lock.token();
    Lock breaker = world.client().lock("gpu");
    CHECK_FALSE(breaker.break_hold(token + 1000));
    CHECK(breaker.break_hold(token));
    breaker.lock();
    CHECK(breaker.token() > token);
    CHECK(breaker.abandoned());
    CHECK(code_of([&] { lock.unlock(); }) == errc::lock_lost);
    CHECK(breaker.state().token == breaker.token());
    CHECK(code_of([&] { lock.unlock(); }) == errc::not_owner);
    breaker.unlock();
}

TEST_CASE("the holder of a lock that somebody broke is told, without asking") {
    World world;
    const auto operators = world.another_client();
    Lock lock = world.client().lock("gpu");
    Lock::Guard guard(lock);
    lock.check();
    CHECK(operators->lock("gpu").break_hold(lock.token()));
    CHECK(eventually([&] { return guard.lost(); }));
    CHECK(text_of([&] { lock.check(); }).find("broken") != std::string::npos);
    guard.unlock();
    lock.lock();
    lock.check();
    lock.unlock();
}

TEST_CASE("a hold with a time to live ends by itself unless it is renewed") {
    World world;
    Lock lock = world.client().lock("gpu", {.ttl = 100ms});
    lock.lock();
    CHECK(lock.state().ttl_left.value_or(1h) <= 100ms);
    lock.renew(1h);
    CHECK(lock.state().ttl_left.value_or(0ms) > 100ms);
    lock.renew(50ms);
    Lock other = world.client().lock("gpu");
    CHECK(other.try_lock_for(patience));
    CHECK(other.abandoned());
    CHECK(code_of([&] { lock.check(); }) == errc::lock_lost);
    CHECK(code_of([&] { lock.renew(); }) == errc::lock_lost);
    CHECK(code_of([&] { lock.unlock(); }) == errc::not_owner);
}

TEST_CASE("the time of a hold that was waited for begins when it is had") {
    World world;
    Lock lock = world.client().lock("gpu", {.ttl = 1s});
    lock.lock();
    const auto begun = std::chrono::steady_clock::now();
    Lock other = world.client().lock("gpu");
    other.lock();
    CHECK(std::chrono::steady_clock::now() - begun > 900ms);
    other.check();
    CHECK(other.state().ttl_left.value_or(0ms) > 0ms);
}

TEST_CASE("a guard of a lock's own tells that the lock was lost, and does not throw") {
    World world;
    Lock lock = world.client().lock("gpu");
    Lock::Guard kept(lock);
    CHECK_FALSE(kept.lost());
    kept.unlock();
    CHECK_FALSE(kept.lost());
    Lock::Guard lost(lock);
    CHECK(lock.break_hold(lock.token()));
    lost.unlock();
    CHECK(lost.lost());
}

TEST_CASE("a lock that is given back without waiting is free for whoever learns of it") {
    World world;
    const auto other = world.another_client();
    Lock lock = world.client().lock("gpu");
    auto news = world.client().queue<int>("news");
    Lock others = other->lock("gpu");
    for (int round = 0; round < 50; ++round) {
        lock.lock();
        CHECK_FALSE(others.try_lock());
        lock.unlock_soon();
        news.put(round);
        CHECK(other->queue<int>("news").get() == round);
        REQUIRE(others.try_lock());
        CHECK_FALSE(others.abandoned());
        others.unlock();
    }
    CHECK(code_of([&] { lock.unlock_soon(); }) == errc::not_owner);
}

TEST_CASE("a recursive lock that is given back without waiting is so as often as it was taken") {
    World world;
    const auto other = world.another_client();
    auto lock = world.client().recursive_lock("gpu");
    auto others = other->recursive_lock("gpu");
    lock.lock();
    lock.lock();
    lock.unlock_soon();
    CHECK(lock.state().depth == 1);
    CHECK_FALSE(others.try_lock());
    lock.unlock_soon();
    CHECK(lock.state().token == 0);
    CHECK(others.try_lock());
    others.unlock();
}

TEST_CASE("a guard that goes leaves its lock free") {
    World world;
    Lock lock = world.client().lock("gpu");
    for (int round = 0; round < 20; ++round) {
        const Lock::Guard guard(lock);
        CHECK(lock.token() != 0);
    }
    CHECK(lock.state().token == 0);
}

TEST_CASE("a lock tells who has it") {
    World world;
    Lock lock = world.client().lock("gpu");
    CHECK(lock.state().token == 0);
    CHECK(lock.state().who.empty());
    lock.lock();
    const auto state = world.another_client()->lock("gpu").state();
    CHECK(state.token == lock.token());
    CHECK(state.session != 0);
    CHECK(state.depth == 1);
    CHECK(state.who.find("session") != std::string::npos);
    CHECK_FALSE(state.ttl_left);
    lock.unlock();
}

TEST_CASE("a recursive lock is taken again by its thread, and by no other") {
    World world;
    auto lock = world.client().recursive_lock("gpu");
    lock.lock();
    const std::uint64_t token = lock.token();
    CHECK(lock.try_lock());
    CHECK(lock.token() == token);
    CHECK(lock.state().depth == 2);
    Background other{[&](std::stop_token) {
        return std::pair(lock.try_lock(), code_of([&] { lock.unlock(); }));
    }};
    CHECK(other.result() == std::pair(false, errc::not_owner));
    lock.unlock();
    CHECK(lock.state().depth == 1);
    lock.unlock();
    CHECK(lock.state().token == 0);
    CHECK(code_of([&] { lock.unlock(); }) == errc::not_owner);
}

TEST_CASE("a waiting for a negative time is refused") {
    World world;
    Lock lock = world.client().lock("gpu");
    CHECK(code_of([&] { return lock.try_lock_for(-1ms); }) == errc::invalid_argument);
    CHECK(code_of([&] { return world.client().lock("other", {.ttl = -1ms}); }) ==
          errc::invalid_argument);
}

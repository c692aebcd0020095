// Read-write locks and elections that clients of one manager share.
#include "handoff/rw_lock.hpp"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "handoff/election.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::RwLock;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::World;

namespace {

bool wait_there(const RwLock& lock, std::uint64_t count) {
    return eventually([&] { return lock.state().waiting == count; });
}

}  // namespace

TEST_CASE("a read-write lock has many readers or one writer") {
    World world;
    const auto other = world.another_client();
    RwLock mine = world.client().rw_lock("table");
    RwLock theirs = other->rw_lock("table");
    {
        const std::shared_lock read(mine);
        CHECK(theirs.try_lock_shared());
        CHECK(mine.state().readers == 2);
        CHECK_FALSE(theirs.try_lock());
        theirs.unlock_shared();
        CHECK_FALSE(theirs.try_lock_for(20ms));
    }
    const std::unique_lock write(theirs);
    CHECK(theirs.token() == mine.state().writer_token);
    CHECK_FALSE(mine.try_lock_shared());
    CHECK_FALSE(mine.try_lock_shared_for(20ms));
}

TEST_CASE("threads that read through one handle have a hold each") {
    World world;
    RwLock lock = world.client().rw_lock("table");
    lock.lock_shared();
    const std::uint64_t token = lock.token();
    Background other{[&](std::stop_token) {
        lock.lock_shared();
        const std::uint64_t theirs = lock.token();
        lock.unlock_shared();
        return theirs;
    }};
    CHECK(other.result() > token);
    CHECK(lock.token() == token);
    CHECK(lock.state().readers == 1);
    lock.unlock_shared();
    CHECK(lock.state().readers == 0);
    CHECK(code_of([&] { lock.unlock_shared(); }) == errc::not_owner);
}

TEST_CASE("a reader that comes behind a waiting writer waits behind it") {
    World world;
    RwLock lock = world.client().rw_lock("table");
    lock.lock_shared();
    Background writing{[&](std::stop_token stop) {
        RwLock mine = world.client().rw_lock("table");
        mine.lock(stop);
        const std::uint64_t token = mine.token();
        mine.unlock();
        return token;
    }};
    REQUIRE(wait_there(lock, 1));
    Background reading{[&](std::stop_token stop) {
        RwLock mine = world.client().rw_lock("table");
        mine.lock_shared(stop);
        const std::uint64_t token = mine.token();
        mine.unlock_shared();
        return token;
    }};
    REQUIRE(wait_there(lock, 2));
    lock.unlock_shared();
    const std::uint64_t writer = writing.result();
    CHECK(reading.result() > writer);
}

TEST_CASE("a writer that ends leaves a read-write lock abandoned, and a reader does not") {
    World world;
    RwLock lock = world.client().rw_lock("table");
    auto other = world.another_client();
    RwLock theirs = other->rw_lock("table");
    SECTION("a writer") {
        theirs.lock();
    }
    SECTION("a reader") {
        theirs.lock_shared();
    }
    const bool wrote = lock.state().writer_token != 0;
    other.reset();
    REQUIRE(lock.try_lock_for(patience));
    CHECK(lock.abandoned() == wrote);
    lock.unlock();
}

TEST_CASE("an election has one leader, whom all can see") {
    World world;
    auto election = world.client().election<std::string>("chief");
    CHECK(election.leader().token == 0);
    const std::uint64_t term = election.campaign("tcp://a");
    CHECK(term == election.token());
    const auto other = world.another_client();
    auto theirs = other->election<std::string>("chief");
    CHECK_FALSE(theirs.campaign_for(20ms, "tcp://b"));
    CHECK(theirs.leader().token == election.token());
    CHECK(theirs.leader().proposal == "tcp://a");
    CHECK_FALSE(theirs.leader().who.empty());
    election.proclaim("tcp://c");
    CHECK(theirs.leader().proposal == "tcp://c");
    CHECK(code_of([&] { theirs.proclaim("tcp://d"); }) == errc::not_owner);
    CHECK(code_of([&] { theirs.resign(); }) == errc::not_owner);
    election.check();
    election.resign();
    CHECK(election.leader().token == 0);
}

TEST_CASE("the next candidate leads when the leader ends, and who watches is told") {
    World world;
    auto election = world.client().election<int>("chief");
    auto other = world.another_client();
    auto theirs = other->election<int>("chief");
    const std::uint64_t term = theirs.campaign(1);
    Background campaigning{[&](std::stop_token stop) { return election.campaign(2, stop); }};
    REQUIRE(eventually([&] { return election.leader().candidates == 1; }));
    Background watching{
        [&](std::stop_token stop) { return election.wait_until_changed(term, stop); }};
    other.reset();
    const std::uint64_t next = campaigning.result();
    CHECK(next > term);
    CHECK(watching.result() == next);
    CHECK(election.leader().proposal == 2);
    election.resign();
}

TEST_CASE("a candidate that is stopped does not lead") {
    World world;
    auto election = world.client().election<int>("chief");
    election.campaign(1);
    Background campaigning{[&](std::stop_token stop) {
        return world.client().election<int>("chief").campaign(2, stop);
    }};
    REQUIRE(eventually([&] { return election.leader().candidates == 1; }));
    campaigning.stop();
    CHECK(campaigning.code() == errc::cancelled);
    election.resign();
    CHECK(election.leader().token == 0);
}

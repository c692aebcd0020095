// Locks that clients of one manager share.
#include <mutex>
#include <utility>

#include "handoff/lock.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::Lock;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::World;

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

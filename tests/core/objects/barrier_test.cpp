#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;

namespace {

ObjectOptions parties(std::uint64_t count, bool action = false) {
    ObjectOptions options;
    options.count = count;
    options.action = action;
    return options;
}

}  // namespace

TEST_CASE("a barrier lets its parties go when all have come, each with its index") {
    ObjectWorld world(ObjectKind::barrier, parties(3));
    for (int round = 0; round < 3; ++round) {
        const Called first = world.call(ann, Method::wait);
        const Called second = world.call(bob, Method::wait);
        CHECK(first.waits());
        CHECK(world.call(cat, Method::state).numbers() == Numbers{3, 2, 0});
        CHECK(world.call(cat, Method::wait).numbers() == Numbers{2, 0});
        CHECK(first.numbers() == Numbers{0, 0});
        CHECK(second.numbers() == Numbers{1, 0});
    }
}

TEST_CASE("a barrier of one party is no obstacle") {
    ObjectWorld world(ObjectKind::barrier, parties(1));
    CHECK(world.call(ann, Method::wait).numbers() == Numbers{0, 0});
    CHECK(world.attempt(ann, Method::wait).numbers() == Numbers{0, 0});
}

TEST_CASE("a dead party breaks the barrier for all, until it is reset") {
    ObjectWorld world(ObjectKind::barrier, parties(3));
    world.call(ann, Method::wait);
    const Called alive = world.call(bob, Method::wait);
    world.end_session(ann);
    CHECK(alive.code() == errc::broken_barrier);
    CHECK(world.call(cat, Method::wait).code() == errc::broken_barrier);
    CHECK(world.call(cat, Method::state).numbers() == Numbers{3, 0, 1});
    world.call(cat, Method::reset);
    CHECK(world.call(cat, Method::wait).waits());
}

TEST_CASE("a session that has never waited here breaks nothing by its death") {
    ObjectWorld world(ObjectKind::barrier, parties(2));
    const Called waiting = world.call(ann, Method::wait);
    world.end_session(bob);
    CHECK(waiting.waits());
    CHECK(world.call(cat, Method::wait).code() == errc::ok);
}

TEST_CASE("who gives up breaks the barrier for the others") {
    ObjectWorld world(ObjectKind::barrier, parties(3));
    const Called late = world.call(ann, Method::wait);
    const Called other = world.call(bob, Method::wait);
    world.time_out(late);
    CHECK(late.code() == errc::empty);
    CHECK(other.code() == errc::broken_barrier);
}

TEST_CASE("an attempt that would have to wait does not break the barrier") {
    ObjectWorld world(ObjectKind::barrier, parties(2));
    CHECK(world.attempt(ann, Method::wait).code() == errc::empty);
    const Called waiting = world.call(ann, Method::wait);
    CHECK(world.attempt(bob, Method::wait).numbers() == Numbers{1, 0});
    CHECK(waiting.code() == errc::ok);
}

TEST_CASE("abort breaks, reset breaks off those who wait and begins anew") {
    ObjectWorld world(ObjectKind::barrier, parties(2));
    const Called aborted = world.call(ann, Method::wait);
    world.call(bob, Method::abort);
    CHECK(aborted.code() == errc::broken_barrier);
    world.call(bob, Method::reset);
    const Called broken_off = world.call(ann, Method::wait);
    world.call(bob, Method::reset);
    CHECK(broken_off.code() == errc::broken_barrier);
    world.call(ann, Method::wait);
    CHECK(world.call(bob, Method::wait).code() == errc::ok);
}

TEST_CASE("the last to come acts before the others go on") {
    ObjectWorld world(ObjectKind::barrier, parties(2, true));
    const Called first = world.call(ann, Method::wait);
    CHECK(world.call(bob, Method::wait).numbers() == Numbers{1, 1});
    CHECK(first.waits());
    CHECK(world.call(cat, Method::acted).code() == errc::not_owner);
    CHECK(world.call(bob, Method::acted).code() == errc::ok);
    CHECK(first.numbers() == Numbers{0, 0});
    CHECK(world.call(bob, Method::acted).code() == errc::not_owner);
}

TEST_CASE("an action that fails, or whose session dies, breaks the barrier") {
    ObjectWorld world(ObjectKind::barrier, parties(2, true));
    const Called failed = world.call(ann, Method::wait);
    world.call(bob, Method::wait);
    world.call(bob, Method::acted, {0});
    CHECK(failed.code() == errc::broken_barrier);
    world.call(ann, Method::reset);
    const Called orphaned = world.call(ann, Method::wait);
    world.call(bob, Method::wait);
    world.end_session(bob);
    CHECK(orphaned.code() == errc::broken_barrier);
}

TEST_CASE("parties of the next round wait for the action of this one") {
    ObjectWorld world(ObjectKind::barrier, parties(2, true));
    const Called first = world.call(ann, Method::wait);
    world.call(bob, Method::wait);
    const Called next = world.call(cat, Method::wait);
    const Called last = world.call(dan, Method::wait);
    const Called after = world.call(cat, Method::wait);
    CHECK(world.call(bob, Method::acted).code() == errc::ok);
    CHECK(first.code() == errc::ok);
    CHECK(next.waits());
    CHECK(last.numbers() == Numbers{1, 1});
    CHECK(world.call(dan, Method::acted).code() == errc::ok);
    CHECK(next.numbers() == Numbers{0, 0});
    CHECK(after.waits());
    CHECK(world.call(ann, Method::wait).numbers() == Numbers{1, 1});
}

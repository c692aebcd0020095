#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;

TEST_CASE("an event wakes all who wait, also if it is cleared at once") {
    ObjectWorld world(ObjectKind::event);
    const Called one = world.call(ann, Method::wait);
    const Called two = world.call(bob, Method::wait);
    CHECK(world.call(cat, Method::state).numbers() == Numbers{0, 2});
    CHECK(world.call(cat, Method::set).numbers() == Numbers{2});
    CHECK(world.call(cat, Method::clear).numbers() == Numbers{1});
    CHECK(one.code() == errc::ok);
    CHECK(two.code() == errc::ok);
    CHECK(world.call(ann, Method::wait).waits());
}

TEST_CASE("nobody waits for an event that is set") {
    ObjectWorld world(ObjectKind::event);
    CHECK(world.attempt(ann, Method::wait).code() == errc::empty);
    CHECK(world.call(ann, Method::set).numbers() == Numbers{0});
    CHECK(world.call(ann, Method::set).numbers() == Numbers{0});
    CHECK(world.attempt(ann, Method::wait).code() == errc::ok);
    CHECK(world.call(ann, Method::wait).code() == errc::ok);
    CHECK(world.call(ann, Method::clear).numbers() == Numbers{1});
    CHECK(world.call(ann, Method::clear).numbers() == Numbers{0});
}

TEST_CASE("an event is set though those who wait have died, and stays set when its setter dies") {
    ObjectWorld world(ObjectKind::event);
    world.call(ann, Method::wait);
    world.end_session(ann);
    CHECK(world.call(bob, Method::set).numbers() == Numbers{0});
    world.end_session(bob);
    CHECK(world.call(cat, Method::wait).code() == errc::ok);
}

TEST_CASE("who gives up waiting for an event is not woken any more") {
    ObjectWorld world(ObjectKind::event);
    const Called cancelled = world.call(ann, Method::wait);
    const Called late = world.call(ann, Method::wait);
    world.cancel(cancelled);
    world.time_out(late);
    CHECK(cancelled.code() == errc::cancelled);
    CHECK(late.code() == errc::empty);
    CHECK(world.call(bob, Method::set).numbers() == Numbers{0});
    CHECK(world.call(bob, Method::put).code() == errc::unsupported);
}

TEST_CASE("a latch opens when its count is 0, and stays open") {
    ObjectOptions options;
    options.count = 3;
    ObjectWorld world(ObjectKind::latch, options);
    const Called waiting = world.call(ann, Method::wait);
    CHECK(world.call(bob, Method::count_down, {2}).numbers() == Numbers{1});
    CHECK(waiting.waits());
    CHECK(world.call(bob, Method::count_down, {2}).code() == errc::out_of_range);
    CHECK(world.call(bob, Method::count_down, {0}).code() == errc::invalid_argument);
    CHECK(world.call(bob, Method::state).numbers() == Numbers{1, 1});
    world.end_session(bob);
    CHECK(world.call(cat, Method::count_down).numbers() == Numbers{0});
    CHECK(waiting.code() == errc::ok);
    CHECK(world.call(dan, Method::wait).code() == errc::ok);
    CHECK(world.call(dan, Method::count_down).code() == errc::out_of_range);
}

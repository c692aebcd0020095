#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;

namespace {

ObjectOptions with_count(std::uint64_t count) {
    ObjectOptions options;
    options.count = count;
    return options;
}

constexpr std::int64_t most = std::int64_t{1} << 62;

}  // namespace

TEST_CASE("permits are taken while there are some, and each time there is a greater token") {
    ObjectWorld world(ObjectKind::bounded_semaphore, with_count(3));
    CHECK(world.call(ann, Method::acquire).token() == 100);
    CHECK(world.call(bob, Method::acquire, {2}).token() == 101);
    const Called late = world.call(cat, Method::acquire);
    CHECK(late.waits());
    CHECK(world.call(ann, Method::state).numbers() == Numbers{0, 1, 3, 1});
    CHECK(world.call(bob, Method::release).numbers() == Numbers{0});
    CHECK(late.token() == 102);
}

TEST_CASE("who asks for many permits is not passed by those who ask for few") {
    ObjectWorld world(ObjectKind::bounded_semaphore, with_count(3));
    world.call(ann, Method::acquire, {2});
    const Called many = world.call(bob, Method::acquire, {3});
    const Called few = world.call(cat, Method::acquire);
    CHECK(few.waits());
    CHECK(world.attempt(dan, Method::acquire).code() == errc::empty);
    world.call(ann, Method::release, {2});
    CHECK(many.code() == errc::ok);
    CHECK(few.waits());
    world.call(bob, Method::release, {3});
    CHECK(few.code() == errc::ok);
}

TEST_CASE("when the one that asks for many gives up, those behind it have their turn") {
    ObjectWorld world(ObjectKind::bounded_semaphore, with_count(3));
    world.call(ann, Method::acquire, {2});
    const Called many = world.call(bob, Method::acquire, {3});
    const Called few = world.call(cat, Method::acquire);
    world.time_out(many);
    CHECK(many.code() == errc::empty);
    CHECK(few.code() == errc::ok);
}

TEST_CASE("the permits of the dead come back, and go to those who wait") {
    ObjectWorld world(ObjectKind::bounded_semaphore, with_count(3));
    world.call(ann, Method::acquire, {3});
    world.call(bob, Method::acquire);
    const Called alive = world.call(cat, Method::acquire, {2});
    world.end_session(bob);
    world.end_session(ann);
    CHECK(alive.code() == errc::ok);
    CHECK(world.call(cat, Method::state).numbers() == Numbers{1, 2, 2, 0});
}

TEST_CASE("a dead waiter that stood first lets the next pass") {
    ObjectWorld world(ObjectKind::bounded_semaphore, with_count(2));
    world.call(ann, Method::acquire);
    world.call(bob, Method::acquire, {2});
    const Called next = world.call(cat, Method::acquire);
    world.end_session(bob);
    CHECK(next.code() == errc::ok);
}

TEST_CASE("a bounded semaphore takes back no more than its session holds") {
    ObjectWorld world(ObjectKind::bounded_semaphore, with_count(3));
    CHECK(world.call(ann, Method::release).code() == errc::not_owner);
    world.call(ann, Method::acquire, {2});
    CHECK(world.call(ann, Method::release, {3}).code() == errc::not_owner);
    CHECK(world.call(bob, Method::release).code() == errc::not_owner);
    CHECK(world.call(ann, Method::state).numbers() == Numbers{1, 2, 2, 0});
    CHECK(world.call(ann, Method::acquire, {4}).code() == errc::invalid_argument);
}

TEST_CASE("a semaphore may be released by anybody, which adds permits") {
    ObjectWorld world(ObjectKind::semaphore, with_count(0));
    const Called waiting = world.call(ann, Method::acquire, {2});
    CHECK(world.call(bob, Method::release).numbers() == Numbers{1});
    CHECK(waiting.waits());
    CHECK(world.call(bob, Method::release, {2}).numbers() == Numbers{1});
    CHECK(waiting.code() == errc::ok);
    CHECK(world.call(ann, Method::release, {5}).numbers() == Numbers{6});
    CHECK(world.call(ann, Method::state).numbers() == Numbers{6, 0, 0, 0});
}

TEST_CASE("a semaphore refuses counts that make no sense") {
    ObjectWorld world(ObjectKind::semaphore);
    CHECK(world.call(ann, Method::acquire, {0}).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::acquire, {-1}).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::release, {0}).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::release, {most}).code() == errc::out_of_range);
    CHECK(world.call(ann, Method::release, {most - 1}).at(0) == most);
    CHECK(world.call(ann, Method::acquire, {most}).code() == errc::ok);
    CHECK(world.call(bob, Method::release).code() == errc::out_of_range);
    CHECK(world.call(ann, Method::put).code() == errc::unsupported);
}

#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;
using namespace std::chrono_literals;

TEST_CASE("readers share a lock, and a writer has it alone") {
    ObjectWorld world(ObjectKind::rw_lock);
    const Called one = world.call(ann, Method::acquire_shared);
    const Called two = world.call(bob, Method::acquire_shared);
    CHECK(two.token() > one.token());
    const Called writer = world.call(cat, Method::acquire);
    CHECK(writer.waits());
    CHECK(world.call(dan, Method::state).numbers() == Numbers{0, 2, 1});
    world.call(ann, Method::release, {one.token()});
    CHECK(writer.waits());
    world.call(bob, Method::release, {two.token()});
    CHECK(writer.code() == errc::ok);
    CHECK(world.call(dan, Method::state).numbers() == Numbers{writer.token(), 0, 0});
    CHECK(world.attempt(ann, Method::acquire_shared).code() == errc::empty);
}

TEST_CASE("a reader behind a waiting writer waits, and neighbours in line read together") {
    ObjectWorld world(ObjectKind::rw_lock);
    const Called reader = world.call(ann, Method::acquire_shared);
    const Called writer = world.call(bob, Method::acquire);
    const Called next = world.call(cat, Method::acquire_shared);
    const Called too = world.call(dan, Method::acquire_shared);
    const Called last = world.call(ann, Method::acquire);
    CHECK(next.waits());
    world.call(ann, Method::release, {reader.token()});
    CHECK(next.waits());
    world.call(bob, Method::release, {writer.token()});
    CHECK(next.code() == errc::ok);
    CHECK(too.code() == errc::ok);
    CHECK(last.waits());
}

TEST_CASE("a writer that gives up or dies in the line lets the readers behind it in") {
    ObjectWorld world(ObjectKind::rw_lock);
    world.call(ann, Method::acquire_shared);
    const Called writer = world.call(bob, Method::acquire);
    const Called reader = world.call(cat, Method::acquire_shared);
    world.cancel(writer);
    CHECK(reader.code() == errc::ok);
    world.call(bob, Method::acquire);
    const Called other = world.call(dan, Method::acquire_shared);
    world.end_session(bob);
    CHECK(other.code() == errc::ok);
}

TEST_CASE("holds end with their session, and a writer's death is told") {
    ObjectWorld world(ObjectKind::rw_lock);
    world.call(ann, Method::acquire_shared);
    world.call(ann, Method::acquire_shared);
    const Called writer = world.call(bob, Method::acquire);
    world.end_session(ann);
    CHECK(writer.at(1) == 0);
    const Called next = world.call(cat, Method::acquire);
    world.end_session(bob);
    CHECK(next.at(1) == 1);
    world.call(cat, Method::release, {next.token()});
    CHECK(world.call(dan, Method::acquire).at(1) == 0);
}

TEST_CASE("each hold of a read-write lock has its own time to live") {
    ObjectWorld world(ObjectKind::rw_lock);
    const Called brief = world.call(ann, Method::acquire_shared, {100});
    const Called renewed = world.call(bob, Method::acquire_shared, {100});
    const Called writer = world.call(cat, Method::acquire);
    world.pass(50ms);
    world.call(bob, Method::renew, {renewed.token(), 100});
    world.pass(50ms);
    CHECK(world.call(ann, Method::release, {brief.token()}).code() == errc::lock_lost);
    CHECK(writer.waits());
    world.pass(50ms);
    CHECK(writer.code() == errc::ok);
}

TEST_CASE("a hold of a read-write lock is its session's alone") {
    ObjectWorld world(ObjectKind::rw_lock);
    const Called reader = world.call(ann, Method::acquire_shared);
    CHECK(world.call(bob, Method::release, {reader.token()}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::release, {0}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::release, {reader.token() + 1}).code() == errc::not_owner);
    CHECK(world.call(bob, Method::break_hold, {reader.token() + 1}).numbers() == Numbers{0});
    CHECK(world.call(bob, Method::break_hold).numbers() == Numbers{1});
    CHECK(world.call(ann, Method::renew, {reader.token()}).code() == errc::lock_lost);
}

#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;
using namespace std::chrono_literals;

TEST_CASE("the first candidate leads, the others wait, and everybody sees who it is") {
    ObjectWorld world(ObjectKind::election);
    CHECK(world.call(dan, Method::state).numbers() == Numbers{0, 0, 0});
    const Called leader = world.call(ann, Method::acquire, {}, {text("ann's place")});
    CHECK(leader.numbers() == Numbers{100, 0});
    CHECK(world.call(bob, Method::acquire, {}, {text("bob's")}).waits());
    const Called state = world.call(dan, Method::state);
    CHECK(state.numbers() == Numbers{100, ann, 1});
    CHECK(state.texts() == Texts{"ann's place", "session 1"});
}

TEST_CASE("a leader that dies is followed by the next, and those who watch hear of it") {
    ObjectWorld world(ObjectKind::election);
    const Called leader = world.call(ann, Method::acquire, {}, {text("a")});
    const Called next = world.call(bob, Method::acquire, {}, {text("b")});
    const Called watch = world.call(dan, Method::changed, {leader.token()});
    CHECK(watch.waits());
    world.end_session(ann);
    CHECK(next.numbers() == Numbers{101, 1});
    CHECK(watch.numbers() == Numbers{101});
    CHECK(world.call(dan, Method::state).texts() == Texts{"b", "session 2"});
}

TEST_CASE("who resigns leaves the lead to the next, or to nobody") {
    ObjectWorld world(ObjectKind::election);
    const Called leader = world.call(ann, Method::acquire, {}, {text("a")});
    const Called watch = world.call(dan, Method::changed, {leader.token()});
    world.call(ann, Method::release, {leader.token()});
    CHECK(watch.numbers() == Numbers{0});
    CHECK(world.call(ann, Method::release, {leader.token()}).code() == errc::lock_lost);
    const Called wait = world.call(dan, Method::changed, {0});
    CHECK(world.call(bob, Method::acquire, {}, {text("b")}).token() == 101);
    CHECK(wait.numbers() == Numbers{101});
    CHECK(world.call(dan, Method::changed, {0}).numbers() == Numbers{101});
}

TEST_CASE("a leader may proclaim something else, and nobody else may") {
    ObjectWorld world(ObjectKind::election);
    const Called leader = world.call(ann, Method::acquire, {}, {text("a")});
    CHECK(world.call(bob, Method::proclaim, {leader.token()}, {text("x")}).code() ==
          errc::not_owner);
    CHECK(world.call(ann, Method::proclaim, {0}, {text("x")}).code() == errc::not_owner);
    world.call(ann, Method::proclaim, {leader.token()}, {text("a2")});
    CHECK(world.call(bob, Method::state).texts().at(0) == "a2");
    CHECK(world.call(ann, Method::acquire).code() == errc::invalid_argument);
}

TEST_CASE("a term may end by itself, unless it is renewed") {
    ObjectWorld world(ObjectKind::election);
    const Called leader = world.call(ann, Method::acquire, {100}, {text("a")});
    const Called next = world.call(bob, Method::acquire, {}, {text("b")});
    world.pass(60ms);
    world.call(ann, Method::renew, {leader.token()});
    world.pass(99ms);
    CHECK(next.waits());
    world.pass(1ms);
    CHECK(next.code() == errc::ok);
    CHECK(world.call(cat, Method::break_hold).numbers() == Numbers{1});
    CHECK(world.call(cat, Method::break_hold).numbers() == Numbers{0});
}

TEST_CASE("candidates and observers may give up, and the dead are passed") {
    ObjectWorld world(ObjectKind::election);
    const Called leader = world.call(ann, Method::acquire, {}, {text("a")});
    const Called bored = world.call(bob, Method::acquire, {}, {text("b")});
    world.call(cat, Method::acquire, {}, {text("c")});
    const Called next = world.call(dan, Method::acquire, {}, {text("d")});
    const Called watch = world.call(bob, Method::changed, {leader.token()});
    world.cancel(bored);
    world.time_out(watch);
    world.end_session(cat);
    world.call(ann, Method::release, {leader.token()});
    CHECK(next.code() == errc::ok);
    CHECK(world.attempt(bob, Method::acquire, {}, {text("b")}).code() == errc::empty);
    CHECK(world.attempt(bob, Method::changed, {next.token()}).code() == errc::empty);
}

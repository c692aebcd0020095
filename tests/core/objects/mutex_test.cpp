#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;
using namespace std::chrono_literals;

namespace {

ObjectOptions with_ttl(Millis ttl) {
    ObjectOptions options;
    options.ttl = ttl;
    return options;
}

}  // namespace

TEST_CASE("a lock has one holder, and each hold a greater token") {
    ObjectWorld world(ObjectKind::lock);
    const Called first = world.call(ann, Method::acquire);
    CHECK(first.numbers() == Numbers{100, 0});
    const Called second = world.call(bob, Method::acquire);
    CHECK(second.waits());
    CHECK(world.call(ann, Method::release, {first.token()}).numbers() == Numbers{0});
    CHECK(second.numbers() == Numbers{101, 0});
}

TEST_CASE("a lock excludes its own session as well") {
    ObjectWorld world(ObjectKind::lock);
    world.call(ann, Method::acquire);
    CHECK(world.call(ann, Method::acquire).waits());
    CHECK(world.attempt(ann, Method::acquire).code() == errc::empty);
}

TEST_CASE("a lock goes to those who wait in the order in which they came") {
    ObjectWorld world(ObjectKind::lock);
    const std::vector<Holder> order{ann, cat, bob, dan, bob};
    std::vector<Called> calls;
    for (const Holder session : order) calls.push_back(world.call(session, Method::acquire));
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        CHECK(calls[i + 1].waits());
        world.call(order[i], Method::release, {calls[i].token()});
        CHECK(calls[i + 1].token() > calls[i].token());
    }
}

TEST_CASE("an attempt at a lock fails while it is held, and changes nothing") {
    ObjectWorld world(ObjectKind::lock);
    const Called hold = world.call(ann, Method::acquire);
    CHECK(world.attempt(bob, Method::acquire).code() == errc::empty);
    CHECK(world.waiting() == 0);
    world.call(ann, Method::release, {hold.token()});
    CHECK(world.attempt(bob, Method::acquire).code() == errc::ok);
}

TEST_CASE("who gives up waiting for a lock is passed") {
    ObjectWorld world(ObjectKind::lock);
    const Called hold = world.call(ann, Method::acquire);
    const Called bored = world.call(bob, Method::acquire);
    const Called late = world.call(bob, Method::acquire);
    const Called patient = world.call(cat, Method::acquire);
    world.cancel(bored);
    world.time_out(late);
    CHECK(bored.code() == errc::cancelled);
    CHECK(late.code() == errc::empty);
    world.call(ann, Method::release, {hold.token()});
    CHECK(patient.code() == errc::ok);
}

TEST_CASE("a dead holder's lock goes to the next, who is told that it was abandoned") {
    ObjectWorld world(ObjectKind::lock);
    world.call(ann, Method::acquire);
    const Called next = world.call(bob, Method::acquire);
    world.end_session(ann);
    CHECK(next.numbers() == Numbers{101, 1});
    const Called after = world.call(cat, Method::acquire);
    world.call(bob, Method::release, {next.token()});
    CHECK(after.numbers() == Numbers{102, 0});
}

TEST_CASE("nothing goes to the dead, though they stood first in line") {
    ObjectWorld world(ObjectKind::lock);
    const Called hold = world.call(ann, Method::acquire);
    world.call(bob, Method::acquire);
    const Called alive = world.call(cat, Method::acquire);
    world.end_session(bob);
    CHECK(alive.waits());
    world.call(ann, Method::release, {hold.token()});
    CHECK(alive.code() == errc::ok);
}

TEST_CASE("a holder that dies while its other thread waits frees the lock for others") {
    ObjectWorld world(ObjectKind::lock);
    world.call(ann, Method::acquire);
    world.call(ann, Method::acquire);
    const Called other = world.call(bob, Method::acquire);
    world.end_session(ann);
    CHECK(other.numbers() == Numbers{101, 1});
}

TEST_CASE("a lock is released by its holder alone") {
    ObjectWorld world(ObjectKind::lock);
    CHECK(world.call(ann, Method::release, {0}).code() == errc::not_owner);
    const Called hold = world.call(ann, Method::acquire);
    CHECK(world.call(bob, Method::release, {hold.token()}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::release, {hold.token() + 7}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::release).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::release, {hold.token(), 5}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::state).at(0) == hold.token());
    world.call(ann, Method::release, {hold.token()});
    CHECK(world.call(ann, Method::release, {hold.token()}).code() == errc::lock_lost);
}

TEST_CASE("a former holder does not release what is another's by now") {
    ObjectWorld world(ObjectKind::lock);
    const Called old = world.call(ann, Method::acquire);
    CHECK(world.call(cat, Method::break_hold, {old.token()}).numbers() == Numbers{1});
    const Called now = world.call(ann, Method::acquire);
    CHECK(now.numbers() == Numbers{101, 1});
    CHECK(world.call(ann, Method::release, {old.token()}).code() == errc::lock_lost);
    CHECK(world.call(ann, Method::state).at(0) == now.token());
}

TEST_CASE("a recursive lock is taken again by its holder, and released as often") {
    ObjectWorld world(ObjectKind::recursive_lock);
    const Called hold = world.call(ann, Method::acquire, {7});
    CHECK(world.call(ann, Method::acquire, {7}).numbers() == Numbers{hold.token(), 0});
    const Called other_thread = world.call(ann, Method::acquire, {8});
    CHECK(other_thread.waits());
    CHECK(world.call(ann, Method::release, {hold.token(), 8}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::release, {hold.token(), 7}).numbers() == Numbers{1});
    CHECK(other_thread.waits());
    CHECK(world.call(ann, Method::release, {hold.token(), 7}).numbers() == Numbers{0});
    CHECK(other_thread.code() == errc::ok);
}

TEST_CASE("a recursive lock has an end to its depth") {
    ObjectWorld world(ObjectKind::recursive_lock);
    for (int i = 0; i < 65'535; ++i) world.call(ann, Method::acquire, {1});
    CHECK(world.call(ann, Method::acquire, {1}).code() == errc::limit_exceeded);
    CHECK(world.call(ann, Method::state).at(3) == 65'535);
}

TEST_CASE("a hold ends with its time to live, unless it is renewed") {
    ObjectWorld world(ObjectKind::lock, with_ttl(100ms));
    const Called hold = world.call(ann, Method::acquire);
    const Called next = world.call(bob, Method::acquire);
    world.pass(99ms);
    CHECK(world.call(ann, Method::renew, {hold.token()}).code() == errc::ok);
    world.pass(99ms);
    CHECK(next.waits());
    world.pass(1ms);
    CHECK(next.numbers() == Numbers{101, 1});
    CHECK(world.call(ann, Method::renew, {hold.token()}).code() == errc::lock_lost);
    CHECK(world.call(ann, Method::release, {hold.token()}).code() == errc::lock_lost);
}

TEST_CASE("a hold may have a time to live of its own") {
    ObjectWorld world(ObjectKind::lock);
    const Called hold = world.call(ann, Method::acquire, {0, 50});
    CHECK(world.call(ann, Method::state).at(5) == 50);
    world.call(ann, Method::renew, {hold.token(), 200});
    world.pass(199ms);
    CHECK(world.attempt(bob, Method::acquire).code() == errc::empty);
    world.pass(1ms);
    CHECK(world.attempt(bob, Method::acquire).code() == errc::ok);
    CHECK(world.call(ann, Method::acquire, {0, 0}).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::acquire, {0, -5}).code() == errc::invalid_argument);
}

TEST_CASE("a lock tells who has it") {
    ObjectWorld world(ObjectKind::recursive_lock);
    CHECK(world.call(bob, Method::state).numbers() == Numbers{0, 0, 0, 0, 0, -1});
    const Called hold = world.call(ann, Method::acquire, {7});
    world.call(bob, Method::acquire);
    const Called state = world.call(bob, Method::state);
    CHECK(state.numbers() == Numbers{hold.token(), ann, 7, 1, 1, -1});
    CHECK(state.texts() == Texts{"session 1"});
}

TEST_CASE("a lock is broken under the token that was seen, and no later one") {
    ObjectWorld world(ObjectKind::lock);
    const Called hold = world.call(ann, Method::acquire);
    const Called next = world.call(bob, Method::acquire);
    CHECK(world.call(cat, Method::break_hold, {hold.token() - 1}).numbers() == Numbers{0});
    CHECK(world.call(cat, Method::break_hold, {hold.token()}).numbers() == Numbers{1});
    CHECK(world.call(cat, Method::break_hold, {hold.token()}).numbers() == Numbers{0});
    CHECK(next.code() == errc::ok);
    CHECK(world.call(cat, Method::break_hold).numbers() == Numbers{1});
}

TEST_CASE("a lock has no methods of others, and no arguments that it does not know") {
    ObjectWorld world(ObjectKind::lock);
    CHECK(world.call(ann, Method::put, {}, {text("x")}).code() == errc::unsupported);
    CHECK(world.call(ann, static_cast<Method>(9999)).code() == errc::unsupported);
    CHECK(world.call(ann, Method::acquire, {1, 2, 3}).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::acquire, {}, {text("x")}).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::state).at(0) == 0);
}

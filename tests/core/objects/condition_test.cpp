#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;
using namespace std::chrono_literals;

namespace {

/// A lock with sessions that sleep at its conditions.
struct ConditionWorld : ObjectWorld {
    explicit ConditionWorld(ObjectKind kind = ObjectKind::lock) : ObjectWorld(kind) {}

    Called lock(Holder session) { return call(session, Method::acquire); }
    void unlock(Holder session, const Called& hold) {
        call(session, Method::release, {hold.token()});
    }
    Called doze(Holder session, const Called& hold, std::int64_t patience = -1,
                 const std::string& condition = "") {
        return call(session, Method::sleep, {hold.token(), 0, patience}, {text(condition)});
    }
    std::int64_t notify(Holder session, const Called& hold, std::int64_t count = 1,
                        const std::string& condition = "") {
        return call(session, Method::notify, {hold.token(), 0, count}, {text(condition)}).at(0);
    }
};

}  // namespace

TEST_CASE("who sleeps has freed the lock, and has it again when notified") {
    ConditionWorld world;
    const Called first = world.lock(ann);
    const Called asleep = world.doze(ann, first);
    CHECK(asleep.waits());
    const Called hold = world.lock(bob);
    CHECK(hold.code() == errc::ok);
    CHECK(world.notify(bob, hold) == 1);
    CHECK(asleep.waits());  // bob has the lock still
    world.unlock(bob, hold);
    CHECK(asleep.numbers() == Numbers{102, 0, 1});
    CHECK(world.call(ann, Method::release, {asleep.token()}).code() == errc::ok);
}

TEST_CASE("notify wakes the longest sleepers, as many as it says") {
    ConditionWorld world;
    std::vector<Called> asleep;
    for (const Holder session : {ann, bob, cat}) {
        asleep.push_back(world.doze(session, world.lock(session)));
    }
    const Called hold = world.lock(dan);
    CHECK(world.notify(dan, hold, 2) == 2);
    world.unlock(dan, hold);
    CHECK(asleep[0].code() == errc::ok);
    CHECK(asleep[1].waits());
    world.unlock(ann, asleep[0]);
    CHECK(asleep[1].code() == errc::ok);
    world.unlock(bob, asleep[1]);
    CHECK(asleep[2].waits());
    const Called again = world.lock(dan);
    CHECK(world.notify(dan, again, -1) == 1);
    CHECK(world.notify(dan, again, -1) == 0);
    CHECK(world.notify(dan, again, 0) == 0);
}

TEST_CASE("those who were notified stand behind those who waited for the lock before") {
    ConditionWorld world;
    const Called asleep = world.doze(ann, world.lock(ann));
    const Called hold = world.lock(bob);
    const Called before = world.lock(cat);
    world.notify(bob, hold);
    const Called behind = world.lock(dan);
    world.unlock(bob, hold);
    CHECK(before.code() == errc::ok);
    world.unlock(cat, before);
    CHECK(asleep.code() == errc::ok);
    CHECK(behind.waits());
}

TEST_CASE("conditions of a lock are told apart by their names") {
    ConditionWorld world;
    const Called full = world.doze(ann, world.lock(ann), -1, "full");
    const Called empty = world.doze(bob, world.lock(bob), -1, "empty");
    const Called hold = world.lock(cat);
    CHECK(world.notify(cat, hold, -1, "other") == 0);
    CHECK(world.notify(cat, hold, -1, "empty") == 1);
    world.unlock(cat, hold);
    CHECK(empty.code() == errc::ok);
    CHECK(full.waits());
}

TEST_CASE("a dead sleeper takes neither the notification nor the lock") {
    ConditionWorld world;
    world.doze(ann, world.lock(ann));
    const Called alive = world.doze(bob, world.lock(bob));
    world.end_session(ann);
    const Called hold = world.lock(cat);
    CHECK(world.notify(cat, hold) == 1);
    world.unlock(cat, hold);
    CHECK(alive.code() == errc::ok);
}

TEST_CASE("one that dies between its notification and the lock is passed") {
    ConditionWorld world;
    world.doze(ann, world.lock(ann));
    const Called other = world.doze(bob, world.lock(bob));
    const Called hold = world.lock(cat);
    world.notify(cat, hold, 2);
    world.end_session(ann);
    world.unlock(cat, hold);
    CHECK(other.code() == errc::ok);
}

TEST_CASE("a sleeper whose patience has passed has the lock again, unnotified") {
    ConditionWorld world;
    const Called asleep = world.doze(ann, world.lock(ann), 100);
    world.pass(99ms);
    CHECK(asleep.waits());
    world.pass(1ms);
    CHECK(asleep.numbers() == Numbers{101, 0, 0});
}

TEST_CASE("without a notification the lock is waited for as well, and that has an end") {
    ConditionWorld world;
    const Called asleep =
        world.call(ann, Method::sleep, {world.lock(ann).token(), 0, 100, 1000}, {text("")});
    const Called hold = world.lock(bob);
    world.pass(1099ms);
    CHECK(asleep.waits());
    world.pass(1ms);
    CHECK(asleep.code() == errc::lock_lost);
    world.unlock(bob, hold);
    CHECK(world.call(cat, Method::state).at(0) == 0);
}

TEST_CASE("a notified sleeper waits for the lock for so long and no longer") {
    ConditionWorld world;
    const Called asleep = world.doze(ann, world.lock(ann));
    const Called hold = world.lock(bob);
    world.pass(1h);
    world.notify(bob, hold);
    world.pass(9'999ms);
    CHECK(asleep.waits());
    world.pass(1ms);
    CHECK(asleep.code() == errc::lock_lost);
}

TEST_CASE("who sleeps and gives up has the lock if it is free, and is told if not") {
    ConditionWorld world;
    const Called free = world.doze(ann, world.lock(ann));
    world.cancel(free);
    CHECK(free.numbers() == Numbers{101, 0, 0});
    const Called asleep = world.doze(ann, free);
    world.lock(bob);
    world.cancel(asleep);
    CHECK(asleep.code() == errc::cancelled);
    const Called third = world.lock(cat);
    CHECK(world.call(cat, Method::state).at(1) == bob);
    world.time_out(third);
    CHECK(third.code() == errc::empty);
}

TEST_CASE("the end of the whole wait is the end of the hold if the lock is another's") {
    ConditionWorld world;
    const Called asleep = world.doze(ann, world.lock(ann));
    world.lock(bob);
    world.time_out(asleep);
    CHECK(asleep.code() == errc::lock_lost);
}

TEST_CASE("a recursive lock is given back as deep as it was") {
    ConditionWorld world(ObjectKind::recursive_lock);
    const Called hold = world.lock(ann);
    world.lock(ann);
    const Called asleep = world.doze(ann, hold);
    const Called other = world.lock(bob);
    CHECK(other.code() == errc::ok);
    world.notify(bob, other);
    world.unlock(bob, other);
    CHECK(world.call(ann, Method::state).at(3) == 2);
    CHECK(world.call(ann, Method::release, {asleep.token()}).at(0) == 1);
}

TEST_CASE("only the holder of the lock sleeps and notifies") {
    ConditionWorld world;
    CHECK(world.call(ann, Method::sleep, {0}, {text("")}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::notify, {0}, {text("")}).code() == errc::not_owner);
    const Called hold = world.lock(ann);
    CHECK(world.call(bob, Method::sleep, {hold.token()}, {text("")}).code() == errc::not_owner);
    CHECK(world.call(bob, Method::notify, {hold.token()}, {text("")}).code() == errc::not_owner);
    CHECK(world.call(ann, Method::notify, {hold.token(), 0, -2}, {text("")}).code() ==
          errc::invalid_argument);
    CHECK(world.call(ann, Method::sleep, {hold.token(), 0, -2}, {text("")}).code() ==
          errc::invalid_argument);
    CHECK(world.call(ann, Method::sleep, {hold.token()}, {text(std::string(300, 'x'))}).code() ==
          errc::too_large);
    CHECK(world.call(ann, Method::state).at(0) == hold.token());
}

TEST_CASE("who may not wait does not sleep, and keeps the lock") {
    ConditionWorld world;
    const Called hold = world.lock(ann);
    const Called asleep = world.attempt(ann, Method::sleep, {hold.token()}, {text("")});
    CHECK(asleep.numbers() == Numbers{hold.token(), 0, 0});
    CHECK(world.call(ann, Method::state).at(0) == hold.token());
}

TEST_CASE("a sleeper's hold has its time to live again") {
    ConditionWorld world;
    const Called hold = world.call(ann, Method::acquire, {0, 500});
    const Called asleep = world.doze(ann, hold);
    world.pass(10s);
    const Called other = world.lock(bob);
    world.notify(bob, other);
    world.unlock(bob, other);
    CHECK(world.call(ann, Method::state).at(5) == 500);
    world.pass(500ms);
    CHECK(world.call(ann, Method::release, {asleep.token()}).code() == errc::lock_lost);
}

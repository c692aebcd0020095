#include "core/manager_driver.hpp"
#include "core/objects/object_world.hpp"
#include "core/objects/packed.hpp"
#include "support/catch.hpp"

// What those who look after a manager are told of its objects.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using objects::Holding;
using objects::Method;
using objects::ObjectHandle;
using objects::Report;
using objects::test::ann;
using objects::test::bob;
using objects::test::cat;
using objects::test::number;
using objects::test::ObjectWorld;
using objects::test::text;

namespace {

ObjectHandle open(Client& client, ObjectKind kind, const std::string& name) {
    return client.ask(OpenObject{name, kind, {}, true, 0}).as<ObjectOpened>().object;
}

Call call(Client& client, ObjectHandle object, Method method,
          std::vector<std::int64_t> numbers = {}) {
    return client.ask(Calls{{{object, method, std::move(numbers), {}}}, false});
}

ObjectsReply listed(Client& client, const Objects& wanted = {}) {
    return client.ask(wanted).as<ObjectsReply>();
}

std::vector<std::string> names_in(const ObjectsReply& reply) {
    std::vector<std::string> names;
    for (const ObjectStats& object : reply.objects) names.push_back(object.name);
    return names;
}

Report report(const ObjectWorld& world) {
    return world.object->report(10);
}

ObjectOptions counting(std::uint64_t count) {
    ObjectOptions options;
    options.count = count;
    return options;
}

}  // namespace

TEST_CASE("who holds a lock, since when and under which token, and who waits for it, is told") {
    ManagerTest test;
    Client& ann_client = test.client("ann");
    Client& bob_client = test.client("bob");
    const ObjectHandle lock = open(ann_client, ObjectKind::lock, "gpu");
    open(bob_client, ObjectKind::lock, "gpu");
    const Call held = call(ann_client, lock, Method::acquire, {0, 30'000});
    test.pass(2s);
    call(bob_client, lock, Method::acquire);
    test.pass(1s);
    const ObjectsReply reply = listed(bob_client);
    CHECK_FALSE(reply.more);
    REQUIRE(reply.objects.size() == 1);
    const ObjectStats& stats = reply.objects.front();
    CHECK(stats.name == "gpu");
    CHECK(stats.object == lock);
    CHECK(stats.kind == ObjectKind::lock);
    CHECK(stats.held == 1);
    CHECK(stats.waiting == 1);
    REQUIRE(stats.holders.size() == 1);
    const ObjectStats::Hold& hold = stats.holders.front();
    CHECK(static_cast<std::int64_t>(hold.token) == held.as<Results>().results.at(0).numbers.at(0));
    CHECK(hold.held_for == 3s);
    CHECK(hold.ttl_left == 27s);
    CHECK(hold.who == "session " + std::to_string(hold.session));
    REQUIRE(stats.waiters.size() == 1);
    CHECK(stats.waiters.front().session != hold.session);
    CHECK(stats.waiters.front().who == "session " + std::to_string(stats.waiters.front().session));
    CHECK(stats.waiters.front().method == Method::acquire);
    CHECK(stats.waiters.front().waited == 1s);
}

TEST_CASE("a list of objects comes in pages, in the order in which they were made") {
    ManagerTest test;
    Client& client = test.client("ann");
    for (const char* name : {"c", "a", "b"}) open(client, ObjectKind::event, name);
    const ObjectsReply first = listed(client, {"", 0, 2, 0});
    CHECK(names_in(first) == std::vector<std::string>{"c", "a"});
    CHECK(first.more);
    const ObjectsReply rest = listed(client, {"", first.objects.back().object, 2, 0});
    CHECK(names_in(rest) == std::vector<std::string>{"b"});
    CHECK_FALSE(rest.more);
    CHECK(names_in(listed(client, {"a", 0, 9, 0})) == std::vector<std::string>{"a"});
    CHECK(listed(client, {"nobody", 0, 9, 0}).objects.empty());
    CHECK(names_in(listed(client, {"", 0, 0, 0})) == std::vector<std::string>{"c"});
}

TEST_CASE("a page of objects ends when it is long, and always has one") {
    ManagerSettings settings;
    settings.limits.frame_bytes_max = 1;
    ManagerTest test(settings);
    Client& client = test.client("ann");
    for (const char* name : {"a", "b"}) open(client, ObjectKind::event, name);
    const ObjectsReply first = listed(client);
    CHECK(names_in(first) == std::vector<std::string>{"a"});
    CHECK(first.more);
    CHECK_FALSE(listed(client, {"", first.objects.back().object}).more);
}

TEST_CASE("only so many holders and waiters are named, but all are counted") {
    ManagerTest test;
    Client& client = test.client("ann");
    const ObjectHandle lock = open(client, ObjectKind::rw_lock, "l");
    for (int i = 0; i < 3; ++i) call(client, lock, Method::acquire_shared);
    for (int i = 0; i < 4; ++i) call(client, lock, Method::acquire);
    const ObjectStats stats = listed(client, {"l", 0, 1, 2}).objects.at(0);
    CHECK(stats.held == 3);
    CHECK(stats.waiting == 4);
    CHECK(stats.holders.size() == 2);
    CHECK(stats.holders.at(0).shared);
    CHECK(stats.waiters.size() == 2);
    CHECK(listed(client, {"l", 0, 1, 0}).objects.at(0).holders.empty());
}

TEST_CASE("of several calls in one message the one that waits is named") {
    ManagerTest test;
    Client& client = test.client("ann");
    const ObjectHandle event = open(client, ObjectKind::event, "e");
    client.ask(Calls{{{event, Method::state, {}, {}}, {event, Method::wait, {}, {}}}, false});
    CHECK(listed(client).objects.at(0).waiters.at(0).method == Method::wait);
}

TEST_CASE("what a container has is told in entries and bytes, with its version") {
    ObjectWorld dict(ObjectKind::dict);
    dict.call(ann, Method::put, {}, {text("a"), number(1), text("b"), number(2)});
    CHECK(report(dict).version == 1);
    CHECK(report(dict).count == 2);
    CHECK(report(dict).bytes == 4 * 2 + 2 + 2 + 1 + 1);
    ObjectWorld value(ObjectKind::value);
    CHECK(report(value).count == 0);
    value.call(ann, Method::put, {}, {number(7)});
    CHECK(report(value).count == 1);
    CHECK(report(value).version == 1);
    ObjectWorld list(ObjectKind::list);
    list.call(ann, Method::append, {}, {number(7), number(8)});
    CHECK(report(list).count == 2);
    ObjectWorld set(ObjectKind::set);
    set.call(ann, Method::put, {}, {number(7), number(7)});
    CHECK(report(set).count == 1);
}

TEST_CASE("what semaphores, events, barriers and latches count is told") {
    ObjectWorld semaphore(ObjectKind::semaphore, counting(5));
    semaphore.call(ann, Method::acquire, {2});
    semaphore.call(bob, Method::acquire);
    CHECK(report(semaphore).count == 2);
    CHECK(report(semaphore).held == 3);
    REQUIRE(report(semaphore).holders.size() == 2);
    CHECK(report(semaphore).holders.at(0).session == ann);
    CHECK(report(semaphore).holders.at(0).count == 2);
    ObjectWorld event(ObjectKind::event);
    CHECK(report(event).count == 0);
    event.call(ann, Method::set);
    CHECK(report(event).count == 1);
    ObjectWorld barrier(ObjectKind::barrier, counting(3));
    barrier.call(ann, Method::wait);
    CHECK(report(barrier).count == 1);
    ObjectWorld latch(ObjectKind::latch, counting(3));
    latch.call(ann, Method::count_down);
    CHECK(report(latch).count == 2);
}

TEST_CASE("a recursive lock tells how deep it is held, an election its leader") {
    ObjectWorld lock(ObjectKind::recursive_lock);
    CHECK(report(lock).held == 0);
    lock.call(ann, Method::acquire, {1});
    lock.call(ann, Method::acquire, {1});
    CHECK(report(lock).holders.at(0).count == 2);
    CHECK(report(lock).holders.at(0).ends == never);
    ObjectWorld election(ObjectKind::election);
    const auto elected = election.call(bob, Method::acquire, {}, {text("me")});
    election.call(cat, Method::acquire, {}, {text("or me")});
    const Holding leader = report(election).holders.at(0);
    CHECK(leader.session == bob);
    CHECK(static_cast<std::int64_t>(leader.token) == elected.token());
    CHECK(leader.since == election.now.boot);
}

TEST_CASE("whose hold is broken is told so, and nobody else") {
    ManagerTest test;
    Client& ann_client = test.client("ann");
    Client& bob_client = test.client("bob");
    for (const ObjectKind kind : {ObjectKind::lock, ObjectKind::rw_lock}) {
        const ObjectHandle lock = open(ann_client, kind, std::string(objects::to_string(kind)));
        const Call held = call(ann_client, lock, Method::acquire);
        const std::int64_t token = held.as<Results>().results.at(0).numbers.at(0);
        ann_client.forget_inbox();
        bob_client.forget_inbox();
        call(bob_client, lock, Method::break_hold, {token + 1});
        CHECK(ann_client.inbox.empty());
        call(bob_client, lock, Method::break_hold, {token});
        REQUIRE(ann_client.inbox.size() == 1);
        CHECK(ann_client.inbox.front() ==
              Reply{0, Event{Event::hold_broken, static_cast<Token>(token)}});
        for (const Reply& reply : bob_client.inbox) CHECK(reply.id != 0);
    }
}

#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// Sections 2 and 3 of the protocol: HELLO, connections, ids, CANCEL and the limits of a session.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

errc code_in(const ReplyBody& body) {
    const auto* failed = std::get_if<Failed>(&body);
    return failed == nullptr ? errc::ok : failed->code;
}

bool resumed_by(const ReplyBody& body) {
    return std::get<Welcome>(body).resumed;
}

/// The id of the session that the client has.
SessionId id_of(Client& client) {
    return client.next_hello().resume.value();
}

/// A HELLO of somebody who has no session yet.
Hello first_hello(ManagerTest& test) {
    Hello hello;
    hello.fresh = test.new_session_id();
    hello.connection_number = 1;
    return hello;
}

/// Sends on a connection of nobody and returns what came back, if anything did.
std::vector<Outgoing> send_on(ManagerTest& test, ConnectionId on, Request request) {
    test.strays.clear();
    test.machine.apply(on, std::move(request), test.now);
    test.end_turn();
    return test.strays;
}

}  // namespace

// ------------------------------------------------------------------ HELLO

TEST_CASE("a HELLO that is refused leaves the session on its connection as it was") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs);
    Hello hello = ann.next_hello();
    hello.version_min = hello.version_max = 2;
    CHECK(code_in(ann.say_hello(hello, ann.connection())) == errc::version_mismatch);
    ann.put(jobs, {"a"});
    CHECK(get.items() == Texts{"a"});
    CHECK(manager_stats(test).sessions == 1);
}

TEST_CASE("a client that speaks newer versions as well is welcomed with the greatest in common") {
    ManagerTest test;
    Hello hello = first_hello(test);
    hello.version_max = 9;
    hello.features_optional = unlimited;
    const auto out = send_on(test, 50, {7, 0, {}, {}, hello});
    REQUIRE(out.size() == 1);
    CHECK(out[0].reply.id == 7);
    CHECK(std::get<Welcome>(out[0].reply.body).version == 1);
    CHECK(std::get<Welcome>(out[0].reply.body).features == 0);
}

TEST_CASE("a HELLO whose last version is before its first has none in common") {
    ManagerTest test;
    Hello hello = first_hello(test);
    hello.version_min = 1;
    hello.version_max = 0;
    const auto out = send_on(test, 50, {0, 0, {}, {}, hello});
    REQUIRE(out.size() == 1);
    CHECK(code_in(out[0].reply.body) == errc::version_mismatch);
    CHECK(manager_stats(test).sessions == 0);
}

TEST_CASE("whoever goes on with a session needs no free id for a new one") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.fresh = id_of(test.client("bob"));
    CHECK(resumed_by(ann.say_hello(hello, test.new_connection())));
    CHECK(manager_stats(test).sessions == 2);
}

TEST_CASE("whoever resumes a session that is not known begins the fresh one, and can resume that") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.resume = test.new_session_id();
    CHECK_FALSE(resumed_by(ann.say_hello(hello, test.new_connection())));
    CHECK(id_of(ann) == hello.fresh);
    CHECK(resumed_by(ann.connect()));
    CHECK(manager_stats(test).sessions == 2);
}

TEST_CASE("a manager that is full of sessions goes on with those that it has") {
    ManagerSettings settings;
    settings.sessions_max = 1;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    ann.hang_up();
    CHECK(resumed_by(ann.connect()));
    const auto out = send_on(test, 50, {0, 0, {}, {}, first_hello(test)});
    REQUIRE(out.size() == 1);
    CHECK(code_in(out[0].reply.body) == errc::limit_exceeded);
}

TEST_CASE("a session may begin with any connection number, and only greater ones go on with it") {
    ManagerTest test;
    Hello hello = first_hello(test);
    hello.connection_number = 1'000'000;
    CHECK(send_on(test, 50, {0, 0, {}, {}, hello}).size() == 1);
    hello.resume = hello.fresh;
    hello.fresh = test.new_session_id();
    CHECK(send_on(test, 51, {0, 0, {}, {}, hello}).empty());
    hello.connection_number = 999'999;
    CHECK(send_on(test, 52, {0, 0, {}, {}, hello}).empty());
    CHECK(manager_stats(test).frames_dropped == 2);
    hello.connection_number = 2'000'000;
    const auto out = send_on(test, 53, {0, 0, {}, {}, hello});
    REQUIRE(out.size() == 1);
    CHECK(std::get<Welcome>(out[0].reply.body).resumed);
    CHECK(std::get<Welcome>(out[0].reply.body).connection_number == 2'000'000);
}

TEST_CASE("a HELLO that is ignored does not make its connection welcome") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello late = ann.next_hello();
    ann.come_back();
    CHECK(send_on(test, 50, {0, 0, {}, {}, late}).empty());
    const auto out = send_on(test, 50, {3, 0, {}, {}, Open{"jobs", {}, true}});
    REQUIRE(out.size() == 1);
    CHECK(out[0].reply.id == 0);
    CHECK(code_in(out[0].reply.body) == errc::not_welcomed);
    CHECK(manager_stats(test).queues == 0);
}

TEST_CASE("a session that its client left for another can be resumed on another connection") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    const Call got = ann.get(jobs);
    const SessionId left = id_of(ann);
    Hello hello = ann.next_hello();
    hello.resume.reset();
    CHECK_FALSE(resumed_by(ann.say_hello(hello, ann.connection())));
    CHECK(ann.ack(jobs, got.tokens()).refused() == "1");
    hello = ann.next_hello();
    hello.resume = left;
    CHECK(resumed_by(ann.say_hello(hello, test.new_connection())));
    CHECK(ann.ask(Settle{Verb::ack, jobs, {got.tokens()}}).refused().empty());
}

TEST_CASE("a session that its client left on the same connection dies at its limit") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.resume.reset();
    ann.say_hello(hello, ann.connection());
    test.pass(9999ms);
    CHECK(manager_stats(test).sessions == 2);
    test.pass(1ms);
    CHECK(manager_stats(test).sessions == 1);
    CHECK(manager_stats(test).sessions_lost == 1);
}

// ------------------------------------------------------------------ alive

TEST_CASE("frames of an earlier connection are no sign of life") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ConnectionId old = ann.connection();
    ann.come_back();
    ann.freeze();
    for (int i = 0; i < 3; ++i) {
        test.pass(3s);
        test.machine.apply(old, {0, 0, {}, {}, Heartbeat{}}, test.now);
    }
    CHECK(manager_stats(test).sessions == 1);
    test.pass(1s);
    CHECK(manager_stats(test).sessions == 0);
    CHECK(manager_stats(test).frames_dropped == 3);
}

TEST_CASE("the end of an earlier connection does not touch the current one") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const ConnectionId old = ann.connection();
    ann.come_back();
    const Call get = ann.get(jobs);
    test.machine.disconnected(old, test.now);
    bob.put(jobs, {"a"});
    CHECK(get.items() == Texts{"a"});
}

TEST_CASE("a client that comes back in the last moment has its whole limit again") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.freeze();
    ann.hang_up();
    test.pass(9999ms);
    ann.come_back();
    test.pass(9999ms);
    CHECK(manager_stats(test).sessions == 1);
    test.pass(1ms);
    CHECK(manager_stats(test).sessions == 0);
}

TEST_CASE("a session that died cannot be resumed, its id is free for a new one") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const SessionId id = id_of(ann);
    ann.freeze();
    test.pass(10s);
    Hello hello = first_hello(test);
    hello.resume = id;
    hello.fresh = id;
    hello.connection_number = 0;
    const auto out = send_on(test, 50, {0, 0, {}, {}, hello});
    REQUIRE(out.size() == 1);
    CHECK_FALSE(std::get<Welcome>(out[0].reply.body).resumed);
}

// ------------------------------------------------------------------ GOODBYE

TEST_CASE("what waits when a client says GOODBYE ends without an answer") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    bob.put(jobs, {"1"});
    const Call put = ann.put(jobs, {"2"});
    const Call join = ann.join(jobs);
    const Call commit = ann.ask(Commit{{}, {{jobs, {}, run_of({"3"})}}});
    const Call bye = ann.ask(Goodbye{});
    CHECK(bye.as<Done>().count == 0);
    CHECK(bob.drain(jobs) == Texts{"1"});
    CHECK_FALSE(put.answered());
    CHECK_FALSE(join.answered());
    CHECK_FALSE(commit.answered());
    CHECK(bob.stats(jobs).waiting_puts == 0);
}

TEST_CASE("held items of a client that says GOODBYE go back uncounted") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    bob.put(jobs, {"1", "2"});
    ann.credit(jobs, 2);
    ann.ask(Goodbye{});
    const Call get = bob.get(jobs, no_wait, 2);
    CHECK(get.items() == Texts{"1", "2"});
    CHECK(get.deliveries() == 1);
}

TEST_CASE("a session that ended by GOODBYE cannot be resumed") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.ask(Goodbye{});
    CHECK_FALSE(resumed_by(ann.connect()));
    CHECK(manager_stats(test).sessions == 1);
    CHECK(manager_stats(test).sessions_lost == 0);
}

// ------------------------------------------------------------------ ids and answers

TEST_CASE("a request that waits and is sent again ends when it would have, not later") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs, 5s);
    test.pass(3s);
    ann.hang_up();
    ann.come_back();
    ann.again(get);
    test.pass(1999ms);
    CHECK_FALSE(get.answered());
    test.pass(1ms);
    CHECK(get.code() == errc::empty);
    CHECK(get.answers() == 1);
}

TEST_CASE("a refusal is remembered as any answer is") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const Call open = ann.try_open("later", {}, false);
    CHECK(open.code() == errc::stale_reference);
    test.client("bob").open("later");
    ann.again(open);
    CHECK(open.answers() == 2);
    CHECK(open.code() == errc::stale_reference);
    CHECK(ann.try_open("later", {}, false).code() == errc::ok);
}

TEST_CASE("ids need not be without gaps, nor come in their order") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call high{&ann, {1000, 0, forever, {}, Purge{jobs, true}}};
    const Call low{&ann, {500, 0, forever, {}, Join{jobs}}};
    ann.again(high);
    ann.again(low);
    CHECK(high.code() == errc::ok);
    CHECK(low.code() == errc::ok);
}

TEST_CASE("the ids of one session say nothing about those of another") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call hers{&ann, {77, 0, forever, {}, Get{{jobs}, 1, {}}}};
    const Call his{&bob, {77, 0, forever, {}, Get{{jobs}, 1, {}}}};
    ann.again(hers);
    bob.again(his);
    ann.cancel(hers);
    CHECK(hers.code() == errc::cancelled);
    CHECK_FALSE(his.answered());
    ann.put(jobs, {"a"});
    CHECK(his.items() == Texts{"a"});
}

// ------------------------------------------------------------------ CANCEL

TEST_CASE("a CANCEL that comes twice is answered once, by what it cancels") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs);
    ann.cancel(get);
    ann.cancel(get);
    CHECK(get.answers() == 1);
    CHECK(get.code() == errc::cancelled);
}

TEST_CASE("a request that was cancelled says so again when it is sent again") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs);
    ann.cut();
    ann.cancel(get);
    ann.come_back();
    ann.put(jobs, {"a"});
    ann.again(get);
    CHECK(get.code() == errc::cancelled);
    CHECK(ann.stats(jobs).ready == 1);
}

TEST_CASE("a CANCEL of what its client has confirmed is ignored") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call purge = ann.ask(Purge{jobs, true});
    ann.done_below = purge.id() + 1;
    ann.cancel(purge);
    CHECK(purge.answers() == 1);
    CHECK(purge.code() == errc::ok);
}

TEST_CASE("a CANCEL that races with the put that serves its get finds it served") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs);
    ann.cut();  // the answer is on its way
    bob.put(jobs, {"a"});
    ann.cancel(get);
    ann.come_back();
    ann.again(get);
    CHECK(get.answers() == 1);
    CHECK(get.items() == Texts{"a"});
    CHECK(ann.ack(jobs, get.tokens()).refused().empty());
}

TEST_CASE("a commit that is cancelled in front of others lets them in") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(2));
    bob.put(jobs, {"1"});
    const Call commit = ann.ask(Commit{{}, {{jobs, {}, run_of({"a", "b"})}}});
    bob.put(jobs, {"2"});
    CHECK(bob.fate(jobs) == "1 ok");
    ann.cancel(commit);
    CHECK(commit.code() == errc::cancelled);
    CHECK(bob.fate(jobs) == "1-2 ok");
}

TEST_CASE("whatever a session may have waiting is free again when it ends waiting") {
    Limits limits;
    limits.session_bytes_max = 6000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"in the way"});
    for (int round = 0; round < 5; ++round) {
        const Call commit = ann.ask(Commit{{}, {{jobs, {}, run_of({std::string(4000, 'x')})}}}, 1s);
        CHECK_FALSE(commit.answered());
        if (round % 2 == 0) {
            ann.cancel(commit);
        } else {
            test.pass(1s);
        }
        CHECK(commit.code() == (round % 2 == 0 ? errc::cancelled : errc::full));
        ann.done_below = commit.id() + 1;
    }
}

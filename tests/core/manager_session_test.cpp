#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

errc code_of(const ReplyBody& body) {
    const auto* failed = std::get_if<Failed>(&body);
    return failed == nullptr ? errc::ok : failed->code;
}

}  // namespace

TEST_CASE("HELLO is answered with what a client must know of its manager") {
    ManagerSettings settings;
    settings.id[0] = 7;
    settings.epoch = 3;
    settings.limits.session_limit = 5s;
    ManagerTest test(settings);
    const auto welcome = std::get<Welcome>(test.client("ann").inbox.at(0).body);
    CHECK(welcome.manager == settings.id);
    CHECK(welcome.epoch == 3);
    CHECK(welcome.limits == settings.limits);
    CHECK(welcome.version == 1);
    CHECK(welcome.connection_number == 1);
    CHECK_FALSE(welcome.resumed);
}

TEST_CASE("a client that comes back on a new connection finds its session and its leases") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    const Call got = ann.get(jobs);
    ann.hang_up();
    ann.come_back();
    CHECK(ann.ack(jobs, got.tokens()).refused().empty());
}

TEST_CASE("a client that is not known any more gets a new session, and is told so") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.freeze();
    test.pass(11s);
    ann.connect();
    CHECK_FALSE(ann.resumed());
    CHECK(test.machine.report(test.now).manager.sessions == 1);
}

TEST_CASE("whoever has not said HELLO is not welcomed, whatever it sends") {
    ManagerTest test;
    test.machine.apply(77, {5, 0, {}, {}, Open{"jobs", {}, true}}, test.now);
    test.machine.apply(77, {6, 0, {}, {}, UnknownRequest{99}}, test.now);
    test.end_turn();
    REQUIRE(test.strays.size() == 2);
    for (const Outgoing& out : test.strays) {
        CHECK(out.to == 77);
        CHECK(out.reply.id == 0);
        CHECK(code_of(out.reply.body) == errc::not_welcomed);
    }
    CHECK(test.machine.report(test.now).queues.empty());
}

TEST_CASE("HELLO without a version in common is refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.version_min = 2;
    hello.version_max = 9;
    CHECK(code_of(ann.say_hello(hello, test.new_connection())) == errc::version_mismatch);
    hello.version_min = 9;
    hello.version_max = 0;
    CHECK(code_of(ann.say_hello(hello, test.new_connection())) == errc::version_mismatch);
}

TEST_CASE("HELLO with a required feature that nobody has is refused, an optional one is not") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.features_required = 4;
    CHECK(code_of(ann.say_hello(hello, test.new_connection())) == errc::unsupported);
    hello.features_required = 0;
    hello.features_optional = 4;
    const ReplyBody& answer = ann.say_hello(hello, test.new_connection());
    CHECK(std::get<Welcome>(answer).features == 0);
}

TEST_CASE("HELLO in a role that this version does not know is refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.role = 2;
    CHECK(code_of(ann.say_hello(hello, test.new_connection())) == errc::unsupported);
}

TEST_CASE("sessions beyond sessions_max are refused, and welcome when another has ended") {
    ManagerSettings settings;
    settings.sessions_max = 1;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.resume.reset();
    hello.fresh = test.new_session_id();
    test.machine.apply(99, {0, 0, {}, {}, hello}, test.now);
    test.end_turn();
    CHECK(code_of(test.strays.at(0).reply.body) == errc::limit_exceeded);
    ann.ask(Goodbye{});
    test.machine.apply(99, {0, 0, {}, {}, hello}, test.now);
    test.end_turn();
    CHECK(std::holds_alternative<Welcome>(test.strays.at(1).reply.body));
}

TEST_CASE("a new session cannot take the id of a living one") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    hello.fresh = *hello.resume;
    hello.resume.reset();
    CHECK(code_of(ann.say_hello(hello, test.new_connection())) == errc::protocol);
    CHECK(test.machine.report(test.now).manager.sessions == 1);
}

TEST_CASE("what a superseded connection sends is dropped and counted") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ConnectionId old = ann.connection();
    ann.come_back();
    test.machine.apply(old, {1, 0, {}, {}, Open{"late", {}, true}}, test.now);
    test.end_turn();
    CHECK(test.strays.empty());
    CHECK(test.machine.report(test.now).queues.empty());
    CHECK(test.machine.report(test.now).manager.frames_dropped == 1);
}

TEST_CASE("a HELLO that was overtaken by a newer one is ignored") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello late = ann.next_hello();
    ann.come_back();
    const ConnectionId current = ann.connection();
    test.machine.apply(test.new_connection(), {0, 0, {}, {}, late}, test.now);
    test.end_turn();
    CHECK(test.strays.empty());
    CHECK(ann.connection() == current);
    CHECK(ann.try_open("jobs").code() == errc::ok);
}

TEST_CASE("a second HELLO on the same connection begins anew if its number is greater") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Hello hello = ann.next_hello();
    CHECK(std::get<Welcome>(ann.say_hello(hello, ann.connection())).resumed);
    hello.resume.reset();
    hello.fresh = test.new_session_id();
    hello.connection_number += 1;
    CHECK_FALSE(std::get<Welcome>(ann.say_hello(hello, ann.connection())).resumed);
    CHECK(test.machine.report(test.now).manager.sessions == 2);
    test.machine.apply(ann.connection(), {0, 0, {}, {}, hello}, test.now);
    test.end_turn();
    CHECK(test.machine.report(test.now).manager.frames_dropped == 1);
}

TEST_CASE("a session lives as long as something comes from it within its limit") {
    ManagerTest test;
    test.client("ann");
    test.pass(10min);
    CHECK(test.machine.report(test.now).manager.sessions == 1);
    CHECK(test.machine.report(test.now).manager.sessions_lost == 0);
}

TEST_CASE("a silent session dies at its limit and not before") {
    ManagerTest test;
    test.client("ann").freeze();
    test.pass(9999ms);
    CHECK(test.machine.report(test.now).manager.sessions == 1);
    test.pass(1ms);
    CHECK(test.machine.report(test.now).manager.sessions == 0);
    CHECK(test.machine.report(test.now).manager.sessions_lost == 1);
}

TEST_CASE("any message keeps a session, not only heartbeats") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.freeze();
    for (int i = 0; i < 5; ++i) {
        test.pass(8s);
        ann.get(jobs, no_wait);
    }
    CHECK(test.machine.report(test.now).manager.sessions == 1);
}

TEST_CASE("a lost connection alone ends nothing") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    ann.hang_up();
    test.pass(9s);
    CHECK(bob.get(jobs, no_wait).code() == errc::empty);
    CHECK(test.machine.report(test.now).manager.sessions == 2);
}

TEST_CASE("the leases of a dead session go to those who wait, counted as delivered") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    const Call waiting = bob.get(jobs);
    ann.freeze();
    test.pass(10s);
    CHECK(waiting.items() == Texts{"a"});
    CHECK(waiting.deliveries() == 2);
}

TEST_CASE("a dead session's waiting get takes nothing") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.get(jobs);
    ann.freeze();
    test.pass(10s);
    bob.put(jobs, {"a"});
    CHECK(bob.drain(jobs) == Texts{"a"});
    CHECK(bob.stats(jobs).waiting_gets == 0);
}

TEST_CASE("a dead producer's waiting puts are dropped, and those behind them enter") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    bob.put(jobs, {"first"});
    ann.put(jobs, {"ghost"});
    bob.put(jobs, {"second"});
    ann.freeze();
    test.pass(10s);
    CHECK(bob.drain(jobs) == Texts{"first", "second"});
}

TEST_CASE("a dead session's waiting commit is gone, and its leases are back") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle in = ann.open("in");
    const QueueHandle out = ann.open("out", with_capacity(1));
    bob.put(in, {"job"});
    bob.put(out, {"full"});
    const Call job = ann.get(in);
    const Call commit = ann.ack_and_put(in, job.tokens(), out, {"result"});
    CHECK_FALSE(commit.answered());
    ann.freeze();
    test.pass(10s);
    CHECK(bob.drain(out) == Texts{"full"});
    CHECK(bob.drain(in) == Texts{"job"});
    CHECK(bob.drain(out).empty());
}

TEST_CASE("a dead session's join and stream are gone") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    bob.put(jobs, {"1"});
    ann.credit(jobs, 1);
    ann.join(jobs);
    ann.freeze();
    test.pass(10s);
    bob.put(jobs, {"2"});
    CHECK(bob.drain(jobs) == Texts{"1", "2"});
}

TEST_CASE("after its death a session's connection is not welcomed any more") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.freeze();
    test.pass(10s);
    ann.ask(Open{"jobs", {}, true});
    CHECK(ann.last_reply()->id == 0);
    CHECK(code_of(ann.last_reply()->body) == errc::not_welcomed);
}

TEST_CASE("GOODBYE ends a session at once and its leases return") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    const Call waiting = bob.get(jobs);
    const Call bye = ann.ask(Goodbye{});
    CHECK(bye.code() == errc::ok);
    CHECK(waiting.items() == Texts{"a"});
    CHECK(bob.stats(jobs).releases == 1);
    CHECK(bob.stats(jobs).lapses == 0);
    CHECK(test.machine.report(test.now).manager.sessions_lost == 0);
    ann.ask(Heartbeat{});
    CHECK(code_of(ann.last_reply()->body) == errc::not_welcomed);
}

TEST_CASE("positions of an ended session are forgotten: the next one begins at 1") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a", "b"});
    ann.ask(Goodbye{});
    ann.connect();
    ann.next_position[jobs] = 1;
    ann.put(jobs, {"c"});
    CHECK(ann.drain(jobs) == Texts{"a", "b", "c"});
}

TEST_CASE("nothing is handed out to a client whose connection is gone, and its place is kept") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call first = ann.get(jobs);
    const Call second = bob.get(jobs);
    ann.hang_up();
    bob.put(jobs, {"1"});
    CHECK(second.items() == Texts{"1"});
    const Call third = bob.get(jobs);
    ann.come_back();
    bob.put(jobs, {"2"});
    CHECK(first.items() == Texts{"2"});
    CHECK_FALSE(third.answered());
}

TEST_CASE("a client that comes back is served with what came meanwhile") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call waiting = ann.get(jobs);
    ann.hang_up();
    bob.put(jobs, {"1"});
    CHECK_FALSE(waiting.answered());
    ann.come_back();
    CHECK(waiting.items() == Texts{"1"});
}

TEST_CASE("a message that could not be read is answered and counted") {
    ManagerTest test;
    Client& ann = test.client("ann");
    test.machine.malformed(ann.connection(), 12, errc::protocol, "cut short");
    test.machine.malformed(0, 0, errc::protocol, "from nobody");
    test.end_turn();
    CHECK(ann.last_reply()->id == 12);
    CHECK(code_of(ann.last_reply()->body) == errc::protocol);
    CHECK(test.strays.empty());
    CHECK(test.machine.report(test.now).manager.frames_dropped == 2);
}

TEST_CASE("a heartbeat is answered at once, with its id") {
    ManagerTest test;
    Client& ann = test.client("ann");
    test.machine.apply(ann.connection(), {42, 0, {}, {}, Heartbeat{}}, test.now);
    test.machine.committed(test.machine.end_turn());
    const std::vector<Outgoing> out = test.machine.take_outgoing();
    REQUIRE(out.size() == 1);
    CHECK(out[0].reply == Reply{42, Alive{}});
}

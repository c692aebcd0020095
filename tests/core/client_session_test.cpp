#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE("A lost session ends what was sent in it, each call in its own way") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Commit commit;
    commit.acks = {{jobs, {{7, 7}}}};
    const CallId put = test.put(jobs, {"a", "b"});
    const Request sent = test.next<Put>();
    test.answer(sent, PutDone{101, {outcome_of(1, 1)}});
    const CallId committed = test.call(commit);
    const CallId ack = test.ack(jobs, 5);
    const CallId get = test.get(jobs);
    const CallId join = test.call(Join{jobs});
    const CallId close = test.call(Close{jobs, false});
    const CallId ask = test.call(Heartbeat{});
    REQUIRE_FALSE(test.silent());

    errc lost = errc::session_lost;
    SECTION("because the client was silent for too long") {}
    SECTION("because the manager began anew") {
        test.manager = ManagerId{2};
        lost = errc::manager_restarted;
    }
    test.meet_again(false);
    CHECK(test.code(put) == errc::outcome_unknown);
    CHECK(test.outcomes(put) == "1 ok");
    CHECK(test.code(committed) == errc::outcome_unknown);
    for (const CallId call : {ack, get, join, close, ask}) CHECK(test.code(call) == lost);
    CHECK(test.silent());
    CHECK(test.client.session_generation() == 1);
    CHECK(test.client.pending() == 0);
}

TEST_CASE("Calls that were never sent go on in the next session, but for those on leases") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"z"});
    test.take(test.next<Put>());
    test.link_down();
    const CallId put = test.put(jobs, {"a"});
    const CallId get = test.get(jobs);
    const CallId ack = test.ack(jobs, 5);
    const CallId gone = test.ack(jobs, 6, detached());
    test.meet_again(false);
    CHECK(test.code(ack) == errc::session_lost);
    CHECK_FALSE(test.has_ended(gone));
    CHECK(test.client.refused_detached() == 1);

    const Request open = test.next<Open>();
    CHECK(body_of<Open>(open).name == "jobs");
    CHECK(test.silent());
    test.answer(open, Opened{500, {}});
    const Request again = test.next<Put>();
    CHECK(body_of<Put>(again).queue == 500);
    CHECK(body_of<Put>(again).first == 1);
    CHECK(body_of<Put>(again).lowest_unconfirmed == 1);
    test.take(again);
    test.deliver(test.next<Get>(), 500, 5, {"b"});
    CHECK(test.code(put) == errc::ok);
    CHECK(test.code(get) == errc::ok);
}

TEST_CASE("An answer belongs to the session it came in, although that is lost before it is taken") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId get = test.get(jobs);
    const Request sent = test.next<Get>();
    // As to a process that was stopped: all of it comes at once.
    test.deliver(sent, 101, 5, {"a"});
    test.link_down();
    test.link_up();
    const std::vector<Request> out = test.client.take_outbox();
    REQUIRE(out.size() == 1);
    test.welcome(out.front(), false);
    REQUIRE(test.client.session_generation() == 1);

    const std::vector<Completion> ended = test.client.take_completions();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].call == get);
    CHECK(ended[0].outcome.code == errc::ok);
    CHECK(ended[0].session_generation == 0);
}

TEST_CASE("A lost session takes detached acknowledgements with it, and they are counted") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.ack(jobs, 5, detached());
    test.next<Settle>();
    test.meet_again(false);
    CHECK(test.client.refused_detached() == 1);
    CHECK(test.client.pending() == 0);
}

TEST_CASE("Nothing of a lost session is given back in the next one") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.get(jobs, test.within(1s));
    const Request get = test.next<Get>();
    test.pass(2s);
    test.meet_again(false);
    test.deliver(get, 101, 5, {"a"});
    CHECK(test.silent());
}

TEST_CASE("Answers of a lost session mean nothing in the next one") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"});
    const Request old = test.next<Put>();
    test.meet_again(false);
    const CallId call = test.put(jobs, {"b"});
    test.answer(test.next<Open>(), Opened{101, {}});  // as the old one, from a new manager
    const Request put = test.next<Put>();
    CHECK(body_of<Put>(put).first == body_of<Put>(old).first);
    test.take(old);
    CHECK_FALSE(test.has_ended(call));
    test.fail(old, errc::closed);
    CHECK_FALSE(test.has_ended(call));
    test.take(put);
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("A queue that was being opened by a call is opened in the next session instead") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    const CallId opening = test.call(Open{"jobs", {}, true});
    const CallId put = test.put(jobs, {"a"});
    test.next<Open>();
    test.meet_again(false);
    test.open_next();
    CHECK(test.code(opening) == errc::ok);
    test.take(test.next<Put>());
    CHECK(test.code(put) == errc::ok);
}

TEST_CASE("A queue's settings are not known before it is open in the new session") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    REQUIRE(test.client.in_force(jobs) != nullptr);
    test.meet_again(false);
    CHECK(test.client.in_force(jobs) == nullptr);
}

TEST_CASE("A call that was asked about ends with its session") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId put = test.put(jobs, {"a"}, test.within(1s));
    test.next<Put>();
    test.pass(1s);
    test.meet_again(false);
    CHECK(test.code(put) == errc::outcome_unknown);
    test.pass(1min);
    CHECK(test.code(put) == errc::outcome_unknown);
}

TEST_CASE("The session is surely alive for its limit, counted from what was answered") {
    ClientTest test;
    test.answers_heartbeats = false;
    CHECK_FALSE(test.client.surely_alive(test.now()));
    test.link_up();
    const Request hello = test.next<Hello>();
    test.pass(2s);
    CHECK_FALSE(test.client.surely_alive(test.now()));
    test.welcome(hello, false);
    CHECK(test.client.surely_alive(test.now()));
    test.pass(7999ms);
    CHECK(test.client.surely_alive(test.now()));
    test.pass(1ms);
    CHECK_FALSE(test.client.surely_alive(test.now()));  // 10 s after HELLO
}

TEST_CASE("Any answer tells that the session lived when its request was sent") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.pass(5s);
    const CallId call = test.get(jobs);
    const Request get = test.next<Get>();
    test.pass(9s);
    CHECK_FALSE(test.client.surely_alive(test.now()));
    test.deliver(get, 101, 5, {"a"});
    REQUIRE(test.code(call) == errc::ok);
    CHECK(test.client.surely_alive(test.now()));
    test.pass(1s);
    CHECK_FALSE(test.client.surely_alive(test.now()));
}

TEST_CASE("An answer to what was sent again tells of the first time only") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"});
    test.next<Put>();
    test.pass(3s);
    test.link_down();
    test.link_up();
    const Request hello = test.next<Hello>();  // 3 s
    test.pass(2s);
    test.welcome(hello, true);
    test.take(test.next<Put>());  // 5 s
    test.pass(7999ms);
    CHECK(test.client.surely_alive(test.now()));
    test.pass(1ms);
    CHECK_FALSE(test.client.surely_alive(test.now()));
}

TEST_CASE("A caller in doubt asks with a heartbeat of its own") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    test.pass(20s);
    CHECK_FALSE(test.client.surely_alive(test.now()));
    const CallId call = test.call(Heartbeat{});
    const Request ask = test.next<Heartbeat>();
    CHECK(ask.id != 0);
    test.answer(ask, Alive{});
    CHECK(test.code(call) == errc::ok);
    CHECK(test.client.surely_alive(test.now()));
}

// ------------------------------------------------------------------ heartbeats

TEST_CASE("A silent client sends a heartbeat in each interval") {
    ClientTest test;
    test.meet();
    test.pass(10s);
    CHECK(test.heartbeats == 10);
    CHECK(test.client.surely_alive(test.now()));
}

TEST_CASE("A client that says something else sends none") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    for (int i = 0; i < 10; ++i) {
        test.pass(900ms);
        test.ack(jobs, 5);
        test.answer(test.next<Settle>(), Settled{});
    }
    CHECK(test.heartbeats == 0);
}

TEST_CASE("Calls that wait long do not keep the client from asking whether it lives") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    for (int i = 0; i < 20; ++i) {
        test.pass(900ms);
        test.get(jobs);
        test.next<Get>();
    }
    CHECK(test.heartbeats >= 8);
    CHECK(test.client.surely_alive(test.now()));
}

TEST_CASE("One heartbeat is under way at a time") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    test.pass(1min);
    CHECK(test.heartbeats == 1);
    test.tell(0, Alive{});
    test.pass(1s);
    CHECK(test.heartbeats == 2);
}

TEST_CASE("The manager sets the interval of heartbeats") {
    ClientTest test;
    test.limits.heartbeat = 100ms;
    test.limits.session_limit = 300ms;
    test.meet();
    test.pass(1s);
    CHECK(test.heartbeats == 10);
    CHECK(test.client.surely_alive(test.now()));
}

TEST_CASE("No heartbeat is sent without a welcome") {
    ClientTest test;
    test.pass(5s);
    test.link_up();
    test.next<Hello>();
    test.pass(5s);
    CHECK(test.heartbeats == 0);
    CHECK(test.silent());
    test.link_down();
    test.meet();
    test.link_down();
    test.pass(5s);
    CHECK(test.heartbeats == 0);
}

TEST_CASE("A client with nothing to do wants to be woken for heartbeats only") {
    ClientTest test;
    CHECK(test.client.next_deadline() == never);
    test.meet();
    CHECK(test.client.next_deadline() == test.clock + 1s);
    test.link_down();
    CHECK(test.client.next_deadline() == never);
}

}  // namespace handoff::core::test

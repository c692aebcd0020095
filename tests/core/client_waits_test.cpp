#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

// ------------------------------------------------------------------ deadlines

TEST_CASE("The manager is told how long a call may wait, and ends the wait by itself") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs, test.within(1500ms));
    const Request get = test.next<Get>();
    CHECK(get.remaining == 1500ms);
    test.pass(1400ms);
    test.fail(get, errc::empty);
    CHECK(test.code(call) == errc::empty);
    test.pass(1s);
    CHECK(test.silent());
}

TEST_CASE("What is left of a wait is rounded up, and never becomes a try") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Wait wait;
    wait.until = test.clock + 1us;
    test.get(jobs, wait);
    CHECK(test.next<Get>().remaining == 1ms);
}

TEST_CASE("A deadline covers the time before the call is sent") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    test.get(jobs, test.within(1s));
    const Request open = test.next<Open>();
    test.pass(300ms);
    test.answer(open, Opened{101, {}});
    CHECK(test.next<Get>().remaining == 700ms);
}

TEST_CASE("A call past its deadline that was never sent is surely not done") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    const CallId put = test.put(jobs, {"a"}, test.within(1s));
    const CallId get = test.get(jobs, test.within(1s));
    const CallId join = test.call(Join{jobs}, test.within(1s));
    const CallId ack = test.ack(jobs, 5, test.within(1s));
    test.pass(999ms);
    CHECK_FALSE(test.has_ended(put));
    test.pass(1ms);
    CHECK(test.code(put) == errc::full);
    CHECK(test.code(get) == errc::empty);
    CHECK(test.code(join) == errc::unreachable);
    CHECK(test.code(ack) == errc::unreachable);
    CHECK(test.text(join).find("no answer") != std::string::npos);
    test.meet();
    CHECK(test.silent());
}

TEST_CASE("A get past its deadline is asked about once") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs, test.within(1s));
    const Request get = test.next<Get>();
    test.pass(1s);
    CHECK_FALSE(test.has_ended(call));
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == get.id);

    SECTION("and is empty if the manager withdrew it") {
        test.fail(get, errc::cancelled);
        CHECK(test.code(call) == errc::empty);
    }
    SECTION("and has its items if they came first") {
        test.deliver(get, 101, 5, {"a"});
        CHECK(test.code(call) == errc::ok);
    }
    SECTION("and is empty if no answer comes at all") {
        test.pass(499ms);
        CHECK_FALSE(test.has_ended(call));
        test.pass(1ms);
        CHECK(test.code(call) == errc::empty);
    }
    CHECK(test.silent());
}

TEST_CASE("A put past its deadline is taken back") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"z"});
    const Request first = test.next<Put>();
    const CallId call = test.put(jobs, {"a", "b", "c"}, test.within(1s));
    const Request put = test.next<Put>();
    test.pass(1s);
    const Request withdraw = test.next<Withdraw>();
    CHECK(body_of<Withdraw>(withdraw).queue == 101);
    CHECK(body_of<Withdraw>(withdraw).positions == Range{2, 4});

    SECTION("wholly") {
        test.answer(withdraw, PutDone{101, {outcome_of(2, 4, errc::cancelled)}});
        CHECK(test.code(call) == errc::full);
    }
    SECTION("or in part") {
        test.answer(withdraw, PutDone{101, {outcome_of(2, 2), outcome_of(3, 4, errc::cancelled)}});
        CHECK(test.code(call) == errc::full);
        CHECK(test.outcomes(call) == "1 ok, 2-3 cancelled");
    }
    SECTION("and never came, as the answer says nothing of it") {
        test.answer(withdraw, PutDone{101, {}});
        CHECK(test.code(call) == errc::full);
    }
    SECTION("or not, as it was done") {
        test.answer(withdraw, PutDone{101, {outcome_of(2, 4)}});
        CHECK(test.code(call) == errc::ok);
    }
    SECTION("or nobody knows") {
        test.answer(put, PutDone{101, {outcome_of(2, 2)}});
        test.pass(500ms);
        CHECK(test.code(call) == errc::outcome_unknown);
        CHECK(test.outcomes(call) == "1 ok");
    }
    CHECK(test.silent());
}

TEST_CASE("What nobody knows of after its deadline depends on what it would have changed") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Commit commit;
    commit.acks = {{jobs, {{7, 7}}}};
    const CallId committed = test.call(commit, test.within(1s));
    const CallId acked = test.ack(jobs, 5, test.within(1s));
    const CallId closed = test.call(Close{jobs, false}, test.within(1s));
    const CallId peeked = test.call(Peek{jobs, ItemState::ready, 1}, test.within(1s));
    const CallId joined = test.call(Join{jobs}, test.within(1s));
    test.pass(2s);
    CHECK(test.code(committed) == errc::outcome_unknown);
    CHECK(test.code(acked) == errc::outcome_unknown);
    CHECK(test.code(closed) == errc::outcome_unknown);
    CHECK(test.code(peeked) == errc::unreachable);
    CHECK(test.code(joined) == errc::unreachable);
}

TEST_CASE("A join that ends in time says that not everything was done") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.call(Join{jobs}, test.within(1s));
    const Request join = test.next<Join>();
    CHECK(join.remaining == 1s);
    test.pass(1s);
    test.next<Cancel>();
    test.fail(join, errc::cancelled);
    CHECK(test.code(call) == errc::empty);
}

// ------------------------------------------------------------------ cancel

TEST_CASE("A call that is cancelled before it was sent is not done") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    const CallId put = test.put(jobs, {"a"});
    test.cancel(put);
    CHECK(test.code(put) == errc::cancelled);
    test.meet();
    CHECK(test.silent());
}

TEST_CASE("A get that is cancelled") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    const Request get = test.next<Get>();
    test.pass(1min);
    test.cancel(call);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == get.id);

    SECTION("ends when the manager has withdrawn it") {
        test.fail(get, errc::cancelled);
        CHECK(test.code(call) == errc::cancelled);
    }
    SECTION("has its items if they were on their way") {
        test.deliver(get, 101, 5, {"a"});
        CHECK(test.code(call) == errc::ok);
    }
    SECTION("ends without an answer as well") {
        test.pass(500ms);
        CHECK(test.code(call) == errc::cancelled);
    }
    SECTION("is not asked about twice") {
        test.cancel(call);
        CHECK(test.silent());
    }
}

TEST_CASE("A put that is cancelled") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    test.next<Put>();
    test.cancel(call);
    const Request withdraw = test.next<Withdraw>();

    SECTION("ends when the manager has given it back") {
        test.answer(withdraw, PutDone{101, {outcome_of(1, 1, errc::cancelled)}});
        CHECK(test.code(call) == errc::cancelled);
    }
    SECTION("is done if it was done") {
        test.answer(withdraw, PutDone{101, {outcome_of(1, 1)}});
        CHECK(test.code(call) == errc::ok);
    }
    SECTION("may have been done if nobody answers") {
        test.pass(500ms);
        CHECK(test.code(call) == errc::outcome_unknown);
    }
}

TEST_CASE("Cancelling what has ended does nothing") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    test.deliver(test.next<Get>(), 101, 5, {"a"});
    test.cancel(call);
    test.cancel(4711);
    CHECK(test.silent());
    CHECK(test.code(call) == errc::ok);
}

// ------------------------------------------------------------------ answers that come too late

TEST_CASE("Items that come when their get is over go back") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs, test.within(1s));
    const Request get = test.next<Get>();
    test.pass(2s);
    CHECK(test.code(call) == errc::empty);
    test.next<Cancel>();
    test.deliver(get, 101, 5, {"a", "b"});
    const Request settle = test.next<Settle>();
    CHECK(body_of<Settle>(settle).verb == Verb::release);
    CHECK(body_of<Settle>(settle).queue == 101);
    CHECK(body_of<Settle>(settle).tokens == std::vector<Range>{{5, 6}});
    CHECK(body_of<Settle>(settle).delay == 0ms);
    CHECK(test.client.pending() == 0);
    test.answer(settle, Settled{{{5, 6}}, Durability::memory});
    CHECK(test.client.refused_detached() == 0);  // it was no call of the application
}

TEST_CASE("A get that is over holds its number until it is answered") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.get(jobs, test.within(1s));
    const Request get = test.next<Get>();
    test.pass(2s);
    test.next<Cancel>();
    test.ack(jobs, 5);
    CHECK(test.next<Settle>().done_below == get.id);
    test.fail(get, errc::cancelled);
    test.ack(jobs, 6);
    CHECK(test.next<Settle>().done_below > get.id);
}

TEST_CASE("A get that is over is asked for again after a resume, and cancelled before that") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.get(jobs, test.within(1s));
    const Request get = test.next<Get>();
    test.pass(2s);
    test.meet_again(true);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == get.id);
    const Request again = test.next<Get>();
    CHECK(again.id == get.id);
    CHECK(again.remaining == 0ms);
    test.deliver(again, 101, 5, {"a"});
    CHECK(body_of<Settle>(test.next<Settle>()).verb == Verb::release);
}

TEST_CASE("Other calls that are over are not sent again") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"}, test.within(1s));
    test.ack(jobs, 5, test.within(1s));
    test.call(Join{jobs}, test.within(1s));
    test.pass(2s);
    test.meet_again(true);
    CHECK(test.silent());
}

TEST_CASE("Positions of a put that is over are passed by when nothing before them is waited for") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a", "b"}, test.within(1s));
    const Request put = test.next<Put>();
    test.pass(2s);
    CHECK(test.code(call) == errc::outcome_unknown);
    test.next<Withdraw>();
    test.put(jobs, {"c"});
    const Request next = test.next<Put>();
    CHECK(body_of<Put>(next).first == 3);
    CHECK(body_of<Put>(next).lowest_unconfirmed == 3);
    test.take(put);  // late
    CHECK(test.silent());
}

TEST_CASE("Positions of a put that is over are withdrawn after a resume while others wait before") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId first = test.put(jobs, {"a"});
    test.next<Put>();
    const CallId over = test.put(jobs, {"b", "c"}, test.within(1s));
    test.next<Put>();
    const CallId last = test.put(jobs, {"d"});
    test.next<Put>();
    test.pass(2s);
    CHECK(test.code(over) == errc::outcome_unknown);
    test.meet_again(true);
    const Request a = test.next<Put>();
    CHECK(items_of(a) == Texts{"a"});
    CHECK(body_of<Put>(a).lowest_unconfirmed == 1);
    CHECK(body_of<Withdraw>(test.next<Withdraw>()).positions == Range{2, 3});
    const Request d = test.next<Put>();
    CHECK(body_of<Put>(d).first == 4);
    test.take(a);
    test.take(d);
    CHECK(test.code(first) == errc::ok);
    CHECK(test.code(last) == errc::ok);
    test.put(jobs, {"e"});
    CHECK(body_of<Put>(test.next<Put>()).lowest_unconfirmed == 5);
}

// ------------------------------------------------------------------ nobody answers

TEST_CASE("A manager that nobody hears from is unreachable, to those who wait for it") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    const CallId early = test.get(jobs);
    test.pass(4s);
    const CallId late = test.put(jobs, {"a"});
    test.pass(5999ms);
    CHECK_FALSE(test.has_ended(early));
    test.pass(1ms);
    CHECK(test.code(early) == errc::unreachable);
    CHECK_FALSE(test.has_ended(late));
    test.pass(4s);
    CHECK(test.code(late) == errc::unreachable);
    for (const char* part : {"ipc:///run/x.sock", "10 s", "handoff serve"}) {
        CHECK(test.text(early).find(part) != std::string::npos);
    }
}

TEST_CASE("What was sent to a manager that became unreachable may have been done") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId put = test.put(jobs, {"a"});
    const CallId ack = test.ack(jobs, 5);
    const CallId get = test.get(jobs);
    test.next<Put>();
    test.pass(10s);
    CHECK(test.code(put) == errc::outcome_unknown);
    CHECK(test.code(ack) == errc::outcome_unknown);
    CHECK(test.code(get) == errc::unreachable);
}

TEST_CASE("What is not waited for any more is taken back, should the manager be there after all") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.answers_heartbeats = false;
    Commit commit;
    commit.puts = {{jobs, {}, run_of({"a"})}};
    const CallId call = test.call(commit);
    const Request sent = test.next<Commit>();
    const CallId put = test.put(jobs, {"b"});
    test.next<Put>();
    test.pass(10s);
    CHECK(test.code(call) == errc::outcome_unknown);
    CHECK(test.code(put) == errc::outcome_unknown);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == sent.id);
    CHECK(body_of<Withdraw>(test.next<Withdraw>()).positions == Range{1, 1});
    test.fail(sent, errc::cancelled);
    test.get(jobs);
    CHECK(test.next<Get>().done_below > sent.id);
}

TEST_CASE("A manager that answers heartbeats is there, however long a call waits") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    test.pass(1h);
    CHECK_FALSE(test.has_ended(call));
}

TEST_CASE("Silence is no error while nobody waits") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.pass(1min);
    const CallId call = test.get(jobs);
    const Request get = test.next<Get>();
    test.pass(9s);
    CHECK_FALSE(test.has_ended(call));
    test.deliver(get, 101, 5, {"a"});
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("Calls go on after the manager was unreachable") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    test.get(jobs);
    test.pass(1min);
    test.meet();
    CHECK(test.silent());
    const CallId call = test.put(jobs, {"a"});
    test.open_next();
    test.take(test.next<Put>());
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("Detached calls are kept while the manager is away") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.ack(jobs, 5, detached());
    test.next<Settle>();
    test.link_down();
    test.pass(1min);
    CHECK(test.client.pending() == 1);
    test.meet_again(true);
    test.answer(test.next<Settle>(), Settled{});
    CHECK(test.client.pending() == 0);
}

}  // namespace handoff::core::test

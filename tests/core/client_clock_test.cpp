#include <functional>
#include <string>
#include <vector>

#include "core/client_fixture.hpp"

// Waits and their bounds: deadlines, the grace, who is never given up, and what the client wants to
// be woken for.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

Wait try_within(const ClientTest& test, Millis limit) {
    Wait wait = test.within(limit);
    wait.try_once = true;
    return wait;
}

Columns keyed(const std::string& key) {
    Columns columns;
    columns.key = key;
    return columns;
}

}  // namespace

TEST_CASE("A try does not wait in the manager, but its deadline still bounds the answer") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId get = test.get(jobs, try_within(test, 2s));
    CHECK(test.next<Get>().remaining == 0ms);
    const CallId put = test.put(jobs, {"a"}, try_within(test, 2s));
    CHECK(test.next<Put>().remaining == 0ms);
    test.pass(2499ms);
    CHECK_FALSE(test.has_ended(get));
    CHECK_FALSE(test.has_ended(put));
    test.pass(1ms);
    CHECK(test.code(get) == errc::empty);
    CHECK(test.code(put) == errc::outcome_unknown);
}

TEST_CASE("The grace for late calls is as long as the settings say") {
    ClientSettings settings = ClientTest::default_settings();
    settings.cancel_grace = 70ms;
    ClientTest test(settings);
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId late = test.call(Close{jobs, false}, test.within(1s));
    const CallId cancelled = test.get(jobs);
    test.next<Close>();
    test.next<Get>();
    test.pass(930ms);
    test.cancel(cancelled);
    test.pass(69ms);
    CHECK_FALSE(test.has_ended(cancelled));
    test.pass(1ms);
    CHECK(test.code(cancelled) == errc::cancelled);
    test.pass(69ms);
    CHECK_FALSE(test.has_ended(late));
    test.pass(1ms);
    CHECK(test.code(late) == errc::outcome_unknown);
}

TEST_CASE("A call that is cancelled ends within the grace, however far its deadline is") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs, test.within(1h));
    test.next<Get>();
    test.cancel(call);
    test.pass(500ms);
    CHECK(test.code(call) == errc::cancelled);
}

TEST_CASE("A caller who cancels a call past its deadline changes nothing any more") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs, test.within(1s));
    test.next<Get>();
    test.pass(1200ms);
    test.next<Cancel>();
    test.cancel(call);
    CHECK(test.silent());
    test.pass(299ms);
    CHECK_FALSE(test.has_ended(call));
    test.pass(1ms);
    CHECK(test.code(call) == errc::empty);
}

TEST_CASE("Time that runs backwards ends nothing and wakes nobody") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs, test.within(5s));
    test.next<Get>();
    test.pass(4s);
    test.clock -= 10s;
    test.client.tick(test.now());
    CHECK_FALSE(test.has_ended(call));
    test.clock += 11s;
    test.client.tick(test.now());
    CHECK(body_of<Cancel>(test.next<Cancel>()).target != 0);
}

TEST_CASE("After a tick the next thing to do is never in the past") {
    for (const bool answers : {true, false}) {
        ClientTest test;
        test.answers_heartbeats = answers;
        std::vector<std::function<void()>> steps;
        const QueueRef jobs = test.queue("jobs");
        steps.push_back([&] { test.get(jobs, test.within(300ms)); });
        steps.push_back([&] { test.put(jobs, {"a"}); });
        steps.push_back([&] { test.ack(jobs, 4, detached()); });
        steps.push_back([&] { test.meet(); });
        steps.push_back([&] { test.open_next(); });
        steps.push_back([&] { test.call(Join{jobs}, test.within(0ms)); });
        steps.push_back([&] { test.cancel(test.get(jobs)); });
        steps.push_back([&] { test.ack(jobs, 5, detached()); });
        steps.push_back([&] { test.link_down(); });
        steps.push_back([&] { test.get(jobs, test.within(7s)); });
        steps.push_back([&] { test.link_up(); });
        for (const auto& step : steps) {
            step();
            for (const Millis span : std::vector<Millis>{0ms, 1ms, 299ms, 1s, 12s}) {
                test.clock += span;
                test.client.tick(test.now());
                CHECK(test.client.next_deadline() > test.clock);
                static_cast<void>(test.silent());  // takes what there is, as an owner does
            }
            if (answers && test.client.welcomed()) test.tell(0, Alive{});
        }
    }
}

TEST_CASE("A client that waits for an answer wants to be woken when it gives the manager up") {
    ClientSettings settings = ClientTest::default_settings();
    settings.unreachable_after = 3s;
    ClientTest test(settings);
    const QueueRef jobs = test.queue("jobs");
    test.get(jobs);
    CHECK(test.client.next_deadline() == test.clock + 3s);
    test.get(jobs, test.within(200ms));
    CHECK(test.client.next_deadline() == test.clock + 200ms);
    test.pass(200ms);
    CHECK(test.client.next_deadline() == test.clock + 2800ms);
    test.pass(2800ms);
    CHECK(test.client.next_deadline() == never);
}

TEST_CASE("A deadline that is far does not keep a call waiting for a manager that says nothing") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId get = test.get(jobs, test.within(1h));
    const CallId put = test.put(jobs, {"a"}, test.within(1h));
    test.next<Get>();
    test.pass(9999ms);
    CHECK_FALSE(test.has_ended(get));
    test.pass(1ms);
    CHECK(test.code(get) == errc::unreachable);
    CHECK(test.code(put) == errc::outcome_unknown);
}

TEST_CASE(
    "However far a deadline is, the manager is told of no more than the hundred years it takes") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    constexpr Millis hundred_years = std::chrono::hours{24 * 36525};
    test.get(jobs, test.within(hundred_years));
    CHECK(test.next<Get>().remaining == hundred_years);
    for (const Time until : {test.clock + hundred_years + 1ms, never - 1ns, never}) {
        Wait wait;
        wait.until = until;
        const CallId get = test.get(jobs, wait);
        const Request sent = test.next<Get>();
        CHECK(sent.remaining.value_or(hundred_years) == hundred_years);
        test.put(jobs, {"a"}, wait);
        CHECK(test.next<Put>().remaining.value_or(hundred_years) == hundred_years);
        test.pass(1s);
        CHECK_FALSE(test.has_ended(get));
        test.deliver(sent, 101, 5, {"a"});
        CHECK(test.code(get) == errc::ok);
    }
}

TEST_CASE("A call whose deadline has passed before it began is not sent") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    Wait late;
    late.until = test.clock - 1s;
    const CallId put = test.put(jobs, {"a"}, late);
    const CallId get = test.get(jobs, late);
    test.client.tick(test.now());
    CHECK(test.code(put) == errc::full);
    CHECK(test.code(get) == errc::empty);
    test.meet();
    CHECK(test.silent());
}

// ------------------------------------------------------------------ calls that nobody waits for

TEST_CASE("A detached call has no deadline and cannot be cancelled") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Wait wait = test.within(1s);
    wait.detached = true;
    const CallId call = test.ack(jobs, 5, wait);
    const Request ack = test.next<Settle>();
    CHECK(ack.remaining == 10ms);  // so long its answer may take: nobody waits for it
    test.pass(1min);
    test.cancel(call);
    CHECK(test.silent());
    CHECK(test.client.pending() == 1);
    test.answer(ack, Settled{});
    CHECK(test.client.pending() == 0);
    CHECK(test.client.refused_detached() == 0);
    CHECK_FALSE(test.has_ended(call));
}

TEST_CASE(
    "A detached call survives a manager that is unreachable, and one that refuses the client") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.link_down();
    test.ack(jobs, 5, detached());
    const CallId waiting = test.get(jobs);
    test.pass(11s);
    CHECK(test.code(waiting) == errc::unreachable);
    test.link_up();
    test.fail(test.next<Hello>(), errc::limit_exceeded, "sessions_max is 1");
    CHECK(test.client.pending() == 1);
    CHECK(test.client.refused_detached() == 0);
    test.meet_again(true);
    const Request ack = test.next<Settle>();
    CHECK(body_of<Settle>(ack).tokens == std::vector<Range>{{5, 5}});
    test.answer(ack, Settled{});
    CHECK(test.client.pending() == 0);
}

TEST_CASE("A detached put that can never fit, or whose queue cannot be opened, is counted") {
    ClientTest test;
    test.limits.item_bytes_max = 10;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    test.put(jobs, {std::string(11, 'x')}, detached());
    CHECK(test.client.refused_detached() == 1);
    CHECK(test.client.pending() == 0);
    test.put(jobs, {"a"}, detached());
    test.fail(test.next<Open>(), errc::limit_exceeded);
    CHECK(test.client.refused_detached() == 2);
    CHECK(test.client.pending() == 0);
}

TEST_CASE("A detached put that was sent is lost with its session, one that was not goes on") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"sent"}, detached());
    test.next<Put>();
    test.link_down();
    test.put(jobs, {"unsent"}, detached());
    CHECK(test.client.pending() == 2);
    test.meet_again(false);
    CHECK(test.client.refused_detached() == 1);
    CHECK(test.client.pending() == 1);
    test.open_next();
    const Request put = test.next<Put>();
    CHECK(items_of(put) == Texts{"unsent"});
    test.take(put);
    CHECK(test.client.pending() == 0);
}

TEST_CASE("Pending are the calls whose callers have not heard yet, and detached ones") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    CHECK(test.client.pending() == 0);
    test.get(jobs, test.within(1s));
    test.ack(jobs, 5, detached());
    test.put(jobs, {"a", "b"});
    CHECK(test.client.pending() == 3);
    const Request get = test.next<Get>();
    test.answer(test.next<Settle>(), Settled{});
    CHECK(test.client.pending() == 2);
    test.answer(test.next<Put>(), PutDone{101, {outcome_of(1, 1)}});
    CHECK(test.client.pending() == 2);
    test.pass(1500ms);
    CHECK(test.client.pending() == 1);  // the get is told of, though its answer may come
    test.next<Cancel>();
    test.fail(get, errc::cancelled);
    CHECK(test.client.pending() == 1);
}

// ------------------------------------------------------------------ whether the session lives

TEST_CASE("How long a session surely lives is for its manager to say") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.limits.session_limit = 300ms;
    test.limits.heartbeat = 100ms;
    test.meet();
    test.pass(299ms);
    CHECK(test.client.surely_alive(test.now()));
    test.pass(1ms);
    CHECK_FALSE(test.client.surely_alive(test.now()));
}

TEST_CASE("A lost connection does not make the session any less alive until its limit") {
    ClientTest test;
    test.meet();
    test.link_down();
    test.pass(9999ms);
    CHECK(test.client.surely_alive(test.now()));
    test.pass(1ms);
    CHECK_FALSE(test.client.surely_alive(test.now()));
    test.link_up();
    const Request hello = test.next<Hello>();
    CHECK_FALSE(test.client.surely_alive(test.now()));
    test.welcome(hello, true);
    CHECK(test.client.surely_alive(test.now()));
}

TEST_CASE("What nobody asked for tells nothing of how long the session lives") {
    ClientTest test;
    test.answers_heartbeats = false;
    test.meet();
    test.open("jobs");
    test.pass(9s);
    test.tell(4711, Done{});
    test.tell(0, Recall{101, 1});
    test.tell(0, Failed{errc::protocol, "somebody's mistake"});
    test.pass(1s);
    CHECK_FALSE(test.client.surely_alive(test.now()));
}

// ------------------------------------------------------------------ what travels beside the items

TEST_CASE("Columns go along when a put is sent again, whole or in part") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Columns columns;
    columns.priority = -3;
    columns.delay = 5s;
    columns.time_to_live = 1min;
    columns.headers = Slice::copy("headers");
    columns.trace = Slice::copy("trace");
    const CallId call = test.put(jobs, {"a", "b"}, columns);
    CHECK(body_of<Put>(test.next<Put>()).columns == columns);
    test.meet_again(true);
    const Request again = test.next<Put>();
    CHECK(body_of<Put>(again).columns == columns);
    test.answer(again, PutDone{101, {outcome_of(1, 1)}});
    test.meet_again(true);
    const Request rest = test.next<Put>();
    CHECK(items_of(rest) == Texts{"b"});
    CHECK(body_of<Put>(rest).columns == columns);
    test.take(rest);
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("A put that goes on in the next session has its key, headers and trace there") {
    ClientTest test;
    test.link_up();
    const Request hello = test.next<Hello>();
    Columns columns = keyed("order-17");
    columns.headers = Slice::copy("headers");
    columns.trace = Slice::copy("trace");
    const QueueRef jobs = test.queue("jobs");
    test.put(jobs, {"a"}, columns);
    test.welcome(hello, false);
    test.next<Open>();
    test.meet_again(false);
    test.open_next();
    const Request put = test.next<Put>();
    CHECK(body_of<Put>(put).columns == columns);
    CHECK(body_of<Put>(put).first == 1);
}

TEST_CASE("Puts with keys travel alone and in order among puts without") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    test.put(jobs, {"a"});
    test.put(jobs, {"b"});
    test.put(jobs, {"c"}, keyed("1"));
    test.put(jobs, {"d"}, keyed("2"));
    test.put(jobs, {"e"});
    test.put(jobs, {"f"});
    test.meet();
    test.open_next();
    const std::vector<Texts> expected{{"a", "b"}, {"c"}, {"d"}, {"e", "f"}};
    Position first = 1;
    for (const Texts& items : expected) {
        const Request put = test.next<Put>();
        CHECK(items_of(put) == items);
        CHECK(body_of<Put>(put).first == first);
        CHECK(body_of<Put>(put).columns.key.empty() == (items.size() == 2));
        first += items.size();
    }
    CHECK(test.silent());
}

// ------------------------------------------------------------------ limits

TEST_CASE("A smaller manager refuses at once what an earlier one would have taken") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.link_down();
    const CallId large = test.put(jobs, {std::string(50, 'x')});
    const CallId small = test.put(jobs, {std::string(40, 'x')});
    test.limits.item_bytes_max = 49;
    test.meet_again(false);
    CHECK(test.code(large) == errc::too_large);
    CHECK_FALSE(test.has_ended(small));
    test.open_next();
    const Request put = test.next<Put>();
    CHECK(body_of<Put>(put).first == 1);
    CHECK(items_of(put) == Texts{std::string(40, 'x')});
}

TEST_CASE("Joins, commits and gets have one share of the requests together, and tries none of it") {
    ClientTest test;
    test.limits.requests_max = 16;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    Commit commit;
    commit.acks = {{jobs, {{7, 7}}}};
    for (int i = 0; i < 6; ++i) {
        test.get(jobs);
        test.call(Join{results});
        test.call(commit);
    }
    std::size_t waiting = 0;
    for (; !test.silent(); ++waiting) test.next_request();
    CHECK(waiting == 12);  // three quarters
    test.get(jobs, at_once());
    CHECK(test.next<Get>().remaining == 0ms);
    CHECK(test.silent());
}

TEST_CASE("However little a manager remembers, one request at a time goes through") {
    ClientTest test;
    test.limits.requests_max = 1;
    test.limits.session_bytes_max = 1;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId one = test.ack(jobs, 5);
    const CallId two = test.ack(jobs, 6);
    const CallId put = test.put(jobs, {"a"});
    for (int i = 0; i < 2; ++i) {
        const Request ack = test.next<Settle>();
        CHECK(test.silent());
        test.answer(ack, Settled{});
    }
    test.take(test.next<Put>());
    CHECK(test.code(put) == errc::ok);
    CHECK(test.code(one) == errc::ok);
    CHECK(test.code(two) == errc::ok);
}

}  // namespace handoff::core::test

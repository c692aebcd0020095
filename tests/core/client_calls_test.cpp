#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE("A get ends with what was delivered") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    const Request get = test.next<Get>();
    CHECK(body_of<Get>(get).queues == std::vector<QueueHandle>{101});
    CHECK_FALSE(get.remaining.has_value());
    test.deliver(get, 101, 55, {"a"});
    REQUIRE(test.code(call) == errc::ok);
    const Deliver& delivery = std::get<Deliver>(test.outcome(call).reply);
    CHECK(delivery.queue == jobs);  // by the number that the caller knows
    CHECK(delivery.parts.front().token == 55);
    CHECK(payloads_of(delivery.runs.front().view()) == Texts{"a"});
}

TEST_CASE("A try to get does not wait in the manager") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs, at_once());
    const Request get = test.next<Get>();
    CHECK(get.remaining == Millis{0});
    test.fail(get, errc::empty, "nothing is ready");
    CHECK(test.code(call) == errc::empty);
}

TEST_CASE("A get over several queues tells from which one its items come") {
    ClientTest test;
    test.meet();
    const QueueRef one = test.open("one");
    const QueueRef two = test.open("two");
    const CallId call = test.call(get_from({one, two}));
    test.deliver(test.next<Get>(), 102, 55, {"a"});
    CHECK(std::get<Deliver>(test.outcome(call).reply).queue == two);
}

TEST_CASE("Calls are numbered in the order in which they leave") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.get(jobs);
    test.ack(jobs, 1);
    test.call(Stats{});
    const RequestId get = test.next<Get>().id;
    const RequestId settle = test.next<Settle>().id;
    const RequestId stats = test.next<Stats>().id;
    CHECK(get < settle);
    CHECK(settle < stats);
}

TEST_CASE("A request tells below which number nothing is waited for") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.get(jobs);
    const Request get = test.next<Get>();
    test.ack(jobs, 1);
    const Request first = test.next<Settle>();
    CHECK(first.done_below == get.id);
    test.answer(first, Settled{});
    test.ack(jobs, 2);
    const Request second = test.next<Settle>();
    CHECK(second.done_below == get.id);
    test.deliver(get, 101, 3, {"a"});
    test.ack(jobs, 3);
    CHECK(test.next<Settle>().done_below == second.id);
}

TEST_CASE("A blocking call does not delay another one on the same queue") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId waiting = test.get(jobs);
    test.next<Get>();
    const CallId put = test.put(jobs, {"a"});
    const CallId tried = test.get(jobs, at_once());
    test.take(test.next<Put>());
    test.fail(test.next<Get>(), errc::empty);
    CHECK(test.code(put) == errc::ok);
    CHECK(test.code(tried) == errc::empty);
    CHECK_FALSE(test.has_ended(waiting));
}

TEST_CASE("An acknowledgement ends with the manager's word on it") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId good = test.ack(jobs, 5);
    const CallId late = test.ack(jobs, 6);
    test.answer(test.next<Settle>(), Settled{});
    test.answer(test.next<Settle>(), Settled{{{6, 6}}, Durability::memory});
    CHECK(std::get<Settled>(test.outcome(good).reply).refused.empty());
    CHECK(std::get<Settled>(test.outcome(late).reply).refused == std::vector<Range>{{6, 6}});
    CHECK(test.client.refused_detached() == 0);
}

TEST_CASE("A detached acknowledgement is kept until it is answered, and nobody is told") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.ack(jobs, 5, detached());
    CHECK(test.client.pending() == 1);
    test.next<Settle>();
    test.meet_again(true);
    const Request again = test.next<Settle>();
    CHECK(test.client.pending() == 1);
    test.answer(again, Settled{});
    CHECK(test.client.pending() == 0);
    CHECK_FALSE(test.has_ended(call));
    CHECK(test.client.refused_detached() == 0);
}

TEST_CASE("What is void with the session is not waited for at its end") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Credit credit;
    credit.queue = jobs;
    credit.items = 5;
    test.client.call(credit, {}, test.now());
    test.client.call(Heartbeat{}, {}, test.now());
    Settle giveback;
    giveback.verb = Verb::giveback;
    giveback.queue = jobs;
    test.client.call(giveback, detached(), test.now());
    CHECK(test.client.pending() == 0);
    test.answer(test.next<Credit>(), Done{});
    CHECK(test.client.pending() == 0);
}

TEST_CASE("Refusals of detached calls are counted") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.ack(jobs, 5, detached());
    test.ack(jobs, 6, detached());
    test.answer(test.next<Settle>(), Settled{{{5, 5}}, Durability::memory});
    CHECK(test.client.refused_detached() == 1);
    test.fail(test.next<Settle>(), errc::stale_reference);
    CHECK(test.client.refused_detached() == 2);
}

TEST_CASE("A commit travels with the handles of all its queues") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    Commit commit;
    commit.acks = {{jobs, {{7, 7}}}};
    commit.puts = {{results, {}, run_of({"r"})}};
    const CallId call = test.call(commit);
    const Request request = test.next<Commit>();
    CHECK(body_of<Commit>(request).acks.front().queue == 101);
    CHECK(body_of<Commit>(request).puts.front().queue == 102);
    test.answer(request, Done{1});
    CHECK(std::get<Done>(test.outcome(call).reply).count == 1);
}

TEST_CASE("A call that the manager refuses ends with its reason") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    test.fail(test.next<Get>(), errc::closed, "queue \"jobs\" is closed and drained");
    CHECK(test.code(call) == errc::closed);
    CHECK(test.text(call).find("closed and drained") != std::string::npos);
}

TEST_CASE("An answer of another kind than the question is a protocol error") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    test.answer(test.next<Get>(), Settled{});
    CHECK(test.code(call) == errc::protocol);
}

TEST_CASE("An answer to nobody's question is ignored") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    test.tell(777, Done{1});
    test.tell(778, Failed{errc::protocol, "?"});
    test.tell(0, Failed{errc::protocol, "?"});
    test.tell(0, Event{1});
    CHECK_FALSE(test.has_ended(call));
    CHECK(test.client.welcomed());
}

TEST_CASE("Statistics of all queues need none of them open") {
    ClientTest test;
    test.meet();
    const CallId call = test.call(Stats{});
    StatsReply reply;
    reply.queues.emplace_back().name = "others";
    test.answer(test.next<Stats>(), reply);
    CHECK(std::get<StatsReply>(test.outcome(call).reply).queues.front().name == "others");
}

TEST_CASE("Items that come by credit, which nobody gave, go back untaken") {
    ClientTest test;
    test.meet();
    test.open("jobs");
    Part part;
    part.token = 9;
    part.count = 2;
    test.tell(0, Deliver{101, 30s, {part}, {run_of({"a", "b"}).bytes}});
    const Request settle = test.next<Settle>();
    CHECK(body_of<Settle>(settle).verb == Verb::giveback);
    CHECK(body_of<Settle>(settle).tokens == std::vector<Range>{{9, 10}});
    test.tell(0, Recall{101, 1});
    CHECK(test.silent());
    CHECK(test.client.pending() == 0);
}

TEST_CASE("Calls that nobody could number are a mistake of their caller") {
    ClientTest test;
    CHECK_THROWS_AS(test.call(Hello{}), Error);
    CHECK_THROWS_AS(test.call(Cancel{1}), Error);
    CHECK_THROWS_AS(test.call(UnknownRequest{99}), Error);
}

}  // namespace handoff::core::test

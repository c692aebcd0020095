#include "core/client_fixture.hpp"

// What becomes of the number of a queue, and of its settings, when the queue is destroyed, asked
// for without being made, or open in another session.

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE(
    "A queue that the manager does not know any more keeps its number, and its name gets another") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    CHECK(test.queue("jobs") == jobs);
    test.fail(test.next<Get>(), errc::stale_reference);
    CHECK(test.code(call) == errc::stale_reference);
    const QueueRef again = test.queue("jobs");
    CHECK(again != jobs);
    CHECK(test.queue("jobs") == again);
    test.get(again);
    CHECK(body_of<Open>(test.next<Open>()).name == "jobs");
    test.get(jobs);
    CHECK(body_of<Get>(test.next<Get>()).queues == std::vector<QueueHandle>{101});
}

TEST_CASE("A queue that this client destroyed has another number the next time it is asked for") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.call(Destroy{jobs});
    const Request destroy = test.next<Destroy>();
    CHECK(test.queue("jobs") == jobs);
    test.answer(destroy, Done{4});
    CHECK(std::get<Done>(test.outcome(call).reply).count == 4);
    CHECK(test.queue("jobs") != jobs);
}

TEST_CASE("A queue that is found to be gone while it is asked for is the one that comes") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.call(Open{"jobs", {}, true});
    const Request open = test.next<Open>();
    test.get(jobs);
    test.fail(test.next<Get>(), errc::stale_reference);
    test.answer(open, Opened{977, {}});
    const QueueRef found = std::get<Opened>(test.outcome(call).reply).queue;
    CHECK(found != jobs);
    CHECK(found == test.queue("jobs"));
    test.get(found);
    CHECK(body_of<Get>(test.next<Get>()).queues == std::vector<QueueHandle>{977});
}

TEST_CASE("A queue that a loss of power brought back goes on with the positions that it knows") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a", "b"});
    const Request first = test.next<Put>();
    const QueueHandle handle = body_of<Put>(first).queue;
    test.take(first);
    test.call(Destroy{jobs});
    test.answer(test.next<Destroy>(), Done{});
    test.meet_again(true);
    const CallId put = test.put(test.queue("jobs"), {"c"});
    test.answer(test.next<Open>(), Opened{handle, {}});
    const Request next = test.next<Put>();
    CHECK(body_of<Put>(next).first == 3);
    test.take(next);
    CHECK(test.code(put) == errc::ok);
}

TEST_CASE("A call on a queue that was destroyed in an earlier session ends without being sent") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.call(Destroy{jobs});
    test.answer(test.next<Destroy>(), Done{});
    test.meet_again(false);
    const CallId put = test.put(jobs, {"a"});
    const CallId get = test.get(jobs);
    const CallId join = test.call(Join{jobs});
    CHECK(test.silent());
    for (const CallId call : {put, get, join}) CHECK(test.code(call) == errc::stale_reference);
}

TEST_CASE("Of several queues in a call nobody knows which one is gone, so all keep their numbers") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    const CallId call = test.call(get_from({jobs, results}));
    test.fail(test.next<Get>(), errc::stale_reference);
    CHECK(test.code(call) == errc::stale_reference);
    CHECK(test.queue("jobs") == jobs);
    CHECK(test.queue("results") == results);
}

TEST_CASE("A put that is sent again to a queue that was destroyed may have been in it") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId put = test.put(jobs, {"a"});
    test.next<Put>();
    test.meet_again(true);
    test.answer(test.next<Put>(), PutDone{101, {outcome_of(1, 1, errc::stale_reference)}});
    CHECK(test.code(put) == errc::outcome_unknown);
    CHECK(test.text(put).find("destroyed") != std::string::npos);
    CHECK(test.queue("jobs") != jobs);
}

TEST_CASE("A destroyed queue takes nothing of another one's positions along") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    for (const char* item : {"1", "2"}) {
        test.put(results, {item});
        test.take(test.next<Put>());
    }
    const CallId lost = test.put(jobs, {"a"});
    test.answer(test.next<Put>(), PutDone{101, {outcome_of(1, 1, errc::stale_reference)}});
    CHECK(test.code(lost) == errc::stale_reference);
    test.put(results, {"3"});
    const Request put = test.next<Put>();
    CHECK(body_of<Put>(put).queue == 102);
    CHECK(body_of<Put>(put).first == 3);
    CHECK(body_of<Put>(put).lowest_unconfirmed == 3);
}

TEST_CASE("A queue that is not to be made is asked for so, until somebody wants it made") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.client.queue("jobs", {}, false);
    const CallId peek = test.call(Peek{jobs, ItemState::ready, 1});
    const Request open = test.next<Open>();
    CHECK_FALSE(body_of<Open>(open).create);
    test.fail(open, errc::stale_reference, "there is no queue \"jobs\"");
    CHECK(test.code(peek) == errc::stale_reference);
    CHECK(test.client.queue("jobs", {}, true) == jobs);
    test.call(Peek{jobs, ItemState::ready, 1});
    CHECK(body_of<Open>(test.next<Open>()).create);
}

TEST_CASE("Settings in force are those of the manager, and of a queue that it has opened") {
    ClientTest test;
    test.meet();
    CHECK(test.client.in_force(0) == nullptr);
    CHECK(test.client.in_force(1) == nullptr);
    QueueOptions wanted;
    wanted.capacity = 5;
    const QueueRef jobs = test.queue("jobs", wanted);
    CHECK(test.client.in_force(jobs) == nullptr);
    test.call(Open{"jobs", wanted, true});
    const Request open = test.next<Open>();
    CHECK(test.client.in_force(jobs) == nullptr);
    QueueOptions in_force = wanted;
    in_force.order = Order::lifo;
    test.answer(open, Opened{300, in_force});
    REQUIRE(test.client.in_force(jobs) != nullptr);
    CHECK(*test.client.in_force(jobs) == in_force);
    test.link_down();
    CHECK(test.client.in_force(jobs) != nullptr);
    test.meet_again(true);
    REQUIRE(test.client.in_force(jobs) != nullptr);
    CHECK(*test.client.in_force(jobs) == in_force);
    CHECK(test.client.in_force(jobs + 1) == nullptr);
}

TEST_CASE("Replies name queues by the client's numbers, and unknown ones by none") {
    ClientTest test;
    test.meet();
    test.open("jobs");
    const QueueRef results = test.open("results");
    const CallId call = test.call(Stats{});
    StatsReply reply;
    reply.queues.resize(2);
    reply.queues[0].name = "results";
    reply.queues[0].queue = 102;
    reply.queues[1].name = "strange";
    reply.queues[1].queue = 999;
    test.answer(test.next<Stats>(), reply);
    const StatsReply& told = std::get<StatsReply>(test.outcome(call).reply);
    CHECK(told.queues.at(0).queue == results);
    CHECK(told.queues.at(1).queue == 0);
}

TEST_CASE("Calls on several open queues leave in the order in which they were begun") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    std::vector<QueueRef> begun;
    for (int i = 0; i < 6; ++i) {
        const QueueRef queue = i % 2 == 0 ? jobs : results;
        begun.push_back(queue == jobs ? 101 : 102);
        test.call(Kick{queue, static_cast<std::uint64_t>(i)});
    }
    std::vector<QueueRef> left;
    RequestId last = 0;
    for (std::uint64_t i = 0; i < 6; ++i) {
        const Request kick = test.next<Kick>();
        CHECK(kick.id > last);
        last = kick.id;
        CHECK(body_of<Kick>(kick).items_max == i);
        left.push_back(body_of<Kick>(kick).queue);
    }
    CHECK(left == begun);
}

TEST_CASE("A join, a purge and a close keep their places behind the puts before them") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    test.put(jobs, {"a"});
    test.call(Join{jobs});
    test.put(results, {"r"});
    test.call(Purge{jobs, true});
    test.put(jobs, {"b"});
    test.call(Close{results, false});
    CHECK(items_of(test.next<Put>()) == Texts{"a"});
    test.next<Join>();
    CHECK(items_of(test.next<Put>()) == Texts{"r"});
    test.next<Purge>();
    CHECK(items_of(test.next<Put>()) == Texts{"b"});
    test.next<Close>();
    CHECK(test.silent());
}

}  // namespace handoff::core::test

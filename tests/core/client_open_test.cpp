#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE("A queue has one number in a client, whoever asks for it") {
    ClientTest test;
    QueueOptions options;
    options.capacity = 10;
    const QueueRef jobs = test.queue("jobs", options);
    CHECK(test.queue("results") != jobs);
    CHECK(test.queue("jobs") == jobs);
    CHECK(test.queue("jobs", options) == jobs);
}

TEST_CASE("Options that contradict each other within a client are a mismatch") {
    ClientTest test;
    QueueOptions small;
    small.capacity = 10;
    QueueOptions large;
    large.capacity = 20;
    test.queue("jobs", small);
    try {
        test.queue("jobs", large);
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.code() == errc::queue_mismatch);
        const std::string text = error.what();
        CHECK(text.find("\"jobs\"") != std::string::npos);
        CHECK(text.find("capacity") != std::string::npos);
        CHECK(text.find("ipc:///run/x.sock") != std::string::npos);
    }
}

TEST_CASE("Options of an open queue are for the manager to judge") {
    ClientTest test;
    test.meet();
    test.open("jobs");  // with a capacity of 1000, by the manager's word
    QueueOptions options;
    options.capacity = 20;  // it may have been destroyed and made anew by somebody else
    CHECK_NOTHROW(test.queue("jobs", options));
}

TEST_CASE("A name that no queue can have is refused before anything is sent") {
    ClientTest test;
    CHECK_THROWS_AS(test.queue(""), Error);
    CHECK_THROWS_AS(test.queue("\xff"), Error);
}

TEST_CASE("A call on a queue that nobody asked for is a mistake of its caller") {
    ClientTest test;
    CHECK_THROWS_AS(test.get(1), Error);
    CHECK_THROWS_AS(test.put(0, {"a"}), Error);
    CHECK(test.client.pending() == 0);
}

TEST_CASE("A queue is opened before the first call that uses it") {
    ClientTest test;
    test.meet();
    QueueOptions options;
    options.capacity = 10;
    const QueueRef jobs = test.queue("jobs", options);
    CHECK(test.silent());
    test.put(jobs, {"a"});
    const Request open = test.next<Open>();
    CHECK(body_of<Open>(open).name == "jobs");
    CHECK(body_of<Open>(open).options == options);
    CHECK(body_of<Open>(open).create);
    CHECK(test.silent());

    test.answer(open, Opened{42, options});
    const Request put = test.next<Put>();
    CHECK(body_of<Put>(put).queue == 42);
}

TEST_CASE("A queue is opened once for all calls that wait for it, and they keep their order") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    test.put(jobs, {"a"});
    test.get(jobs);
    test.call(Purge{jobs, true});
    test.open_next();
    test.next<Put>();
    test.next<Get>();
    test.next<Purge>();
    CHECK(test.silent());
    test.get(jobs);
    test.next<Get>();
}

TEST_CASE("Calls on another queue pass those that wait for one to be opened") {
    ClientTest test;
    test.meet();
    const QueueRef results = test.open("results");
    const QueueRef jobs = test.queue("jobs");
    test.put(jobs, {"a"});
    test.put(results, {"b"});
    test.next<Open>();
    CHECK(items_of(test.next<Put>()) == Texts{"b"});
}

TEST_CASE("A call over several queues waits until all of them are open") {
    ClientTest test;
    test.meet();
    const QueueRef one = test.queue("one");
    const QueueRef two = test.queue("two");
    test.call(get_from({one, two}));
    const Request first = test.next<Open>();
    const Request second = test.next<Open>();
    test.answer(second, Opened{8, {}});
    CHECK(test.silent());
    test.answer(first, Opened{7, {}});
    CHECK(body_of<Get>(test.next<Get>()).queues == std::vector<QueueHandle>{7, 8});
}

TEST_CASE("A queue that cannot be opened ends the calls that wait for it") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    const CallId put = test.put(jobs, {"a"});
    const CallId get = test.get(jobs);
    const CallId close = test.call(Close{jobs, false});
    const CallId elsewhere = test.get(test.queue("results"));
    test.fail(test.next<Open>(), errc::queue_mismatch, "capacity is 10, not 20");
    for (const CallId call : {put, get, close}) {
        CHECK(test.code(call) == errc::queue_mismatch);
        CHECK(test.text(call).find("capacity is 10, not 20") != std::string::npos);
    }
    CHECK_FALSE(test.has_ended(elsewhere));

    SECTION("and is asked for again by the next call") {
        test.open_next();
        test.next<Get>();
        test.get(jobs);
        test.next<Open>();
    }
}

TEST_CASE("A durable queue that cannot be stored now is never asked for as one in memory") {
    ClientTest test;
    test.meet();
    QueueOptions durable;
    durable.durability = Durability::fsync;
    const QueueRef jobs = test.queue("jobs", durable);
    const CallId put = test.put(jobs, {"a"});
    test.fail(test.next<Open>(), errc::store_failed, "a sync fails");
    CHECK(test.code(put) == errc::store_failed);
    test.put(jobs, {"b"});
    CHECK(body_of<Open>(test.next<Open>()).options.durability == Durability::fsync);

    SECTION("unless somebody asks for that") {
        ClientTest other;
        other.meet();
        const QueueRef queue = other.queue("jobs", durable);
        other.get(queue);
        other.fail(other.next<Open>(), errc::unsupported);
        QueueOptions in_memory;
        in_memory.durability = Durability::memory;
        CHECK(other.queue("jobs", in_memory) == queue);
        other.get(queue);
        CHECK(body_of<Open>(other.next<Open>()).options.durability == Durability::memory);
    }
}

TEST_CASE("Options that the manager does not accept are not asked for again") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    QueueOptions options;
    options.capacity = 5;
    CHECK(test.queue("jobs", options) == jobs);
    const CallId opening = test.call(Open{"jobs", options, true});
    test.fail(test.next<Open>(), errc::queue_mismatch);
    CHECK(test.code(opening) == errc::queue_mismatch);
    test.put(jobs, {"a"});
    CHECK(body_of<Open>(test.next<Open>()).options == QueueOptions{});
}

TEST_CASE("Options that the manager has accepted are asked for in the next session") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    QueueOptions options;
    options.capacity = 1000;
    test.call(Open{"jobs", options, true});
    test.open_next();
    test.meet_again(false);
    test.put(jobs, {"a"});
    CHECK(body_of<Open>(test.next<Open>()).options == options);
}

TEST_CASE("A caller who does not wait for a queue to be opened does not spoil it for others") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    const CallId hurried = test.call(Open{"jobs", {}, true}, test.within(1s));
    const CallId patient = test.put(jobs, {"a"});
    test.next<Open>();
    test.pass(1s);
    CHECK(test.silent());
    test.pass(500ms);
    CHECK(test.code(hurried) == errc::unreachable);
    test.meet_again(true);
    test.open_next();
    test.take(test.next<Put>());
    CHECK(test.code(patient) == errc::ok);
}

TEST_CASE("Opening a queue by a call brings the settings in force") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    CHECK(test.client.in_force(jobs) == nullptr);
    const CallId opening = test.call(Open{"jobs", {}, true});
    test.open_next();
    CHECK(std::get<Opened>(test.outcome(opening).reply).options.capacity == 1000u);
    CHECK(std::get<Opened>(test.outcome(opening).reply).queue == jobs);
    REQUIRE(test.client.in_force(jobs) != nullptr);
    CHECK(test.client.in_force(jobs)->capacity == 1000u);
}

TEST_CASE("Opening a queue by a call is enough for the calls after it") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    test.call(Open{"jobs", {}, true});
    test.put(jobs, {"a"});
    test.open_next();
    test.next<Put>();
    CHECK(test.silent());
}

TEST_CASE("A queue that was destroyed and made again is another queue") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId done = test.put(jobs, {"a"});
    test.take(test.next<Put>());
    CHECK(test.code(done) == errc::ok);
    const CallId late = test.put(jobs, {"b"});
    const Request lost = test.next<Put>();
    test.call(Open{"jobs", {}, true});
    const QueueHandle handle = test.open_next();
    test.answer(lost, PutDone{101, {outcome_of(2, 2, errc::stale_reference)}});
    CHECK(test.code(late) == errc::stale_reference);
    const QueueRef again = test.queue("jobs");
    CHECK(again != jobs);
    test.put(again, {"c"});
    const Request put = test.next<Put>();
    CHECK(body_of<Put>(put).queue == handle);
    CHECK(body_of<Put>(put).first == 1);
}

TEST_CASE("A put to a destroyed queue that should have ended does not keep its number for ever") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    test.next<Put>();
    test.cancel(call);
    const Request withdraw = test.next<Withdraw>();
    test.call(Open{"jobs", {}, true});
    test.open_next();
    test.answer(withdraw, PutDone{101, {outcome_of(1, 1, errc::stale_reference)}});
    CHECK(test.code(call) == errc::stale_reference);
    test.get(jobs);
    CHECK(test.next<Get>().done_below > withdraw.id);
}

}  // namespace handoff::core::test

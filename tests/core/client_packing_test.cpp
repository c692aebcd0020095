#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE("Puts that gather while nothing can be sent share a message") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    const CallId a = test.put(jobs, {"a"});
    const CallId bc = test.put(jobs, {"b", "c"});
    const CallId d = test.put(jobs, {"d"});
    test.meet();
    test.open_next();
    const Request put = test.next<Put>();
    CHECK(items_of(put) == Texts{"a", "b", "c", "d"});
    CHECK(test.silent());

    test.answer(put, PutDone{101, {outcome_of(1, 2), outcome_of(3, 4, errc::full)}});
    CHECK(test.outcomes(a) == "1 ok");
    CHECK(test.code(bc) == errc::full);
    CHECK(test.outcomes(bc) == "1 ok, 2 full");
    CHECK(test.outcomes(d) == "1 full");
}

TEST_CASE("A put travels at once when nothing else gathers") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"});
    CHECK(items_of(test.next<Put>()) == Texts{"a"});
    test.put(jobs, {"b"});
    CHECK(items_of(test.next<Put>()) == Texts{"b"});
}

TEST_CASE("Puts that differ in what the manager must know travel apart") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"});
    SECTION("in their columns") {
        test.put(jobs, {"b"}, with_priority(1));
    }
    SECTION("in whether they wait") {
        test.put(jobs, {"b"}, at_once());
    }
    SECTION("in how long they wait") {
        test.put(jobs, {"b"}, test.within(1s));
    }
    SECTION("by another call that keeps its place") {
        test.call(Close{jobs, false});
        test.put(jobs, {"b"});
        CHECK(items_of(test.next<Put>()) == Texts{"a"});
        test.next<Close>();
        CHECK(items_of(test.next<Put>()) == Texts{"b"});
        return;
    }
    CHECK(items_of(test.next<Put>()) == Texts{"a"});
    const Request second = test.next<Put>();
    CHECK(items_of(second) == Texts{"b"});
    CHECK(body_of<Put>(second).first == 2);
}

TEST_CASE("Puts with the same deadline share a message") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"}, test.within(1s));
    test.put(jobs, {"b"}, test.within(1s));
    const Request put = test.next<Put>();
    CHECK(items_of(put) == Texts{"a", "b"});
    CHECK(put.remaining == 1s);
}

TEST_CASE("A put with an idempotence key travels alone") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Columns keyed;
    keyed.key = "once";
    test.put(jobs, {"a"}, keyed);
    test.put(jobs, {"b"}, keyed);
    CHECK(items_of(test.next<Put>()) == Texts{"a"});
    CHECK(items_of(test.next<Put>()) == Texts{"b"});
}

TEST_CASE("Puts with the same headers and trace share a message, others travel apart") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Columns columns;
    columns.headers = Slice::copy("headers");
    columns.trace = Slice::copy("trace 1");
    test.put(jobs, {"a"}, columns);
    columns.headers = Slice::copy("headers");
    test.put(jobs, {"b"}, columns);
    columns.trace = Slice::copy("trace 2");
    test.put(jobs, {"c"}, columns);
    columns.headers = Slice::copy("others");
    test.put(jobs, {"d"}, columns);
    const Request both = test.next<Put>();
    CHECK(items_of(both) == Texts{"a", "b"});
    CHECK(body_of<Put>(both).columns.trace.view() == "trace 1");
    CHECK(items_of(test.next<Put>()) == Texts{"c"});
    const Request last = test.next<Put>();
    CHECK(items_of(last) == Texts{"d"});
    CHECK(body_of<Put>(last).columns == columns);
}

TEST_CASE("A message carries no more than the manager's frame") {
    ClientTest test;
    test.limits.frame_bytes_max = 100;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const std::string large(40, 'x');
    for (int i = 0; i < 5; ++i) test.put(jobs, {large});
    CHECK(items_of(test.next<Put>()).size() == 2);
    CHECK(items_of(test.next<Put>()).size() == 2);
    CHECK(items_of(test.next<Put>()).size() == 1);
}

TEST_CASE("Large runs are not copied into a common message") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const std::string large(20'000, 'x');
    test.put(jobs, {"a"});
    test.put(jobs, {large});
    test.put(jobs, {"b"});
    CHECK(items_of(test.next<Put>()) == Texts{"a"});
    CHECK(items_of(test.next<Put>()) == Texts{large});
    CHECK(items_of(test.next<Put>()) == Texts{"b"});
}

TEST_CASE("Puts of different queues do not disturb each other's messages") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    test.put(jobs, {"a"});
    test.put(results, {"1"});
    test.put(jobs, {"b"});
    test.put(results, {"2"});
    CHECK(items_of(test.next<Put>()) == Texts{"a", "b"});
    CHECK(items_of(test.next<Put>()) == Texts{"1", "2"});
}

}  // namespace handoff::core::test

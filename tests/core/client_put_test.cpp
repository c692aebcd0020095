#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE("A put ends when the manager has its items") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a", "b", "c"});
    const Request put = test.next<Put>();
    CHECK(body_of<Put>(put).queue == 101);
    CHECK(body_of<Put>(put).first == 1);
    CHECK(body_of<Put>(put).lowest_unconfirmed == 1);
    CHECK(items_of(put) == Texts{"a", "b", "c"});
    CHECK_FALSE(put.remaining.has_value());
    CHECK_FALSE(test.has_ended(call));

    test.take(put);
    CHECK(test.code(call) == errc::ok);
    CHECK(test.outcomes(call) == "1-3 ok");
    CHECK(test.client.pending() == 0);
}

TEST_CASE("The items of a queue are numbered through, those of another by themselves") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    const auto first_of = [&](QueueRef queue, const Texts& items) {
        test.put(queue, items);
        return body_of<Put>(test.next<Put>()).first;
    };
    CHECK(first_of(jobs, {"a", "b"}) == 1);
    CHECK(first_of(jobs, {"c"}) == 3);
    CHECK(first_of(results, {"d"}) == 1);
    CHECK(first_of(jobs, {"e"}) == 4);
}

TEST_CASE("A put tells below which position nothing is waited for") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a", "b", "c"});
    const Request first = test.next<Put>();
    test.put(jobs, {"d"});
    const Request second = test.next<Put>();
    CHECK(body_of<Put>(second).lowest_unconfirmed == 1);
    test.answer(first, PutDone{101, {outcome_of(1, 2)}});
    test.put(jobs, {"e"});
    CHECK(body_of<Put>(test.next<Put>()).lowest_unconfirmed == 3);
    test.take(first);
    test.take(second);
    test.put(jobs, {"f"});
    CHECK(body_of<Put>(test.next<Put>()).lowest_unconfirmed == 5);
}

TEST_CASE("Items that are answered one after the other end the put together") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a", "b", "c", "d"});
    const Request put = test.next<Put>();
    test.answer(put, PutDone{101, {outcome_of(3, 3)}});
    test.answer(put, PutDone{101, {outcome_of(1, 2)}});
    CHECK_FALSE(test.has_ended(call));
    test.answer(put, PutDone{101, {outcome_of(4, 4)}});
    CHECK(test.outcomes(call) == "1-4 ok");
}

TEST_CASE("The first answer about an item is the one that counts") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a", "b", "c"});
    const Request put = test.next<Put>();
    test.answer(put, PutDone{101, {outcome_of(2, 2, errc::full)}});
    test.answer(put, PutDone{101, {outcome_of(1, 3)}});
    CHECK(test.outcomes(call) == "1 ok, 2 full, 3 ok");
}

TEST_CASE("A put that enters in part says which items did") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"z"});
    test.take(test.next<Put>());
    const CallId call = test.put(jobs, {"a", "b", "c"}, at_once());
    const Request put = test.next<Put>();
    CHECK(put.remaining == Millis{0});
    test.answer(put, PutDone{101, {outcome_of(2, 3), outcome_of(4, 4, errc::full)}});
    CHECK(test.code(call) == errc::full);
    CHECK(test.outcomes(call) == "1-2 ok, 3 full");
    CHECK(test.text(call).find("2 of 3 items") != std::string::npos);
}

TEST_CASE("The first refusal names the reason of a put that failed") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a", "b", "c"});
    test.answer(test.next<Put>(), PutDone{101,
                                          {outcome_of(1, 1), outcome_of(2, 2, errc::too_large),
                                           outcome_of(3, 3, errc::closed)}});
    CHECK(test.code(call) == errc::too_large);
    CHECK(test.outcomes(call) == "1 ok, 2 too_large, 3 closed");
}

TEST_CASE("A put that is refused as a whole ends with the manager's reason") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    test.fail(test.next<Put>(), errc::too_large, "the frame is too large");
    CHECK(test.code(call) == errc::too_large);
    CHECK(test.text(call).find("the frame is too large") != std::string::npos);
    test.put(jobs, {"b"});
    CHECK(body_of<Put>(test.next<Put>()).lowest_unconfirmed == 2);
}

TEST_CASE("A put behind one that was refused as a whole waits for what is before them") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId waiting = test.put(jobs, {"a"});
    const Request first = test.next<Put>();
    const CallId refused = test.put(jobs, {"b", "c"});
    const Request second = test.next<Put>();
    const CallId behind = test.put(jobs, {"d"});
    const Request third = test.next<Put>();
    const CallId trying = test.put(jobs, {"e"}, at_once());
    const Request fourth = test.next<Put>();
    test.fail(second, errc::limit_exceeded);
    CHECK(test.code(refused) == errc::limit_exceeded);

    const auto gap = [&](const Request& put) {
        const Position position = body_of<Put>(put).first;
        test.answer(put, PutDone{101, {outcome_of(position, position, errc::gap)}});
    };
    gap(third);
    gap(fourth);
    CHECK(test.silent());
    CHECK(test.code(trying) == errc::full);  // which must not wait
    const CallId late = test.put(jobs, {"f"});
    gap(test.next<Put>());
    test.take(first);
    CHECK(test.code(waiting) == errc::ok);

    const Request again = test.next<Put>();
    CHECK(items_of(again) == Texts{"d"});
    CHECK(body_of<Put>(again).first == 4);
    CHECK(body_of<Put>(again).lowest_unconfirmed == 4);
    const Request last = test.next<Put>();
    CHECK(items_of(last) == Texts{"f"});
    gap(last);
    test.take(again);
    CHECK(test.code(behind) == errc::ok);
    test.take(test.next<Put>());
    CHECK(test.code(late) == errc::ok);
    CHECK(test.silent());
}

TEST_CASE("A first put that seems to follow a gap says that there is none") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    const Request put = test.next<Put>();
    SECTION("told by FAILED") {
        test.fail(put, errc::gap);
    }
    SECTION("told by PUT_DONE") {
        test.answer(put, PutDone{101, {outcome_of(1, 1, errc::gap)}});
    }
    const Request again = test.next<Put>();
    CHECK(again.id > put.id);
    test.fail(put, errc::gap);  // of the message that was replaced
    CHECK(test.silent());
    test.take(again);
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("A manager that sees gaps for ever is not asked for ever") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    int sent = 0;
    while (!test.has_ended(call)) {
        REQUIRE(++sent < 10);
        test.fail(test.next<Put>(), errc::gap);
    }
    CHECK(test.code(call) == errc::gap);
}

TEST_CASE("An answer about positions that nobody waits for is ignored") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    const Request put = test.next<Put>();
    test.answer(put, PutDone{101, {outcome_of(5, ~0ull)}});
    test.answer(put, PutDone{999, {outcome_of(1, 1)}});
    test.answer(put, PutDone{101, {outcome_of(1, 0)}});
    CHECK_FALSE(test.has_ended(call));
    test.take(put);
    test.take(put);
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("A put of no items is done") {
    ClientTest test;
    const CallId call = test.put(test.queue("jobs"), {});
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("Columns travel beside the items") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Columns columns = with_priority(7);
    columns.time_to_live = 5s;
    columns.headers = Slice::copy("\x80");
    test.put(jobs, {"a"}, columns);
    CHECK(body_of<Put>(test.next<Put>()).columns == columns);
}

}  // namespace handoff::core::test

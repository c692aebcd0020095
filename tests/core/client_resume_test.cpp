#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE(
    "What has no answer is sent again after a resume, in the old order, before all that is new") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId get = test.get(jobs);
    const Request first = test.next<Get>();
    const CallId put = test.put(jobs, {"a"});
    const Request second = test.next<Put>();
    const CallId ack = test.ack(jobs, 5);
    const Request third = test.next<Settle>();
    test.link_down();
    const CallId late = test.call(Peek{jobs, ItemState::ready, 1});
    test.pass(2s);
    test.meet_again(true);

    const Request get_again = test.next<Get>();
    CHECK(get_again.id == first.id);
    CHECK(get_again.body == first.body);
    const Request put_again = test.next<Put>();
    CHECK(body_of<Put>(put_again) == body_of<Put>(second));
    const Request ack_again = test.next<Settle>();
    CHECK(ack_again.id == third.id);
    test.answer(test.next<Peek>(), Peeked{});
    CHECK(test.silent());

    test.deliver(get_again, 101, 9, {"x"});
    test.take(put_again);
    test.answer(ack_again, Settled{});
    for (const CallId call : {get, put, ack, late}) CHECK(test.code(call) == errc::ok);
    CHECK(test.client.session_generation() == 0);
}

TEST_CASE("What has been answered is not sent again") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"});
    test.take(test.next<Put>());
    test.ack(jobs, 5);
    test.answer(test.next<Settle>(), Settled{});
    test.meet_again(true);
    CHECK(test.silent());
}

TEST_CASE("An answer that was on its way when the connection went still counts") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    const Request put = test.next<Put>();
    test.link_down();
    test.take(put);
    CHECK(test.code(call) == errc::ok);
    test.link_up();
    test.welcome(test.next<Hello>(), true);
    CHECK(test.silent());
}

TEST_CASE("An answer that comes twice counts once") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    const Request get = test.next<Get>();
    test.meet_again(true);
    const Request again = test.next<Get>();
    test.deliver(get, 101, 5, {"a"});
    test.deliver(again, 101, 5, {"a"});
    CHECK(test.code(call) == errc::ok);
    CHECK(test.silent());  // nothing is given back
}

TEST_CASE("Of a put that entered in part only the rest is sent again") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a", "bb", "ccc", "d"});
    test.answer(test.next<Put>(), PutDone{101, {outcome_of(1, 2)}});
    test.meet_again(true);
    const Request again = test.next<Put>();
    CHECK(body_of<Put>(again).first == 3);
    CHECK(body_of<Put>(again).lowest_unconfirmed == 3);
    CHECK(items_of(again) == Texts{"ccc", "d"});
    test.take(again);
    CHECK(test.outcomes(call) == "1-4 ok");
}

TEST_CASE("Puts that shared a message are sent again together, but for those that are over") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    test.put(jobs, {"a"});
    const CallId b = test.put(jobs, {"b"});
    test.put(jobs, {"c"});
    test.put(jobs, {"d"});
    test.meet();
    test.open_next();
    const Request put = test.next<Put>();
    CHECK(items_of(put) == Texts{"a", "b", "c", "d"});

    SECTION("all of them") {
        test.meet_again(true);
        CHECK(items_of(test.next<Put>()) == Texts{"a", "b", "c", "d"});
    }
    SECTION("without the first, which was answered") {
        test.answer(put, PutDone{101, {outcome_of(1, 1)}});
        test.meet_again(true);
        CHECK(items_of(test.next<Put>()) == Texts{"b", "c", "d"});
    }
    SECTION("in two, as one between them was answered") {
        test.answer(put, PutDone{101, {outcome_of(2, 2)}});
        test.meet_again(true);
        CHECK(items_of(test.next<Put>()) == Texts{"a"});
        const Request rest = test.next<Put>();
        CHECK(items_of(rest) == Texts{"c", "d"});
        CHECK(body_of<Put>(rest).lowest_unconfirmed == 1);
    }
    SECTION("in two, as one between them is not wanted any more") {
        test.cancel(b);
        test.meet_again(true);
        CHECK(items_of(test.next<Put>()) == Texts{"a"});
        const Request withdraw = test.next<Withdraw>();
        CHECK(body_of<Withdraw>(withdraw).positions == Range{2, 2});
        CHECK(items_of(test.next<Put>()) == Texts{"c", "d"});
        test.answer(withdraw, PutDone{101, {outcome_of(2, 2, errc::cancelled)}});
        CHECK(test.code(b) == errc::cancelled);
        test.meet_again(true);
        CHECK(items_of(test.next<Put>()) == Texts{"a"});
        CHECK(items_of(test.next<Put>()) == Texts{"c", "d"});
    }
    CHECK(test.silent());
}

TEST_CASE("New puts do not join those that are sent again") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {"a"});
    test.next<Put>();
    test.link_down();
    test.put(jobs, {"b"});
    test.meet_again(true);
    CHECK(items_of(test.next<Put>()) == Texts{"a"});
    CHECK(items_of(test.next<Put>()) == Texts{"b"});
}

TEST_CASE("The time that is left of a wait goes on while the connection is away") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.get(jobs, test.within(5s));
    CHECK(test.next<Get>().remaining == 5s);
    test.link_down();
    test.pass(2s);
    test.meet_again(true);
    CHECK(test.next<Get>().remaining == 3s);
}

TEST_CASE("A call that ends while the connection is away is asked about when it is back") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId get = test.get(jobs, test.within(1s));
    const RequestId id = test.next<Get>().id;
    const CallId put = test.put(jobs, {"a"}, test.within(1s));
    test.next<Put>();
    test.link_down();
    test.pass(1200ms);
    test.meet_again(true);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == id);
    const Request again = test.next<Get>();
    CHECK(again.id == id);
    test.fail(again, errc::cancelled);
    CHECK(test.code(get) == errc::empty);
    const Request withdraw = test.next<Withdraw>();
    test.answer(withdraw, PutDone{101, {outcome_of(1, 1, errc::cancelled)}});
    CHECK(test.code(put) == errc::full);
    CHECK(test.silent());
}

TEST_CASE("A connection that is lost before WELCOME changes nothing") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a"});
    test.next<Put>();
    for (int i = 0; i < 3; ++i) {
        test.link_down();
        test.link_up();
        test.next<Hello>();
    }
    test.link_down();
    test.link_up();
    test.welcome(test.next<Hello>(), true);
    test.take(test.next<Put>());
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("A queue that was being opened when the connection went is asked for again") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.queue("jobs");
    const CallId call = test.put(jobs, {"a"});
    const Request open = test.next<Open>();
    test.meet_again(true);
    const Request again = test.next<Open>();
    CHECK(again.id == open.id);
    test.answer(again, Opened{42, {}});
    test.take(test.next<Put>());
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("A get whose leases ended before its answer arrived asks anew") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    const Request get = test.next<Get>();
    test.meet_again(true);
    test.fail(test.next<Get>(), errc::lease_lapsed);
    const Request anew = test.next<Get>();
    CHECK(anew.id > get.id);
    test.deliver(anew, 101, 9, {"a"});
    CHECK(test.code(call) == errc::ok);
}

}  // namespace handoff::core::test

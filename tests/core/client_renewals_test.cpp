#include "core/client_fixture.hpp"

// Leases that the client renews while it lives.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

struct Renewing : ClientTest {
    Renewing() {
        meet();
        jobs = open("jobs");
    }

    /// What the client extends now, which the manager grants but for `refused`.
    Settle extended(std::vector<Range> refused = {}) {
        const Request request = next<Settle>();
        const auto settle = body_of<Settle>(request);
        CHECK(settle.verb == Verb::extend);
        answer(request, Settled{std::move(refused)});
        return settle;
    }

    QueueRef jobs = 0;
};

}  // namespace

TEST_CASE("A renewed lease is extended when a third of its time has passed, again and again") {
    Renewing test;
    test.client.renew(test.jobs, {7, 7}, 300ms);
    test.pass(90ms);
    CHECK(test.silent());
    for (int i = 0; i < 5; ++i) {
        test.pass(100ms);
        const Settle extend = test.extended();
        CHECK(extend.tokens == std::vector<Range>{{7, 7}});
        CHECK(extend.lease == Millis{300});
    }
}

TEST_CASE("Leases whose time comes soon are renewed in one message") {
    Renewing test;
    test.client.renew(test.jobs, {1, 2}, 600ms);
    test.pass(80ms);
    test.client.renew(test.jobs, {3, 3}, 600ms);
    test.client.renew(test.jobs, {9, 9}, 600ms);
    test.pass(120ms);
    CHECK(test.extended().tokens == std::vector<Range>{{1, 3}, {9, 9}});
    test.pass(190ms);
    CHECK(test.silent());
}

TEST_CASE("A settled lease is not renewed any more") {
    Renewing test;
    test.client.renew(test.jobs, {1, 4}, 300ms);
    test.ack(test.jobs, 1);
    const Request ack = test.next<Settle>();
    test.answer(ack, Settled{});
    Commit commit;
    commit.acks = {{test.jobs, {{2, 3}}}};
    test.call(commit);
    test.answer(test.next<Commit>(), Done{});
    test.pass(100ms);
    CHECK(test.extended().tokens == std::vector<Range>{{4, 4}});
}

TEST_CASE("A commit that was not done leaves its leases renewed") {
    Renewing test;
    test.client.renew(test.jobs, {2, 2}, 300ms);
    Commit commit;
    commit.acks = {{test.jobs, {{2, 2}}}};
    const CallId call = test.call(commit);
    test.fail(test.next<Commit>(), errc::full);
    CHECK(test.code(call) == errc::full);
    test.pass(100ms);
    CHECK(test.extended().tokens == std::vector<Range>{{2, 2}});
}

TEST_CASE("A lease that the manager does not extend is not renewed any more") {
    Renewing test;
    test.client.renew(test.jobs, {1, 2}, 300ms);
    test.pass(100ms);
    test.extended({{1, 1}});
    test.pass(100ms);
    const Request again = test.next<Settle>();
    CHECK(body_of<Settle>(again).tokens == std::vector<Range>{{2, 2}});
    test.fail(again, errc::stale_reference);
    test.pass(300ms);
    CHECK(test.silent());
}

TEST_CASE("An extension that was refused for a limit is tried again") {
    Renewing test;
    test.client.renew(test.jobs, {1, 1}, 300ms);
    test.pass(100ms);
    test.fail(test.next<Settle>(), errc::limit_exceeded);
    test.pass(100ms);
    CHECK(test.extended().tokens == std::vector<Range>{{1, 1}});
}

TEST_CASE("An extension that is under way is not sent a second time") {
    Renewing test;
    test.client.renew(test.jobs, {1, 1}, 300ms);
    test.pass(100ms);
    const Request extend = test.next<Settle>();
    test.pass(500ms);
    CHECK(test.silent());
    test.answer(extend, Settled{});
    test.pass(0ms);  // what it was renewed for counts from its sending, and is long overdue
    CHECK(test.extended().tokens == std::vector<Range>{{1, 1}});
}

TEST_CASE("The application's own extension is what a lease is renewed for from then on") {
    Renewing test;
    test.client.renew(test.jobs, {1, 1}, 300ms);
    Settle longer = settle_of(Verb::extend, test.jobs, {{1, 1}});
    longer.lease = 30s;
    test.call(longer);
    test.extended();
    test.pass(9s);
    CHECK(test.silent());
    test.pass(1s);
    CHECK(test.extended().lease == Millis{30s});
}

TEST_CASE("Renewals wait for a connection, and end with the session") {
    Renewing test;
    test.client.renew(test.jobs, {1, 1}, 300ms);
    test.link_down();
    test.pass(200ms);
    SECTION("that is resumed") {
        test.meet_again(true);
        test.pass(0ms);
        CHECK(test.extended().tokens == std::vector<Range>{{1, 1}});
    }
    SECTION("that is lost") {
        test.meet_again(false);
        test.pass(1s);
        while (!test.silent()) test.open_next();
        test.pass(1s);
        CHECK(test.silent());
    }
}

TEST_CASE("Nobody is told of renewals, and they are not pending") {
    Renewing test;
    test.client.renew(test.jobs, {1, 1}, 300ms);
    test.pass(100ms);
    CHECK(test.client.pending() == 0);
    test.extended({{1, 1}});
    CHECK_FALSE(test.client.has_completions());
    CHECK(test.client.refused_detached() == 0);
}

}  // namespace handoff::core::test

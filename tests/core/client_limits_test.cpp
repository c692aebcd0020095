#include <map>

#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE("An item that the manager would not take is not sent") {
    ClientTest test;
    test.limits.item_bytes_max = 10;
    const QueueRef jobs = test.queue("jobs");
    const CallId early = test.put(jobs, {"a", std::string(11, 'x')});
    CHECK_FALSE(test.has_ended(early));
    test.meet();
    CHECK(test.code(early) == errc::too_large);
    const CallId late = test.put(jobs, {std::string(11, 'x')});
    CHECK(test.code(late) == errc::too_large);
    for (const char* part :
         {"put on queue \"jobs\" at ipc:///run/x.sock", "11", "item_bytes_max", "10"}) {
        CHECK(test.text(late).find(part) != std::string::npos);
    }
    const CallId fits = test.put(jobs, {std::string(10, 'x'), std::string(10, 'y')});
    test.open_next();
    test.take(test.next<Put>());
    CHECK(test.code(fits) == errc::ok);

    Commit commit;
    commit.puts = {{jobs, {}, run_of({std::string(11, 'x')})}};
    CHECK(test.code(test.call(commit)) == errc::too_large);
}

TEST_CASE("Puts beyond what may wait in the manager stay here until there are answers") {
    ClientTest test;
    test.limits.session_bytes_max = 4000;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const std::string item(700, 'x');
    std::vector<Request> sent;
    for (int i = 0; i < 10; ++i) test.put(jobs, {item}, with_priority(i));
    while (!test.silent()) sent.push_back(test.next<Put>());
    CHECK(sent.size() == 4);  // of 959 bytes each, until three quarters are reached

    SECTION("in their order") {
        test.take(sent[0]);
        CHECK(body_of<Put>(test.next<Put>()).columns.priority == 4);
        CHECK(test.silent());
        test.take(sent[1]);
        CHECK(body_of<Put>(test.next<Put>()).columns.priority == 5);
    }
    SECTION("while other calls pass, as they may be what makes room") {
        test.get(jobs);
        test.ack(jobs, 5);
        test.next<Get>();
        test.next<Settle>();
        CHECK(test.silent());
    }
    SECTION("while those that would overtake them do not") {
        test.call(Close{jobs, false});
        CHECK(test.silent());
        for (const Request& each : sent) test.take(each);
        for (int i = 0; i < 4; ++i) test.take(test.next<Put>());
        for (int i = 0; i < 2; ++i) test.next<Put>();
        test.next<Close>();
    }
    SECTION("while the first of another queue may go, and commits behind it") {
        const QueueRef results = test.open("results");
        test.put(results, {item});
        test.put(results, {item}, with_priority(1));
        const Request first = test.next<Put>();
        CHECK(body_of<Put>(first).queue == 102);
        CHECK(test.silent());
        Commit commit;
        commit.acks = {{jobs, {{7, 7}}}};
        commit.puts = {{results, {}, run_of({"r"})}};
        test.call(commit);
        CHECK(test.silent());
        test.take(first);
        test.next<Put>();
        test.next<Commit>();
    }
}

TEST_CASE("A single put may be larger than all that may wait") {
    ClientTest test;
    test.limits.session_bytes_max = 100;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.put(jobs, {std::string(500, 'x')});
    CHECK(items_of(test.next<Put>()).size() == 1);
}

TEST_CASE("Requests beyond what the manager remembers stay here until there are answers") {
    ClientTest test;
    test.limits.requests_max = 64;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    std::vector<Request> gets;
    for (int i = 0; i < 100; ++i) test.get(jobs);
    while (!test.silent()) gets.push_back(test.next<Get>());
    CHECK(gets.size() == 48);  // three quarters

    SECTION("and calls that end quickly still get through") {
        for (int i = 0; i < 100; ++i) test.ack(jobs, 5);
        std::vector<Request> acks;
        while (!test.silent()) acks.push_back(test.next<Settle>());
        CHECK(acks.size() == 12);
    }
    SECTION("as do puts, which are known by their positions") {
        test.put(jobs, {"a"});
        test.take(test.next<Put>());
    }
    SECTION("and go when there are") {
        test.fail(gets[0], errc::empty);
        test.next<Get>();
        CHECK(test.silent());
    }
}

TEST_CASE(
    "A get that waits long is renewed, so that the manager can forget what it answered since") {
    ClientTest test;
    test.limits.requests_max = 64;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    const Request get = test.next<Get>();
    const auto ack_once = [&] {
        test.ack(jobs, 5);
        const Request ack = test.next<Settle>();
        test.answer(ack, Settled{});
        return ack;
    };
    for (int i = 0; i < 16; ++i) CHECK(ack_once().done_below == get.id);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == get.id);
    CHECK(test.silent());

    SECTION("under a new number") {
        test.fail(get, errc::cancelled);
        const Request anew = test.next<Get>();
        CHECK(anew.id > get.id);
        CHECK(anew.body == get.body);
        CHECK(ack_once().done_below == anew.id);
        CHECK_FALSE(test.has_ended(call));
        test.deliver(anew, 101, 5, {"a"});
        CHECK(test.code(call) == errc::ok);
    }
    SECTION("unless its items were on their way") {
        test.deliver(get, 101, 5, {"a"});
        CHECK(test.code(call) == errc::ok);
        CHECK(test.silent());
    }
    SECTION("also if the connection is lost meanwhile") {
        test.meet_again(true);
        CHECK(body_of<Cancel>(test.next<Cancel>()).target == get.id);
        test.fail(test.next<Get>(), errc::cancelled);
        const Request anew = test.next<Get>();
        CHECK(anew.id > get.id);
        CHECK_FALSE(test.has_ended(call));
    }
    SECTION("and can still be cancelled by its caller") {
        test.cancel(call);
        test.fail(get, errc::cancelled);
        CHECK(test.code(call) == errc::cancelled);
    }
}

TEST_CASE("Answers that the manager cannot forget keep no call that waits from being sent") {
    ClientTest test;
    test.limits.requests_max = 640;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    std::map<RequestId, Request> waiting;
    for (int i = 0; i < 465; ++i) {
        test.get(jobs);
        const Request get = test.next<Get>();
        waiting.emplace(get.id, get);
    }
    for (int i = 0; i < 20; ++i) {
        test.ack(jobs, 5);
        test.answer(test.next<Settle>(), Settled{});
    }
    CHECK(test.silent());
    test.get(jobs);  // beside 465 that wait and 20 that were answered there is no room
    for (int messages = 0; !test.silent(); ++messages) {
        REQUIRE(messages < 1000);
        const Request next = test.next_request();
        if (const Cancel* cancel = std::get_if<Cancel>(&next.body)) {
            const auto renewed = waiting.extract(cancel->target);
            REQUIRE_FALSE(renewed.empty());
            test.fail(renewed.mapped(), errc::cancelled);
        } else {
            REQUIRE(std::holds_alternative<Get>(next.body));
            waiting.emplace(next.id, next);
        }
    }
    CHECK(waiting.size() == 466);
}

TEST_CASE("Behind a call that is not answered others are renewed once, and not again and again") {
    ClientTest test;
    test.limits.requests_max = 64;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.get(jobs);
    test.next<Get>();  // whose cancellation the manager does not answer, either
    test.get(jobs);
    const Request second = test.next<Get>();
    for (int i = 0; i < 16; ++i) {
        test.ack(jobs, 5);
        test.answer(test.next<Settle>(), Settled{});
    }
    test.next<Cancel>();
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == second.id);
    test.fail(second, errc::cancelled);
    CHECK(test.next<Get>().id > second.id);
    CHECK(test.silent());
}

TEST_CASE("A commit that is renewed comes before the puts that were begun after it") {
    ClientTest test;
    test.limits.requests_max = 64;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    Commit commit;
    commit.puts = {{jobs, {}, run_of({"first"})}};
    test.call(commit);
    const Request sent = test.next<Commit>();
    for (int i = 0; i < 40; ++i) test.get(jobs);  // which with the answers below leave no room
    std::vector<Request> gets;
    for (int i = 0; i < 40; ++i) gets.push_back(test.next<Get>());
    for (int i = 0; i < 16; ++i) {
        test.ack(jobs, 5);
        test.answer(test.next<Settle>(), Settled{});
    }
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == sent.id);
    while (!test.silent()) test.next<Cancel>();

    test.put(jobs, {"second"});
    test.fail(sent, errc::cancelled);
    while (!test.silent()) test.next<Cancel>();  // there is no room for the commit
    for (const Request& get : gets) test.fail(get, errc::empty);
    CHECK(test.next<Commit>().id > sent.id);
    CHECK(items_of(test.next<Put>()) == Texts{"second"});
}

TEST_CASE("However long a get waits, the client never has more requests than the manager allows") {
    ClientTest test;
    test.limits.requests_max = 64;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId waiting = test.get(jobs);
    Request get = test.next<Get>();
    RequestId newest = get.id;
    for (int i = 0; i < 1000; ++i) {
        test.ack(jobs, 5);
        while (!test.silent()) {
            const Request request = test.next_request();
            if (std::holds_alternative<Cancel>(request.body)) {
                test.fail(get, errc::cancelled);
            } else if (std::holds_alternative<Get>(request.body)) {
                get = request;
            } else {
                test.answer(request, Settled{});
            }
            newest = std::max(newest, request.id);
            REQUIRE(newest - request.done_below < 64);
        }
    }
    CHECK(test.client.pending() == 1);
    CHECK_FALSE(test.has_ended(waiting));
}

TEST_CASE("Calls that are over do not pile up while the manager says nothing") {
    ClientTest test;
    test.limits.requests_max = 64;
    test.answers_heartbeats = false;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    for (int i = 0; i < 500; ++i) {
        const CallId call = test.get(jobs, test.within(10ms));
        test.pass(600ms);
        CHECK(test.code(call) == errc::empty);
    }
    CHECK(test.client.pending() == 0);
    std::size_t sent = 0;
    while (!test.silent()) {
        if (std::holds_alternative<Get>(test.next_request().body)) ++sent;
    }
    CHECK(sent <= 48);
}

}  // namespace handoff::core::test

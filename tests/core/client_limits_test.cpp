#include <set>
#include <vector>

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

TEST_CASE("While a get waits long, the manager is told which answers it may forget") {
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
    const std::vector<Range> answered = {{get.id + 1, get.id + 16}};
    const Request told = test.next<Heartbeat>();
    CHECK(body_of<Heartbeat>(told).answered == answered);
    test.answer(told, Alive{});
    CHECK(test.silent());

    SECTION("once") {
        for (int i = 0; i < 15; ++i) ack_once();
        CHECK(test.silent());
    }
    SECTION("and again if the connection is lost, as it may not have heard") {
        test.meet_again(true);
        CHECK(test.next<Get>().id == get.id);
        CHECK(body_of<Heartbeat>(test.next<Heartbeat>()).answered == answered);
    }
    SECTION("and the get goes on") {
        test.deliver(get, 101, 5, {"a"});
        CHECK(test.code(call) == errc::ok);
        test.get(jobs);
        CHECK(test.next<Get>().done_below > answered.front().last);
    }
}

TEST_CASE("Answers that the manager has to remember keep no call that waits from being sent") {
    ClientTest test;
    test.limits.requests_max = 640;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    for (int i = 0; i < 465; ++i) {
        test.get(jobs);
        test.next<Get>();
    }
    for (int i = 0; i < 20; ++i) {
        test.ack(jobs, 5);
        test.answer(test.next<Settle>(), Settled{});
    }
    CHECK(test.silent());
    test.get(jobs);  // beside 465 that wait and 20 that were answered there is no room
    CHECK(body_of<Heartbeat>(test.next<Heartbeat>()).answered.size() == 1);
    test.next<Get>();
}

TEST_CASE("However long a get waits, the client never has more requests than the manager allows") {
    ClientTest test;
    test.limits.requests_max = 64;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId waiting = test.get(jobs);
    std::set<RequestId> remembered = {test.next<Get>().id};
    for (int i = 0; i < 1000; ++i) {
        test.ack(jobs, 5);
        while (!test.silent()) {
            const Request request = test.next_request();
            remembered.erase(remembered.begin(), remembered.lower_bound(request.done_below));
            if (const auto* told = std::get_if<Heartbeat>(&request.body)) {
                for (const Range& range : told->answered) {
                    remembered.erase(remembered.lower_bound(range.first),
                                     remembered.upper_bound(range.last));
                }
                test.answer(request, Alive{});
            } else {
                remembered.insert(request.id);
                test.answer(request, Settled{});
            }
            REQUIRE(remembered.size() < 64);
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

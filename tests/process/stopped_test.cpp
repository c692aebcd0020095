// Processes that are stopped for longer than a session lives, and then continued.
#include <chrono>
#include <string>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::errc;
using handoff::Lease;
using handoff::Manager;
using handoff::Queue;
using handoff::QueueStats;
using handoff::test::Background;
using handoff::test::eventually;
using handoff::test::gets_wait;
using namespace std::chrono_literals;

namespace {

/// How a call ended in a child, told through a pipe.
template <typename Call>
void tell(const Pipe& told, Call call) {
    told.send(std::string(handoff::to_string(code_of(call))) + "\n");
}

std::string heard(const Pipe& told) {
    std::string line;
    for (std::string next = told.receive(); next != "\n"; next = told.receive()) {
        line += next;
    }
    return line;
}

}  // namespace

TEST_CASE("a manager stopped for longer than a session lives has lost nobody when it goes on") {
    const HastyPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    ManagerChild manager{place.config};
    Client worker{place.config};
    Client idle{place.config};
    Queue<int> jobs = worker.queue<int>("jobs");
    Queue<int> later = idle.queue<int>("later");
    jobs.put_many({1, 2});
    Background<int> get{[&](std::stop_token stop) { return later.get(stop); }};
    REQUIRE(gets_wait(later, 1));
    Lease<int> brief = jobs.lease({.ttl = 700ms});
    Lease<int> session = jobs.lease({.ttl = 1h});

    manager.stop();
    REQUIRE(manager.lives_for(1000ms));
    manager.go_on();

    CHECK_NOTHROW(brief.ack());  // it has been lengthened by the pause
    REQUIRE(manager.lives_for(2 * HastyPlace::session_limit));
    CHECK_NOTHROW(session.ack());
    later.put(3);
    CHECK(get.result() == 3);
    const handoff::ManagerStats stats = idle.stats();
    CHECK(stats.sessions == 2);
    CHECK(stats.sessions_lost == 0);
    CHECK(jobs.stats().redeliveries == 0);
}

TEST_CASE("calls that wait while their manager is stopped are done when it goes on") {
    const HastyPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    ManagerChild manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    manager.stop();
    Background<bool> put{[&](std::stop_token stop) {
        queue.put(1, {}, stop);
        return true;
    }};
    Background<int> get{[&](std::stop_token stop) { return queue.get(stop); }};
    REQUIRE(manager.lives_for(3 * HastyPlace::session_limit));
    CHECK_FALSE(put.done());
    CHECK_FALSE(get.done());
    manager.go_on();
    CHECK(put.code() == errc::ok);
    CHECK(get.result() == 1);
    CHECK(queue.stats().puts == 1);
    CHECK(client.stats().sessions_lost == 0);
}

TEST_CASE("a worker stopped for longer than its session is refused its acknowledgement") {
    const HastyPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    const Pipe told;
    const Pipe question;
    Tethered worker{[&] {
        Client client{place.config};
        Queue<int> jobs = client.queue<int>("jobs");
        Lease<int> job = jobs.lease({.ttl = 1h});
        told.send("l");
        static_cast<void>(question.receive());
        tell(told, [&] { job.ack(); });
        tell(told, [&] { jobs.put(*job + 1); });  // and it can go on
        return *job == 1 ? 0 : 1;
    }};
    Client client{place.config};
    Queue<int> jobs = client.queue<int>("jobs");
    jobs.put(1);
    REQUIRE(told.receive() == "l");

    worker.stop();
    Lease<int> again = jobs.lease();  // as soon as the worker's session has ended
    CHECK(*again == 1);
    CHECK(again.deliveries() == 2);
    worker.go_on();
    question.send("q");
    const std::string refusal = heard(told);
    INFO(refusal);
    CHECK((refusal == "lease_lapsed" || refusal == "session_lost"));
    CHECK(heard(told) == "ok");
    CHECK(worker.exit_code() == 0);
    CHECK_NOTHROW(again.ack());
    CHECK(jobs.get() == 2);
    const QueueStats stats = jobs.stats();
    CHECK(stats.unfinished() == 0);
    CHECK(stats.acks == 2);
    CHECK(stats.redeliveries == 1);
    CHECK(manager.stats().sessions_lost == 1);
}

TEST_CASE("a get that was given its item while stopped does not hand it out too late") {
    const HastyPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    const Pipe told;
    Tethered consumer{[&] {
        Client client{place.config};
        Queue<int> queue = client.queue<int>("q");
        tell(told, [&] { told.send(std::to_string(queue.get()) + " "); });
        tell(told, [&] { told.send(std::to_string(queue.get()) + " "); });
    }};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    for (const bool waits_first : {true, false}) {
        CAPTURE(waits_first);
        REQUIRE(gets_wait(queue, 1));
        consumer.stop();
        queue.put(1);
        // The delivery is on its way, and lies before the consumer until it goes on.
        REQUIRE(eventually([&] { return queue.stats().deliveries % 2 == 1; }));
        CHECK(queue.get() == 1);
        consumer.go_on();
        const std::string end = heard(told);
        INFO(end);
        CHECK(end == "session_lost");
    }
    CHECK(consumer.exit_code() == 0);
    const QueueStats stats = queue.stats();
    CHECK(stats.acks == 2);
    CHECK(stats.deliveries == 4);
    CHECK(stats.unfinished() == 0);
}

TEST_CASE("a consumer stopped at any moment never finishes what another one was given") {
    const HastyPlace place{"ipc"};
    const Manager manager{place.config};
    const Pipe told;
    Tethered consumer{[&] {
        Client client{place.config};
        Queue<int> queue = client.queue<int>("q");
        for (;;) {
            try {
                Lease<int> item = queue.lease();
                told.send(code_of([&] { item.ack(); }) == errc::ok ? "a" : "?");
            } catch (const handoff::Error& error) {
                const bool refused =
                    error.code() == errc::session_lost || error.code() == errc::lease_lapsed;
                if (!refused) return 1;
            }
        }
    }};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    int finished_there = 0;
    for (int item = 0; item < 6; ++item) {
        CAPTURE(item);
        REQUIRE(gets_wait(queue, 1));
        queue.put(item);  // and now it is a race
        consumer.stop();
        // Its session ends, with the item or without.
        REQUIRE(eventually([&] { return manager.stats().sessions == 1; }));
        const bool finished_here = queue.try_get().has_value();
        consumer.go_on();
        REQUIRE(gets_wait(queue, 1));
        const std::string end = told.is_readable() ? told.receive() : "nothing";
        CAPTURE(end);
        if (finished_here) {
            CHECK(end != "a");
        } else {
            // Its session may have ended between the acknowledgement and the answer.
            CHECK((end == "a" || end == "?"));
            ++finished_there;
        }
        CHECK_FALSE(told.is_readable());
    }
    CHECK(queue.stats().acks == 6);
    CHECK(manager.stats().sessions_lost == 6);
    UNSCOPED_INFO(finished_there << " of 6 items were finished before the stop");
    consumer.kill();
}

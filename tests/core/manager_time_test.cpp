#include "core/manager_agenda.hpp"
#include "core/manager_clock.hpp"
#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using handoff::core::manager::Agenda;
using handoff::core::manager::Clock;

TEST_CASE("an agenda gives what is due, earliest first, and of equal times the smallest key") {
    Agenda<int> agenda;
    agenda.set(3, 10ms);
    agenda.set(2, 30ms);
    agenda.set(1, 10ms);
    CHECK(agenda.next() == 10ms);
    CHECK_FALSE(agenda.pop_due(9ms));
    CHECK(agenda.pop_due(20ms) == 1);
    CHECK(agenda.pop_due(20ms) == 3);
    CHECK_FALSE(agenda.pop_due(20ms));
    CHECK(agenda.next() == 30ms);
}

TEST_CASE("an agenda has one time for each key: the last one that was set") {
    Agenda<int> agenda;
    agenda.set(1, 10ms);
    agenda.set(1, 50ms);
    CHECK(agenda.next() == 50ms);
    agenda.set(1, never);
    CHECK(agenda.next() == never);
    agenda.erase(1);
    agenda.set(2, never);
    CHECK_FALSE(agenda.pop_due(never));
}

TEST_CASE("a manager's clock leaves out the gaps in which it did not run") {
    Clock clock({100s, 0s}, 10s);
    clock.set({102s, 0s});
    CHECK(clock.now().boot == 102s);
    clock.set({200s, 90s});
    CHECK(clock.now().boot == 102s);
    CHECK(clock.now().wall == 90s);
    clock.set({201s, 91s});
    CHECK(clock.now().boot == 103s);
    CHECK(clock.uptime() == 101s);
    CHECK(clock.to_caller(104s) == 202s);
    CHECK(clock.to_caller(never) == never);
    clock.set({150s, 91s});  // it never goes back
    CHECK(clock.now().boot == 103s);
}

TEST_CASE("a manager that was stopped takes it out on nobody: no session, lease or wait ends") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    const Call got = ann.get(jobs);
    const Call waiting = bob.get(jobs, 20s);
    test.stop_for(1h);
    test.pass(1ms);
    CHECK(test.machine.report(test.now).manager.sessions == 2);
    CHECK(ann.stats(jobs).lapses == 0);
    CHECK_FALSE(waiting.answered());
    test.pass(20s);
    CHECK(waiting.code() == errc::empty);
    test.pass(10s);
    CHECK(ann.stats(jobs).lapses == 1);
    CHECK(ann.ack(jobs, got.tokens()).refused() == "1");
}

TEST_CASE("the first message after a stop is enough to notice it") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    bob.freeze();
    test.stop_for(1h);
    ann.put(jobs, {"a"});
    test.pass(9s);
    CHECK(test.machine.report(test.now).manager.sessions == 2);
    test.pass(1s);
    CHECK(test.machine.report(test.now).manager.sessions == 1);
}

TEST_CASE("a step of a quarter of the session limit is no gap") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call waiting = ann.get(jobs, 2500ms);
    test.stop_for(2500ms);
    test.machine.tick(test.now);
    test.end_turn();
    CHECK(waiting.code() == errc::empty);
}

TEST_CASE("delays and times to live go by the wall clock and run on while the manager is stopped") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"later"}, forever, with_delay(1h));
    ann.put(jobs, {"gone"}, forever, with_time_to_live(1h));
    test.stop_for(1h);
    test.machine.tick(test.now);
    CHECK(ann.drain(jobs) == Texts{"later"});
    CHECK(ann.stats(jobs).expired == 1);
}

TEST_CASE("a manager with nothing to do has no deadline") {
    ManagerTest test;
    CHECK(test.machine.next_deadline().boot == never);
    CHECK(test.machine.next_deadline().wall == never);
}

TEST_CASE("a deadline is told soon enough that waiting for it is not taken for a stop") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    CHECK(test.machine.next_deadline().boot == test.now.boot + 1250ms);
    ann.get(jobs, 100ms);
    CHECK(test.machine.next_deadline().boot == test.now.boot + 100ms);
    ann.put(jobs, {"a"}, forever, with_delay(3h));
    CHECK(test.machine.next_deadline().wall == test.now.wall + 3h);
}

TEST_CASE("whoever sleeps until the next deadline meets all of them in time") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs, 9s);
    int naps = 0;
    while (!get.answered() && ++naps < 100) {
        const Deadlines next = test.machine.next_deadline();
        REQUIRE(next.boot > test.now.boot);
        const Time nap = next.boot - test.now.boot;
        test.now.boot += nap;
        test.now.wall += nap;
        test.machine.tick(test.now);
        test.end_turn();
    }
    CHECK(get.code() == errc::empty);
    CHECK(naps < 12);
}

TEST_CASE("a clock that stands still or goes back does no harm") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs, 1s);
    test.machine.tick({test.now.boot - 30min, test.now.wall - 30min});
    test.machine.tick({});
    CHECK_FALSE(get.answered());
    test.pass(1s);
    CHECK(get.code() == errc::empty);
}

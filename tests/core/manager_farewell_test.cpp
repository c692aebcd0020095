#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

void say_farewell(ManagerTest& test) {
    test.machine.say_farewell(test.now);
    test.end_turn();
}

}  // namespace

TEST_CASE("a farewell tells of the end of a closed queue, also who does not wait") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call idle = bob.credit(jobs, 0);
    CHECK(idle.code() == errc::ok);
    ann.close(jobs);
    CHECK(idle.answers() == 1);
    say_farewell(test);
    CHECK(idle.answers() == 2);
    CHECK(idle.code() == errc::closed);
}

TEST_CASE("a farewell is answered when all who ever said CREDIT have given something back") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    const Call idle = bob.credit(jobs, 0);
    eve.credit(jobs, 3);
    CHECK(test.machine.farewell_is_answered());
    say_farewell(test);
    CHECK(bob.recalls().size() == 1);
    CHECK(idle.code() == errc::ok);  // the queue is open
    CHECK_FALSE(test.machine.farewell_is_answered());
    bob.settle(Verb::giveback, jobs, {});
    CHECK_FALSE(test.machine.farewell_is_answered());
    eve.settle(Verb::giveback, jobs, {});
    CHECK(test.machine.farewell_is_answered());
}

TEST_CASE("the answer to an earlier recall is none to a farewell") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a", "b"});
    bob.credit(jobs, 2);
    eve.credit(jobs, 1);
    REQUIRE(bob.recalls().size() == 1);
    eve.hang_up();
    say_farewell(test);
    CHECK(bob.recalls().size() == 2);
    bob.settle(Verb::giveback, jobs, {});
    CHECK_FALSE(test.machine.farewell_is_answered());
    bob.settle(Verb::giveback, jobs, {});
    CHECK(test.machine.farewell_is_answered());
}

TEST_CASE("nobody waits for the answer of one who cannot be reached") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    bob.credit(jobs, 1);
    eve.credit(jobs, 1);
    bob.hang_up();
    say_farewell(test);
    CHECK_FALSE(test.machine.farewell_is_answered());
    eve.hang_up();
    CHECK(test.machine.farewell_is_answered());
}

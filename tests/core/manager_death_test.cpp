// Sessions of which somebody sees that their process has ended.
#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

constexpr Holder first_session = 1;

const ClientProcess ann_process{"boot", 4026531836, 17, 12345};

/// Goes on with ann's session, saying who she is.
const ReplyBody& introduce(ManagerTest& test, Client& ann) {
    Hello hello = ann.next_hello();
    hello.boot_id = ann_process.boot_id;
    hello.pid_namespace = ann_process.pid_namespace;
    hello.pid = ann_process.pid;
    hello.start_time = ann_process.start_time;
    return ann.say_hello(hello, test.new_connection());
}

/// That of the first client.
void end_process(ManagerTest& test, Client& ann) {
    ann.freeze();
    test.machine.process_ended(first_session, test.now);
    test.end_turn();
}

}  // namespace

TEST_CASE("what a dead process had leased goes back within milliseconds") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& ben = test.client("ben");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    CHECK(ann.get(jobs).items() == Texts{"a"});
    const Call waiting = ben.get(ben.open("jobs"));
    end_process(test, ann);
    CHECK_FALSE(waiting.answered());  // what ann sent before may still be on its way
    test.pass(2ms);
    CHECK(waiting.items() == Texts{"a"});
    CHECK(waiting.deliveries() == 2);
    CHECK(test.machine.report(test.now).manager.sessions == 1);
    CHECK(test.machine.report(test.now).manager.sessions_lost == 1);
}

TEST_CASE("what a process sent before its end is carried out") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a", "b"});
    const Call got = ann.get(jobs);
    end_process(test, ann);
    test.pass(1ms);
    CHECK(ann.ack(jobs, got.tokens()).refused().empty());
    ann.put(jobs, {"c"});
    test.pass(10ms);
    Client& ben = test.client("ben");
    CHECK(ben.get(ben.open("jobs"), no_wait, 5).items() == Texts{"b", "c"});
}

TEST_CASE("messages of a dead process do not keep its session for long") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    end_process(test, ann);
    for (int i = 0; i < 60; ++i) {
        test.pass(1ms);
        ann.put(jobs, {"a"});
    }
    CHECK(test.machine.report(test.now).manager.sessions == 0);
}

TEST_CASE("nothing is handed out to a dead process") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& ben = test.client("ben");
    const QueueHandle jobs = ann.open("jobs");
    const Call waiting = ann.get(jobs);
    const QueueHandle streamed = ann.open("streamed");
    ann.credit(streamed, 10);
    end_process(test, ann);
    ben.put(ben.open("jobs"), {"a"});
    ben.put(ben.open("streamed"), {"b"});
    CHECK_FALSE(waiting.answered());
    const Call got = ben.get(jobs, no_wait);
    CHECK(got.items() == Texts{"a"});
    CHECK(got.deliveries() == 1);
    CHECK(ben.get(streamed, no_wait).deliveries() == 1);
}

TEST_CASE("the end of a process whose session is over, or never was, changes nothing") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.ask(Goodbye{});
    end_process(test, ann);
    test.machine.process_ended(99, test.now);
    test.pass(10ms);
    CHECK(test.machine.report(test.now).manager.sessions == 0);
    CHECK(test.machine.report(test.now).manager.sessions_lost == 0);
}

TEST_CASE("processes that say who they are are to be looked after, until their sessions end") {
    ManagerTest test;
    Client& ann = test.client("ann");
    CHECK(test.machine.take_watches().empty());  // she did not say
    introduce(test, ann);
    CHECK(test.machine.take_watches() == std::vector<Watch>{{first_session, ann_process}});
    introduce(test, ann);
    CHECK(test.machine.take_watches().empty());
    ann.ask(Goodbye{});
    CHECK(test.machine.take_watches() == std::vector<Watch>{{first_session, std::nullopt}});
}

TEST_CASE("a manager that goes by silence alone looks after no process") {
    ManagerSettings settings;
    settings.watches_processes = false;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    introduce(test, ann);
    ann.ask(Goodbye{});
    CHECK(test.machine.take_watches().empty());
}

TEST_CASE("a session that is taken over from a dead process goes on") {
    ManagerTest test;
    Client& ann = test.client("ann");
    introduce(test, ann);
    static_cast<void>(test.machine.take_watches());
    end_process(test, ann);
    introduce(test, ann);
    CHECK(test.machine.take_watches() == std::vector<Watch>{{first_session, ann_process}});
    test.pass(10ms);
    CHECK(test.machine.report(test.now).manager.sessions == 1);
}

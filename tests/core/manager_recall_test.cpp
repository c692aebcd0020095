#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

TEST_CASE("a get that waits gets back an item that a consumer holds untaken") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 4));
    bob.credit(jobs, 10);
    bob.cursor(jobs, 1);
    const Call waiting = eve.get(jobs);
    CHECK(bob.recalls() == std::vector<std::uint32_t>{1});
    CHECK_FALSE(waiting.answered());
    bob.give_back(jobs, {4, 4});
    CHECK(waiting.items() == Texts{"4"});
    CHECK(waiting.deliveries() == 1);
    CHECK(bob.streamed() == numbers(1, 4));
}

TEST_CASE("the consumer that holds most is asked, for as many items as there are in want") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    Client& joe = test.client("joe");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 6));
    bob.credit(jobs, 2);
    eve.credit(jobs, 4);
    joe.get(jobs);
    CHECK(bob.recalls().empty());
    CHECK(eve.recalls() == std::vector<std::uint32_t>{1});
    joe.get(jobs);
    joe.get(jobs);
    CHECK(eve.recalls() == std::vector<std::uint32_t>{1});
    CHECK(bob.recalls() == std::vector<std::uint32_t>{1});
    eve.give_back(jobs, {6, 6});
    CHECK(eve.recalls() == std::vector<std::uint32_t>{1, 1});
}

TEST_CASE("no recall is repeated before something was heard of the first") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 3));
    bob.credit(jobs, 3);
    const Call waiting = eve.get(jobs);
    test.pass(1s);
    eve.get(jobs, 1s);
    CHECK(bob.recalls().size() == 1);
    bob.cursor(jobs, 2);  // two are taken; the third can still be asked back
    CHECK(bob.recalls().size() == 2);
    bob.give_back(jobs, {3, 3});
    CHECK(waiting.items() == Texts{"3"});
}

TEST_CASE("a recalled consumer that has taken everything meanwhile gives nothing back") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    bob.credit(jobs, 3);
    const Call waiting = eve.get(jobs);
    CHECK(bob.recalls().size() == 1);
    Settle nothing;
    nothing.verb = Verb::giveback;
    nothing.queue = jobs;
    nothing.cursor = Cursor{jobs, 1};
    CHECK(bob.ask(nothing).refused().empty());
    CHECK(bob.recalls().size() == 1);
    CHECK_FALSE(waiting.answered());
    ann.put(jobs, {"2"});
    CHECK(waiting.items() == Texts{"2"});
}

TEST_CASE("a taken item is not given back, whatever the consumer says") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"});
    bob.credit(jobs, 2);
    bob.cursor(jobs, 1);
    CHECK(bob.give_back(jobs, {1, 2}).refused() == "1");
}

TEST_CASE("a consumer in want gets items that another one hoards") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 4));
    bob.credit(jobs, 10);
    eve.credit(jobs, 10);
    CHECK(bob.recalls() == std::vector<std::uint32_t>{1});
    bob.give_back(jobs, {4, 4});
    CHECK(eve.streamed() == Texts{"4"});
    CHECK(bob.streamed() == numbers(1, 4));
}

TEST_CASE("two busy consumers do not hand an item to and fro for ever") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    bob.credit(jobs, 10);
    eve.credit(jobs, 10);
    bob.give_back(jobs, bob.last_streamed());
    CHECK(eve.streamed() == Texts{"1"});
    CHECK(eve.recalls().empty());
    test.pass(1min);
    CHECK(eve.recalls().empty());
    bob.credit(jobs, 10);  // its application moves on and is in want again
    CHECK(eve.recalls().size() == 1);
}

TEST_CASE("what is given back takes its old place") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 4));
    bob.credit(jobs, 3);
    bob.credit(jobs, 0);
    bob.give_back(jobs, {2, 3});
    CHECK(ann.drain(jobs) == Texts{"2", "3", "4"});
}

TEST_CASE("a recall is forgotten with the session that it went to") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"});
    bob.credit(jobs, 2);
    const Call one = eve.get(jobs);
    const Call two = eve.get(jobs);
    const Call three = eve.get(jobs);
    bob.ask(Goodbye{});
    CHECK(one.items() == Texts{"1"});
    CHECK(two.items() == Texts{"2"});
    ann.put(jobs, {"3"});
    CHECK(three.items() == Texts{"3"});
}

TEST_CASE("a get gets back what its own session's consumer holds") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    ann.credit(jobs, 1);
    const Call waiting = ann.get(jobs);
    CHECK(ann.recalls().size() == 1);
    ann.give_back(jobs, {1, 1});
    CHECK(waiting.items() == Texts{"1"});
}

TEST_CASE("nobody is asked for items while some are ready, or while nobody is in want") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 6));
    bob.credit(jobs, 3);
    eve.credit(jobs, 2);
    CHECK(ann.get(jobs).items() == Texts{"6"});
    CHECK(ann.get(jobs, no_wait).code() == errc::empty);
    CHECK(bob.recalls().empty());
    CHECK(eve.recalls().empty());
}

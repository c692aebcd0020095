#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

void bury_all(Client& client, QueueHandle queue) {
    for (;;) {
        const Call get = client.get(queue, no_wait, 100);
        if (get.code() != errc::ok) return;
        client.bury(queue, get.tokens());
    }
}

}  // namespace

TEST_CASE("a buried item moves to the dead-letter queue, with its reason and as a new item") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("jobs.dead"));
    Columns columns;
    columns.headers = Slice::copy("headers");
    columns.trace = Slice::copy("trace");
    ann.put(jobs, {"bad"}, forever, columns);
    Settle bury;
    bury.verb = Verb::bury;
    bury.queue = jobs;
    bury.tokens = {ann.get(jobs).tokens()};
    bury.reason = "it was bad";
    ann.ask(bury);
    CHECK(ann.stats(jobs).dead == 0);
    CHECK(ann.stats(jobs).dead_lettered == 1);
    const Call found = ann.get(ann.open("jobs.dead"));
    CHECK(found.items() == Texts{"bad"});
    CHECK(found.deliveries() == 1);
    CHECK(found.as<Deliver>().parts.at(0).reason == "it was bad");
    CHECK(found.as<Deliver>().parts.at(0).headers.view() == "headers");
    CHECK(found.as<Deliver>().parts.at(0).trace.view() == "trace");
}

TEST_CASE("an item that was delivered too often moves to the dead-letter queue") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("jobs.dead", 2));
    ann.put(jobs, {"poison"});
    ann.release(jobs, ann.get(jobs).tokens());
    ann.get(jobs);
    test.pass(30s);  // the second delivery lapses
    CHECK(ann.stats(jobs).ready == 0);
    CHECK(ann.drain(ann.open("jobs.dead")) == Texts{"poison"});
}

TEST_CASE("items that a dying session poisons move in the same step") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("jobs.dead", 1));
    const Call waiting = ann.get(ann.open("jobs.dead"));
    ann.put(jobs, {"poison"});
    bob.get(jobs);
    bob.freeze();
    test.pass(10s);
    CHECK(waiting.items() == Texts{"poison"});
}

TEST_CASE("without a dead-letter queue the dead stay, and count against the capacity") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"bad"});
    bury_all(ann, jobs);
    ann.put(jobs, {"next"}, no_wait);
    CHECK(ann.fate(jobs) == "1 ok 2 full");
    CHECK(ann.stats(jobs).dead == 1);
}

TEST_CASE("as many of the dead move as fit, and the others when there is room again") {
    ManagerSettings settings;
    settings.queues["jobs.dead"].capacity = 2;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("jobs.dead"));
    const QueueHandle dead = ann.open("jobs.dead");
    ann.put(jobs, {"1", "2", "3"});
    bury_all(ann, jobs);
    CHECK(ann.stats(jobs).dead == 1);
    CHECK(ann.stats(dead).ready == 2);
    const Call join = ann.join(jobs);
    CHECK(join.code() == errc::ok);
    CHECK(ann.drain(dead) == Texts{"1", "2", "3"});
    CHECK(ann.stats(jobs).dead == 0);
}

TEST_CASE("the dead of several queues share one dead-letter queue") {
    ManagerSettings settings;
    settings.queues["dead"].capacity = 1;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one", with_dead_letter("dead"));
    const QueueHandle two = ann.open("two", with_dead_letter("dead"));
    ann.put(one, {"1"});
    ann.put(two, {"2"});
    bury_all(ann, one);
    bury_all(ann, two);
    CHECK(ann.stats(two).dead == 1);
    CHECK(ann.drain(ann.open("dead")) == Texts{"1", "2"});
    CHECK(ann.stats(two).dead == 0);
}

TEST_CASE("a move of dead items makes room for puts that wait") {
    ManagerSettings settings;
    settings.queues["dead"].capacity = 1;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    QueueOptions options = with_dead_letter("dead");
    options.capacity = 2;
    const QueueHandle jobs = ann.open("jobs", options);
    const QueueHandle dead = ann.open("dead");
    ann.put(jobs, {"1", "2"});
    bury_all(ann, jobs);
    ann.put(jobs, {"3", "4"});
    CHECK(ann.fate(jobs) == "1-3 ok");
    CHECK(ann.drain(dead) == Texts{"1", "2"});
    CHECK(ann.fate(jobs) == "1-4 ok");
}

TEST_CASE("a dead-letter queue that was destroyed is made again when something dies") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("dead"));
    ann.put(jobs, {"1"});
    bury_all(ann, jobs);
    ann.ask(Destroy{ann.open("dead")});
    ann.put(jobs, {"2"});
    bury_all(ann, jobs);
    CHECK(ann.drain(ann.open("dead")) == Texts{"2"});
}

TEST_CASE("the dead stay while their dead-letter queue is closed or cannot be made") {
    ManagerSettings settings;
    settings.queues_max = 2;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one", with_dead_letter("two"));
    const QueueHandle two = ann.open("two", with_dead_letter("three"));
    ann.close(two);
    ann.put(one, {"1"});
    bury_all(ann, one);
    CHECK(ann.stats(one).dead == 1);
    ann.ask(Destroy{two});
    const QueueHandle again = ann.open("two", with_dead_letter("three"));
    ann.put(again, {"2"});
    bury_all(ann, again);
    CHECK(ann.stats(again).dead == 1);
    CHECK(ann.ask(Kick{again}).count() == 1);
    CHECK(ann.drain(again) == Texts{"2"});
}

TEST_CASE("two queues may be each other's dead-letter queue") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one", with_dead_letter("two"));
    const QueueHandle two = ann.open("two", with_dead_letter("one"));
    ann.put(one, {"a"});
    bury_all(ann, one);
    CHECK(ann.stats(two).ready == 1);
    bury_all(ann, two);
    CHECK(ann.stats(one).ready == 1);
}

TEST_CASE("when a full dead-letter queue is destroyed, those who waited for it get a new one") {
    ManagerSettings settings;
    settings.queues["dead"].capacity = 1;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("dead"));
    ann.put(jobs, {"1", "2"});
    bury_all(ann, jobs);
    CHECK(ann.stats(jobs).dead == 1);
    ann.ask(Destroy{ann.open("dead")});
    CHECK(ann.stats(jobs).dead == 0);
    CHECK(ann.drain(ann.open("dead")) == Texts{"2"});
}

TEST_CASE("a full dead-letter queue takes what waits for it one queue after the other") {
    ManagerSettings settings;
    settings.queues["dead"].capacity = 1;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    std::vector<QueueHandle> queues;
    for (int i = 1; i <= 5; ++i) {
        const std::string number = std::to_string(i);
        queues.push_back(ann.open("q" + number, with_dead_letter("dead")));
        ann.put(queues.back(), {number});
        bury_all(ann, queues.back());
    }
    CHECK(ann.drain(ann.open("dead")) == numbers(1, 5));
}

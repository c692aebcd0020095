#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// Sections 5.1 and 6 of the protocol: tokens, leases, and the five ways of settling them.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// A queue of four items, and somebody who has leased the first three: tokens 1 to 3.
struct Leased {
    explicit Leased(const QueueOptions& options = {}) : jobs(ann.open("jobs", options)) {
        bob.put(jobs, numbers(1, 4));
        ann.get(jobs, no_wait, 3);
    }
    Call settle(Settle settle) { return ann.ask(std::move(settle)); }

    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle jobs;
};

Settle released(QueueHandle queue, Range tokens, Millis delay) {
    Settle settle{Verb::release, queue, {tokens}};
    settle.delay = delay;
    return settle;
}

Settle extended(QueueHandle queue, Range tokens, std::optional<Millis> lease) {
    Settle settle{Verb::extend, queue, {tokens}};
    settle.lease = lease;
    return settle;
}

}  // namespace

TEST_CASE("SETTLED names the tokens that are not held, the others are done") {
    Leased leased;
    CHECK(leased.ann.ack(leased.jobs, {2, 2}).refused().empty());
    CHECK(leased.ann.settle(Verb::ack, leased.jobs, {{1, 2}, {3, 5}, {9, 9}}).refused() ==
          "2 4-5 9");
    CHECK(leased.bob.stats(leased.jobs).acks == 3);
    CHECK(leased.bob.stats(leased.jobs).leased == 0);
}

TEST_CASE("whatever was settled once is refused in every other way") {
    Leased leased;
    leased.ann.ack(leased.jobs, {1, 3});
    CHECK(leased.ann.release(leased.jobs, {1, 3}).refused() == "1-3");
    CHECK(leased.ann.bury(leased.jobs, {1, 3}).refused() == "1-3");
    CHECK(leased.settle(extended(leased.jobs, {1, 3}, 1h)).refused() == "1-3");
    CHECK(leased.ann.give_back(leased.jobs, {1, 3}).refused() == "1-3");
    const QueueStats stats = leased.bob.stats(leased.jobs);
    CHECK(stats.acks == 3);
    CHECK(stats.releases + stats.buried + stats.lapses == 0);
    CHECK(stats.ready == 1);
}

TEST_CASE("a released item that is delivered again has a new token, the old one is void") {
    Leased leased;
    leased.ann.release(leased.jobs, {1, 1});
    const Call again = leased.ann.get(leased.jobs);
    CHECK(again.items() == Texts{"1"});
    CHECK(again.tokens() == Range{4, 4});
    CHECK(leased.ann.ack(leased.jobs, {1, 1}).refused() == "1");
    CHECK(leased.ann.ack(leased.jobs, {4, 4}).refused().empty());
}

TEST_CASE("a token is good only at the queue that gave it") {
    Leased leased;
    const QueueHandle other = leased.ann.open("other");
    leased.bob.put(other, {"x"});
    CHECK(leased.ann.get(other).tokens() == Range{4, 4});
    CHECK(leased.ann.ack(leased.jobs, {4, 4}).refused() == "4");
    CHECK(leased.ann.ack(other, {1, 3}).refused() == "1-3");
    CHECK(leased.bob.stats(leased.jobs).leased == 3);
    CHECK(leased.bob.stats(other).leased == 1);
}

TEST_CASE("an item that is released takes its old place before newer ones") {
    Leased leased;
    leased.ann.release(leased.jobs, {2, 2});
    CHECK(leased.bob.drain(leased.jobs) == Texts{"2", "4"});
}

TEST_CASE("an item that is released with a delay comes back after it, to its old place") {
    Leased leased;
    CHECK(leased.settle(released(leased.jobs, {1, 2}, 5s)).refused().empty());
    CHECK(leased.bob.stats(leased.jobs).delayed == 2);
    leased.test.pass(4999ms);
    CHECK(leased.bob.stats(leased.jobs).ready == 1);
    leased.test.pass(1ms);
    CHECK(leased.bob.drain(leased.jobs) == Texts{"1", "2", "4"});
}

TEST_CASE("an item whose time to live ends before its delay after a release expires then") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"}, forever, with_time_to_live(10s));
    const Call got = ann.get(jobs);
    ann.ask(released(jobs, got.tokens(), 1h));
    test.pass(9999ms);
    CHECK(ann.stats(jobs).delayed == 1);
    test.pass(1ms);
    CHECK(ann.stats(jobs).delayed == 0);
    CHECK(ann.stats(jobs).expired == 1);
}

TEST_CASE("an item whose time to live ends while it is leased can still be acknowledged") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a", "b"}, forever, with_time_to_live(5s));
    ann.get(jobs, no_wait, 2);
    test.pass(6s);
    CHECK(ann.ack(jobs, {1, 1}).refused().empty());
    CHECK(ann.release(jobs, {2, 2}).refused().empty());
    CHECK(ann.stats(jobs).acks == 1);
    CHECK(ann.stats(jobs).expired == 1);
    CHECK(ann.stats(jobs).ready == 0);
}

TEST_CASE("an item that was delivered as often as its queue allows is dead when it comes back") {
    QueueOptions options;
    options.deliveries_max = 2;
    Leased leased(options);
    leased.ann.release(leased.jobs, {1, 1});
    CHECK(leased.bob.get(leased.jobs).deliveries() == 2);
    leased.bob.release(leased.jobs, {4, 4});
    CHECK(leased.bob.stats(leased.jobs).dead == 1);
    CHECK(leased.bob.ask(Peek{leased.jobs, ItemState::dead, 1}).items() == Texts{"1"});
    CHECK(leased.bob.get(leased.jobs).items() == Texts{"4"});
}

TEST_CASE("an item on its last delivery is not dead before it comes back") {
    QueueOptions options;
    options.deliveries_max = 1;
    Leased leased(options);
    CHECK(leased.bob.stats(leased.jobs).dead == 0);
    CHECK(leased.ann.ack(leased.jobs, {1, 1}).refused().empty());
    leased.settle(released(leased.jobs, {2, 2}, 1h));
    CHECK(leased.bob.stats(leased.jobs).dead == 1);
    CHECK(leased.bob.stats(leased.jobs).delayed == 0);
    leased.test.pass(30s);
    CHECK(leased.bob.stats(leased.jobs).dead == 2);
}

TEST_CASE("EXTEND without a time of its own gives one lease time of the queue from now") {
    QueueOptions options;
    options.lease = 10s;
    Leased leased(options);
    leased.test.pass(9s);
    CHECK(leased.settle(extended(leased.jobs, {1, 2}, {})).refused().empty());
    leased.test.pass(1s);
    CHECK(leased.bob.stats(leased.jobs).lapses == 1);
    leased.test.pass(8999ms);
    CHECK(leased.bob.stats(leased.jobs).leased == 2);
    leased.test.pass(1ms);
    CHECK(leased.bob.stats(leased.jobs).lapses == 3);
}

TEST_CASE("EXTEND without a time gives the queue's lease time though another was asked for") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a", "b"});
    ann.ask(Get{{jobs}, 1, 1s});
    ann.ask(Get{{jobs}, 1, 1h});
    CHECK(ann.ask(extended(jobs, {1, 2}, {})).as<Settled>().refused.empty());
    test.pass(29'999ms);
    CHECK(ann.stats(jobs).leased == 2);
    test.pass(1ms);
    CHECK(ann.stats(jobs).lapses == 2);
}

TEST_CASE("EXTEND can make a lease shorter") {
    Leased leased;
    CHECK(leased.settle(extended(leased.jobs, {3, 3}, 100ms)).refused().empty());
    leased.test.pass(100ms);
    CHECK(leased.bob.stats(leased.jobs).lapses == 1);
    CHECK(leased.bob.stats(leased.jobs).leased == 2);
    CHECK(leased.ann.ack(leased.jobs, {3, 3}).refused() == "3");
}

TEST_CASE("EXTEND does not count as another delivery") {
    Leased leased;
    leased.settle(extended(leased.jobs, {1, 3}, 1h));
    leased.ann.release(leased.jobs, {1, 1});
    CHECK(leased.bob.get(leased.jobs).deliveries() == 2);
    CHECK(leased.bob.stats(leased.jobs).deliveries == 4);
}

TEST_CASE("EXTEND of a lease that has lapsed is refused and gives the item to nobody") {
    Leased leased;
    leased.test.pass(30s);
    CHECK(leased.settle(extended(leased.jobs, {1, 3}, 1h)).refused() == "1-3");
    CHECK(leased.bob.drain(leased.jobs) == numbers(1, 4));
}

TEST_CASE("a lease that was handed out by GET cannot be given back uncounted") {
    Leased leased;
    CHECK(leased.ann.give_back(leased.jobs, {1, 3}).refused() == "1-3");
    CHECK(leased.bob.stats(leased.jobs).leased == 3);
}

TEST_CASE("tokens that overlap or descend are refused, and nothing of them is settled") {
    Leased leased;
    const auto acking = [&](const std::vector<Range>& tokens) {
        return leased.ann.settle(Verb::ack, leased.jobs, tokens).code();
    };
    CHECK(acking({{1, 2}, {2, 3}}) == errc::invalid_argument);
    CHECK(acking({{3, 3}, {1, 1}}) == errc::invalid_argument);
    CHECK(acking({{2, 1}}) == errc::invalid_argument);
    CHECK(acking({{0, 1}}) == errc::invalid_argument);
    CHECK(leased.bob.stats(leased.jobs).leased == 3);
    CHECK(acking({{1, 1}, {2, 3}}) == errc::ok);
}

TEST_CASE("a delay or lease of more than a year is refused, and the items stay leased") {
    Leased leased;
    const Millis year = std::chrono::hours{365 * 24};
    CHECK(leased.settle(released(leased.jobs, {1, 1}, year + 1ms)).code() ==
          errc::invalid_argument);
    CHECK(leased.settle(extended(leased.jobs, {1, 1}, year + 1ms)).code() ==
          errc::invalid_argument);
    CHECK(leased.settle(extended(leased.jobs, {1, 1}, 0ms)).code() == errc::invalid_argument);
    CHECK(leased.bob.stats(leased.jobs).leased == 3);
    CHECK(leased.settle(extended(leased.jobs, {1, 1}, year)).refused().empty());
    CHECK(leased.settle(released(leased.jobs, {2, 2}, year)).refused().empty());
}

TEST_CASE("the queue of a settled token serves who waits, each kind of settlement as it may") {
    Leased leased;
    const Call four = leased.bob.get(leased.jobs);
    const Call waiting = leased.bob.get(leased.jobs);
    leased.ann.ack(leased.jobs, {1, 1});
    leased.ann.bury(leased.jobs, {2, 2});
    CHECK_FALSE(waiting.answered());
    leased.ann.release(leased.jobs, {3, 3});
    CHECK(four.items() == Texts{"4"});
    CHECK(waiting.items() == Texts{"3"});
}

TEST_CASE("a reason stays with the dead item and is not that of others") {
    Leased leased;
    Settle bury{Verb::bury, leased.jobs, {{2, 2}}};
    bury.reason = "cannot be parsed";
    leased.settle(bury);
    leased.ann.bury(leased.jobs, {3, 3});
    const auto dead = leased.bob.ask(Peek{leased.jobs, ItemState::dead, 10}).as<Peeked>();
    REQUIRE(dead.parts.size() == 2);
    CHECK(dead.parts[0].reason == "cannot be parsed");
    CHECK(dead.parts[1].reason.empty());
    CHECK(leased.bob.stats(leased.jobs).bytes == 12);  // reasons are nobody's capacity
}

// ------------------------------------------------------------------ dead letters

TEST_CASE("the dead stay where they are while their dead-letter queue is closed, then move") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("dead"));
    const QueueHandle closed = ann.open("dead");
    ann.close(closed);
    ann.put(jobs, {"1", "2"});
    ann.bury(jobs, ann.get(jobs).tokens());
    CHECK(ann.stats(jobs).dead == 1);
    CHECK(ann.stats(jobs).dead_lettered == 0);
    ann.ask(Destroy{closed});
    ann.bury(jobs, ann.get(jobs).tokens());
    CHECK(ann.stats(jobs).dead == 0);
    CHECK(ann.stats(jobs).dead_lettered == 2);
    CHECK(ann.drain(ann.open("dead")) == Texts{"1", "2"});
}

TEST_CASE("dead letters count with key, headers and trace in the queue that they move to") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("dead"));
    const QueueHandle dead = ann.open("dead", with_capacity_bytes(30));
    Columns columns = noted(10, 5);
    columns.key = "12345";
    ann.put(jobs, {"1"}, forever, columns);  // 3 bytes and 20
    columns.key = "67890";
    ann.put(jobs, {"2"}, forever, columns);
    ann.bury(jobs, ann.get(jobs).tokens());
    ann.bury(jobs, ann.get(jobs).tokens());
    CHECK(ann.stats(dead).bytes == 23);
    CHECK(ann.stats(jobs).dead == 1);
    const Call first = ann.get(dead);
    CHECK(first.as<Deliver>().parts.at(0).key == "12345");
    CHECK(first.as<Deliver>().parts.at(0).headers.size() == 10);
    CHECK(first.as<Deliver>().parts.at(0).trace.size() == 5);
    ann.ack(dead, first.tokens());
    CHECK(ann.drain(dead) == Texts{"2"});
    CHECK(ann.stats(jobs).dead == 0);
}

TEST_CASE("what moved to a dead-letter queue begins there with no deliveries and its own lease") {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueOptions options;
    options.lease = 3s;
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("dead", 1));
    const QueueHandle dead = ann.open("dead", options);
    ann.put(jobs, {"1"});
    ann.release(jobs, ann.get(jobs).tokens());
    const Call get = ann.get(dead);
    CHECK(get.items() == Texts{"1"});
    CHECK(get.deliveries() == 1);
    CHECK(get.as<Deliver>().lease == 3s);
    CHECK_FALSE(get.as<Deliver>().parts.at(0).reason.empty());
}

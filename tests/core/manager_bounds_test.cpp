#include "core/manager_driver.hpp"

// Bounds of docs/protocol.md, 1.3 and 3.3, at both sides: what is at one is done, what is one
// beyond is refused, and nothing of it is done.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

constexpr Millis year{31'536'000'000};
constexpr errc refused = errc::invalid_argument;

/// One client, and a queue with two items of which it has leased the first.
struct Bounds {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueHandle jobs = ann.open("jobs");
    Token token = 0;

    Bounds() {
        ann.put(jobs, {"a", "b"});
        token = ann.get(jobs).tokens().first;
    }
    errc settle(Verb verb, Millis span) {
        Settle settle;
        settle.verb = verb;
        settle.queue = jobs;
        settle.tokens = {{token, token}};
        if (verb == Verb::release) settle.delay = span;
        if (verb == Verb::extend) settle.lease = span;
        return ann.ask(settle).code();
    }
};

}  // namespace

TEST_CASE("a lease lasts from a millisecond to a year, whoever says so") {
    Bounds bounds;
    const auto get = [&](Millis lease) {
        return bounds.ann.ask(Get{{bounds.jobs}, 1, lease}, no_wait).code();
    };
    CHECK(get(0ms) == refused);
    CHECK(get(year + 1ms) == refused);
    CHECK(bounds.ann.stats(bounds.jobs).leased == 1);
    CHECK(get(year) == errc::ok);
    CHECK(bounds.settle(Verb::extend, 0ms) == refused);
    CHECK(bounds.settle(Verb::extend, year + 1ms) == refused);
    CHECK(bounds.settle(Verb::extend, year) == errc::ok);
    CHECK(bounds.settle(Verb::extend, 1ms) == errc::ok);
    bounds.test.pass(1ms);
    CHECK(bounds.ann.stats(bounds.jobs).lapses == 1);
}

TEST_CASE("the lease of a stream lasts from a millisecond to a year") {
    Bounds bounds;
    const auto credit = [&](Millis lease) {
        return bounds.ann.ask(Credit{bounds.jobs, 1, 100, lease, std::nullopt}).code();
    };
    CHECK(credit(0ms) == refused);
    CHECK(credit(year + 1ms) == refused);
    CHECK(bounds.ann.streamed().empty());
    CHECK(credit(1ms) == errc::ok);
    CHECK(credit(year) == errc::ok);
}

TEST_CASE("a delay lasts up to a year, and may be none") {
    Bounds bounds;
    bounds.ann.put(bounds.jobs, {"c"}, forever, with_delay(year + 1ms));
    bounds.ann.put(bounds.jobs, {"d"}, forever, with_delay(year));
    bounds.ann.put(bounds.jobs, {"e"}, forever, with_delay(0ms));
    CHECK(bounds.ann.fate(bounds.jobs) == "1-2 ok 3 invalid_argument 4-5 ok");
    CHECK(bounds.ann.stats(bounds.jobs).delayed == 1);
    CHECK(bounds.settle(Verb::release, year + 1ms) == refused);
    CHECK(bounds.ann.stats(bounds.jobs).leased == 1);
    CHECK(bounds.settle(Verb::release, year) == errc::ok);
    CHECK(bounds.ann.stats(bounds.jobs).delayed == 2);
}

TEST_CASE("an item lives from a millisecond to a year, or for ever") {
    Bounds bounds;
    bounds.ann.put(bounds.jobs, {"c"}, forever, with_time_to_live(0ms));
    bounds.ann.put(bounds.jobs, {"d"}, forever, with_time_to_live(year + 1ms));
    bounds.ann.put(bounds.jobs, {"e"}, forever, with_time_to_live(year));
    bounds.ann.put(bounds.jobs, {"f"}, forever, with_time_to_live(1ms));
    CHECK(bounds.ann.fate(bounds.jobs) == "1-2 ok 3-4 invalid_argument 5-6 ok");
    bounds.test.pass(1ms);
    CHECK(bounds.ann.stats(bounds.jobs).expired == 1);
    CHECK(bounds.ann.drain(bounds.jobs) == Texts{"b", "e"});
}

TEST_CASE("a queue's lease and its key window last from a millisecond to a year") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const auto open = [&](const std::string& name, Millis lease, Millis key_window) {
        QueueOptions options;
        options.lease = lease;
        options.key_window = key_window;
        return ann.try_open(name, options).code();
    };
    CHECK(open("a", 0ms, 1s) == refused);
    CHECK(open("a", year + 1ms, 1s) == refused);
    CHECK(open("a", 1s, 0ms) == refused);
    CHECK(open("a", 1s, year + 1ms) == refused);
    CHECK(ann.try_open("a", {}, false).code() == errc::stale_reference);
    CHECK(open("a", 1ms, 1ms) == errc::ok);
    CHECK(open("b", year, year) == errc::ok);
}

TEST_CASE("a commit whose columns are out of range does nothing") {
    Bounds bounds;
    for (const Columns& columns : {with_delay(year + 1ms), with_time_to_live(0ms)}) {
        Commit commit;
        commit.acks = {{bounds.jobs, {{bounds.token, bounds.token}}}};
        commit.puts = {{bounds.jobs, {}, run_of({"c"})}, {bounds.jobs, columns, run_of({"d"})}};
        CHECK(bounds.ann.ask(commit).code() == refused);
    }
    CHECK(bounds.ann.stats(bounds.jobs).acks == 0);
    CHECK(bounds.ann.stats(bounds.jobs).puts == 2);
    CHECK(bounds.ann.stats(bounds.jobs).leased == 1);
}

TEST_CASE("what never waits is done though it may not wait at all") {
    Bounds bounds;
    CHECK(bounds.ann.ask(Open{"other", {}, true}, no_wait).code() == errc::ok);
    CHECK(bounds.ann.ask(Peek{bounds.jobs, ItemState::ready, 1}, no_wait).items() == Texts{"b"});
    CHECK(bounds.ann.ask(Stats{{}, "", 10}, no_wait).as<StatsReply>().queues.size() == 2);
    Settle ack;
    ack.queue = bounds.jobs;
    ack.tokens = {{bounds.token, bounds.token}};
    CHECK(bounds.ann.ask(ack, no_wait).refused().empty());
    CHECK(bounds.ann.ask(Purge{bounds.jobs, true}, no_wait).count() == 1);
    CHECK(bounds.ann.ask(Close{bounds.jobs, false}, no_wait).code() == errc::ok);
    CHECK(bounds.ann.ask(Destroy{bounds.jobs}, no_wait).code() == errc::ok);
}

}  // namespace handoff::core::test

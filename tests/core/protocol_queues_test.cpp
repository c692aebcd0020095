#include <algorithm>

#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// Section 6 of the protocol, the requests about whole queues: OPEN, CLOSE, JOIN, PEEK, PURGE, KICK,
// DESTROY, STATS.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

struct Yard {
    explicit Yard(const QueueOptions& options = {}) : jobs(ann.open("jobs", options)) {}

    Call peek(ItemState state, std::uint32_t items_max = 1000) {
        return bob.ask(Peek{jobs, state, items_max});
    }
    void bury_one() { ann.bury(jobs, ann.get(jobs, no_wait).tokens()); }

    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle jobs;
};

QueueOptions in_order(Order order) {
    QueueOptions options;
    options.order = order;
    return options;
}

Texts names_in(const StatsReply& reply) {
    Texts names;
    for (const QueueStats& queue : reply.queues) names.push_back(queue.name);
    return names;
}

}  // namespace

// ------------------------------------------------------------------ OPEN

TEST_CASE("a queue that need not be made is opened with its handle and all that is in force") {
    Yard yard(with_capacity(7));
    const auto opened = yard.bob.try_open("jobs", {}, false).as<Opened>();
    CHECK(opened.queue == yard.jobs);
    CHECK(opened.options.capacity == 7u);
    CHECK(opened.options.lease == 30s);
    CHECK(opened.options.deliveries_max == 16u);
    CHECK(opened.options.dead_letter == "");
}

TEST_CASE("a queue that is closed can be opened, and is not open for puts thereby") {
    Yard yard;
    yard.ann.close(yard.jobs);
    CHECK(yard.bob.open("jobs") == yard.jobs);
    yard.bob.put(yard.jobs, {"1"});
    CHECK(yard.bob.fate(yard.jobs) == "1 closed");
}

TEST_CASE("a handle is never used for another queue") {
    Yard yard;
    std::vector<QueueHandle> handles{yard.jobs};
    for (int i = 0; i < 10; ++i) {
        yard.ann.ask(Destroy{handles.back()});
        const QueueHandle next = yard.ann.open(i % 2 == 0 ? "jobs" : "other");
        CHECK(std::count(handles.begin(), handles.end(), next) == 0);
        handles.push_back(next);
    }
}

// ------------------------------------------------------------------ PEEK

TEST_CASE("PEEK shows at most a thousand items, however many are asked for") {
    Yard yard;
    yard.ann.put(yard.jobs, numbers(1, 1200));
    CHECK(yard.peek(ItemState::ready, 4'000'000'000).items() == numbers(1, 1000));
    CHECK(yard.peek(ItemState::ready, 999).items() == numbers(1, 999));
    CHECK(yard.bob.stats(yard.jobs).ready == 1200);
}

TEST_CASE("PEEK shows items without tokens, counts no delivery and begins no lease") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    const auto peeked = yard.peek(ItemState::ready).as<Peeked>();
    CHECK(peeked.parts.at(0).token == 0);
    CHECK(peeked.parts.at(0).id == 1);
    CHECK(peeked.parts.at(0).count == 2);
    CHECK(peeked.parts.at(0).deliveries == 0);
    const QueueStats stats = yard.bob.stats(yard.jobs);
    CHECK(stats.leased == 0);
    CHECK(stats.deliveries == 0);
    CHECK(yard.bob.get(yard.jobs).tokens() == Range{1, 1});
}

TEST_CASE("PEEK of ready items has the order in which they would be delivered") {
    Yard newest(in_order(Order::lifo));
    newest.ann.put(newest.jobs, {"1", "2"});
    newest.ann.put(newest.jobs, {"3"});
    CHECK(newest.peek(ItemState::ready, 2).items() == Texts{"3", "2"});
    Yard greatest(in_order(Order::priority));
    greatest.ann.put(greatest.jobs, {"low"}, forever, with_priority(1));
    greatest.ann.put(greatest.jobs, {"high"}, forever, with_priority(2));
    CHECK(greatest.peek(ItemState::ready, 2).items() == Texts{"high", "low"});
}

TEST_CASE("PEEK of dead items shows the oldest first, in whatever order they died") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2", "3"});
    yard.ann.get(yard.jobs, no_wait, 3);
    yard.ann.bury(yard.jobs, {3, 3});
    yard.ann.bury(yard.jobs, {1, 1});
    CHECK(yard.peek(ItemState::dead).items() == Texts{"1", "3"});
    CHECK(yard.peek(ItemState::leased).items() == Texts{"2"});
}

TEST_CASE("PEEK of leased items shows those of every session, held ones too") {
    Yard yard;
    yard.ann.put(yard.jobs, numbers(1, 4));
    yard.ann.get(yard.jobs);
    yard.bob.credit(yard.jobs, 2);
    yard.ann.get(yard.jobs);
    CHECK(yard.peek(ItemState::leased).items() == numbers(1, 4));
    CHECK(yard.peek(ItemState::ready).items().empty());
}

TEST_CASE("an item that was dead-lettered, kicked or purged is peeked at no more where it was") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    yard.bury_one();
    CHECK(yard.peek(ItemState::dead).items() == Texts{"1"});
    yard.ann.ask(Kick{yard.jobs});
    CHECK(yard.peek(ItemState::dead).items().empty());
    CHECK(yard.peek(ItemState::ready).items() == Texts{"1", "2"});
    yard.ann.ask(Purge{yard.jobs, true});
    CHECK(yard.peek(ItemState::ready).items().empty());
}

TEST_CASE("key, headers and trace come out of PEEK as they went in, in every state") {
    Yard yard;
    Columns columns;
    columns.key = std::string("\0\xff", 2);
    columns.headers = Slice::copy(std::string("\x81\xa1k\xa1v", 5));
    columns.trace = Slice::copy("not looked into");
    const auto intact = [&](ItemState state) {
        const auto peeked = yard.peek(state).as<Peeked>();
        return peeked.parts.size() == 1 && peeked.parts[0].key == columns.key &&
               peeked.parts[0].headers.view() == columns.headers.view() &&
               peeked.parts[0].trace.view() == columns.trace.view();
    };
    Columns delayed = columns;
    delayed.delay = 5s;
    yard.ann.put(yard.jobs, {"x"}, forever, delayed);
    CHECK(intact(ItemState::delayed));
    yard.test.pass(5s);
    CHECK(intact(ItemState::ready));
    const Call got = yard.ann.get(yard.jobs);
    CHECK(intact(ItemState::leased));
    yard.ann.bury(yard.jobs, got.tokens());
    CHECK(intact(ItemState::dead));
    const Part part = got.as<Deliver>().parts.at(0);
    CHECK(part.key == columns.key);
    CHECK(part.headers.view() == columns.headers.view());
    CHECK(part.trace.view() == columns.trace.view());
}

TEST_CASE("PEEK counts keys against a frame as well") {
    Limits limits;
    limits.frame_bytes_max = 3000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    for (char letter = 'a'; letter < 'f'; ++letter) {
        ann.put(jobs, {"x"}, forever, keyed(std::string(997, letter)));  // 1000 with its payload
    }
    CHECK(ann.ask(Peek{jobs, ItemState::ready, 100}).items().size() == 3);
}

// ------------------------------------------------------------------ CLOSE, JOIN

TEST_CASE("what is leased when a queue is closed comes back, unless it was closed at once") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    yard.ann.get(yard.jobs, no_wait, 2);
    yard.bob.close(yard.jobs);
    yard.ann.release(yard.jobs, {1, 1});
    CHECK(yard.bob.stats(yard.jobs).ready == 1);
    CHECK(yard.bob.close(yard.jobs, true).count() == 1);
    yard.test.pass(30s);
    CHECK(yard.bob.stats(yard.jobs).ready == 0);
    CHECK(yard.bob.stats(yard.jobs).purged == 2);
}

TEST_CASE("the dead stay when a queue is closed at once, and are waited for by nobody") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    yard.bury_one();
    CHECK(yard.bob.close(yard.jobs, true).count() == 1);
    CHECK(yard.peek(ItemState::dead).items() == Texts{"1"});
    CHECK(yard.bob.join(yard.jobs, no_wait).code() == errc::ok);
    CHECK(yard.bob.get(yard.jobs, no_wait).code() == errc::closed);
}

TEST_CASE("JOIN waits for what a session holds or has leased, its own as well") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    yard.ann.credit(yard.jobs, 1);
    yard.ann.get(yard.jobs);
    const Call join = yard.ann.join(yard.jobs);
    yard.ann.ack(yard.jobs, {2, 2});
    CHECK_FALSE(join.answered());
    yard.ann.ack(yard.jobs, {1, 1});
    CHECK(join.code() == errc::ok);
}

TEST_CASE("JOIN is answered in the moment in which nothing is left, though more comes later") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1"});
    const Call join = yard.bob.join(yard.jobs);
    yard.ann.drain(yard.jobs);
    yard.ann.put(yard.jobs, {"2"});
    CHECK(join.answers() == 1);
    CHECK(join.code() == errc::ok);
    CHECK(yard.bob.join(yard.jobs, no_wait).code() == errc::empty);
}

// ------------------------------------------------------------------ PURGE, KICK

TEST_CASE("PURGE leaves leased items, which come back afterwards") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    const Call got = yard.ann.get(yard.jobs);
    CHECK(yard.bob.ask(Purge{yard.jobs, true}).count() == 1);
    yard.ann.release(yard.jobs, got.tokens());
    CHECK(yard.bob.drain(yard.jobs) == Texts{"1"});
}

TEST_CASE("KICK of nothing, or where nothing is dead, is done and counts nothing") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    CHECK(yard.bob.ask(Kick{yard.jobs}).count() == 0);
    yard.bury_one();
    CHECK(yard.bob.ask(Kick{yard.jobs, 0}).count() == 0);
    CHECK(yard.bob.stats(yard.jobs).dead == 1);
}

TEST_CASE("a kicked item that is delivered too often again is dead again") {
    QueueOptions options;
    options.deliveries_max = 2;
    Yard yard(options);
    yard.ann.put(yard.jobs, {"1"});
    const auto die = [&] {
        for (int i = 0; i < 2; ++i) {
            yard.ann.release(yard.jobs, yard.ann.get(yard.jobs, no_wait).tokens());
        }
    };
    die();
    CHECK(yard.bob.stats(yard.jobs).dead == 1);
    CHECK(yard.bob.ask(Kick{yard.jobs}).count() == 1);
    die();
    CHECK(yard.bob.stats(yard.jobs).dead == 1);
    CHECK(yard.bob.stats(yard.jobs).buried == 2);
}

// ------------------------------------------------------------------ DESTROY

TEST_CASE("DESTROY tells how many items were dropped, of every state") {
    Yard yard;
    yard.ann.put(yard.jobs, numbers(1, 4));
    yard.ann.put(yard.jobs, {"later"}, forever, with_delay(1h));
    yard.bury_one();
    yard.ann.get(yard.jobs);
    const Call destroy = yard.bob.ask(Destroy{yard.jobs});
    CHECK(destroy.count() == 5);
    CHECK(yard.bob.ask(Destroy{yard.jobs}).code() == errc::stale_reference);
    CHECK(yard.bob.try_open("jobs", {}, false).code() == errc::stale_reference);
    CHECK(manager_stats(yard.test).queues == 0);
}

TEST_CASE("a commit that waits for several queues leaves the others' lines when one is destroyed") {
    Yard yard(with_capacity(1));
    const QueueHandle other = yard.ann.open("other", with_capacity(1));
    yard.ann.put(yard.jobs, {"in the way"});
    const Call commit =
        yard.ann.ask(Commit{{}, {{yard.jobs, {}, run_of({"1"})}, {other, {}, run_of({"2"})}}});
    yard.bob.put(other, {"behind"});
    CHECK(yard.bob.fate(other).empty());
    yard.bob.ask(Destroy{yard.jobs});
    CHECK(commit.code() == errc::stale_reference);
    CHECK(yard.bob.fate(other) == "1 ok");
    CHECK(yard.bob.stats(other).waiting_puts == 0);
}

TEST_CASE("leases, cursors and credit of a destroyed queue are no matter to its namesake") {
    Yard yard;
    yard.ann.put(yard.jobs, {"1", "2"});
    yard.bob.credit(yard.jobs, 2);
    yard.ann.ask(Destroy{yard.jobs});
    const QueueHandle fresh = yard.ann.open("jobs");
    yard.ann.put(fresh, {"3"});
    yard.bob.cursor(yard.jobs, 2);
    CHECK(yard.bob.streamed() == Texts{"1", "2"});
    CHECK(yard.bob.ack(yard.jobs, {1, 2}).code() == errc::stale_reference);
    CHECK(yard.bob.ack(fresh, {1, 2}).refused() == "1-2");
    CHECK(yard.bob.stats(fresh).ready == 1);
}

// ------------------------------------------------------------------ STATS

TEST_CASE("STATS after a name that no queue has goes on behind it, byte by byte") {
    Yard yard;
    for (const char* name : {"a", "Z", "\xc3\xa4", "b"}) yard.ann.open(name);
    const auto after = [&](const char* name) {
        return names_in(yard.bob.ask(Stats{{}, name, 1000}).as<StatsReply>());
    };
    CHECK(after("") == Texts{"Z", "a", "b", "jobs", "\xc3\xa4"});
    CHECK(after("aa") == Texts{"b", "jobs", "\xc3\xa4"});
    CHECK(after("jobs") == Texts{"\xc3\xa4"});
    CHECK(after("\xff").empty());
}

TEST_CASE("a page of STATS that ends with the last queue says that there are no more") {
    Yard yard;
    yard.ann.open("last");
    const auto page = [&](std::uint32_t queues_max) {
        return yard.bob.ask(Stats{{}, "", queues_max}).as<StatsReply>();
    };
    CHECK(page(1).more);
    CHECK_FALSE(page(2).more);
    CHECK_FALSE(page(3).more);
    CHECK(yard.bob.ask(Stats{{}, "zzz", 5}).as<StatsReply>().queues.empty());
    CHECK_FALSE(yard.bob.ask(Stats{{}, "zzz", 5}).as<StatsReply>().more);
}

TEST_CASE("a queue that is destroyed between two pages of STATS breaks neither") {
    Yard yard;
    for (const char* name : {"a", "b", "c"}) yard.ann.open(name);
    const auto first = yard.bob.ask(Stats{{}, "", 2}).as<StatsReply>();
    CHECK(names_in(first) == Texts{"a", "b"});
    yard.ann.ask(Destroy{first.queues[1].queue});
    const auto second = yard.bob.ask(Stats{{}, "b", 2}).as<StatsReply>();
    CHECK(names_in(second) == Texts{"c", "jobs"});
    CHECK_FALSE(second.more);
}

TEST_CASE("STATS count lapses, redeliveries, burials, expiries, purges and dead letters apart") {
    Yard yard(with_dead_letter("dead"));
    yard.ann.put(yard.jobs, numbers(1, 5));
    yard.ann.put(yard.jobs, {"short"}, forever, with_time_to_live(1s));
    yard.ann.get(yard.jobs);
    yard.test.pass(30s);                                        // one lapses, one expires
    yard.ann.ack(yard.jobs, yard.ann.get(yard.jobs).tokens());  // the same, again
    yard.bury_one();
    yard.ann.release(yard.jobs, yard.ann.get(yard.jobs).tokens());
    CHECK(yard.bob.ask(Purge{yard.jobs, true}).count() == 3);
    const QueueStats stats = yard.bob.stats(yard.jobs);
    CHECK(stats.puts == 6);
    CHECK(stats.deliveries == 4);
    CHECK(stats.redeliveries == 1);
    CHECK(stats.acks == 1);
    CHECK(stats.releases == 1);
    CHECK(stats.lapses == 1);
    CHECK(stats.buried == 1);
    CHECK(stats.dead_lettered == 1);
    CHECK(stats.expired == 1);
    CHECK(stats.purged == 3);
    CHECK(stats.bytes == 0);
}

TEST_CASE("STATS of a queue count the calls that wait at it, and not their items") {
    Yard yard(with_capacity(1));
    yard.ann.put(yard.jobs, numbers(1, 9));
    yard.ann.put(yard.jobs, numbers(10, 12));
    yard.ann.ask(Commit{{}, {{yard.jobs, {}, run_of({"x"})}}});
    CHECK(yard.bob.stats(yard.jobs).waiting_puts == 3);
    yard.bob.get(yard.jobs);
    yard.bob.ask(Get{{yard.jobs}, 100, {}});
    CHECK(yard.bob.stats(yard.jobs).waiting_gets == 1);
    CHECK(yard.bob.stats(yard.jobs).ready == 0);
}

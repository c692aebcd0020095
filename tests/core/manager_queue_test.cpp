#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

// ------------------------------------------------------------------ OPEN

TEST_CASE("opening a queue makes it, with the defaults where nobody has an opinion") {
    ManagerTest test;
    const Opened opened = test.client("ann").try_open("jobs").as<Opened>();
    CHECK(opened.options == QueueSettings{}.options());
    CHECK(opened.queue == test.client("bob").open("jobs"));
}

TEST_CASE("the first to open a queue decides its options") {
    ManagerTest test;
    test.client("ann").open("jobs", with_capacity(5));
    const Opened opened = test.client("bob").try_open("jobs").as<Opened>();
    CHECK(opened.options.capacity == 5u);
}

TEST_CASE("an option that differs from what is in force is refused by name, with both values") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.open("jobs", with_capacity(5));
    CHECK(ann.try_open("jobs", with_capacity(5)).code() == errc::ok);
    const Call other = ann.try_open("jobs", with_capacity(6));
    CHECK(other.code() == errc::queue_mismatch);
    CHECK(other.text() == "queue \"jobs\": capacity is 5, not 6");
}

TEST_CASE("every option is compared") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.open("jobs");
    std::vector<QueueOptions> differing(8);
    differing[0].capacity = 1;
    differing[1].capacity_bytes = unlimited;
    differing[2].order = Order::lifo;
    differing[3].lease = 1s;
    differing[4].deliveries_max = unlimited;
    differing[5].dead_letter = "elsewhere";
    differing[6].key_window = 1min;
    differing[7].keys_max = 5;
    const Texts names{"capacity is",
                      "capacity_bytes is 1073741824, not unlimited",
                      "order is fifo",
                      "lease is 30000 ms, not 1000 ms",
                      "deliveries_max is",
                      "dead_letter is none, not \"elsewhere\"",
                      "key_window is 600000 ms, not 60000 ms",
                      "keys_max is 100000, not 5"};
    for (std::size_t i = 0; i < differing.size(); ++i) {
        const Call call = ann.try_open("jobs", differing[i]);
        CHECK(call.code() == errc::queue_mismatch);
        CHECK(call.text().find(names[i]) != std::string::npos);
    }
}

TEST_CASE("the manager's file decides before whoever opens a queue") {
    ManagerSettings settings;
    settings.queues["jobs"].capacity = 7;
    settings.queues["jobs"].lease = 5s;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    CHECK(ann.try_open("jobs", with_capacity(8)).code() == errc::queue_mismatch);
    QueueOptions options;
    options.deliveries_max = 2;
    const Opened opened = ann.try_open("jobs", options).as<Opened>();
    CHECK(opened.options.capacity == 7u);
    CHECK(opened.options.lease == 5s);
    CHECK(opened.options.deliveries_max == 2u);
}

TEST_CASE("what the manager's file says is checked when the queue is made") {
    ManagerSettings settings;
    settings.queues["jobs"].dead_letter = "jobs";
    ManagerTest test(settings);
    CHECK(test.client("ann").try_open("jobs").code() == errc::invalid_argument);
}

TEST_CASE("options out of range are refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    std::vector<QueueOptions> bad(7);
    bad[0].capacity = 0;
    bad[1].capacity_bytes = 0;
    bad[2].deliveries_max = 0;
    bad[3].lease = 0s;
    bad[4].lease = Millis::min();
    bad[5].dead_letter = "jobs";
    bad[6].dead_letter = "a\nb";
    for (const QueueOptions& options : bad) {
        CHECK(ann.try_open("jobs", options).code() == errc::invalid_argument);
    }
    CHECK(test.machine.report(test.now).queues.empty());
}

TEST_CASE("what this manager cannot do is refused as unsupported") {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueOptions options;
    options.durability = Durability::fsync;
    CHECK(ann.try_open("jobs", options).code() == errc::unsupported);
    options.durability = static_cast<Durability>(9);
    CHECK(ann.try_open("jobs", options).code() == errc::unsupported);
    options.durability = Durability::memory;
    options.order = static_cast<Order>(9);
    CHECK(ann.try_open("jobs", options).code() == errc::unsupported);
    options.order.reset();
    CHECK(ann.try_open("jobs", options).code() == errc::ok);
}

TEST_CASE("names that cannot be are refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    for (const std::string& name :
         {std::string(), std::string(256, 'x'), std::string("a\x01"), std::string("\xff")}) {
        CHECK(ann.try_open(name).code() == errc::invalid_argument);
    }
    CHECK(ann.try_open(std::string(255, 'x')).code() == errc::ok);
}

TEST_CASE("a queue that must be there already and is not is a stale reference") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const Call call = ann.try_open("jobs", {}, false);
    CHECK(call.code() == errc::stale_reference);
    CHECK(call.text().find("\"jobs\"") != std::string::npos);
    ann.open("jobs");
    CHECK(ann.try_open("jobs", {}, false).code() == errc::ok);
}

TEST_CASE("queues beyond queues_max are refused, and welcome when another is destroyed") {
    ManagerSettings settings;
    settings.queues_max = 2;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one");
    ann.open("two");
    CHECK(ann.try_open("three").code() == errc::limit_exceeded);
    CHECK(ann.try_open("two").code() == errc::ok);
    ann.ask(Destroy{one});
    CHECK(ann.try_open("three").code() == errc::ok);
}

// ------------------------------------------------------------------ CLOSE, JOIN

TEST_CASE("closing lets consumers drain what is there, and can be repeated") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"});
    CHECK(ann.close(jobs).count() == 0);
    CHECK(ann.close(jobs).count() == 0);
    CHECK(ann.stats(jobs).closed);
    CHECK(ann.drain(jobs) == Texts{"1", "2"});
}

TEST_CASE("closing now drops what is ready, delayed or waiting, a drain can become that") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(4));
    ann.put(jobs, {"1", "2", "3"});
    ann.put(jobs, {"later"}, forever, with_delay(1h));
    ann.put(jobs, {"waits"});
    const Call got = ann.get(jobs);
    ann.close(jobs);
    CHECK(ann.fate(jobs) == "1-4 ok 5 closed");
    CHECK(ann.close(jobs, true).count() == 3);
    ann.release(jobs, got.tokens());
    CHECK(ann.get(jobs).code() == errc::closed);
    CHECK(ann.stats(jobs).bytes == 0);
}

TEST_CASE("join returns when everything is acknowledged, and at once if nothing is left") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    CHECK(ann.join(jobs).code() == errc::ok);
    ann.put(jobs, {"1", "2"});
    const Call join = ann.join(jobs);
    const Call other = test.client("bob").join(jobs);
    const Call got = ann.get(jobs, no_wait, 2);
    ann.ack(jobs, {1, 1});
    CHECK_FALSE(join.answered());
    ann.ack(jobs, {2, 2});
    CHECK(join.code() == errc::ok);
    CHECK(other.code() == errc::ok);
}

TEST_CASE("join waits for delayed items and not for dead ones") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    const Call join = ann.join(jobs);
    Settle settle;
    settle.verb = Verb::release;
    settle.queue = jobs;
    settle.tokens = {ann.get(jobs).tokens()};
    settle.delay = 5s;
    ann.ask(settle);
    CHECK_FALSE(join.answered());
    const Call again = ann.get(jobs);
    test.pass(5s);
    ann.bury(jobs, again.tokens());
    CHECK(join.code() == errc::ok);
    CHECK(ann.stats(jobs).dead == 1);
}

TEST_CASE("join ends when its time has passed, or at once if it must not wait") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    CHECK(ann.join(jobs, no_wait).code() == errc::empty);
    const Call join = ann.join(jobs, 2s);
    test.pass(2s);
    CHECK(join.code() == errc::empty);
    CHECK(ann.join(jobs, -1ms).code() == errc::invalid_argument);
}

TEST_CASE("join returns when a purge or a close-now leaves nothing to wait for") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one");
    const QueueHandle two = ann.open("two");
    ann.put(one, {"1"});
    ann.put(two, {"2"});
    const Call first = ann.join(one);
    const Call second = ann.join(two);
    ann.ask(Purge{one, true});
    ann.close(two, true);
    CHECK(first.code() == errc::ok);
    CHECK(second.code() == errc::ok);
}

TEST_CASE("join returns when the last item's time to live runs out") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"}, forever, with_time_to_live(3s));
    const Call join = ann.join(jobs);
    test.pass(3s);
    CHECK(join.code() == errc::ok);
    CHECK(ann.stats(jobs).expired == 1);
}

// ------------------------------------------------------------------ PEEK, PURGE, KICK

TEST_CASE("peek shows items of a state and takes none") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2", "3"});
    ann.put(jobs, {"4"}, forever, with_delay(1h));
    ann.get(jobs);
    const Call ready = ann.ask(Peek{jobs, ItemState::ready, 10});
    CHECK(ready.items() == Texts{"2", "3"});
    CHECK(ready.as<Peeked>().parts.at(0).token == 0);
    CHECK(ann.ask(Peek{jobs, ItemState::ready, 1}).items() == Texts{"2"});
    CHECK(ann.ask(Peek{jobs, ItemState::leased, 10}).items() == Texts{"1"});
    CHECK(ann.ask(Peek{jobs, ItemState::delayed, 10}).items() == Texts{"4"});
    CHECK(ann.ask(Peek{jobs, ItemState::dead, 10}).items().empty());
    CHECK(ann.stats(jobs).ready == 2);
}

TEST_CASE("peek answers with no more bytes than a frame has, but with one item at least") {
    Limits limits;
    limits.frame_bytes_max = 4096;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, Texts(3, std::string(1021, 'x')));
    ann.put(jobs, Texts(3, std::string(1021, 'y')), forever, with_priority(1));
    CHECK(ann.ask(Peek{jobs, ItemState::ready, 100}).items().size() == 4);
    ann.ask(Purge{jobs, true});
    ann.put(jobs, {std::string(9000, 'z')});
    CHECK(ann.ask(Peek{jobs, ItemState::ready, 100}).items().size() == 1);
}

TEST_CASE("peek counts headers, traces and reasons of what it shows") {
    Limits limits;
    limits.frame_bytes_max = 4096;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    Columns columns;
    columns.headers = Slice::copy(std::string(1000, 'h'));
    columns.trace = Slice::copy(std::string(300, 't'));
    for (int i = 0; i < 9; ++i) ann.put(jobs, {"x"}, forever, columns);
    CHECK(ann.ask(Peek{jobs, ItemState::ready, 100}).items().size() == 3);
    columns.headers = Slice::copy(std::string(50'000, 'h'));
    ann.ask(Purge{jobs, true});
    ann.put(jobs, {"1", "2"}, forever, columns);
    CHECK(ann.ask(Peek{jobs, ItemState::ready, 100}).items() == Texts{"1"});
}

TEST_CASE("purge drops what is ready, delayed and dead, and lets waiting puts in") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(4));
    ann.put(jobs, {"1", "2", "3"});
    ann.put(jobs, {"4"}, forever, with_delay(1h));
    ann.get(jobs);
    ann.bury(jobs, ann.get(jobs).tokens());
    ann.put(jobs, {"5"});
    CHECK(ann.ask(Purge{jobs, false}).count() == 2);
    CHECK(ann.fate(jobs) == "1-5 ok");
    CHECK(ann.stats(jobs).dead == 1);
    CHECK(ann.ask(Purge{jobs, true}).count() == 2);
    CHECK(ann.stats(jobs).leased == 1);
}

TEST_CASE("kick makes dead items ready, oldest first, and serves who waits") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2", "3"});
    ann.bury(jobs, ann.get(jobs, no_wait, 3).tokens());
    const Call waiting = ann.get(jobs);
    CHECK(ann.ask(Kick{jobs, 2}).count() == 2);
    CHECK(waiting.items() == Texts{"1"});
    CHECK(waiting.deliveries() == 1);
    CHECK(ann.stats(jobs).dead == 1);
}

// ------------------------------------------------------------------ DESTROY

TEST_CASE("whoever waits at a queue that is destroyed is told") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    const QueueHandle other = ann.open("other");
    const Call both = bob.get_any({other, jobs});
    ann.put(jobs, {"1"});
    const Call got = both;
    CHECK(got.items() == Texts{"1"});
    ann.put(jobs, {"2"});
    const Call join = ann.join(jobs);
    const Call get = bob.get_any({other, jobs});
    CHECK(ann.ask(Destroy{jobs}).count() == 1);
    CHECK(ann.fate(jobs) == "1 ok 2 stale_reference");
    CHECK(join.code() == errc::stale_reference);
    CHECK(get.code() == errc::stale_reference);
    CHECK(bob.stats(other).waiting_gets == 0);
    CHECK(bob.ack(jobs, got.tokens()).code() == errc::stale_reference);
}

TEST_CASE("a destroyed queue that is made again is another queue") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle old = ann.open("jobs", with_capacity(1));
    ann.put(old, {"1"});
    ann.ask(Destroy{old});
    const QueueHandle fresh = ann.open("jobs", with_capacity(9));
    CHECK(fresh != old);
    CHECK(ann.stats(fresh).ready == 0);
    CHECK(ann.get(old).code() == errc::stale_reference);
    ann.put(fresh, {"1"});
    CHECK(ann.fate(fresh) == "1 ok");
}

TEST_CASE("requests about queues that are not there say so") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const std::vector<RequestBody> bodies{
        Get{{77}, 1, {}},
        Credit{77, 1, 1, {}, {}},
        Settle{Verb::ack, 77, {{1, 1}}},
        Close{77, false},
        Join{77},
        Peek{77, ItemState::ready, 1},
        Purge{77, true},
        Kick{77, 1},
        Destroy{77},
        Commit{{{77, {{1, 1}}}}, {}},
    };
    for (const RequestBody& body : bodies) {
        CHECK(ann.ask(body).code() == errc::stale_reference);
    }
}

// ------------------------------------------------------------------ STATS

TEST_CASE("stats count what happened to the items of a queue") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(4));
    ann.put(jobs, numbers(1, 6));
    ann.ack(jobs, ann.get(jobs).tokens());
    ann.release(jobs, ann.get(jobs).tokens());
    const QueueStats stats = ann.stats(jobs);
    CHECK(stats.name == "jobs");
    CHECK(stats.queue == jobs);
    CHECK(stats.options.capacity == 4u);
    CHECK(stats.puts == 5);
    CHECK(stats.ready == 4);
    CHECK(stats.acks == 1);
    CHECK(stats.releases == 1);
    CHECK(stats.deliveries == 2);
    CHECK(stats.waiting_puts == 1);
}

TEST_CASE("stats of the manager count sessions, queues, requests and time") {
    ManagerTest test;
    Client& ann = test.client("ann");
    test.client("bob").freeze();
    ann.open("jobs");
    test.pass(10s);
    const ManagerStats stats = ann.ask(Stats{}).as<StatsReply>().manager;
    CHECK(stats.sessions == 1);
    CHECK(stats.sessions_lost == 1);
    CHECK(stats.queues == 1);
    CHECK(stats.requests > 4);
    CHECK(stats.uptime == 10s);
}

TEST_CASE("stats of many queues come page by page, in the order of their names") {
    ManagerTest test;
    Client& ann = test.client("ann");
    for (const char* name : {"delta", "alpha", "echo", "bravo", "charlie"}) ann.open(name);
    Texts names;
    std::string after;
    int pages = 0;
    for (bool more = true; more; ++pages) {
        const StatsReply reply = ann.ask(Stats{{}, after, 2}).as<StatsReply>();
        for (const QueueStats& queue : reply.queues) names.push_back(queue.name);
        after = names.back();
        more = reply.more;
    }
    CHECK(pages == 3);
    CHECK(names == Texts{"alpha", "bravo", "charlie", "delta", "echo"});
}

TEST_CASE("no page of stats has more than 1000 queues, whatever is asked for") {
    ManagerTest test;
    Client& ann = test.client("ann");
    for (int i = 0; i < 1001; ++i) ann.open("q" + std::to_string(i));
    const StatsReply reply = ann.ask(Stats{{}, "", unlimited & 0xffffffffu}).as<StatsReply>();
    CHECK(reply.queues.size() == 1000);
    CHECK(reply.more);
    const StatsReply least = ann.ask(Stats{{}, "", 0}).as<StatsReply>();
    CHECK(least.queues.size() == 1);
    const std::vector<QueueHandle> many(1001, 1);
    CHECK(ann.ask(Stats{many, "", 1}).code() == errc::limit_exceeded);
}

TEST_CASE("of queues asked for by handle those that are gone are left out") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one");
    const QueueHandle two = ann.open("two");
    ann.ask(Destroy{one});
    const StatsReply reply = ann.ask(Stats{{one, two}, "", 10}).as<StatsReply>();
    REQUIRE(reply.queues.size() == 1);
    CHECK(reply.queues[0].name == "two");
}

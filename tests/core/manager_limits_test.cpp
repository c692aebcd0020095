#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

// ------------------------------------------------------------------ ids

TEST_CASE("a request without an id is refused, messages that need none are not") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.send({0, 0, {}, {}, Get{{jobs}, 1, {}}});
    CHECK(std::get<Failed>(ann.last_reply()->body).code == errc::protocol);
    ann.send({0, 0, {}, {}, Put{jobs, 1, 0, {}, run_of({"a"})}});
    CHECK(ann.fate(jobs) == "1 ok");
}

TEST_CASE("answers are remembered until the client says that it has them") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"});
    const Call purge = ann.ask(Purge{jobs, true});
    ann.again(purge);
    CHECK(purge.answers() == 2);
    ann.done_below = purge.id() + 1;
    ann.ask(Heartbeat{});
    ann.again(purge);
    CHECK(purge.answers() == 2);
}

TEST_CASE("a request that waits and whose answer nobody wants any more is withdrawn") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs);
    ann.done_below = get.id() + 1;
    ann.ask(Heartbeat{});
    CHECK(ann.stats(jobs).waiting_gets == 0);
    ann.put(jobs, {"a"});
    CHECK_FALSE(get.answered());
    CHECK(ann.drain(jobs) == Texts{"a"});
}

TEST_CASE("what is below done_below is ignored, and done_below never goes back") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.done_below = 100;
    ann.ask(Heartbeat{});
    ann.done_below = 0;
    CHECK_FALSE(ann.close(jobs).answered());
    CHECK_FALSE(ann.cancel(Call{&ann, {5, 0, {}, {}, {}}}).answered());
    ann.put(jobs, {"puts are known by their positions"});
    CHECK(ann.fate(jobs) == "1 ok");
}

TEST_CASE("requests that are not confirmed are limited, and confirming makes room") {
    Limits limits;
    limits.requests_max = 10;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    for (int i = 0; i < 9; ++i) CHECK(ann.get(jobs, no_wait).code() == errc::empty);
    const Call beyond = ann.get(jobs, no_wait);
    CHECK(beyond.code() == errc::limit_exceeded);
    ann.put(jobs, {"a"});
    CHECK(ann.fate(jobs) == "1 ok");
    ann.done_below = beyond.id();
    CHECK(ann.drain(jobs) == Texts{"a"});
    ann.again(beyond);  // was not remembered
    CHECK(beyond.code() == errc::empty);
}

TEST_CASE("requests that wait are limited in the same way") {
    Limits limits;
    limits.requests_max = 5;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    for (int i = 0; i < 4; ++i) CHECK_FALSE(ann.get(jobs).answered());
    CHECK(ann.get(jobs).code() == errc::limit_exceeded);
    CHECK(test.client("bob").stats(jobs).waiting_gets == 4);
}

TEST_CASE("a CANCEL of ids that never were cannot fill the memory") {
    Limits limits;
    limits.requests_max = 10;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    for (RequestId target = 1000; target < 2000; ++target) ann.ask(Cancel{target});
    ann.ask(Cancel{0});
    ann.ask(Cancel{unlimited});
    CHECK(ann.inbox.size() == 11);  // WELCOME, and ten answers
}

// ------------------------------------------------------------------ waiting

TEST_CASE("calls that wait at one queue are limited") {
    ManagerSettings settings;
    settings.waiters_max = 3;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"1"});
    const Call join = ann.join(jobs);
    ann.put(jobs, {"2"});
    ann.put(jobs, {"3"});
    ann.put(jobs, {"4"});
    CHECK(ann.fate(jobs) == "1 ok 4 limit_exceeded");
    CHECK(ann.join(jobs).code() == errc::limit_exceeded);
    const QueueHandle empty = ann.open("empty");
    for (int i = 0; i < 3; ++i) CHECK_FALSE(ann.get(empty).answered());
    CHECK(ann.get(empty).code() == errc::limit_exceeded);
    Commit commit;
    commit.puts.push_back({jobs, {}, run_of({"5"})});
    CHECK(ann.ask(commit).code() == errc::limit_exceeded);
    CHECK(ann.drain(jobs) == Texts{"1", "2", "3"});
    CHECK(join.code() == errc::ok);
}

TEST_CASE("bytes that wait are limited for each session, and acknowledgements still get through") {
    Limits limits;
    limits.session_bytes_max = 10'000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    const std::string large(4000, 'x');
    ann.put(jobs, {"first"});
    const Call got = ann.get(jobs);
    ann.put(jobs, {large, large});
    ann.put(jobs, {large});
    CHECK(ann.fate(jobs) == "1 ok 4 limit_exceeded");
    bob.put(jobs, {large});
    CHECK(bob.fate(jobs).empty());
    ann.ack(jobs, got.tokens());
    CHECK(ann.fate(jobs) == "1-2 ok 4 limit_exceeded");
    ann.put(jobs, {large});
    CHECK(ann.fate(jobs) == "1-2 ok 4 limit_exceeded");
    CHECK(bob.drain(jobs).size() == 4);
    CHECK(ann.fate(jobs) == "1-3 ok 4 limit_exceeded 5 ok");
}

TEST_CASE("headers and traces of what waits count as well, and pin no message") {
    Limits limits;
    limits.session_bytes_max = 10'000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    const Slice message = Slice::copy(std::string(1'000'000, 'm'));
    Columns columns;
    columns.headers = message.part(0, 4000);
    columns.trace = message.part(4000, 800);
    ann.put(jobs, {"first"});
    ann.put(jobs, {"second"}, forever, columns);
    ann.put(jobs, {"third"}, forever, columns);
    CHECK(ann.fate(jobs) == "1 ok 3 limit_exceeded");
    CHECK(message.owner().use_count() == 3);  // here, and in the columns above
}

TEST_CASE("many small puts that wait are limited as well: each costs more than its bytes") {
    Limits limits;
    limits.session_bytes_max = 64u << 10;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    for (int i = 0; i < 1000; ++i) ann.put(jobs, {""});
    CHECK(ann.stats(jobs).waiting_puts < 300);
}

TEST_CASE("memory for refusals is limited, what is refused for it may come again") {
    Limits limits;
    limits.requests_max = 4;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    QueueOptions options;
    options.capacity_bytes = 100;
    const QueueHandle jobs = ann.open("jobs", options);
    for (int i = 0; i < 4; ++i) {
        ann.put(jobs, {"x"});
        ann.put(jobs, {std::string(200, 'y')});
    }
    CHECK(ann.fate(jobs) == "1 ok 2 too_large 3 ok 4 too_large 5 ok 6 too_large 7 ok 8 too_large");
    const Call refused = ann.put(jobs, {"x"});
    CHECK(refused.as<PutDone>().outcomes.at(0).code == errc::limit_exceeded);
    ann.ask(Put{jobs, 9, 9, {}, run_of({"x"})});
    CHECK(ann.fate(jobs).ends_with("9 ok"));
}

// ------------------------------------------------------------------ nonsense

TEST_CASE("PUTs whose run or positions make no sense are refused, and nothing is taken") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Run one = run_of({"a"});
    const std::vector<Put> bad{
        {jobs, 1, 0, {}, {}},
        {jobs, 1, 0, {}, {2, one.bytes}},
        {jobs, 1, 0, {}, {0, one.bytes}},
        {jobs, 1, 0, {}, {1, Slice::copy("\xc4\x09short")}},
        {jobs, 0, 0, {}, one},
        {jobs, unlimited, 0, {}, one},
        {jobs, unlimited, 0, {}, run_of({"a", "b"})},
        {jobs, 1, unlimited, {}, one},
    };
    for (const Put& put : bad) CHECK(ann.ask(put).code() == errc::protocol);
    ann.put(jobs, {"a"});
    CHECK(ann.fate(jobs) == "1 ok");
}

TEST_CASE("the last positions that there are can be used") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Position last = Position{1} << 62;
    ann.ask(Put{jobs, last, last, {}, run_of({"a"})});
    const Call repeated = ann.ask(Put{jobs, last, last, {}, run_of({"a"})});
    CHECK(repeated.as<PutDone>().outcomes.at(0).code == errc::ok);
    CHECK(ann.ask(Put{jobs, last + 1, last, {}, run_of({"a"})}).code() == errc::protocol);
    CHECK(ann.withdraw(jobs, {last, last}).as<PutDone>().outcomes.at(0).code == errc::ok);
    CHECK(ann.drain(jobs) == Texts{"a"});
}

TEST_CASE("settlements that make no sense are refused, and nothing of them is done") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    CHECK(ann.settle(Verb::ack, jobs, {{2, 1}}).code() == errc::invalid_argument);
    CHECK(ann.settle(Verb::ack, jobs, {{0, 1}}).code() == errc::invalid_argument);
    CHECK(ann.settle(Verb::ack, jobs, {{1, 1}, {1, 1}}).code() == errc::invalid_argument);
    Settle settle;
    settle.verb = Verb::release;
    settle.queue = jobs;
    settle.tokens = {{1, 1}};
    settle.delay = -1ms;
    CHECK(ann.ask(settle).code() == errc::invalid_argument);
    settle.delay = Millis::max();
    CHECK(ann.ask(settle).code() == errc::invalid_argument);
    settle.verb = Verb::extend;
    settle.delay = 0ms;
    settle.lease = 0ms;
    CHECK(ann.ask(settle).code() == errc::invalid_argument);
    CHECK(ann.settle(static_cast<Verb>(77), jobs, {{1, 1}}).refused() == "1");
    CHECK(ann.ack(jobs, {1, unlimited}).refused() == "2-18446744073709551615");
}

TEST_CASE("cursors of the future, of the past and of other queues do no harm") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"});
    ann.credit(jobs, 1);
    ann.cursor(jobs, 0);
    ann.cursor(77, 5);
    CHECK(ann.stats(jobs).deliveries == 0);
    ann.cursor(jobs, unlimited);
    CHECK(ann.stats(jobs).deliveries == 1);
    ann.ack(jobs, {1, 1});
    CHECK(ann.streamed() == Texts{"1", "2"});
    CHECK(ann.stats(jobs).deliveries == 1);
    CHECK(ann.give_back(jobs, {2, 2}).refused().empty());
}

TEST_CASE("settling what another session holds is refused token by token") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 4));
    ann.get(jobs, no_wait, 2);
    bob.get(jobs, no_wait, 1);
    CHECK(bob.ack(jobs, {1, 4}).refused() == "1-2 4");
    CHECK(ann.ack(jobs, {1, 2}).refused().empty());
}

TEST_CASE("an empty peek, an empty settlement and a kick of everything are answered") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    CHECK(ann.ask(Peek{jobs, ItemState::ready, 0}).items().empty());
    CHECK(ann.ask(Peek{jobs, static_cast<ItemState>(9), 5}).items().empty());
    CHECK(ann.settle(Verb::ack, jobs, {}).refused().empty());
    CHECK(ann.ask(Kick{jobs, unlimited}).count() == 0);
}

TEST_CASE("an unknown request is unsupported, and the session goes on") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const Call call = ann.ask(UnknownRequest{4711});
    CHECK(call.code() == errc::unsupported);
    CHECK(call.text().find("4711") != std::string::npos);
    CHECK(ann.try_open("jobs").code() == errc::ok);
}

TEST_CASE("a client that changes its connection without end leaves no trail") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ConnectionId first = ann.connection();
    ann.come_back();
    const ConnectionId second = ann.connection();
    for (int i = 0; i < 100; ++i) ann.come_back();
    // The last few are remembered and silently dropped; the first one is a stranger by now.
    test.machine.apply(first, {1, 0, {}, {}, Heartbeat{}}, test.now);
    test.machine.apply(second, {1, 0, {}, {}, Heartbeat{}}, test.now);
    test.machine.apply(ann.connection() - 1, {1, 0, {}, {}, Heartbeat{}}, test.now);
    test.end_turn();
    CHECK(test.strays.size() == 2);
    CHECK(test.machine.report(test.now).manager.sessions == 1);
}

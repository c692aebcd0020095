#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

TEST_CASE("a put is confirmed with the level that it reached") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call put = ann.put(jobs, {"a", "b"});
    const PutDone done = put.as<PutDone>();
    CHECK(done.queue == jobs);
    REQUIRE(done.outcomes.size() == 1);
    CHECK(done.outcomes[0] == PutDone::Outcome{{1, 2}, errc::ok, Durability::memory});
    CHECK(ann.drain(jobs) == Texts{"a", "b"});
}

TEST_CASE("a put that comes twice is done once and confirmed twice") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call put = ann.put(jobs, {"a", "b"});
    ann.again(put);
    CHECK(put.answers() == 2);
    CHECK(put.as<PutDone>().outcomes.at(0).positions == Range{1, 2});
    CHECK(ann.drain(jobs) == Texts{"a", "b"});
}

TEST_CASE("of a put that overlaps earlier ones only what is new is taken") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2", "3"});
    ann.ask(Put{jobs, 2, 0, {}, run_of({"2", "3", "4", "5"})});
    CHECK(ann.fate(jobs) == "1-5 ok");
    CHECK(ann.drain(jobs) == numbers(1, 5));
}

TEST_CASE("a put behind a gap is refused, nothing of it taken, the rewound client gets through") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    const Call early = ann.ask(Put{jobs, 3, 0, {}, run_of({"3", "4"})});
    const PutDone refused = early.as<PutDone>();
    CHECK(refused.outcomes.at(0) == PutDone::Outcome{{3, 4}, errc::gap, Durability::memory});
    ann.ask(Put{jobs, 2, 0, {}, run_of({"2"})});
    ann.again(early);
    CHECK(ann.fate(jobs) == "1-4 ok");
    CHECK(ann.drain(jobs) == numbers(1, 4));
}

TEST_CASE("positions that the client gave up are skipped") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    ann.ask(Put{jobs, 5, 5, {}, run_of({"5"})});
    CHECK(ann.fate(jobs) == "1 ok 5 ok");
    CHECK(ann.drain(jobs) == Texts{"1", "5"});
}

TEST_CASE("what lies below the lowest unconfirmed position is neither taken nor answered") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call late = ann.ask(Put{jobs, 1, 3, {}, run_of({"1", "2"})});
    CHECK_FALSE(late.answered());
    const Call half = ann.ask(Put{jobs, 2, 3, {}, run_of({"2", "3"})});
    CHECK(half.as<PutDone>().outcomes.at(0).positions == Range{3, 3});
    CHECK(ann.drain(jobs) == Texts{"3"});
}

TEST_CASE("each session counts its own positions, in each queue") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const QueueHandle more = ann.open("more");
    ann.put(jobs, {"a1"});
    bob.put(jobs, {"b1"});
    ann.put(more, {"a2"});
    CHECK(ann.fate(jobs) == "1 ok");
    CHECK(bob.fate(jobs) == "1 ok");
    CHECK(ann.fate(more) == "1 ok");
    CHECK(bob.drain(jobs) == Texts{"a1", "b1"});
}

TEST_CASE("puts keep their order per producer, also when some of them waited") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(2));
    for (int i = 1; i <= 6; ++i) ann.put(jobs, {std::to_string(i)});
    CHECK(ann.fate(jobs) == "1-2 ok");
    CHECK(bob.drain(jobs) == numbers(1, 6));
    CHECK(ann.fate(jobs) == "1-6 ok");
}

// ------------------------------------------------------------------ a full queue

TEST_CASE("of a batch as much enters as fits, and the rest waits first in line") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(3));
    ann.put(jobs, {"1", "2", "3", "4", "5"});
    CHECK(ann.fate(jobs) == "1-3 ok");
    bob.put(jobs, {"late"});
    CHECK(bob.fate(jobs).empty());
    CHECK(bob.stats(jobs).waiting_puts == 2);
    CHECK(bob.drain(jobs) == Texts{"1", "2", "3", "4", "5", "late"});
    CHECK(ann.fate(jobs) == "1-5 ok");
    CHECK(bob.fate(jobs) == "1 ok");
}

TEST_CASE("a batch larger than the whole queue enters bit by bit") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(2));
    ann.put(jobs, numbers(1, 7));
    CHECK(ann.drain(jobs) == numbers(1, 7));
    CHECK(ann.fate(jobs) == "1-7 ok");
}

TEST_CASE("capacity counts leased and delayed items as well") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(2));
    ann.put(jobs, {"leased"});
    ann.put(jobs, {"delayed"}, forever, with_delay(1h));
    const Call got = ann.get(jobs);
    ann.put(jobs, {"third"}, no_wait);
    CHECK(ann.fate(jobs) == "1-2 ok 3 full");
    ann.ack(jobs, got.tokens());
    ann.put(jobs, {"fourth"}, no_wait);
    CHECK(ann.fate(jobs) == "1-2 ok 3 full 4 ok");
}

TEST_CASE("a put that must not wait enters as far as it fits, the rest is full") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(2));
    const Call put = ann.put(jobs, {"1", "2", "3"}, no_wait);
    CHECK(ann.fate(jobs) == "1-2 ok 3 full");
    CHECK(put.answers() == 1);
}

TEST_CASE("a put that must not wait is full while others wait, even where it would fit") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueOptions options;
    options.capacity_bytes = 10;
    const QueueHandle jobs = ann.open("jobs", options);
    ann.put(jobs, {"12345"});
    ann.put(jobs, {"12345"});
    bob.put(jobs, {"x"}, no_wait);
    CHECK(ann.fate(jobs) == "1 ok");
    CHECK(bob.fate(jobs) == "1 full");
}

TEST_CASE("a put that waits is full when its time has passed, and then the next one enters") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueOptions options;
    options.capacity_bytes = 20;
    const QueueHandle jobs = ann.open("jobs", options);
    ann.put(jobs, {"0123456789"});
    ann.put(jobs, {"0123456789"}, 2s);
    bob.put(jobs, {"small"}, 5s);
    test.pass(1999ms);
    CHECK(ann.fate(jobs) == "1 ok");
    CHECK(bob.fate(jobs).empty());
    test.pass(1ms);
    CHECK(ann.fate(jobs) == "1 ok 2 full");
    CHECK(bob.fate(jobs) == "1 ok");
}

TEST_CASE("a refused put stays refused when it comes again, though there is room by now") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"1"});
    const Call second = ann.put(jobs, {"2"}, no_wait);
    CHECK(ann.drain(jobs) == Texts{"1"});
    ann.again(second);
    CHECK(second.answers() == 2);
    CHECK(ann.fate(jobs) == "1 ok 2 full");
    CHECK(ann.drain(jobs).empty());
}

TEST_CASE("a put that still waits and comes again goes on waiting in its old place") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"1"});
    const Call second = ann.put(jobs, {"2"});
    bob.put(jobs, {"3"});
    ann.again(second);
    CHECK_FALSE(second.answered());
    CHECK(ann.drain(jobs) == Texts{"1", "2", "3"});
    CHECK(ann.fate(jobs) == "1-2 ok");
}

TEST_CASE("a repeated put says what is known of it and not what still waits") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(2));
    const Call put = ann.put(jobs, {"1", "2", "3"});
    ann.forget_inbox();
    ann.again(put);
    CHECK(ann.fate(jobs) == "1-2 ok");
}

TEST_CASE("what can never fit is refused at once, though others wait") {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueOptions options;
    options.capacity_bytes = 8;
    const QueueHandle jobs = ann.open("jobs", options);
    ann.put(jobs, {"123456"});
    ann.put(jobs, {"1"});
    ann.put(jobs, {"1", "123456789"});
    CHECK(ann.fate(jobs) == "1 ok 3-4 too_large");
}

TEST_CASE("an item above item_bytes_max is refused, one just below is not") {
    Limits limits;
    limits.item_bytes_max = 10;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"0123456789"});
    ann.put(jobs, {"0123456789+"});
    CHECK(ann.fate(jobs) == "1 ok 2 too_large");
}

TEST_CASE("a closed queue takes no puts") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.close(jobs);
    ann.put(jobs, {"a"});
    CHECK(ann.fate(jobs) == "1 closed");
}

TEST_CASE("puts that wait when their queue is closed are refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"1", "2", "3"});
    ann.close(jobs);
    CHECK(ann.fate(jobs) == "1 ok 2-3 closed");
    CHECK(ann.drain(jobs) == Texts{"1"});
}

TEST_CASE("a put to a queue that is not there says so") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ann.put(77, {"a", "b"});
    CHECK(ann.fate(77) == "1-2 stale_reference");
}

TEST_CASE("times out of range are refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"}, forever, with_delay(-1ms));
    ann.put(jobs, {"a"}, forever, with_delay(Millis::max()));
    ann.put(jobs, {"a"}, forever, with_time_to_live(0ms));
    ann.put(jobs, {"a"}, forever, with_time_to_live(Millis::min()));
    ann.put(jobs, {"a"}, Millis{-5});
    CHECK(ann.fate(jobs) == "1-5 invalid_argument");
    ann.put(jobs, {"a"}, Millis::max());
    CHECK(ann.fate(jobs) == "1-5 invalid_argument 6 ok");
}

TEST_CASE("headers and traces travel with their items, and long ones are refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    Columns columns;
    columns.headers = Slice::copy("some headers");
    columns.trace = Slice::copy("a trace");
    columns.priority = 3;
    ann.put(jobs, {"a"}, forever, columns);
    const Part part = ann.get(jobs).as<Deliver>().parts.at(0);
    CHECK(part.headers.view() == "some headers");
    CHECK(part.trace.view() == "a trace");
    CHECK(part.priority == 3);
    columns.headers = Slice::copy(std::string((64u << 10) + 1, 'h'));
    ann.put(jobs, {"b"}, forever, columns);
    CHECK(ann.fate(jobs) == "1 ok 2 too_large");
    columns.headers = Slice::copy(std::string(64u << 10, 'h'));
    columns.trace = Slice::copy(std::string(1024, 't'));
    ann.put(jobs, {"c"}, forever, columns);
    columns.trace = Slice::copy(std::string(1025, 't'));
    ann.put(jobs, {"d"}, forever, columns);
    CHECK(ann.fate(jobs) == "1 ok 2 too_large 3 ok 4 too_large");
}

TEST_CASE("an item that fits only without its headers and trace can never fit") {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueOptions options;
    options.capacity_bytes = 20;
    const QueueHandle jobs = ann.open("jobs", options);
    Columns columns;
    columns.headers = Slice::copy("1234567890");
    columns.trace = Slice::copy("1234567");
    ann.put(jobs, {"a"}, no_wait, columns);
    ann.put(jobs, {"b"}, no_wait);
    CHECK(ann.fate(jobs) == "1 ok 2 full");
    CHECK(ann.drain(jobs) == Texts{"a"});
    ann.put(jobs, {"ab"}, forever, columns);
    CHECK(ann.fate(jobs) == "1 ok 2 full 3 too_large");
}

// ------------------------------------------------------------------ WITHDRAW

TEST_CASE("what still waits of a put can be withdrawn") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"1", "2", "3"});
    const Call withdraw = ann.withdraw(jobs, {1, 3});
    CHECK(withdraw.as<PutDone>().outcomes.size() == 2);
    CHECK(ann.fate(jobs) == "1 ok 2-3 cancelled");
    CHECK(ann.drain(jobs) == Texts{"1"});
}

TEST_CASE("positions are withdrawn from the middle of a waiting put, the others stay in line") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, numbers(1, 7));
    ann.withdraw(jobs, {3, 4});
    ann.withdraw(jobs, {6, 6});
    CHECK(ann.fate(jobs) == "1 ok 3-4 cancelled 6 cancelled");
    CHECK(ann.drain(jobs) == Texts{"1", "2", "5", "7"});
    CHECK(ann.fate(jobs) == "1-2 ok 3-4 cancelled 5 ok 6 cancelled 7 ok");
}

TEST_CASE("one WITHDRAW takes back several puts, and those behind them enter") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueOptions options;
    options.capacity_bytes = 12;
    const QueueHandle jobs = ann.open("jobs", options);
    ann.put(jobs, {"12345"});
    ann.put(jobs, {"123456"});
    ann.put(jobs, {"1234567"});
    bob.put(jobs, {"x"});
    CHECK(bob.fate(jobs).empty());
    ann.withdraw(jobs, {2, 3});
    CHECK(ann.fate(jobs) == "1 ok 2-3 cancelled");
    CHECK(bob.fate(jobs) == "1 ok");
}

TEST_CASE("withdrawing what entered tells that it entered") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    ann.forget_inbox();
    ann.withdraw(jobs, {1, 1});
    CHECK(ann.fate(jobs) == "1 ok");
}

TEST_CASE("a withdrawn put that comes again is told that it was withdrawn") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"1"});
    const Call second = ann.put(jobs, {"2"});
    ann.withdraw(jobs, {2, 2});
    CHECK(ann.drain(jobs) == Texts{"1"});
    ann.again(second);
    CHECK(second.as<PutDone>().outcomes.at(0).code == errc::cancelled);
    CHECK(ann.drain(jobs).empty());
}

TEST_CASE("positions that never came are not in the answer to WITHDRAW, and can still come") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    const Call withdraw = ann.withdraw(jobs, {1, 9});
    CHECK(withdraw.as<PutDone>().outcomes.size() == 1);
    CHECK(ann.fate(jobs) == "1 ok");
    const Call nothing = ann.withdraw(jobs, {5, 9});
    CHECK(nothing.as<PutDone>().outcomes.empty());
    ann.put(jobs, {"2"});
    CHECK(ann.fate(jobs) == "1-2 ok");
}

TEST_CASE("WITHDRAW without sense is refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    CHECK(ann.withdraw(jobs, {0, 3}).code() == errc::protocol);
    CHECK(ann.withdraw(jobs, {5, 3}).code() == errc::protocol);
    ann.withdraw(77, {1, 3});
    CHECK(ann.fate(77) == "1-3 stale_reference");
}

#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

TEST_CASE("a consumer is sent what is ready up to its credit, without asking for each") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 5));
    CHECK(bob.credit(jobs, 3).code() == errc::ok);
    CHECK(bob.streamed() == numbers(1, 3));
    CHECK(ann.stats(jobs).ready == 2);
    CHECK(ann.stats(jobs).leased == 3);
}

TEST_CASE("a consumer with credit left is sent new items as they come") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    bob.credit(jobs, 2);
    ann.put(jobs, {"1"});
    ann.put(jobs, {"2"});
    ann.put(jobs, {"3"});
    CHECK(bob.streamed() == numbers(1, 2));
}

TEST_CASE("every acknowledgement makes room for another item") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 6));
    bob.credit(jobs, 2);
    bob.ack(jobs, {1, 1});
    CHECK(bob.streamed() == numbers(1, 3));
    bob.ack(jobs, {2, 3});
    CHECK(bob.streamed() == numbers(1, 5));
}

TEST_CASE("credit counts bytes as well, but one item comes however large it is") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"12345678", "12345678", "12345678"});
    bob.credit(jobs, 100, 3);
    CHECK(bob.streamed().size() == 1);
    bob.credit(jobs, 100, 10);
    CHECK(bob.streamed().size() == 1);
    bob.credit(jobs, 100, 11);
    CHECK(bob.streamed().size() == 2);
    bob.ack(jobs, {1, 1});
    CHECK(bob.streamed().size() == 3);
}

TEST_CASE("a stream comes in frames of a bounded size") {
    Limits limits;
    limits.frame_bytes_max = 4096;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, Texts(10, std::string(1021, 'x')));
    bob.credit(jobs, 10);
    CHECK(bob.streamed().size() == 10);
    for (const Reply& reply : bob.inbox) {
        const auto* deliver = std::get_if<Deliver>(&reply.body);
        if (deliver == nullptr) continue;
        std::size_t bytes = 0;
        for (const Slice& run : deliver->runs) bytes += run.size();
        CHECK(bytes <= 4096);
    }
}

TEST_CASE("credit 0 ends a stream, what was delivered stays with the consumer") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    bob.credit(jobs, 10);
    bob.credit(jobs, 0);
    ann.put(jobs, {"2"});
    CHECK(bob.streamed() == Texts{"1"});
    CHECK(bob.ack(jobs, {1, 1}).refused().empty());
}

TEST_CASE("held items are not counted as delivered, and their leases do not run") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    bob.credit(jobs, 1);
    test.pass(10min);
    CHECK(ann.stats(jobs).deliveries == 0);
    CHECK(ann.stats(jobs).lapses == 0);
}

TEST_CASE("the lease of a held item runs from when a cursor says that it was taken") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"});
    bob.credit(jobs, 2);
    test.pass(1min);
    bob.cursor(jobs, 1);
    CHECK(ann.stats(jobs).deliveries == 1);
    test.pass(30s);
    CHECK(ann.stats(jobs).lapses == 1);
    CHECK(bob.ack(jobs, {1, 2}).refused() == "1");
}

TEST_CASE("cursors ride on CREDIT and on settlements as well") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 4));
    bob.credit(jobs, 4);
    bob.ask(Credit{jobs, 4, 1000, {}, Cursor{jobs, 1}});
    CHECK(ann.stats(jobs).deliveries == 1);
    Settle settle;
    settle.queue = jobs;
    settle.cursor = Cursor{jobs, 3};
    bob.ask(settle);
    CHECK(ann.stats(jobs).deliveries == 3);
}

TEST_CASE("an item that a consumer's lapsed lease gives back makes room in its credit") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"});
    bob.credit(jobs, 1);
    bob.cursor(jobs, 1);
    test.pass(30s);
    CHECK(bob.streamed() == Texts{"1", "1"});
}

TEST_CASE("what has expired is not streamed, and the stream goes on after it") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"old"}, forever, with_time_to_live(1s));
    test.stop_for(1s);
    bob.credit(jobs, 5);
    CHECK(bob.streamed().empty());
    ann.put(jobs, {"new"});
    CHECK(bob.streamed() == Texts{"new"});
}

// ------------------------------------------------------------------ fairness

TEST_CASE("consumers are served in turns") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    bob.credit(jobs, 10);
    eve.credit(jobs, 10);
    for (int i = 1; i <= 6; ++i) ann.put(jobs, {std::to_string(i)});
    CHECK(bob.streamed() == Texts{"1", "3", "5"});
    CHECK(eve.streamed() == Texts{"2", "4", "6"});
}

TEST_CASE("a get goes before consumers that have something at hand already") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    bob.credit(jobs, 10);
    ann.put(jobs, {"1"});
    const Call get = eve.get(jobs, 5s);
    eve.cancel(get);
    bob.cursor(jobs, 0);
    const Call waiting = eve.get(jobs);
    ann.put(jobs, {"2"});
    CHECK(waiting.items() == Texts{"2"});
    CHECK(bob.streamed() == Texts{"1"});
}

TEST_CASE("gets and consumers that have nothing share one line") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    const Call first = eve.get(jobs);
    bob.credit(jobs, 1);
    const Call third = eve.get(jobs);
    ann.put(jobs, {"1"});
    ann.put(jobs, {"2"});
    CHECK(first.items() == Texts{"1"});
    CHECK(bob.streamed() == Texts{"2"});
    CHECK_FALSE(third.answered());
}

// ------------------------------------------------------------------ hold

TEST_CASE("held items of a session that falls silent go back after the hold, uncounted") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"taken", "held"});
    bob.credit(jobs, 2);
    bob.cursor(jobs, 1);
    bob.freeze();
    const Call waiting = eve.get(jobs);
    test.pass(1999ms);
    CHECK_FALSE(waiting.answered());
    test.pass(1ms);
    CHECK(waiting.items() == Texts{"held"});
    CHECK(waiting.deliveries() == 1);
    CHECK(eve.get(jobs, no_wait).code() == errc::empty);
}

TEST_CASE("nothing is delivered to a silent session before it is heard again") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    bob.credit(jobs, 5);
    bob.freeze();
    test.pass(3s);
    CHECK(ann.stats(jobs).ready == 1);
    CHECK(bob.streamed() == Texts{"1"});
    bob.ask(Heartbeat{});
    CHECK(bob.streamed() == Texts{"1", "1"});
}

TEST_CASE("any message renews the hold") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    bob.credit(jobs, 5);
    test.pass(1h);
    CHECK(ann.stats(jobs).ready == 0);
    CHECK(bob.streamed().size() == 1);
}

TEST_CASE("of a dead consumer's held items the first counts as delivered, the others do not") {
    Limits limits;
    limits.hold = 20s;  // so that they are not taken back before
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"poison", "innocent"});
    bob.credit(jobs, 2);
    bob.freeze();
    test.pass(10s);
    const Call poison = ann.get(jobs);
    CHECK(poison.items() == Texts{"poison"});
    CHECK(poison.deliveries() == 2);
    CHECK(ann.get(jobs).deliveries() == 1);
}

// ------------------------------------------------------------------ a new connection

TEST_CASE("on a new connection nothing is streamed before CREDIT, and then what was not taken") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 3));
    bob.credit(jobs, 4);
    bob.cut();
    ann.put(jobs, {"4"});
    bob.come_back();
    bob.forget_inbox();
    ann.put(jobs, {"5"});
    CHECK(bob.streamed().empty());
    bob.ask(Credit{jobs, 4, 1u << 20, {}, Cursor{jobs, 1}});
    CHECK(bob.streamed() == Texts{"2", "3", "4"});
    CHECK(bob.ack(jobs, {1, 1}).refused().empty());
    CHECK(bob.streamed() == Texts{"2", "3", "4", "5"});
}

TEST_CASE("items that come again after a new connection have new tokens, the old ones are void") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    bob.credit(jobs, 4);
    bob.come_back();
    bob.credit(jobs, 4);
    CHECK(bob.last_streamed() == Range{2, 2});
    CHECK(bob.ack(jobs, {1, 2}).refused() == "1");
}

TEST_CASE("nothing is streamed to a client whose connection is gone") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    bob.credit(jobs, 4);
    bob.hang_up();
    ann.put(jobs, {"1"});
    CHECK(ann.stats(jobs).ready == 1);
    CHECK(ann.drain(jobs) == Texts{"1"});
}

// ------------------------------------------------------------------ the end of a stream

TEST_CASE("a stream ends when its queue is closed and drained") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call stream = bob.credit(jobs, 4);
    ann.put(jobs, {"1"});
    ann.close(jobs);
    CHECK(stream.code() == errc::closed);  // what it holds itself is nothing to wait for
    CHECK(bob.streamed() == Texts{"1"});
    CHECK(stream.answers() == 2);
    CHECK(bob.ack(jobs, {1, 1}).refused().empty());
    CHECK(bob.credit(jobs, 4).code() == errc::closed);
    CHECK(stream.answers() == 2);
}

TEST_CASE("a stream goes on while another session's lease might come back") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"});
    const Call got = ann.get(jobs);
    const Call stream = bob.credit(jobs, 4);
    ann.close(jobs);
    CHECK(stream.code() == errc::ok);
    ann.release(jobs, got.tokens());
    CHECK(bob.streamed() == Texts{"1"});
    CHECK(stream.code() == errc::closed);
}

TEST_CASE("a stream ends when its queue is destroyed") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call stream = bob.credit(jobs, 4);
    ann.ask(Destroy{jobs});
    CHECK(stream.code() == errc::stale_reference);
}

TEST_CASE("CREDIT without sense is refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    CHECK(ann.credit(77, 1).code() == errc::stale_reference);
    CHECK(ann.ask(Credit{jobs, 1, 1, Millis{-1}, {}}).code() == errc::invalid_argument);
    CHECK(ann.ask(Credit{jobs, 1, 1, {}, Cursor{77, 1}}).code() == errc::ok);
}

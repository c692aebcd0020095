#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// Section 5.3 of the protocol: streams, what they hold, and how it comes back.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// A queue of so many items, somebody who streams, and somebody else.
struct Stream {
    explicit Stream(int items, ManagerSettings settings = {}) : test(std::move(settings)) {
        if (items > 0) ann.put(jobs, numbers(1, items));
    }
    Call credit_up_to(Token cursor, std::uint32_t items) {
        return bob.ask(Credit{jobs, items, 1u << 20, {}, Cursor{jobs, cursor}});
    }

    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle jobs = ann.open("jobs");
};

}  // namespace

TEST_CASE("a smaller credit takes nothing back and delivers only below itself") {
    Stream stream(6);
    stream.bob.credit(stream.jobs, 4);
    stream.bob.credit(stream.jobs, 2);
    CHECK(stream.bob.streamed().size() == 4);
    stream.bob.ack(stream.jobs, {1, 2});
    CHECK(stream.bob.streamed().size() == 4);
    stream.bob.ack(stream.jobs, {3, 3});
    CHECK(stream.bob.streamed() == numbers(1, 5));
}

TEST_CASE("what a session got by GET counts against its credit at the same queue") {
    Stream stream(5);
    const Call got = stream.bob.get(stream.jobs, no_wait, 2);
    stream.bob.credit(stream.jobs, 3);
    CHECK(stream.bob.streamed() == Texts{"3"});
    stream.bob.ack(stream.jobs, got.tokens());
    CHECK(stream.bob.streamed() == Texts{"3", "4", "5"});
}

TEST_CASE("the credit at one queue is no matter to that at another") {
    Stream stream(3);
    const QueueHandle other = stream.ann.open("other");
    stream.ann.put(other, {"a", "b"});
    stream.bob.credit(stream.jobs, 1);
    stream.bob.credit(other, 1);
    CHECK(stream.bob.streamed() == Texts{"1", "a"});
    stream.bob.credit(stream.jobs, 0);
    stream.bob.ack(other, {2, 2});
    CHECK(stream.bob.streamed() == Texts{"1", "a", "b"});
}

TEST_CASE("more than session_bytes_max bytes are never outstanding in a stream") {
    Limits limits;
    limits.session_bytes_max = 10'000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    for (int i = 0; i < 5; ++i) ann.put(jobs, {std::string(2997, 'x')});  // 3000 with its head
    bob.credit(jobs, 1000, unlimited);
    CHECK(bob.streamed().size() == 3);
    bob.ack(jobs, {1, 1});
    CHECK(bob.streamed().size() == 4);
}

TEST_CASE("a consumer whose limit of bytes is reached does not stand in the way of another") {
    Limits limits;
    limits.session_bytes_max = 10'000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    bob.credit(jobs, 1000, unlimited);
    ann.credit(jobs, 1000, unlimited);
    for (int i = 0; i < 7; ++i) ann.put(jobs, {std::string(2997, 'x')});  // 3000 with its head
    CHECK(bob.streamed().size() == 3);
    CHECK(ann.streamed().size() == 3);
    CHECK(ann.stats(jobs).ready == 1);
    const Call get = test.client("eve").get(jobs);
    CHECK(get.items().size() == 1);
}

TEST_CASE("an item larger than session_bytes_max is streamed all the same, alone") {
    Limits limits;
    limits.session_bytes_max = 1000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {std::string(5000, 'x'), "small"});
    bob.credit(jobs, 10, unlimited);
    CHECK(bob.streamed().size() == 1);
    bob.ack(jobs, {1, 1});
    CHECK(bob.streamed().size() == 2);
}

TEST_CASE("headers, keys and traces count in the bytes of a credit") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    for (int i = 0; i < 4; ++i) ann.put(jobs, {"x"}, forever, noted(90, 7));  // 100 bytes each
    bob.credit(jobs, 10, 200);
    CHECK(bob.streamed().size() == 2);
    bob.credit(jobs, 10, 300);
    CHECK(bob.streamed().size() == 3);
}

TEST_CASE("the lease that a CREDIT asks for is that of each item from when it is taken") {
    Stream stream(2);
    stream.bob.ask(Credit{stream.jobs, 2, 1000, 500ms, {}});
    CHECK(std::get<Deliver>(stream.bob.last_reply()->body).lease == 500ms);
    stream.test.pass(10s);
    stream.bob.cursor(stream.jobs, 1);
    stream.test.pass(499ms);
    CHECK(stream.ann.stats(stream.jobs).lapses == 0);
    stream.test.pass(1ms);
    CHECK(stream.ann.stats(stream.jobs).lapses == 1);
}

TEST_CASE("ACK, RELEASE, BURY, EXTEND and a COMMIT say by themselves that an item was taken") {
    Stream stream(5);
    stream.bob.credit(stream.jobs, 5);
    CHECK(stream.ann.stats(stream.jobs).deliveries == 0);
    stream.bob.ack(stream.jobs, {1, 1});
    CHECK(stream.ann.stats(stream.jobs).deliveries == 1);
    stream.bob.credit(stream.jobs, 0);
    stream.bob.release(stream.jobs, {2, 2});
    CHECK(stream.ann.stats(stream.jobs).deliveries == 2);
    stream.bob.bury(stream.jobs, {3, 3});
    CHECK(stream.ann.stats(stream.jobs).deliveries == 3);
    stream.bob.settle(Verb::extend, stream.jobs, {{4, 4}});
    CHECK(stream.ann.stats(stream.jobs).deliveries == 4);
    CHECK(stream.bob.ask(Commit{{{stream.jobs, {{5, 5}}}}, {}}).code() == errc::ok);
    CHECK(stream.ann.stats(stream.jobs).deliveries == 5);
    CHECK(stream.bob.give_back(stream.jobs, {4, 4}).refused() == "4");
}

TEST_CASE("SETTLED of a GIVEBACK names the tokens that were taken, the others go back") {
    Stream stream(4);
    stream.bob.credit(stream.jobs, 4);
    stream.bob.credit(stream.jobs, 0);
    stream.bob.cursor(stream.jobs, 2);
    CHECK(stream.bob.give_back(stream.jobs, {1, 4}).refused() == "1-2");
    CHECK(stream.ann.stats(stream.jobs).deliveries == 2);
    const Call get = stream.ann.get(stream.jobs, no_wait, 2);
    CHECK(get.items() == Texts{"3", "4"});
    CHECK(get.deliveries() == 1);
}

TEST_CASE("EXTEND of a held item after the hold is refused, and before it begins a lease") {
    Stream stream(2);
    stream.bob.credit(stream.jobs, 2);
    stream.bob.freeze();
    stream.test.pass(1s);
    CHECK(stream.bob.settle(Verb::extend, stream.jobs, {{1, 1}}).refused().empty());
    stream.test.pass(2s);
    CHECK(stream.bob.settle(Verb::extend, stream.jobs, {{1, 2}}).refused() == "2");
}

TEST_CASE("of a dead session's held items the first of each queue counts as delivered") {
    Limits limits;
    limits.hold = 20s;  // so that they are not taken back before
    Stream stream(2, with_limits(limits));
    const QueueHandle other = stream.ann.open("other");
    stream.ann.put(other, {"a", "b"});
    stream.bob.credit(stream.jobs, 2);
    stream.bob.credit(other, 2);
    stream.bob.freeze();
    stream.test.pass(10s);
    CHECK(stream.ann.get(stream.jobs).deliveries() == 2);
    CHECK(stream.ann.get(stream.jobs).deliveries() == 1);
    CHECK(stream.ann.get(other).deliveries() == 2);
    CHECK(stream.ann.get(other).deliveries() == 1);
}

TEST_CASE("a held item may be the poison: a client that dies on it often enough makes it dead") {
    Limits limits;
    limits.hold = 20s;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("", 1));
    ann.put(jobs, {"poison", "innocent"});
    bob.credit(jobs, 2);
    bob.freeze();
    test.pass(10s);
    CHECK(ann.ask(Peek{jobs, ItemState::dead, 9}).items() == Texts{"poison"});
    CHECK(ann.drain(jobs) == Texts{"innocent"});
}

// ------------------------------------------------------------------ a new connection

TEST_CASE("after a resume GETs are served though the stream is paused") {
    Stream stream(1);
    stream.bob.credit(stream.jobs, 1);
    stream.bob.come_back();
    const Call get = stream.bob.get(stream.jobs);
    stream.ann.put(stream.jobs, {"2"});
    CHECK(get.items() == Texts{"2"});
    CHECK(stream.bob.streamed() == Texts{"1"});
}

TEST_CASE("after a resume what was taken before is settled without a CREDIT") {
    Stream stream(2);
    stream.bob.credit(stream.jobs, 2);
    stream.bob.come_back();
    CHECK(stream.bob.ack(stream.jobs, {1, 1}).refused().empty());
    CHECK(stream.ann.stats(stream.jobs).leased == 1);
    CHECK(stream.bob.streamed() == Texts{"1", "2"});
}

TEST_CASE("a client that gives up its stream after a resume gives back what it had not taken") {
    Stream stream(3);
    stream.bob.credit(stream.jobs, 3);
    stream.bob.come_back();
    CHECK(stream.credit_up_to(1, 0).code() == errc::ok);
    CHECK(stream.ann.stats(stream.jobs).leased == 1);
    const Call get = stream.ann.get(stream.jobs, no_wait, 9);
    CHECK(get.items() == Texts{"2", "3"});
    CHECK(get.deliveries() == 1);
}

TEST_CASE("no RECALL goes to a client that has not said CREDIT on its new connection") {
    Stream stream(2);
    stream.bob.credit(stream.jobs, 2);
    stream.bob.come_back();
    const Call get = stream.ann.get(stream.jobs);
    CHECK(stream.bob.recalls().empty());
    CHECK_FALSE(get.answered());
    stream.credit_up_to(0, 2);
    CHECK(get.items() == Texts{"1"});
    CHECK(stream.bob.last_streamed() == Range{4, 4});
}

// ------------------------------------------------------------------ RECALL and ends

TEST_CASE("a RECALL may be answered with fewer items than it asks for, or with none") {
    Stream stream(3);
    stream.bob.credit(stream.jobs, 3);
    const Call first = stream.ann.get(stream.jobs);
    const Call second = stream.ann.get(stream.jobs);
    CHECK(stream.bob.recalls() == std::vector<std::uint32_t>{1});
    stream.bob.settle(Verb::giveback, stream.jobs, {});
    CHECK_FALSE(first.answered());
    CHECK(stream.bob.recalls() == std::vector<std::uint32_t>{1, 2});
    stream.bob.give_back(stream.jobs, {3, 3});
    CHECK(first.items() == Texts{"3"});
    CHECK_FALSE(second.answered());
}

TEST_CASE("a stream that is closed or destroyed ends with the id of its last CREDIT") {
    Stream stream(0);
    const QueueHandle other = stream.ann.open("other");
    const Call first = stream.bob.credit(stream.jobs, 1);
    const Call last = stream.bob.credit(stream.jobs, 2);
    const Call old = stream.bob.credit(other, 1);
    const Call latest = stream.bob.credit(other, 2);
    stream.ann.close(stream.jobs);
    stream.ann.ask(Destroy{other});
    CHECK(first.answers() == 1);
    CHECK(old.answers() == 1);
    CHECK(last.code() == errc::closed);
    CHECK(latest.code() == errc::stale_reference);
}

TEST_CASE("a stream that was ended by a credit of 0 hears nothing of its queue's end") {
    Stream stream(0);
    stream.bob.credit(stream.jobs, 3);
    const Call none = stream.bob.credit(stream.jobs, 0);
    stream.ann.close(stream.jobs);
    stream.ann.ask(Destroy{stream.jobs});
    CHECK(none.answers() == 1);
    CHECK(none.code() == errc::ok);
}

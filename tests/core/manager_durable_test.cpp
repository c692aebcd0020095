#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;

namespace {

QueueOptions durable() {
    QueueOptions options;
    options.durability = Durability::fsync;
    return options;
}

ManagerSettings with_store() {
    ManagerSettings settings;
    settings.store = true;
    return settings;
}

/// A manager whose store answers when the test says so.
struct SlowStore {
    SlowStore() {
        ledger = ann.open("ledger", durable());
        scratch = ann.open("scratch");
        test.stores_by_hand = true;
    }
    /// The store has all turns so far.
    void store() {
        test.machine.committed(test.machine.end_turn());
        test.deliver_outgoing();
    }

    ManagerTest test{with_store()};
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle ledger = 0;
    QueueHandle scratch = 0;
};

}  // namespace

TEST_CASE("a durable put is confirmed when it is stored, and says how durable it is") {
    SlowStore slow;
    const Call put = slow.ann.put(slow.ledger, {"a"});
    CHECK_FALSE(put.answered());
    slow.store();
    CHECK(put.as<PutDone>().outcomes.at(0).level == Durability::fsync);
}

TEST_CASE("no queue is open before it is stored whether its client's session is") {
    SlowStore slow;
    slow.ann.try_open("other", durable());
    slow.store();
    Client& joe = slow.test.client("joe");
    const Call first = joe.try_open("ledger", durable());
    const Call second = joe.try_open("other", durable());
    CHECK_FALSE(first.answered());
    CHECK_FALSE(second.answered());
    slow.store();
    CHECK(second.answered());
    // That it is not stored any more, likewise.
    const Call third = joe.try_open("scratch");
    const Call fourth = joe.try_open("another scratch");
    CHECK_FALSE(third.answered());
    CHECK_FALSE(fourth.answered());
    slow.store();
    CHECK(fourth.answered());
}

TEST_CASE("whoever stores is asked for room by a put that found none") {
    SlowStore slow;
    // Her session is not stored, as she has a queue in memory, and neither are her positions.
    slow.test.machine.set_store_room(0);
    std::vector<Changes> stored;
    slow.test.on_changes = [&](const Changes& changes) { stored.push_back(changes); };
    const Call put = slow.ann.put(slow.ledger, {"a"});
    CHECK(put.as<PutDone>().outcomes.at(0).code == errc::store_full);
    REQUIRE(stored.size() == 1);
    CHECK(stored.front().list.empty());
}

TEST_CASE("a put that is recognised by its key is confirmed when the first one is stored") {
    SlowStore slow;
    Columns columns;
    columns.key = "k";
    slow.ann.put(slow.ledger, {"a"}, forever, columns);
    const Call again = slow.bob.put(slow.ledger, {"b"}, forever, columns);
    const Call commit = slow.bob.ask(Commit{{}, {{slow.ledger, columns, run_of({"c"})}}});
    CHECK_FALSE(again.answered());
    CHECK_FALSE(commit.answered());
    slow.store();
    CHECK(again.as<PutDone>().outcomes.at(0) ==
          PutDone::Outcome{{1, 1}, errc::ok, Durability::fsync});
    CHECK(commit.count() == 0);
}

TEST_CASE("a queue in memory never waits for the store") {
    SlowStore slow;
    slow.ann.put(slow.ledger, {"a"});
    const Call put = slow.ann.put(slow.scratch, {"b"});
    CHECK(put.as<PutDone>().outcomes.at(0).level == Durability::memory);
    CHECK(slow.bob.get(slow.scratch).items() == Texts{"b"});
}

TEST_CASE("an item is not delivered before it is stored") {
    SlowStore slow;
    slow.ann.put(slow.ledger, {"a"});
    const Call get = slow.bob.get(slow.ledger);
    CHECK_FALSE(get.answered());
    slow.store();
    CHECK(get.items() == Texts{"a"});
    slow.ann.put(slow.ledger, {"b"});
    slow.bob.credit(slow.ledger, 1);
    CHECK(slow.bob.streamed().empty());
    slow.store();
    CHECK(slow.bob.streamed().empty());  // the credit is used up by the first item
    slow.bob.credit(slow.ledger, 2);
    CHECK(slow.bob.streamed() == Texts{"b"});
}

TEST_CASE("the end of a queue does not pass by its last item") {
    SlowStore slow;
    slow.bob.credit(slow.ledger, 10);
    slow.ann.put(slow.ledger, {"a"});
    const Call get = slow.bob.get(slow.scratch);
    slow.ann.close(slow.ledger);
    slow.store();
    REQUIRE(slow.bob.streamed() == Texts{"a"});
    const auto* last = std::get_if<Failed>(&slow.bob.last_reply()->body);
    REQUIRE(last != nullptr);
    CHECK(last->code == errc::closed);
    CHECK_FALSE(get.answered());
}

TEST_CASE("a delivery of what was stored long ago waits for nothing") {
    SlowStore slow;
    slow.ann.put(slow.ledger, {"a"});
    slow.store();
    CHECK(slow.bob.get(slow.ledger).items() == Texts{"a"});
}

TEST_CASE("an acknowledgement is confirmed when it is stored") {
    SlowStore slow;
    slow.ann.put(slow.ledger, {"a"});
    slow.store();
    const Call get = slow.bob.get(slow.ledger);
    const Call ack = slow.bob.ack(slow.ledger, get.tokens());
    CHECK_FALSE(ack.answered());
    slow.store();
    CHECK(ack.as<Settled>().level == Durability::fsync);
}

TEST_CASE("a commit over both kinds of queues is confirmed when it is stored") {
    SlowStore slow;
    slow.ann.put(slow.scratch, {"job"});
    const Call job = slow.bob.get(slow.scratch);
    const Call commit = slow.bob.ack_and_put(slow.scratch, job.tokens(), slow.ledger, {"result"});
    CHECK_FALSE(commit.answered());
    slow.store();
    CHECK(commit.count() == 1);
}

TEST_CASE("reads of a durable queue do not tell of what is not stored") {
    SlowStore slow;
    slow.ann.put(slow.ledger, {"a"});
    const Call peek = slow.ann.ask(Peek{slow.ledger, ItemState::ready, 1});
    const Call stats = slow.ann.ask(Stats{{slow.ledger}, "", 1});
    const Call other = slow.ann.ask(Stats{{slow.scratch}, "", 1});
    CHECK_FALSE(peek.answered());
    CHECK_FALSE(stats.answered());
    CHECK(other.answered());
    slow.store();
    CHECK(peek.items() == Texts{"a"});
    CHECK(stats.answered());
}

TEST_CASE("heartbeats are answered while the store is busy") {
    SlowStore slow;
    slow.ann.put(slow.ledger, {"a"});
    slow.test.machine.apply(slow.ann.connection(), {9, 0, {}, {}, Heartbeat{}}, slow.test.now);
    slow.test.machine.end_turn();
    const std::vector<Outgoing> out = slow.test.machine.take_outgoing();
    REQUIRE(out.size() == 1);
    CHECK(out[0].reply == Reply{9, Alive{}});
}

TEST_CASE("an answer that is repeated before it is stored waits like the first") {
    SlowStore slow;
    slow.ann.put(slow.ledger, {"a"});
    const Call close = slow.ann.close(slow.ledger);
    slow.ann.come_back();
    slow.ann.again(close);
    CHECK_FALSE(close.answered());
    slow.store();
    CHECK(close.answers() == 1);
}

TEST_CASE("a put that waited is confirmed when its entry is stored") {
    SlowStore slow;
    QueueOptions options = durable();
    options.capacity = 1;
    slow.test.stores_by_hand = false;
    const QueueHandle small = slow.ann.open("small", options);
    slow.ann.put(small, {"1"});
    slow.ann.put(small, {"2"});
    const Call get = slow.bob.get(small);
    slow.test.stores_by_hand = true;
    slow.bob.ack(small, get.tokens());
    CHECK(slow.ann.fate(small) == "1 ok");
    slow.store();
    CHECK(slow.ann.fate(small) == "1-2 ok");
}

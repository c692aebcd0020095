#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "core/manager_driver.hpp"
#include "support/catch.hpp"
#include "support/known.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using handoff::test::Known;
using handoff::test::recovered_of;

namespace {

QueueOptions durable() {
    QueueOptions options;
    options.durability = Durability::fsync;
    return options;
}

/// A manager, and what a store would know of it. A restart is a new manager that begins with that.
struct Lives {
    Lives() { begin(); }

    void begin() {
        ManagerSettings settings;
        settings.store = true;
        settings.epoch = ++epoch;
        settings.limits.session_limit = Millis{10'000};
        known.sessions.clear();  // each life has other clients
        const Known before = known;
        test.reset();
        test = std::make_unique<ManagerTest>(settings, recovered_of(before));
        test->on_changes = [this](const Changes& changes) { known.apply(changes); };
        ann = &test->client("ann");
    }

    Known known;
    std::uint64_t epoch = 0;
    std::unique_ptr<ManagerTest> test;
    Client* ann = nullptr;
};

}  // namespace

TEST_CASE("a queue in memory leaves nothing to store") {
    Lives lives;
    const QueueHandle queue = lives.ann->open("scratch");
    lives.ann->put(queue, {"a", "b"});
    lives.ann->ack(queue, lives.ann->get(queue).tokens());
    CHECK(lives.known.queues.empty());
}

TEST_CASE("after a restart a durable queue has what was not acknowledged, in its order") {
    Lives lives;
    const QueueHandle queue = lives.ann->open("ledger", durable());
    lives.ann->put(queue, {"a", "b", "c"});
    lives.ann->put(queue, {"d"});
    const Call lent = lives.ann->get(queue, forever, 2);
    const Token token = lent.tokens().first;
    lives.ann->ack(queue, {token, token});
    lives.begin();
    CHECK(lives.ann->open("ledger") == queue);
    CHECK(lives.ann->drain(queue) == Texts{"b", "c", "d"});
    lives.begin();
    CHECK(lives.ann->drain(lives.ann->open("ledger")).empty());
}

TEST_CASE("tokens and handles go on above those of earlier lives") {
    Lives lives;
    const QueueHandle queue = lives.ann->open("ledger", durable());
    lives.ann->put(queue, {"a"});
    const Token before = lives.ann->get(queue).tokens().last;
    const QueueHandle scratch = lives.ann->open("scratch");
    lives.begin();
    CHECK(lives.ann->get(queue).tokens().first > before);
    CHECK(lives.ann->open("another") > scratch);
}

TEST_CASE("a restarted queue has its options, and is closed if it was") {
    Lives lives;
    QueueOptions options = durable();
    options.capacity = 7;
    options.order = Order::lifo;
    const QueueHandle queue = lives.ann->open("ledger", options);
    lives.ann->put(queue, {"a", "b"});
    lives.ann->close(queue);
    lives.begin();
    options.capacity = 8;
    CHECK(lives.ann->try_open("ledger", options).code() == errc::queue_mismatch);
    CHECK(lives.ann->put(queue, {"c"}).as<PutDone>().outcomes.at(0).code == errc::closed);
    CHECK(lives.ann->drain(queue) == Texts{"b", "a"});
}

TEST_CASE("what died is dead after a restart, and can be kicked") {
    Lives lives;
    const QueueHandle queue = lives.ann->open("ledger", durable());
    lives.ann->put(queue, {"a", "b", "c"});
    lives.ann->bury(queue, lives.ann->get(queue, forever, 2).tokens());
    lives.begin();
    CHECK(lives.ann->stats(queue).dead == 2);
    CHECK(lives.ann->ask(Kick{queue, 1}).count() == 1);
    lives.begin();
    CHECK(lives.ann->stats(queue).dead == 1);
    CHECK(lives.ann->drain(queue) == Texts{"a", "c"});
}

TEST_CASE("a delay goes on through a restart, and deliveries are remembered") {
    Lives lives;
    const QueueHandle queue = lives.ann->open("ledger", durable());
    Columns columns;
    columns.delay = Millis{5000};
    lives.ann->put(queue, {"late"}, forever, columns);
    lives.ann->put(queue, {"now"});
    lives.ann->release(queue, lives.ann->get(queue).tokens());
    lives.begin();
    const Call again = lives.ann->get(queue, no_wait, 10);
    CHECK(again.items() == Texts{"now"});
    CHECK(again.deliveries() == 2);
    lives.test->pass(Millis{6000});
    CHECK(lives.ann->get(queue, no_wait).items() == Texts{"late"});
}

TEST_CASE("a key is remembered through a restart") {
    Lives lives;
    const QueueHandle queue = lives.ann->open("ledger", durable());
    Columns columns;
    columns.key = "order-17";
    lives.ann->put(queue, {"a"}, forever, columns);
    lives.ann->drain(queue);
    lives.begin();
    lives.ann->put(queue, {"again"}, forever, columns);
    CHECK(lives.ann->drain(queue).empty());
    CHECK(lives.ann->stats(queue).duplicates == 1);
}

TEST_CASE("a destroyed queue stays destroyed, and what moved to the dead-letter queue moved") {
    Lives lives;
    QueueOptions options = durable();
    options.dead_letter = "dead";
    const QueueHandle queue = lives.ann->open("ledger", options);
    lives.ann->put(queue, {"a"});
    lives.ann->bury(queue, lives.ann->get(queue).tokens());
    lives.ann->ask(Destroy{queue});
    lives.begin();
    CHECK(lives.ann->try_open("ledger", {}, false).code() == errc::stale_reference);
    const QueueHandle dead = lives.ann->open("dead");
    CHECK(lives.ann->drain(dead) == Texts{"a"});
}

TEST_CASE("below the reserve puts are store_full, and acknowledgements go on") {
    Lives lives;
    const QueueHandle queue = lives.ann->open("ledger", durable());
    lives.ann->put(queue, {"a"});
    lives.test->machine.set_store_room(0);
    CHECK(lives.ann->put(queue, {"b"}).as<PutDone>().outcomes.at(0).code == errc::store_full);
    CHECK(lives.ann->ask(Commit{{}, {{queue, {}, run_of({"c"})}}}).code() == errc::store_full);
    const QueueHandle scratch = lives.ann->open("scratch");
    CHECK(lives.ann->put(scratch, {"b"}).as<PutDone>().outcomes.at(0).code == errc::ok);
    CHECK(lives.ann->drain(queue) == Texts{"a"});
    lives.test->machine.set_store_room(1000);
    CHECK(lives.ann->put(queue, {"b"}).as<PutDone>().outcomes.at(0).code == errc::ok);
}

TEST_CASE("without its store a manager refuses durable queues, and says why") {
    ManagerSettings settings;
    settings.store_failure = "the disk is gone";
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const Call open = ann.try_open("ledger", durable());
    CHECK(open.code() == errc::store_failed);
    CHECK(open.text().find("the disk is gone") != std::string::npos);
    CHECK(ann.try_open("scratch").code() == errc::ok);
}

namespace {

/// All that a queue has, whatever its state: each item is ready after a restart unless it is dead.
std::multiset<std::string> content(Client& client, QueueHandle queue) {
    std::multiset<std::string> all;
    for (const ItemState state :
         {ItemState::ready, ItemState::leased, ItemState::delayed, ItemState::dead}) {
        for (std::string& item : client.ask(Peek{queue, state, 1000}).items()) {
            all.insert(std::move(item));
        }
    }
    return all;
}

}  // namespace

TEST_CASE("whatever was done to a queue, a restart changes nothing of what is in it") {
    std::mt19937 random(GENERATE(1u, 2u, 3u, 4u, 5u, 6u));
    Lives lives;
    QueueOptions options = durable();
    options.order = static_cast<Order>(random() % 3);
    options.deliveries_max = 3;
    if (random() % 2 == 0) options.dead_letter = "dead";
    QueueHandle queue = lives.ann->open("ledger", options);
    const auto below = [&](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random() % limit);
    };
    int next = 0;
    for (int step = 0; step < 400; ++step) {
        Client& client = *lives.ann;
        const Call lent = client.get(queue, no_wait, 1 + below(5));
        const bool some = lent.code() == errc::ok;
        Columns columns;
        if (below(5) == 0) columns.delay = Millis{1000};
        if (below(5) == 0) columns.time_to_live = Millis{3000};
        switch (below(9)) {
            case 0:
            case 1:
            case 2: {
                Texts items;
                for (unsigned i = 0; i < 1 + below(6); ++i) {
                    items.push_back(std::to_string(next++));
                }
                client.put(queue, items, forever, columns);
                break;
            }
            case 3:
                if (some) client.ack(queue, lent.tokens());
                break;
            case 4:
                if (some) client.release(queue, lent.tokens());
                break;
            case 5:
                if (some) client.bury(queue, lent.tokens());
                break;
            case 6: client.ask(Kick{queue, below(3)}); break;
            case 7: lives.test->pass(Millis{below(800)}); break;
            default: break;  // it stays leased
        }
        if (step % 20 != 19) continue;
        const std::multiset<std::string> before = content(client, queue);
        const std::uint64_t dead = client.stats(queue).dead;
        const Now now = lives.test->now;
        lives.begin();
        lives.test->now = now;
        queue = lives.ann->open("ledger");
        REQUIRE(content(*lives.ann, queue) == before);
        REQUIRE(lives.ann->stats(queue).dead == dead);
    }
}

// -------------------------------------------------------------------------------- sessions

namespace {

/// A manager that is killed in the middle, and clients that come back to the next one.
struct Killed {
    Killed() {
        test.on_changes = [this](const Changes& changes) { unstored.push_back(changes); };
        queue = ann.open("ledger", durable());
        store();
        test.stores_by_hand = true;
    }
    static ManagerSettings settings() {
        ManagerSettings settings;
        settings.store = true;
        return settings;
    }
    /// What was changed so far is stored, and told.
    void store() {
        for (const Changes& changes : unstored) known.apply(changes);
        unstored.clear();
        test.machine.committed(test.machine.end_turn());
        test.deliver_outgoing();
    }
    /// The manager is killed; what was stored by then is told by the next one.
    void restart() {
        unstored.clear();
        test.restart(recovered_of(known));
        test.stores_by_hand = false;
        ann.come_back();
    }
    /// It is stored, but nobody is told.
    void store_secretly() {
        for (const Changes& changes : unstored) known.apply(changes);
        unstored.clear();
    }

    Known known;
    std::vector<Changes> unstored;
    ManagerTest test{settings()};
    Client& ann = test.client("ann");
    QueueHandle queue = 0;
};

}  // namespace

TEST_CASE("a put that was stored and not confirmed is confirmed after a restart, and done once") {
    Killed killed;
    const Call put = killed.ann.put(killed.queue, {"a", "b"});
    killed.store_secretly();
    killed.restart();
    killed.ann.again(put);
    CHECK(killed.ann.fate(killed.queue) == "1-2 ok");
    CHECK(killed.ann.drain(killed.queue) == Texts{"a", "b"});
}

TEST_CASE("a put that was not stored is done after a restart") {
    Killed killed;
    const Call first = killed.ann.put(killed.queue, {"a"});
    killed.store();
    const Call second = killed.ann.put(killed.queue, {"b"});
    killed.restart();
    killed.ann.again(second);
    killed.ann.again(first);
    CHECK(killed.ann.fate(killed.queue) == "1-2 ok");
    CHECK(killed.ann.drain(killed.queue) == Texts{"a", "b"});
}

TEST_CASE("a put that waited for room waits again after a restart") {
    Killed killed;
    QueueOptions options = durable();
    options.capacity = 1;
    killed.test.stores_by_hand = false;
    const QueueHandle small = killed.ann.open("small", options);
    killed.ann.put(small, {"1"});
    const Call waits = killed.ann.put(small, {"2", "3"});
    const Call refused = killed.ann.put(small, {"4"}, no_wait);
    killed.store_secretly();
    CHECK(killed.ann.fate(small) == "1 ok 4 full");
    killed.restart();
    killed.ann.again(waits);
    killed.ann.again(refused);
    CHECK(killed.ann.fate(small) == "1 ok 4 full");
    for (const char* each : {"1", "2", "3"}) {
        const Call get = killed.ann.get(small);
        CHECK(get.items() == Texts{each});
        killed.ann.ack(small, get.tokens());
    }
    CHECK(killed.ann.fate(small) == "1-3 ok 4 full");
}

TEST_CASE("a commit that was stored and not answered is answered after a restart, and done once") {
    Killed killed;
    killed.ann.put(killed.queue, {"job"});
    killed.store();
    const Call job = killed.ann.get(killed.queue);
    killed.store();
    const Call commit =
        killed.ann.ack_and_put(killed.queue, job.tokens(), killed.queue, {"result"});
    killed.store_secretly();
    killed.restart();
    killed.ann.again(commit);
    CHECK(commit.count() == 1);
    CHECK(killed.ann.drain(killed.queue) == Texts{"result"});
}

TEST_CASE("a lease goes on through a restart, and nobody else gets its item") {
    Killed killed;
    killed.ann.put(killed.queue, {"a", "b", "c"});
    killed.store();
    const Call lent = killed.ann.get(killed.queue, forever, 2);
    CHECK_FALSE(lent.answered());  // a restart would not know of it
    killed.store();
    const Token token = lent.tokens().first;
    killed.restart();
    CHECK(killed.test.client("bob").drain(killed.queue) == Texts{"c"});
    CHECK(killed.ann.ack(killed.queue, {token, token}).refused().empty());
    CHECK(killed.ann.release(killed.queue, {token + 1, token + 1}).refused().empty());
    const Call again = killed.test.client("bob").get(killed.queue);
    CHECK(again.items() == Texts{"b"});
    CHECK(again.deliveries() == 2);
}

TEST_CASE("items that were lent and did not arrive before a restart arrive after it") {
    Killed killed;
    killed.ann.put(killed.queue, {"a", "b"});
    killed.store();
    const Call lent = killed.ann.get(killed.queue);
    killed.store_secretly();
    killed.restart();
    killed.ann.again(lent);
    CHECK(lent.items() == Texts{"a"});
    CHECK(killed.ann.ack(killed.queue, lent.tokens()).refused().empty());
    CHECK(killed.ann.drain(killed.queue) == Texts{"b"});
}

TEST_CASE("an acknowledgement that was stored and not answered is answered after a restart") {
    Killed killed;
    killed.ann.put(killed.queue, {"job"});
    killed.store();
    const Call job = killed.ann.get(killed.queue);
    killed.store();
    const Call ack = killed.ann.ack(killed.queue, job.tokens());
    killed.store_secretly();
    killed.restart();
    killed.ann.again(ack);
    CHECK(ack.refused().empty());
    CHECK(killed.ann.drain(killed.queue).empty());
}

TEST_CASE("what a lost session had goes back when its limit has passed after a restart") {
    Killed killed;
    killed.ann.put(killed.queue, {"job"});
    killed.store();
    const Call job = killed.ann.get(killed.queue);
    killed.store();
    killed.test.restart(recovered_of(killed.known));
    killed.test.stores_by_hand = false;
    killed.ann.freeze();
    Client& bob = killed.test.client("bob");
    CHECK(bob.drain(killed.queue).empty());
    killed.test.pass(Millis{11'000});
    CHECK(bob.drain(killed.queue) == Texts{"job"});
}

TEST_CASE("what was prefetched is held through a restart") {
    Killed killed;
    killed.test.stores_by_hand = false;
    killed.ann.put(killed.queue, {"a", "b", "c"});
    killed.ann.credit(killed.queue, 10);
    killed.store_secretly();
    const Token first = killed.ann.last_streamed().first;
    killed.restart();
    Client& bob = killed.test.client("bob");
    CHECK(bob.get(killed.queue, no_wait).code() == errc::empty);
    // It had taken the first one.
    killed.ann.ask(Credit{killed.queue, 0, 0, {}, Cursor{killed.queue, first}});
    CHECK(bob.drain(killed.queue) == Texts{"b", "c"});
    CHECK(killed.ann.ack(killed.queue, {first, first}).refused().empty());
}

TEST_CASE("nobody has after two restarts what was lent to a session of the same number") {
    Killed killed;
    killed.test.stores_by_hand = false;
    killed.ann.put(killed.queue, {"job"});
    Client& joe = killed.test.client("joe");
    joe.open("ledger", durable());
    CHECK(joe.get(killed.queue).items() == Texts{"job"});
    joe.open("scratch");  // so his session ends with the manager
    killed.store_secretly();
    killed.test.restart(recovered_of(killed.known));
    killed.test.client("eve").open("ledger", durable());
    killed.store_secretly();
    killed.test.restart(recovered_of(killed.known));
    CHECK(killed.test.client("bob").drain(killed.queue) == Texts{"job"});
}

TEST_CASE("a session that also has queues in memory does not go on after a restart") {
    Killed killed;
    killed.test.stores_by_hand = false;
    killed.ann.open("scratch");
    killed.store_secretly();
    CHECK(killed.known.sessions.empty());
}

TEST_CASE("a session that has ended is not known after a restart") {
    Killed killed;
    CHECK(killed.known.sessions.size() == 1);
    killed.test.stores_by_hand = false;
    killed.ann.ask(Goodbye{});
    killed.store_secretly();
    CHECK(killed.known.sessions.empty());
}

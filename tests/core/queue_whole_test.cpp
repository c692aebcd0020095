#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

namespace {

/// One item of each state: "ready", "leased" (by 1, token 1), "delayed", "dead".
TestQueue one_of_each() {
    TestQueue test;
    test.put("leased");
    test.put("dead");
    test.lend(1);
    test.lend(1);
    test.bury(1, {2, 2});
    test.put("delayed", with_delay(Millis{100}));
    test.put("ready");
    return test;
}

}  // namespace

TEST_CASE("a closed queue still gives what it has") {
    TestQueue test = one_of_each();
    test.queue.close();
    CHECK(test.queue.closed());
    CHECK(test.queue.stats().closed);
    CHECK(test.take(1, 10) == Texts{"ready"});
    test.pass(Millis{100});
    CHECK(test.take(1, 10) == Texts{"delayed"});
    test.release(1, {1, 1});
    CHECK(test.take(1, 10) == Texts{"leased"});
}

TEST_CASE("a queue is drained when nothing can come any more but from the asker") {
    TestQueue test;
    CHECK(test.queue.drained_for(1));
    test.put("x");
    CHECK_FALSE(test.queue.drained_for(1));
    test.take(1);
    CHECK(test.queue.drained_for(1));
    CHECK_FALSE(test.queue.drained_for(2));
    test.put("y");
    test.take(2);
    CHECK_FALSE(test.queue.drained_for(1));
    CHECK_FALSE(test.queue.drained_for(2));
    test.ack(1, {1, 1});
    CHECK_FALSE(test.queue.drained_for(1));
    CHECK(test.queue.drained_for(2));
    test.release(2, {2, 2}, Millis{10});
    CHECK_FALSE(test.queue.drained_for(2));
    test.pass(Millis{10});
    test.take(2);
    test.bury(2, {3, 3});
    CHECK(test.queue.drained_for(1));
}

TEST_CASE("closing now drops what is ready or delayed, and counts it") {
    TestQueue test = one_of_each();
    CHECK(test.queue.close_now() == 2);
    CHECK(test.queue.closed());
    const QueueStats stats = test.queue.stats();
    CHECK(stats.ready == 0);
    CHECK(stats.delayed == 0);
    CHECK(stats.leased == 1);
    CHECK(stats.dead == 1);
    CHECK(stats.purged == 2);
    CHECK(test.queue.next_deadline().wall == never);
}

TEST_CASE("a queue that was closed now is drained, whoever has leases") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.queue.close_now();
    CHECK(test.queue.drained_for(2));
    CHECK(test.queue.unfinished() == 1);
}

TEST_CASE("after a close-now what comes back is dropped, and what is acknowledged is done") {
    TestQueue test;
    test.put_all(numbers(1, 6));
    test.take(1, 4);
    test.prefetch(1, 1);
    test.take(2, 1);
    test.queue.close_now();
    CHECK(test.ack(1, {1, 1}).done == 1);
    CHECK(test.release(1, {2, 2}).done == 1);
    CHECK(test.release(1, {3, 3}, Millis{100}).done == 1);
    CHECK(test.queue.give_back(1, {5, 5}, test.now).done == 1);
    test.pass(Millis{30'000});
    test.queue.return_all(2, true, test.now);
    const QueueStats stats = test.queue.stats();
    CHECK(stats.acks == 1);
    CHECK(stats.purged == 5);
    CHECK(stats.bytes == 0);
    CHECK(test.queue.unfinished() == 0);
}

TEST_CASE("after a close-now an item can still be buried, and kicked") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.queue.close_now();
    CHECK(test.bury(1, {1, 1}, "look at this").done == 1);
    CHECK(test.peek(ItemState::dead) == Texts{"x"});
    CHECK(test.queue.kick(1, test.now) == 1);
    CHECK(test.take(1) == Texts{"x"});
}

TEST_CASE("a purge drops what is ready or delayed, the dead if so wanted, and never a lease") {
    TestQueue test = one_of_each();
    CHECK(test.queue.purge(false) == 2);
    CHECK(test.queue.stats().dead == 1);
    CHECK(test.queue.purge(true) == 1);
    CHECK(test.queue.stats().dead == 0);
    CHECK(test.queue.stats().purged == 3);
    CHECK(test.peek(ItemState::leased) == Texts{"leased"});
    CHECK(test.queue.stats().bytes == 8);
    CHECK(test.release(1, {1, 1}).done == 1);
    CHECK(test.drain() == Texts{"leased"});
}

TEST_CASE("a purged queue can be used on") {
    TestQueue test;
    test.put_all(numbers(1, 5), with_time_to_live(Millis{100}));
    test.queue.purge(true);
    test.put("6");
    CHECK(test.queue.next_deadline().wall == never);
    test.pass(Millis{100});
    const auto lents = test.lend(1, 10);
    REQUIRE(lents.size() == 1);
    CHECK(lents[0].part.id == 6);
}

TEST_CASE("join waits for what is ready, leased or delayed, not for the dead") {
    TestQueue test = one_of_each();
    CHECK(test.queue.unfinished() == 3);
    CHECK(test.drain() == Texts{"ready"});
    test.pass(Millis{100});
    CHECK(test.drain() == Texts{"delayed"});
    CHECK(test.queue.unfinished() == 1);
    test.ack(1, {1, 1});
    CHECK(test.queue.unfinished() == 0);
}

TEST_CASE("a look at a queue changes nothing") {
    TestQueue test = one_of_each();
    const QueueStats before = test.queue.stats();
    CHECK(test.peek(ItemState::ready) == Texts{"ready"});
    CHECK(test.peek(ItemState::leased) == Texts{"leased"});
    CHECK(test.peek(ItemState::delayed) == Texts{"delayed"});
    CHECK(test.peek(ItemState::dead) == Texts{"dead"});
    CHECK(test.queue.stats() == before);
    CHECK(test.queue.peek(ItemState::ready, 1)[0].part.deliveries == 0);
    CHECK(test.queue.peek(ItemState::leased, 1)[0].part.deliveries == 1);
}

TEST_CASE("a look shows as many items as are asked for, without tokens") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.pass(Millis{1});
    test.put_all(numbers(6, 9));
    CHECK(test.queue.peek(ItemState::ready, 0).empty());
    const auto peeked = test.queue.peek(ItemState::ready, 7);
    REQUIRE(peeked.size() == 2);
    CHECK(payloads_of(peeked) == numbers(1, 7));
    CHECK(peeked[0].part.count == 5);
    CHECK(peeked[1].part.count == 2);
    CHECK(peeked[1].part.token == 0);
    CHECK(peeked[1].part.id == 6);
    CHECK(payloads_of(test.queue.peek(ItemState::ready, 3)) == numbers(1, 3));
}

TEST_CASE("a look shows what is ready in the order of its delivery") {
    TestQueue lifo{with_order(Order::lifo)};
    lifo.put_all(numbers(1, 3));
    CHECK(lifo.peek(ItemState::ready) == Texts{"3", "2", "1"});
    TestQueue priority{with_order(Order::priority)};
    priority.put("low", with_priority(-1));
    priority.put("high", with_priority(1));
    CHECK(priority.peek(ItemState::ready) == Texts{"high", "low"});
}

TEST_CASE("a look shows leased items by their tokens, over all holders") {
    TestQueue test;
    test.put_all(numbers(1, 9));
    test.take(3, 2);
    test.take(1, 1);
    test.prefetch(2, 3);
    test.take(1, 2);
    test.take(3, 1);
    CHECK(test.peek(ItemState::leased) == numbers(1, 9));
    CHECK(payloads_of(test.queue.peek(ItemState::leased, 4)) == numbers(1, 4));
    CHECK(test.queue.peek(ItemState::leased, 0).empty());
    for (const Lent& lent : test.queue.peek(ItemState::leased, 9)) CHECK(lent.part.token == 0);
}

TEST_CASE("the statistics count what happened") {
    TestQueue test = one_of_each();
    QueueStats stats = test.queue.stats();
    CHECK(stats.puts == 4);
    CHECK(stats.deliveries == 2);
    CHECK(stats.buried == 1);
    CHECK(stats.ready == 1);
    CHECK(stats.leased == 1);
    CHECK(stats.delayed == 1);
    CHECK(stats.dead == 1);
    CHECK(stats.bytes == 8 + 6 + 9 + 7);
    CHECK_FALSE(stats.closed);
    CHECK(stats.options == test.queue.settings().options());

    test.release(1, {1, 1});
    test.take(1, 10);
    test.ack(1, {3, 4});
    stats = test.queue.stats();
    CHECK(stats.releases == 1);
    CHECK(stats.deliveries == 4);
    CHECK(stats.redeliveries == 1);
    CHECK(stats.acks == 2);
    CHECK(stats.bytes == 9 + 6);
}

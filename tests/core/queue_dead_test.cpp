#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

TEST_CASE("a buried item is dead for the reason given") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.take(1);
    CHECK(test.bury(1, {1, 1}, "cannot be parsed").done == 1);
    const auto dead = test.queue.peek(ItemState::dead, 10);
    REQUIRE(dead.size() == 1);
    CHECK(payloads_of(dead) == Texts{"1"});
    CHECK(dead[0].part.reason == "cannot be parsed");
    CHECK(dead[0].part.deliveries == 1);
    const QueueStats stats = test.queue.stats();
    CHECK(stats.dead == 1);
    CHECK(stats.buried == 1);
    CHECK(stats.bytes == 6);
    CHECK(test.queue.unfinished() == 1);
}

TEST_CASE("a long reason is cut between two characters") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.take(1, 2);
    test.bury(1, {1, 1}, std::string(5000, 'x'));
    std::string umlauts = "x";
    for (int i = 0; i < 2000; ++i) umlauts += "\xc3\xbc";
    test.bury(1, {2, 2}, umlauts);
    const auto dead = test.queue.peek(ItemState::dead, 10);
    REQUIRE(dead.size() == 2);
    CHECK(dead[0].part.reason == std::string(1024, 'x'));
    CHECK(dead[1].part.reason == umlauts.substr(0, 1023));
}

TEST_CASE("an item that comes back too often is dead") {
    TestQueue test{with_deliveries_max(2)};
    test.put("x");
    test.take(1);
    test.release(1, {1, 1});
    CHECK(test.queue.ready() == 1);
    test.take(1);
    test.release(1, {2, 2}, Millis{100});
    CHECK(test.queue.unfinished() == 0);
    const auto dead = test.queue.peek(ItemState::dead, 1);
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].part.reason == "delivered 2 times");
    CHECK(dead[0].part.deliveries == 2);
    CHECK(test.queue.stats().releases == 2);
    CHECK(test.queue.stats().buried == 1);
}

TEST_CASE("lapses and deaths count towards the greatest number of deliveries") {
    TestQueue test{with_deliveries_max(2)};
    test.put("x");
    test.take(1);
    test.pass(Millis{30'000});
    test.take(1);
    test.queue.return_all(1, true, test.now);
    CHECK(test.peek(ItemState::dead) == Texts{"x"});
}

TEST_CASE("the last delivery may still be acknowledged") {
    TestQueue test{with_deliveries_max(1)};
    test.put("x");
    test.take(1);
    CHECK(test.ack(1, {1, 1}).done == 1);
    CHECK(test.queue.stats().dead == 0);
}

TEST_CASE("deliveries may be unlimited") {
    TestQueue test{with_deliveries_max(unlimited)};
    test.put("x");
    for (Token token = 1; token <= 100; ++token) {
        test.take(1);
        test.release(1, {token, token});
    }
    CHECK(test.queue.peek(ItemState::ready, 1)[0].part.deliveries == 100);
}

TEST_CASE("the dead keep their key, headers and trace") {
    TestQueue test;
    Columns columns;
    columns.key = "key";
    columns.headers = Slice::copy("headers");
    columns.trace = Slice::copy("trace");
    test.put_all({"1", "2"}, columns);
    test.take(1, 2);
    test.bury(1, {1, 1}, "one");
    test.bury(1, {2, 2}, "two");
    const auto dead = test.queue.peek(ItemState::dead, 10);
    REQUIRE(dead.size() == 2);
    CHECK(dead[0].part.reason == "one");
    CHECK(dead[1].part.reason == "two");
    for (const Lent& lent : dead) {
        CHECK(lent.part.key == "key");
        CHECK(lent.part.headers.view() == "headers");
        CHECK(lent.part.trace.view() == "trace");
    }
}

TEST_CASE("a trace alone is kept when an item dies, moves and is kicked") {
    TestQueue from;
    TestQueue to;
    Columns columns;
    columns.trace = Slice::copy("trace");
    from.put_all({"1", "2"}, columns);
    from.take(1, 2);
    from.bury(1, {1, 2});
    CHECK(from.queue.kick(1, from.now) == 1);
    CHECK(from.lend(1)[0].part.trace.view() == "trace");
    to.queue.adopt(*from.queue.take_dead(1), to.now);
    CHECK(to.lend(1)[0].part.trace.view() == "trace");
    CHECK(to.queue.stats().bytes == 3 + 5);
}

TEST_CASE("kicked items take their old places, their deliveries and reasons forgotten") {
    TestQueue test;
    test.put_all(numbers(1, 4));
    test.take(1, 3);
    test.bury(1, {1, 3});
    CHECK(test.queue.kick(unlimited, test.now) == 3);
    CHECK(test.queue.stats().dead == 0);
    const auto lents = test.lend(1, 10);
    CHECK(payloads_of(lents) == numbers(1, 4));
    CHECK(lents[0].part.deliveries == 1);
    CHECK(lents[0].part.reason.empty());
}

TEST_CASE("the oldest dead are kicked first, as many as are asked for") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.take(1, 5);
    test.bury(1, {4, 5});
    test.bury(1, {1, 3});
    CHECK(test.queue.kick(0, test.now) == 0);
    CHECK(test.queue.kick(2, test.now) == 2);
    CHECK(test.peek(ItemState::ready) == Texts{"1", "2"});
    CHECK(test.peek(ItemState::dead) == Texts{"3", "4", "5"});
    CHECK(test.queue.kick(2, test.now) == 2);
    CHECK(test.queue.kick(2, test.now) == 1);
    CHECK(test.queue.kick(2, test.now) == 0);
    CHECK(test.drain() == numbers(1, 5));
}

TEST_CASE("kicking respects the order of the queue") {
    TestQueue lifo{with_order(Order::lifo)};
    lifo.put_all(numbers(1, 3));
    lifo.take(1, 2);
    lifo.bury(1, {1, 2});
    lifo.queue.kick(unlimited, lifo.now);
    CHECK(lifo.drain() == Texts{"3", "2", "1"});

    TestQueue priority{with_order(Order::priority)};
    priority.put("low", with_priority(1));
    priority.put("high", with_priority(2));
    priority.take(1, 2);
    priority.bury(1, {1, 2});
    priority.queue.kick(1, priority.now);
    CHECK(priority.peek(ItemState::ready) == Texts{"low"});
    priority.queue.kick(1, priority.now);
    CHECK(priority.drain() == Texts{"high", "low"});
}

TEST_CASE("a dead item does not expire until it is kicked") {
    TestQueue test;
    test.put_all({"1", "2"}, with_time_to_live(Millis{100}));
    test.put("3");
    test.take(1, 3);
    test.bury(1, {1, 3});
    test.pass(Millis{1000});
    CHECK(test.queue.stats().dead == 3);
    CHECK(test.queue.kick(1, test.now) == 1);
    CHECK(test.peek(ItemState::ready) == Texts{"3"});
    CHECK(test.queue.stats().expired == 2);
    CHECK(test.queue.stats().dead == 0);
}

TEST_CASE("a kicked item that is buried again has the new reason") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.bury(1, {1, 1}, "first");
    test.queue.kick(1, test.now);
    test.take(1);
    test.bury(1, {2, 2}, "second");
    CHECK(test.queue.peek(ItemState::dead, 1)[0].part.reason == "second");
    CHECK(test.queue.stats().buried == 2);
}

TEST_CASE("the oldest dead are taken for another queue, in pieces if they must be") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.take(1, 5);
    CHECK(test.queue.oldest_dead() == nullptr);
    CHECK_FALSE(test.queue.take_dead(10));
    test.bury(1, {5, 5}, "late");
    test.bury(1, {1, 4}, "early");
    REQUIRE(test.queue.oldest_dead() != nullptr);
    CHECK(test.queue.oldest_dead()->count == 4);
    CHECK_FALSE(test.queue.take_dead(0));

    auto taken = test.queue.take_dead(3);
    REQUIRE(taken);
    CHECK(payloads_of(taken->bytes.view()) == numbers(1, 3));
    CHECK(taken->notes->reason == "early");
    CHECK(test.queue.oldest_dead()->count == 1);
    CHECK(test.queue.oldest_dead()->id == 4);
    CHECK(test.queue.stats().dead_lettered == 3);
    CHECK(test.queue.stats().bytes == 6);

    taken = test.queue.take_dead(3);
    REQUIRE(taken);
    CHECK(taken->count == 1);
    taken = test.queue.take_dead(3);
    REQUIRE(taken);
    CHECK(payloads_of(taken->bytes.view()) == Texts{"5"});
    CHECK(test.queue.stats().dead == 0);
    CHECK(test.queue.stats().bytes == 0);
}

TEST_CASE("adopted items come as new, and tell why they died") {
    TestQueue from;
    TestQueue to;
    to.put("first");
    Columns columns = with_time_to_live(Millis{1000});
    columns.key = "key";
    columns.priority = 3;
    from.put_all({"1", "2"}, columns);
    from.take(1, 2);
    from.bury(1, {1, 2}, "no good");
    to.pass(Millis{70});
    to.queue.adopt(*from.queue.take_dead(10), to.now);
    CHECK(to.queue.ready() == 3);
    CHECK(to.queue.stats().puts == 3);
    CHECK(to.queue.next_deadline().wall == never);
    const auto lents = to.lend(1, 10);
    REQUIRE(lents.size() == 2);
    const Part& part = lents[1].part;
    CHECK(payloads_of(lents[1].run.view()) == Texts{"1", "2"});
    CHECK(part.id == 2);
    CHECK(part.count == 2);
    CHECK(part.deliveries == 1);
    CHECK(part.priority == 3);
    CHECK(part.put_at == std::chrono::floor<Millis>(to.now.wall));
    CHECK(part.key == "key");
    CHECK(part.reason == "no good");
    CHECK(to.queue.stats().bytes == 7 + 2 * 3 + 2 * 3);
}

TEST_CASE("adopted items stand in the order of their new queue") {
    TestQueue from;
    TestQueue to{with_order(Order::lifo)};
    from.put_all({"1", "2", "3"});
    from.take(1, 3);
    from.bury(1, {1, 3});
    to.queue.adopt(*from.queue.take_dead(10), to.now);
    CHECK(to.drain() == Texts{"3", "2", "1"});
}

TEST_CASE("a put does not join adopted items") {
    TestQueue from;
    TestQueue to;
    from.put("1");
    from.take(1);
    from.bury(1, {1, 1}, "no good");
    to.queue.adopt(*from.queue.take_dead(10), to.now);
    to.put("2");
    const auto lents = to.lend(1, 2);
    REQUIRE(lents.size() == 2);
    CHECK(lents[1].part.reason.empty());
}

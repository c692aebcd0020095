#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

namespace {

constexpr std::uint64_t last_number = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("an acknowledged item is gone") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.take(1, 2);
    const SettleResult result = test.ack(1, {1, 1});
    CHECK(result.done == 1);
    CHECK(result.refused.empty());
    CHECK(test.queue.unfinished() == 1);
    CHECK(test.queue.stats().bytes == 3);
    CHECK(test.peek(ItemState::leased) == Texts{"2"});
}

TEST_CASE("an item is acknowledged once") {
    TestQueue test;
    test.put("x");
    test.take(1);
    CHECK(test.ack(1, {1, 1}).done == 1);
    const SettleResult again = test.ack(1, {1, 1});
    CHECK(again.done == 0);
    CHECK(again.refused == std::vector<Range>{{1, 1}});
}

TEST_CASE("one holder cannot settle what another holds") {
    TestQueue test;
    test.put("x");
    test.take(1);
    for (const SettleResult& result :
         {test.ack(2, {1, 1}), test.release(2, {1, 1}), test.bury(2, {1, 1}),
          test.queue.extend(2, {1, 1}, Millis{1}, test.now),
          test.queue.give_back(2, {1, 1}, test.now)}) {
        CHECK(result.done == 0);
        CHECK(result.refused == std::vector<Range>{{1, 1}});
    }
    CHECK(test.queue.stats().leased == 1);
    CHECK(test.ack(1, {1, 1}).done == 1);
}

TEST_CASE("items are acknowledged by ranges over several deliveries") {
    TestQueue test;
    test.put_all(numbers(1, 9));
    test.take(1, 3);
    test.take(1, 3);
    test.take(1, 3);
    const SettleResult result = test.ack(1, {2, 8});
    CHECK(result.done == 7);
    CHECK(result.refused.empty());
    CHECK(test.peek(ItemState::leased) == Texts{"1", "9"});
}

TEST_CASE("tokens that are not held are refused exactly, and the others are done") {
    TestQueue test;
    test.put_all(numbers(1, 10));
    test.take(1, 10);
    test.ack(1, {5, 6});
    test.ack(1, {8, 10});
    const SettleResult result = test.ack(1, {5, 10});
    CHECK(result.done == 1);
    CHECK(result.refused == std::vector<Range>{{5, 6}, {8, 10}});
}

TEST_CASE("refused tokens that touch are one range") {
    TestQueue test;
    test.put_all(numbers(1, 6));
    test.take(1, 2);
    test.take(2, 2);
    test.take(1, 2);
    CHECK(test.ack(1, {1, 6}).refused == std::vector<Range>{{3, 4}});
    CHECK(test.ack(1, {1, 6}).refused == std::vector<Range>{{1, 6}});
    CHECK(test.ack(2, {0, 9}).refused == std::vector<Range>{{0, 2}, {5, 9}});
}

TEST_CASE("a range of all tokens settles what is held and refuses the rest") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.next_token = 100;
    test.take(1, 3);
    const SettleResult result = test.release(1, {0, last_number});
    CHECK(result.done == 3);
    CHECK(result.refused == std::vector<Range>{{0, 99}, {103, last_number}});
    CHECK(test.ack(1, {0, last_number}).refused == std::vector<Range>{{0, last_number}});
    CHECK(test.peek(ItemState::ready) == Texts{"1", "2", "3"});
}

TEST_CASE("a range that ends with the last of all numbers is settled too") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.next_token = last_number - 2;
    test.take(1, 3);
    const SettleResult result = test.ack(1, {last_number - 4, last_number});
    CHECK(result.done == 3);
    CHECK(result.refused == std::vector<Range>{{last_number - 4, last_number - 3}});
}

TEST_CASE("a reversed range is refused as it was given") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.take(1, 3);
    CHECK(test.ack(1, {3, 1}).refused == std::vector<Range>{{3, 1}});
    CHECK(test.release(1, {last_number, 0}).refused == std::vector<Range>{{last_number, 0}});
    CHECK(test.ack(7, {3, 1}).refused == std::vector<Range>{{3, 1}});
    CHECK(test.queue.stats().leased == 3);
    CHECK(test.queue.lent_to(1, {3, 1}).items == 0);
}

TEST_CASE("items of one delivery are settled in whatever order") {
    TestQueue test;
    const Texts all = numbers(1, 1000);
    test.put_all(all);
    test.take(1, 1000);
    SECTION("last first") {
        for (Token token = 1000; token >= 1; --token) REQUIRE(test.ack(1, {token, token}).done);
    }
    SECTION("even, then odd") {
        for (Token token = 2; token <= 1000; token += 2) REQUIRE(test.ack(1, {token, token}).done);
        for (Token token = 1; token <= 1000; token += 2) REQUIRE(test.ack(1, {token, token}).done);
    }
    SECTION("from the middle") {
        for (Token i = 0; i < 500; ++i) {
            REQUIRE(test.ack(1, {500 - i, 500 - i}).done);
            REQUIRE(test.ack(1, {501 + i, 501 + i}).done);
        }
    }
    SECTION("returned last first") {
        for (Token token = 1000; token >= 1; --token) test.release(1, {token, token});
        CHECK(test.drain() == all);
    }
    CHECK(test.queue.unfinished() == 0);
    CHECK(test.queue.stats().bytes == 0);
    CHECK(test.queue.next_deadline().boot == never);
}

TEST_CASE("a released item is counted and can be had by anybody") {
    TestQueue test;
    test.put("x");
    test.take(1);
    CHECK(test.release(1, {1, 1}).done == 1);
    CHECK(test.queue.stats().releases == 1);
    const auto lents = test.lend(2);
    REQUIRE(lents.size() == 1);
    CHECK(lents[0].part.deliveries == 2);
}

TEST_CASE("an item released with a delay is not ready before that") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.take(1);
    test.release(1, {1, 1}, Millis{100});
    CHECK(test.queue.stats().delayed == 1);
    CHECK(test.queue.next_deadline().wall == test.now.wall + Millis{100});
    test.pass(Millis{99});
    CHECK(test.peek(ItemState::ready) == Texts{"2"});
    test.pass(Millis{1});
    CHECK(test.drain() == Texts{"1", "2"});
}

TEST_CASE("a part of what was delivered can be released, and the rest stays leased") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.take(1, 5);
    test.release(1, {2, 4});
    CHECK(test.peek(ItemState::ready) == Texts{"2", "3", "4"});
    CHECK(test.peek(ItemState::leased) == Texts{"1", "5"});
    const Queue::Freed left = test.queue.outstanding(1);
    CHECK(left.items == 2);
    CHECK(left.bytes == 6);
}

TEST_CASE("what is lent is told by holder and range") {
    TestQueue test;
    test.put_all({"1", "22", "333", "4444"});
    test.take(1, 3);
    test.take(2, 1);
    const auto lent = [&](Holder holder, Range tokens) {
        const Queue::Freed freed = test.queue.lent_to(holder, tokens);
        return std::pair{freed.items, freed.bytes};
    };
    CHECK(lent(1, {0, last_number}) == std::pair<std::uint64_t, std::uint64_t>{3, 12});
    CHECK(lent(1, {2, 2}) == std::pair<std::uint64_t, std::uint64_t>{1, 4});
    CHECK(lent(1, {2, 4}) == std::pair<std::uint64_t, std::uint64_t>{2, 9});
    CHECK(lent(2, {1, 9}) == std::pair<std::uint64_t, std::uint64_t>{1, 6});
    CHECK(lent(3, {1, 9}) == std::pair<std::uint64_t, std::uint64_t>{0, 0});
    CHECK(test.queue.outstanding(1).items == 3);
    CHECK(test.queue.outstanding(1).bytes == 12);
    CHECK(test.queue.outstanding(3).items == 0);
}

TEST_CASE("what was lent can be had once more, without what has ended since") {
    TestQueue test;
    test.put_all(numbers(1, 9));
    test.lend(1, 2);
    test.lend(1, 4);
    test.lend(2, 1);
    test.prefetch(1, 2);
    test.ack(1, {4, 4});
    const auto lents = test.queue.lent(1, {3, 6});
    CHECK(payloads_of(lents) == Texts{"3", "5", "6"});
    REQUIRE(lents.size() == 2);
    CHECK(lents[0].part.token == 3);
    CHECK(lents[1].part.token == 5);
    CHECK(lents[1].part.id == 5);
    for (const Lent& lent : test.queue.lent(1, {0, last_number})) CHECK(lent.part.deliveries == 1);
    CHECK(payloads_of(test.queue.lent(1, {7, last_number})) == Texts{"8", "9"});
    CHECK(test.queue.lent(2, {1, 6}).empty());
    CHECK(test.queue.lent(3, {0, last_number}).empty());
    CHECK(test.queue.lent(1, {9, 1}).empty());
}

TEST_CASE("a goodbye returns everything, counted as delivered") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.take(1, 2);
    test.take(2, 1);
    test.queue.return_all(1, false, test.now);
    CHECK(test.peek(ItemState::ready) == Texts{"1", "2"});
    CHECK(test.peek(ItemState::leased) == Texts{"3"});
    const QueueStats stats = test.queue.stats();
    CHECK(stats.releases == 2);
    CHECK(stats.lapses == 0);
    CHECK(test.lend(2)[0].part.deliveries == 2);
}

TEST_CASE("a death returns everything, counted as lapsed") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.take(1, 2);
    test.queue.return_all(1, true, test.now);
    CHECK(test.drain() == Texts{"1", "2", "3"});
    CHECK(test.queue.stats().lapses == 2);
    CHECK(test.queue.stats().releases == 0);
    CHECK(test.queue.next_deadline().boot == never);
}

TEST_CASE("the death of one that holds nothing changes nothing") {
    TestQueue test;
    test.put("x");
    test.queue.return_all(1, true, test.now);
    test.queue.return_held(1, false, test.now);
    test.queue.taken_up_to(1, 5, test.now);
    test.queue.pin(1, {0, last_number}, true, test.now);
    CHECK(test.queue.held_by(1) == 0);
    CHECK(test.queue.stats().ready == 1);
    CHECK(test.queue.stats().lapses == 0);
}

TEST_CASE("what is lent keeps at most four times its size alive") {
    TestQueue test;
    for (int i = 0; i < 1000; ++i) test.put(std::string(98, 'x'));
    test.put_all(Texts(1000, std::string(98, 'y')));
    const auto bounded = [](const Lent& lent) {
        return lent.run.owner_bytes() <= 4 * lent.run.size();
    };
    for (int i = 0; i < 500; ++i) {
        for (const Lent& lent : test.lend(1, 1)) REQUIRE(bounded(lent));
        for (const Lent& lent : test.lend(2, 3)) REQUIRE(bounded(lent));
    }
    REQUIRE(test.queue.ready() == 0);
    for (Token token = 1; token < test.next_token; token += 7) test.ack(2, {token, token});
    for (Token token = 3; token < test.next_token; token += 11) test.release(2, {token, token + 1});
    for (const ItemState state : {ItemState::leased, ItemState::ready}) {
        const auto lents = test.queue.peek(state, 10'000);
        CHECK(lents.size() > 100);
        for (const Lent& lent : lents) REQUIRE(bounded(lent));
    }
}

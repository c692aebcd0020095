#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

namespace {

constexpr Range everything{0, std::numeric_limits<Token>::max()};

}  // namespace

TEST_CASE("a held item has no deadline, whatever time passes") {
    TestQueue test;
    test.put("x");
    test.prefetch(1);
    CHECK(test.queue.next_deadline().boot == never);
    test.pass(std::chrono::hours{100});
    CHECK(test.queue.held_by(1) == 1);
    CHECK(test.queue.stats().leased == 1);
}

TEST_CASE("a held item tells the delivery that it is going to be") {
    TestQueue test;
    test.put("x");
    CHECK(test.prefetch(1)[0].part.deliveries == 1);
    CHECK(test.queue.peek(ItemState::leased, 1)[0].part.deliveries == 0);
    test.queue.taken_up_to(1, 1, test.now);
    CHECK(test.queue.peek(ItemState::leased, 1)[0].part.deliveries == 1);
}

TEST_CASE("held items are counted as delivered when they are taken") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.prefetch(1, 5);
    CHECK(test.queue.stats().deliveries == 0);
    test.queue.taken_up_to(1, 3, test.now);
    CHECK(test.queue.stats().deliveries == 3);
    CHECK(test.queue.held_by(1) == 2);
    CHECK(test.queue.stats().leased == 5);
}

TEST_CASE("the lease of a held item starts when it is taken") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.prefetch(1, 2);
    test.pass(std::chrono::minutes{10});
    test.queue.taken_up_to(1, 1, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{30'000});
    test.pass(Millis{29'999});
    CHECK(test.queue.ready() == 0);
    test.pass(Millis{1});
    CHECK(test.peek(ItemState::ready) == Texts{"1"});
    CHECK(test.queue.held_by(1) == 1);
}

TEST_CASE("a prefetch says how long its leases will be") {
    TestQueue test;
    test.put("x");
    Borrow borrow;
    borrow.holder = 1;
    borrow.held = true;
    borrow.lease = Millis{50};
    test.queue.take(borrow, test.next_token, test.now);
    test.queue.taken_up_to(1, 1, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{50});
}

TEST_CASE("taking is told again without effect") {
    TestQueue test;
    test.put_all(numbers(1, 4));
    test.prefetch(1, 4);
    test.queue.taken_up_to(1, 2, test.now);
    test.pass(Millis{1000});
    test.queue.taken_up_to(1, 2, test.now);
    test.queue.taken_up_to(1, 1, test.now);
    CHECK(test.queue.stats().deliveries == 2);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{29'000});
}

TEST_CASE("taking reaches over several deliveries and leaves what was leased meanwhile") {
    TestQueue test;
    test.put_all(numbers(1, 6));
    test.prefetch(1, 2);
    test.lend(1, 2);
    test.prefetch(1, 2);
    CHECK(test.queue.held_by(1) == 4);
    test.queue.taken_up_to(1, 5, test.now);
    CHECK(test.queue.held_by(1) == 1);
    CHECK(test.queue.stats().deliveries == 5);
    test.queue.taken_up_to(1, 6, test.now);
    CHECK(test.queue.held_by(1) == 0);
    CHECK(test.queue.stats().deliveries == 6);
}

TEST_CASE("a token from the future takes what is held, not what will be") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.prefetch(1);
    test.queue.taken_up_to(1, std::numeric_limits<Token>::max(), test.now);
    CHECK(test.queue.held_by(1) == 0);
    test.prefetch(1);
    CHECK(test.queue.held_by(1) == 1);
    test.queue.taken_up_to(1, 2, test.now);
    CHECK(test.queue.held_by(1) == 0);
    CHECK(test.queue.stats().deliveries == 2);
}

TEST_CASE("one holder's taking does not touch what another holds") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.prefetch(1);
    test.prefetch(2);
    test.queue.taken_up_to(2, 2, test.now);
    CHECK(test.queue.held_by(1) == 1);
    CHECK(test.queue.held_by(2) == 0);
}

TEST_CASE("a held item that is given back takes its old place and is not counted") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.prefetch(1, 5);
    const SettleResult result = test.queue.give_back(1, {4, 5}, test.now);
    CHECK(result.done == 2);
    CHECK(result.refused.empty());
    test.queue.give_back(1, {2, 3}, test.now);
    CHECK(test.peek(ItemState::ready) == numbers(2, 5));
    CHECK(test.queue.held_by(1) == 1);
    const QueueStats stats = test.queue.stats();
    CHECK(stats.deliveries == 0);
    CHECK(stats.releases == 0);
    CHECK(stats.lapses == 0);
    CHECK(test.lend(2)[0].part.deliveries == 1);
}

TEST_CASE("a taken item cannot be given back as if it were untaken") {
    TestQueue test;
    test.put_all(numbers(1, 6));
    test.prefetch(1, 3);
    test.lend(1, 1);
    test.prefetch(1, 2);
    test.queue.taken_up_to(1, 2, test.now);
    const SettleResult result = test.queue.give_back(1, {1, 9}, test.now);
    CHECK(result.done == 3);
    CHECK(result.refused == std::vector<Range>{{1, 2}, {4, 4}, {7, 9}});
    CHECK(test.peek(ItemState::ready) == Texts{"3", "5", "6"});
}

TEST_CASE("whoever settles a held item has taken it") {
    TestQueue test;
    test.put_all({"1", "2", "3", "4"});
    test.prefetch(1, 4);
    test.ack(1, {1, 1});
    CHECK(test.queue.stats().deliveries == 1);
    test.release(1, {2, 2});
    CHECK(test.queue.stats().deliveries == 2);
    CHECK(test.queue.peek(ItemState::ready, 1)[0].part.deliveries == 1);
    test.bury(1, {3, 3});
    CHECK(test.queue.stats().deliveries == 3);
    CHECK(test.queue.peek(ItemState::dead, 1)[0].part.deliveries == 1);
    test.queue.extend(1, {4, 4}, Millis{70}, test.now);
    CHECK(test.queue.stats().deliveries == 4);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{70});
    CHECK(test.queue.held_by(1) == 0);
}

TEST_CASE("held items can be returned and leases kept") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.prefetch(1, 4);
    test.lend(1);
    test.prefetch(2, 1);
    test.queue.taken_up_to(1, 1, test.now);
    test.queue.return_held(1, false, test.now);
    CHECK(test.peek(ItemState::ready) == Texts{"2", "3", "4"});
    CHECK(test.peek(ItemState::leased) == Texts{"1", "5"});
    CHECK(test.queue.held_by(1) == 0);
    CHECK(test.queue.stats().deliveries == 2);
    CHECK(test.ack(1, {1, 1}).done == 1);
}

namespace {

std::vector<std::uint32_t> deliveries_of_ready(const TestQueue& test) {
    std::vector<std::uint32_t> deliveries;
    for (const Lent& lent : test.queue.peek(ItemState::ready, 10)) {
        deliveries.insert(deliveries.end(), lent.part.count, lent.part.deliveries);
    }
    return deliveries;
}

}  // namespace

TEST_CASE("a death counts the first held item as delivered, and no other") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.prefetch(1, 5);
    test.queue.return_all(1, true, test.now);
    CHECK(test.peek(ItemState::ready) == numbers(1, 5));
    CHECK(deliveries_of_ready(test) == std::vector<std::uint32_t>{1, 0, 0, 0, 0});
    CHECK(test.queue.stats().deliveries == 1);
    CHECK(test.queue.stats().lapses == 1);
}

TEST_CASE("a death counts no held item while others are known to be taken") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.prefetch(1, 5);
    test.queue.taken_up_to(1, 2, test.now);
    test.queue.return_all(1, true, test.now);
    CHECK(test.peek(ItemState::ready) == numbers(1, 5));
    CHECK(deliveries_of_ready(test) == std::vector<std::uint32_t>{1, 1, 0, 0, 0});
    CHECK(test.queue.stats().deliveries == 2);
    CHECK(test.queue.stats().lapses == 2);
}

TEST_CASE("a silence counts the first held item as delivered, and keeps what is leased") {
    TestQueue test;
    test.put_all(numbers(1, 3));
    test.prefetch(1, 3);
    test.queue.return_held(1, true, test.now);
    CHECK(deliveries_of_ready(test) == std::vector<std::uint32_t>{1, 0, 0});
    test.prefetch(1, 3);
    test.queue.taken_up_to(1, 4, test.now);
    test.queue.return_held(1, true, test.now);
    CHECK(test.queue.stats().leased == 1);
    CHECK(deliveries_of_ready(test) == std::vector<std::uint32_t>{0, 0});
}

TEST_CASE("an item that kills its prefetching consumers dies itself in the end") {
    TestQueue test{with_deliveries_max(3)};
    test.put_all({"poison", "good"});
    for (Holder holder = 1; holder <= 3; ++holder) {
        CHECK(payloads_of(test.prefetch(holder, 2)) == Texts{"poison", "good"});
        test.queue.return_all(holder, true, test.now);
    }
    CHECK(test.peek(ItemState::dead) == Texts{"poison"});
    CHECK(test.peek(ItemState::ready) == Texts{"good"});
}

TEST_CASE("a goodbye counts no held item as delivered") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.prefetch(1, 2);
    test.queue.return_all(1, false, test.now);
    CHECK(test.queue.stats().deliveries == 0);
    CHECK(test.queue.stats().releases == 0);
    CHECK(test.queue.peek(ItemState::ready, 2)[0].part.deliveries == 0);
}

TEST_CASE("a second delivery is a redelivery") {
    TestQueue test;
    test.put("x");
    test.lend(1);
    test.release(1, {1, 1});
    CHECK(test.queue.stats().redeliveries == 0);
    test.prefetch(1);
    CHECK(test.queue.stats().redeliveries == 0);
    test.queue.taken_up_to(1, 2, test.now);
    CHECK(test.queue.stats().deliveries == 2);
    CHECK(test.queue.stats().redeliveries == 1);
}

TEST_CASE("a pinned lease does not lapse") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.take(1, 3);
    test.queue.pin(1, {2, 2}, true, test.now);
    test.pass(std::chrono::hours{1});
    CHECK(test.peek(ItemState::ready) == Texts{"1", "3"});
    CHECK(test.peek(ItemState::leased) == Texts{"2"});
    CHECK(test.queue.next_deadline().boot == never);
    CHECK(test.ack(1, {2, 2}).done == 1);
}

TEST_CASE("an unpinned lease lasts one lease time more") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.take(1, 2);
    test.pass(Millis{10'000});
    test.queue.pin(1, {1, 2}, true, test.now);
    test.pass(Millis{50'000});
    test.queue.pin(1, {1, 1}, false, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{30'000});
    test.pass(Millis{30'000});
    CHECK(test.peek(ItemState::ready) == Texts{"1"});
    CHECK(test.peek(ItemState::leased) == Texts{"2"});
}

TEST_CASE("a lease that was pinned twice does not lapse before it is unpinned twice") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.take(1, 2);
    test.queue.pin(1, {1, 1}, true, test.now);
    test.queue.pin(1, {1, 2}, true, test.now);
    test.queue.pin(1, {1, 1}, false, test.now);
    test.pass(Millis{50'000});
    CHECK(test.peek(ItemState::leased) == Texts{"1", "2"});
    test.queue.pin(1, {1, 2}, false, test.now);
    test.pass(Millis{30'000});
    CHECK(test.peek(ItemState::ready) == Texts{"1", "2"});
}

TEST_CASE("unpinning what is not pinned does not make it last longer") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.pass(Millis{10'000});
    test.queue.pin(1, everything, false, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{20'000});
}

TEST_CASE("a pinned lease can be extended and does not lapse for that") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.queue.pin(1, everything, true, test.now);
    CHECK(test.queue.extend(1, {1, 1}, Millis{10}, test.now).done == 1);
    test.pass(Millis{1000});
    CHECK(test.queue.stats().leased == 1);
    test.queue.pin(1, everything, false, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{10});
}

TEST_CASE("a pinned held item has been taken") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.prefetch(1, 2);
    test.queue.pin(1, {1, 1}, true, test.now);
    CHECK(test.queue.held_by(1) == 1);
    CHECK(test.queue.stats().deliveries == 1);
    test.queue.return_held(1, false, test.now);
    CHECK(test.peek(ItemState::leased) == Texts{"1"});
}

TEST_CASE("a death returns pinned leases too") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.queue.pin(1, everything, true, test.now);
    test.queue.return_all(1, true, test.now);
    CHECK(test.queue.ready() == 1);
}

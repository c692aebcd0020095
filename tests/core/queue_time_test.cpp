#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

TEST_CASE("a lease lapses when its time is over, and the item takes its old place") {
    TestQueue test;
    test.put_all({"1", "2"});
    test.take(1);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{30'000});
    test.pass(Millis{29'999});
    CHECK(test.peek(ItemState::ready) == Texts{"2"});
    test.pass(Millis{1});
    CHECK(test.peek(ItemState::ready) == Texts{"1", "2"});
    CHECK(test.queue.stats().lapses == 1);
    CHECK(test.queue.next_deadline().boot == never);
    CHECK(test.ack(1, {1, 1}).refused == std::vector<Range>{{1, 1}});
}

TEST_CASE("a lease lasts as long as its taker says") {
    TestQueue test;
    test.put("x");
    Borrow borrow;
    borrow.holder = 1;
    borrow.lease = Millis{50};
    test.queue.take(borrow, test.next_token, test.now);
    test.pass(Millis{50});
    CHECK(test.queue.ready() == 1);
}

TEST_CASE("leases are measured by boottime, which the wall clock cannot shorten") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.now.wall += std::chrono::hours{1000};
    test.queue.advance(test.now);
    CHECK(test.queue.stats().leased == 1);
    test.now.wall -= std::chrono::hours{2000};
    test.now.boot += Millis{30'000};
    test.queue.advance(test.now);
    CHECK(test.queue.ready() == 1);
}

TEST_CASE("an extended lease runs from now") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.pass(Millis{20'000});
    CHECK(test.queue.extend(1, {1, 1}, Millis{15'000}, test.now).done == 1);
    test.pass(Millis{14'999});
    CHECK(test.queue.ready() == 0);
    test.pass(Millis{1});
    CHECK(test.queue.ready() == 1);
}

TEST_CASE(
    "a lease extended without a time runs for the queue's lease time, whatever it was given") {
    TestQueue test;
    test.put("x");
    Borrow borrow;
    borrow.holder = 1;
    borrow.lease = Millis{500};
    test.queue.take(borrow, test.next_token, test.now);
    test.pass(Millis{400});
    test.queue.extend(1, {1, 1}, std::nullopt, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{30'000});
    test.queue.extend(1, {1, 1}, Millis{900}, test.now);
    test.queue.extend(1, {1, 1}, std::nullopt, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{30'000});
}

TEST_CASE("a part of what was delivered can be extended, and the rest lapses") {
    TestQueue test;
    test.put_all(numbers(1, 5));
    test.take(1, 5);
    test.queue.extend(1, {2, 3}, Millis{60'000}, test.now);
    test.pass(Millis{30'000});
    CHECK(test.peek(ItemState::ready) == Texts{"1", "4", "5"});
    CHECK(test.peek(ItemState::leased) == Texts{"2", "3"});
    CHECK(test.ack(1, {1, 5}).refused == std::vector<Range>{{1, 1}, {4, 5}});
}

TEST_CASE("a lease of an absurd time never lapses") {
    TestQueue test;
    test.put("x");
    Borrow borrow;
    borrow.holder = 1;
    borrow.lease = Millis::max();
    test.queue.take(borrow, test.next_token, test.now);
    CHECK(test.queue.next_deadline().boot == never);
    test.queue.extend(1, {1, 1}, Millis{10}, test.now);
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{10});
    test.queue.extend(1, {1, 1}, Millis::max(), test.now);
    CHECK(test.queue.next_deadline().boot == never);
}

TEST_CASE("a lease of no time lapses at once") {
    TestQueue test;
    test.put("x");
    test.take(1);
    test.queue.extend(1, {1, 1}, Millis{0}, test.now);
    test.pass(Millis{0});
    CHECK(test.queue.ready() == 1);
}

TEST_CASE("all that is due comes back at once") {
    TestQueue test;
    test.put_all(numbers(1, 10));
    for (Holder holder = 1; holder <= 5; ++holder) {
        test.take(holder, 2);
        test.pass(Millis{10});
    }
    test.pass(std::chrono::hours{1});
    CHECK(test.drain() == numbers(1, 10));
    CHECK(test.queue.stats().lapses == 10);
}

TEST_CASE("a delayed item is ready when its delay is over by the wall clock") {
    TestQueue test;
    test.put("x", with_delay(Millis{100}));
    CHECK(test.queue.stats().delayed == 1);
    CHECK(test.queue.ready() == 0);
    CHECK(test.take(1).empty());
    CHECK(test.queue.next_deadline().wall == test.now.wall + Millis{100});
    test.now.boot += std::chrono::hours{1};
    test.queue.advance(test.now);
    CHECK(test.queue.ready() == 0);
    test.now.wall += Millis{100};
    test.queue.advance(test.now);
    CHECK(test.take(1) == Texts{"x"});
    CHECK(test.queue.next_deadline().wall == never);
}

TEST_CASE("items with different delays are ready one after the other") {
    TestQueue test;
    test.put("3", with_delay(Millis{30}));
    test.put("1", with_delay(Millis{10}));
    test.put("2", with_delay(Millis{20}));
    CHECK(test.peek(ItemState::delayed) == Texts{"1", "2", "3"});
    test.pass(Millis{10});
    CHECK(test.take(1, 9) == Texts{"1"});
    test.pass(Millis{20});
    CHECK(test.take(1, 9) == Texts{"3", "2"});
}

TEST_CASE("an absurd delay never ends") {
    TestQueue test;
    test.put("x", with_delay(Millis::max()));
    test.put("y");
    test.take(1);
    test.release(1, {1, 1}, Millis::max());
    CHECK(test.queue.stats().delayed == 2);
    CHECK(test.queue.next_deadline().wall == never);
}

TEST_CASE("an item whose time to live is over is gone, and counted") {
    TestQueue test;
    test.put("1", with_time_to_live(Millis{100}));
    test.put("2");
    CHECK(test.queue.next_deadline().wall == test.now.wall + Millis{100});
    test.pass(Millis{99});
    CHECK(test.queue.ready() == 2);
    test.pass(Millis{1});
    CHECK(test.peek(ItemState::ready) == Texts{"2"});
    const QueueStats stats = test.queue.stats();
    CHECK(stats.expired == 1);
    CHECK(stats.bytes == 3);
    CHECK(test.queue.next_deadline().wall == never);
}

TEST_CASE("an expired item is never lent, even if nobody has looked at the clock") {
    TestQueue test;
    test.put_all({"1", "2"}, with_time_to_live(Millis{100}));
    test.put("3");
    test.now.wall += Millis{100};
    CHECK(test.take(1) == Texts{"3"});
    CHECK(test.queue.stats().expired == 2);
    CHECK(test.take(1).empty());
    test.pass(Millis{0});
    CHECK(test.queue.stats().expired == 2);
}

TEST_CASE("an absurd time to live never ends") {
    TestQueue test;
    test.put("x", with_time_to_live(Millis::max()));
    CHECK(test.queue.next_deadline().wall == never);
    CHECK(test.take(1) == Texts{"x"});
}

TEST_CASE("an item with no time to live expires as it comes") {
    TestQueue test;
    test.put("x", with_time_to_live(Millis{0}));
    CHECK(test.take(1).empty());
    CHECK(test.queue.stats().expired == 1);
}

TEST_CASE("a time to live never ends early") {
    TestQueue test;
    test.now.wall += std::chrono::microseconds{700};
    test.put("x", with_time_to_live(Millis{10}));
    test.pass(Millis{9});
    test.now.wall += std::chrono::microseconds{999};
    CHECK(test.take(1) == Texts{"x"});
}

TEST_CASE("an item that would expire before its delay is over leaves when it expires") {
    TestQueue test;
    Columns columns = with_delay(Millis{100});
    columns.time_to_live = Millis{40};
    test.put("x", columns);
    CHECK(test.queue.next_deadline().wall == test.now.wall + Millis{40});
    test.pass(Millis{40});
    CHECK(test.queue.unfinished() == 0);
    CHECK(test.queue.stats().expired == 1);
}

TEST_CASE("an item that expires as its delay ends is not lent") {
    TestQueue test;
    Columns columns = with_delay(Millis{40});
    columns.time_to_live = Millis{100};
    test.put("x", columns);
    test.pass(Millis{100});
    CHECK(test.queue.ready() == 0);
    CHECK(test.queue.stats().expired == 1);
}

TEST_CASE("the time to live goes on when the delay is over") {
    TestQueue test;
    Columns columns = with_delay(Millis{40});
    columns.time_to_live = Millis{100};
    test.put("x", columns);
    test.pass(Millis{40});
    CHECK(test.queue.ready() == 1);
    CHECK(test.queue.next_deadline().wall == test.now.wall + Millis{60});
    test.pass(Millis{60});
    CHECK(test.queue.unfinished() == 0);
}

TEST_CASE("a leased item does not expire under its holder's hands") {
    TestQueue test;
    test.put("x", with_time_to_live(Millis{100}));
    test.take(1);
    CHECK(test.queue.next_deadline().wall == never);
    test.pass(Millis{5000});
    CHECK(test.queue.stats().expired == 0);
    CHECK(test.ack(1, {1, 1}).done == 1);
    CHECK(test.queue.stats().expired == 0);
}

TEST_CASE("an item that comes back expired is dropped, in whichever way it comes back") {
    TestQueue test;
    test.put_all({"1", "2", "3", "4", "5"}, with_time_to_live(Millis{100}));
    test.take(1, 2);
    test.prefetch(2, 1);
    test.prefetch(3, 1);
    test.take(4, 1);
    test.pass(Millis{100});
    CHECK(test.release(1, {1, 1}).done == 1);
    CHECK(test.release(1, {2, 2}, Millis{10}).done == 1);
    test.queue.give_back(2, {3, 3}, test.now);
    test.queue.return_all(3, true, test.now);
    CHECK(test.queue.stats().expired == 4);
    test.pass(Millis{30'000});
    CHECK(test.queue.stats().expired == 5);
    CHECK(test.queue.unfinished() == 0);
    CHECK(test.queue.stats().bytes == 0);
}

TEST_CASE("an item released with a delay beyond its time to live leaves when that ends") {
    TestQueue test;
    test.put("x", with_time_to_live(Millis{100}));
    test.take(1);
    test.release(1, {1, 1}, Millis{500});
    CHECK(test.queue.stats().delayed == 1);
    test.pass(Millis{100});
    CHECK(test.queue.stats().expired == 1);
    CHECK(test.queue.unfinished() == 0);
}

TEST_CASE("items put together expire together, also those left of them") {
    TestQueue test;
    test.put_all(numbers(1, 10), with_time_to_live(Millis{100}));
    CHECK(test.take(1, 3) == numbers(1, 3));
    test.release(1, {2, 2});
    CHECK(test.peek(ItemState::ready) == Texts{"2", "4", "5", "6", "7", "8", "9", "10"});
    test.pass(Millis{100});
    CHECK(test.queue.ready() == 0);
    CHECK(test.queue.stats().expired == 8);
    CHECK(test.queue.next_deadline().wall == never);
}

TEST_CASE("items expire wherever they stand") {
    for (const Order order : {Order::fifo, Order::lifo, Order::priority}) {
        TestQueue test{with_order(order)};
        for (int i = 1; i <= 6; ++i) {
            Columns columns = with_time_to_live(Millis{i % 2 == 0 ? 10 : 1000});
            columns.priority = i % 3;
            test.put(std::to_string(i), columns);
        }
        test.pass(Millis{10});
        CHECK(test.queue.ready() == 3);
        test.pass(Millis{990});
        CHECK(test.queue.ready() == 0);
        CHECK(test.queue.stats().expired == 6);
    }
}

TEST_CASE("the next deadline is the earliest of each clock") {
    TestQueue test;
    test.put("1");
    test.put("2");
    test.put("3", with_delay(Millis{300}));
    test.put("4", with_time_to_live(Millis{200}));
    Borrow borrow;
    borrow.holder = 1;
    for (const Millis lease : {Millis{70}, Millis{60}}) {
        borrow.lease = lease;
        test.queue.take(borrow, test.next_token, test.now);
    }
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{60});
    CHECK(test.queue.next_deadline().wall == test.now.wall + Millis{200});
    test.ack(1, {2, 2});
    CHECK(test.queue.next_deadline().boot == test.now.boot + Millis{70});
}

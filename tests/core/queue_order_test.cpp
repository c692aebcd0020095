#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

TEST_CASE("first in, first out, put together or one by one") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.put("4");
    test.pass(Millis{5});
    test.put("5");
    test.put_all({"6", "7"});
    CHECK(test.take(1) == Texts{"1"});
    CHECK(test.take(1, 4) == Texts{"2", "3", "4", "5"});
    CHECK(test.take(1, 100) == Texts{"6", "7"});
}

TEST_CASE("priority means nothing to a fifo queue, and is passed on") {
    TestQueue test;
    test.put("1", with_priority(1));
    test.put("2", with_priority(2));
    const auto lents = test.lend(1, 2);
    CHECK(payloads_of(lents) == Texts{"1", "2"});
    CHECK(lents[1].part.priority == 2);
}

TEST_CASE("last in, first out, put together or one by one") {
    TestQueue test{with_order(Order::lifo)};
    test.put_all({"1", "2", "3"});
    test.put("4");
    CHECK(test.take(1, 2) == Texts{"4", "3"});
    test.put("5");
    CHECK(test.take(1, 100) == Texts{"5", "2", "1"});
}

TEST_CASE("greatest priority first, and first in, first out within one") {
    TestQueue test{with_order(Order::priority)};
    test.put("low 1", with_priority(-5));
    test.put_all({"high 1", "high 2"}, with_priority(5));
    test.put("none");
    test.put("high 3", with_priority(5));
    test.put("low 2", with_priority(-5));
    CHECK(test.take(1, 100) == Texts{"high 1", "high 2", "high 3", "none", "low 1", "low 2"});
}

TEST_CASE("priorities reach over their whole range") {
    TestQueue test{with_order(Order::priority)};
    test.put("least", with_priority(std::numeric_limits<std::int32_t>::min()));
    test.put("none");
    test.put("greatest", with_priority(std::numeric_limits<std::int32_t>::max()));
    CHECK(test.take(1, 3) == Texts{"greatest", "none", "least"});
}

TEST_CASE("a released item takes its old place") {
    TestQueue test;
    test.put_all({"1", "2", "3", "4"});
    test.take(1, 3);
    test.release(1, {2, 2});
    CHECK(test.peek(ItemState::ready) == Texts{"2", "4"});
    test.release(1, {1, 1});
    CHECK(test.peek(ItemState::ready) == Texts{"1", "2", "4"});
    test.release(1, {3, 3});
    CHECK(test.drain() == Texts{"1", "2", "3", "4"});
}

TEST_CASE("a released item takes its old place among the newest first") {
    TestQueue test{with_order(Order::lifo)};
    test.put_all({"1", "2", "3"});
    CHECK(test.take(1, 2) == Texts{"3", "2"});
    test.put("4");
    test.release(1, {1, 2});
    CHECK(test.drain() == Texts{"4", "3", "2", "1"});
}

TEST_CASE("a released item takes its old place within its priority") {
    TestQueue test{with_order(Order::priority)};
    test.put_all({"1", "2", "3"}, with_priority(1));
    test.put("0", with_priority(2));
    CHECK(test.take(1, 2) == Texts{"0", "1"});
    test.put("4", with_priority(1));
    test.release(1, {1, 2});
    CHECK(test.drain() == Texts{"0", "1", "2", "3", "4"});
}

TEST_CASE("a delayed item takes the place that it had when it was put") {
    TestQueue test;
    test.put("1", with_delay(Millis{10}));
    test.put("2");
    CHECK(test.peek(ItemState::ready) == Texts{"2"});
    test.pass(Millis{10});
    CHECK(test.drain() == Texts{"1", "2"});
}

TEST_CASE("items delayed together come in the order of their queue") {
    for (const Order order : {Order::fifo, Order::priority}) {
        TestQueue test{with_order(order)};
        test.put_all({"1", "2", "3"}, with_delay(Millis{10}));
        test.pass(Millis{10});
        CHECK(test.drain() == Texts{"1", "2", "3"});
    }
    TestQueue test{with_order(Order::lifo)};
    test.put_all({"1", "2", "3"}, with_delay(Millis{10}));
    test.pass(Millis{10});
    CHECK(test.drain() == Texts{"3", "2", "1"});
}

TEST_CASE("several consumers share what is ready, each item to one of them") {
    TestQueue test;
    test.put_all(numbers(1, 6));
    CHECK(test.take(1, 2) == Texts{"1", "2"});
    CHECK(test.take(2, 2) == Texts{"3", "4"});
    CHECK(test.take(1, 9) == Texts{"5", "6"});
    CHECK(test.take(2).empty());
}

TEST_CASE("no more items come than were asked for, nor more bytes") {
    TestQueue test;
    test.put_all({"a", "bb", "ccc", "dddd"});  // 3, 4, 5 and 6 bytes
    Borrow borrow;
    borrow.items_max = 0;
    CHECK(test.queue.take(borrow, test.next_token, test.now).empty());
    borrow.items_max = 10;
    borrow.bytes_max = 7;
    CHECK(payloads_of(test.queue.take(borrow, test.next_token, test.now)) == Texts{"a", "bb"});
    borrow.bytes_max = 10;
    CHECK(payloads_of(test.queue.take(borrow, test.next_token, test.now)) == Texts{"ccc"});
}

TEST_CASE("bytes are counted over all parts of what is taken") {
    TestQueue test;
    for (const std::string& payload : numbers(1, 5)) {
        test.put(payload);
        test.pass(Millis{1});
    }
    Borrow borrow;
    borrow.items_max = 10;
    borrow.bytes_max = 8;
    CHECK(payloads_of(test.queue.take(borrow, test.next_token, test.now)) == Texts{"1", "2"});
}

TEST_CASE("one item comes however large it is") {
    TestQueue test;
    test.put_all({std::string(1000, 'x'), "y"});
    Borrow borrow;
    borrow.items_max = 10;
    borrow.bytes_max = 0;
    CHECK(payloads_of(test.queue.take(borrow, test.next_token, test.now)) ==
          Texts{std::string(1000, 'x')});
}

TEST_CASE("tokens are consecutive over the parts of a delivery") {
    TestQueue test{with_order(Order::lifo)};
    test.next_token = 1000;
    test.put_all({"1", "2", "3"});
    const auto lents = test.lend(1, 10);
    REQUIRE(lents.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(lents[i].part.token == 1000 + i);
        CHECK(lents[i].part.id == 3 - i);
        CHECK(lents[i].part.count == 1);
    }
    CHECK(test.next_token == 1003);
}

TEST_CASE("an item gets a new token with each delivery") {
    TestQueue test;
    test.put("x");
    CHECK(test.lend(1)[0].part.token == 1);
    test.release(1, {1, 1});
    CHECK(test.lend(2)[0].part.token == 2);
    CHECK(test.ack(1, {1, 1}).done == 0);
    CHECK(test.ack(2, {2, 2}).done == 1);
}

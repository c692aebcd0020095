#include "core/counted_memory.hpp"
#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

namespace {

constexpr std::size_t item_count = 100'000;

/// The bytes of a queue with that many items of 100 bytes, put by `put_one`, for each item.
template <class PutOne>
double bytes_per_item(QueueSettings settings, PutOne put_one) {
    const Run run = run_of({std::string(100, 'x')});
    const std::size_t before = bytes_in_use();
    TestQueue test{std::move(settings)};
    for (std::size_t i = 0; i < item_count; ++i) put_one(test, run);
    REQUIRE(test.queue.ready() == item_count);
    return static_cast<double>(bytes_in_use() - before) / static_cast<double>(item_count);
}

}  // namespace

TEST_CASE("a hundred thousand items of 100 bytes put singly cost at most 120 bytes each") {
    for (const Order order : {Order::fifo, Order::priority}) {
        const double each = bytes_per_item(with_order(order), [](TestQueue& test, const Run& run) {
            test.queue.put({}, run, test.now);
        });
        CHECK(each >= 102);
        CHECK(each <= 120);
    }
}

TEST_CASE("items of 100 bytes that nothing connects cost at most four times that") {
    const auto each_in_its_own_time = [](TestQueue& test, const Run& run) {
        test.now.wall += Millis{1};
        test.queue.put({}, run, test.now);
    };
    CHECK(bytes_per_item(with_order(Order::fifo), each_in_its_own_time) <= 400);
    CHECK(bytes_per_item(with_order(Order::lifo), each_in_its_own_time) <= 400);
}

TEST_CASE("items left over from large blocks do not keep these alive") {
    TestQueue test;
    const std::size_t before = bytes_in_use();
    for (int i = 0; i < 100; ++i) {
        const Token first = test.next_token;
        test.put_all(Texts(640, std::string(100, 'x')));
        test.lend(1, 640);
        test.ack(1, {first, first + 319});
        test.ack(1, {first + 321, first + 639});
    }
    REQUIRE(test.queue.unfinished() == 100);
    CHECK((bytes_in_use() - before) / 100 <= 500);
    test.release(1, {0, test.next_token});
    REQUIRE(test.queue.ready() == 100);
    CHECK((bytes_in_use() - before) / 100 <= 400);
}

TEST_CASE("an emptied queue costs next to nothing") {
    TestQueue test;
    const std::size_t before = bytes_in_use();
    for (int i = 0; i < 1000; ++i) test.put(std::string(100, 'x'));
    test.put_all(Texts(1000, std::string(100, 'x')), with_time_to_live(Millis{1000}));
    test.drain();
    CHECK(test.queue.unfinished() == 0);
    CHECK(bytes_in_use() - before <= 1024);
}

TEST_CASE("batches pass through without an allocation for each item") {
    TestQueue test;
    const Run run = run_of(Texts(640, std::string(100, 'x')));
    const auto pass = [&] {
        test.queue.put({}, run, test.now);
        test.pass(Millis{1});
        for (int i = 0; i < 10; ++i) {
            test.prefetch(1, 64);
            test.queue.taken_up_to(1, test.next_token - 33, test.now);
            test.ack(1, {test.next_token - 64, test.next_token - 33});
            test.queue.taken_up_to(1, test.next_token - 1, test.now);
            test.ack(1, {test.next_token - 32, test.next_token - 1});
        }
    };
    const std::size_t before = allocations();
    for (int i = 0; i < 10; ++i) pass();
    CHECK(test.queue.unfinished() == 0);
    CHECK(allocations() - before <= 6400 / 2);
}

TEST_CASE("single puts that come together need an allocation for many") {
    TestQueue test;
    const Run run = run_of({std::string(100, 'x')});
    const std::size_t before = allocations();
    for (int i = 0; i < 10'000; ++i) test.queue.put({}, run, test.now);
    CHECK(allocations() - before <= 1000);
}

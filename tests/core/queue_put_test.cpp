#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

namespace {

QueueSettings of_capacity(std::uint64_t items, std::uint64_t bytes = 1 << 30) {
    QueueSettings settings;
    settings.capacity = items;
    settings.capacity_bytes = bytes;
    return settings;
}

}  // namespace

TEST_CASE("a new queue is empty") {
    TestQueue test;
    CHECK(test.queue.ready() == 0);
    CHECK(test.queue.unfinished() == 0);
    CHECK(test.take(1).empty());
    CHECK(test.next_token == 1);
    CHECK_FALSE(test.queue.closed());
    CHECK(test.queue.next_deadline().boot == never);
    CHECK(test.queue.next_deadline().wall == never);
}

TEST_CASE("what is put is there at once, unchanged") {
    TestQueue test;
    const Texts payloads{"a", "", std::string(300, 'x'), std::string("\0\xff", 2)};
    test.put_all(payloads);
    CHECK(test.queue.ready() == 4);
    CHECK(test.take(1, 10) == payloads);
}

TEST_CASE("a put of no items does nothing") {
    TestQueue test;
    test.queue.put({}, Run{}, test.now);
    CHECK(test.queue.ready() == 0);
    CHECK(test.queue.stats().puts == 0);
}

TEST_CASE("what is put together is lent as one part") {
    TestQueue test;
    test.put_all(numbers(1, 2570));
    const auto lents = test.lend(1, 3000);
    REQUIRE(lents.size() == 1);
    CHECK(lents[0].part.count == 2570);
    CHECK(lents[0].part.token == 1);
    CHECK(lents[0].part.id == 1);
    CHECK(test.next_token == 2571);
}

TEST_CASE("a large run is handed on without a copy, a small one is copied") {
    TestQueue test;
    const Run large = run_of(Texts(50, std::string(100, 'x')));
    const Run small = run_of({"a", "b"});
    test.queue.put({}, large, test.now);
    test.queue.put({}, small, test.now);
    const auto lents = test.lend(1, 100);
    REQUIRE(lents.size() == 2);
    CHECK(lents[0].run.owner() == large.bytes.owner());
    CHECK(lents[1].run.owner() != small.bytes.owner());
}

TEST_CASE("a run that is a small part of what was received is copied, even a large one") {
    TestQueue test;
    const Run all = run_of(Texts(1000, std::string(98, 'x')));
    test.queue.put({}, {100, all.bytes.part(0, 10'000)}, test.now);
    test.queue.put({}, {300, all.bytes.part(0, 30'000)}, test.now);
    const auto lents = test.lend(1, 1000);
    REQUIRE(lents.size() == 2);
    CHECK(lents[0].run.owner_bytes() == 10'000);
    CHECK(lents[1].run.owner_bytes() == 100'000);
}

TEST_CASE("single puts within a millisecond become one part") {
    TestQueue test;
    for (const std::string& payload : numbers(1, 100)) test.put(payload);
    const auto lents = test.lend(1, 1000);
    REQUIRE(lents.size() == 1);
    CHECK(payloads_of(lents) == numbers(1, 100));
}

TEST_CASE("puts whose columns differ are different parts") {
    const auto parts_of = [](const Columns& first, const Columns& second, Time between) {
        TestQueue test{with_order(Order::priority)};
        test.put("1", first);
        test.now.wall += between;
        test.put("2", second);
        const auto lents = test.lend(1, 2);
        CHECK(payloads_of(lents) == Texts{"1", "2"});
        return lents.size();
    };
    Columns keyed;
    keyed.key = "key";
    Columns headed;
    headed.headers = Slice::copy("\x80");
    Columns traced;
    traced.trace = Slice::copy("trace");
    CHECK(parts_of({}, {}, Time{0}) == 1);
    CHECK(parts_of({}, {}, std::chrono::microseconds{999}) == 1);
    CHECK(parts_of({}, {}, Millis{1}) == 2);
    CHECK(parts_of(with_priority(2), with_priority(2), Time{0}) == 1);
    CHECK(parts_of(with_priority(2), with_priority(1), Time{0}) == 2);
    CHECK(parts_of(with_time_to_live(Millis{9}), with_time_to_live(Millis{9}), Time{0}) == 1);
    CHECK(parts_of(with_time_to_live(Millis{9}), with_time_to_live(Millis{8}), Time{0}) == 2);
    CHECK(parts_of(with_time_to_live(Millis{9}), {}, Time{0}) == 2);
    CHECK(parts_of(keyed, {}, Time{0}) == 2);
    CHECK(parts_of({}, keyed, Time{0}) == 2);
    CHECK(parts_of(headed, headed, Time{0}) == 2);
    CHECK(parts_of(traced, {}, Time{0}) == 2);
    CHECK(parts_of({}, traced, Time{0}) == 2);
}

TEST_CASE("a put does not join items that were delivered before") {
    TestQueue test;
    test.put("1");
    test.lend(1);
    test.release(1, {1, 1});
    test.put("2");
    const auto lents = test.lend(1, 2);
    REQUIRE(lents.size() == 2);
    CHECK(lents[0].part.deliveries == 2);
    CHECK(lents[1].part.deliveries == 1);
}

TEST_CASE("a put may join items that were given back untaken") {
    TestQueue test;
    test.put("1");
    test.prefetch(1);
    test.queue.give_back(1, {1, 1}, test.now);
    test.put("2");
    CHECK(test.lend(1, 2).size() == 1);
}

TEST_CASE("a part tells what its items came with") {
    TestQueue test;
    test.now.wall += std::chrono::microseconds{1500};
    Columns columns;
    columns.priority = -7;
    columns.key = "the key";
    columns.headers = Slice::copy("the headers");
    columns.trace = Slice::copy("the trace");
    test.put("x", columns);
    const Millis put_at = std::chrono::floor<Millis>(test.now.wall);
    test.pass(Millis{500});
    const auto lents = test.lend(1);
    REQUIRE(lents.size() == 1);
    const Part& part = lents[0].part;
    CHECK(part.token == 1);
    CHECK(part.id == 1);
    CHECK(part.count == 1);
    CHECK(part.deliveries == 1);
    CHECK(part.priority == -7);
    CHECK(part.put_at == put_at);
    CHECK(part.key == "the key");
    CHECK(part.headers.view() == "the headers");
    CHECK(part.trace.view() == "the trace");
    CHECK(part.reason.empty());
}

TEST_CASE("headers and traces do not keep the message alive that they came in") {
    TestQueue test;
    const Slice message = Slice::copy(std::string(10'000, 'h'));
    Columns columns;
    columns.headers = message.part(10, 20);
    columns.trace = message.part(30, 40);
    test.put("x", columns);
    const Part part = test.lend(1)[0].part;
    CHECK(part.headers.owner_bytes() == 20);
    CHECK(part.trace.owner_bytes() == 40);
}

TEST_CASE("ids follow one another without a gap, whatever becomes of the items") {
    TestQueue test;
    test.put_all({"1", "2", "3"});
    test.drain();
    test.put("4");
    CHECK(test.lend(1)[0].part.id == 4);
}

TEST_CASE("a queue is full when it holds as many items as it may, in whatever state") {
    TestQueue test{of_capacity(4)};
    const Run run = run_of({"a", "b", "c", "d", "e", "f"});
    CHECK(test.queue.fits(run) == 4);
    test.put("ready");
    CHECK(test.queue.fits(run) == 3);
    test.put("leased");
    test.lend(1);
    CHECK(test.queue.fits(run) == 2);
    test.put("delayed", with_delay(Millis{10}));
    CHECK(test.queue.fits(run) == 1);
    test.lend(1);
    test.bury(1, {2, 2});
    CHECK(test.queue.fits(run) == 1);
    test.put("last");
    CHECK(test.queue.fits(run) == 0);
    CHECK(test.queue.fits({}) == 0);
    test.ack(1, {1, 1});
    CHECK(test.queue.fits(run) == 1);
}

TEST_CASE("a queue is full when it holds as many bytes as it may") {
    TestQueue test{of_capacity(1000, 10)};
    const Run run = run_of({"abc", "defg", "h"});  // 5, 6 and 3 bytes
    CHECK(test.queue.fits(run) == 1);
    test.put("12");
    CHECK(test.queue.stats().bytes == 4);
    CHECK(test.queue.fits(run) == 1);
    test.put("");
    CHECK(test.queue.fits(run) == 0);
    CHECK(test.queue.fits(run_of({"ab"})) == 1);
    test.take(1, 10);
    CHECK(test.queue.fits(run) == 0);
    test.ack(1, {1, 1});
    CHECK(test.queue.fits(run) == 1);
}

TEST_CASE("what a commit acknowledges makes room for what it puts") {
    TestQueue test{of_capacity(2, 12)};
    test.put_all({"abc", "defg"});
    test.take(1, 2);
    const Run run = run_of({"x", "y", "z"});
    CHECK(test.queue.fits(run) == 0);
    const Queue::Freed first = test.queue.lent_to(1, {1, 1});
    CHECK(first.items == 1);
    CHECK(first.bytes == 5);
    CHECK(test.queue.fits(run, first) == 1);
    CHECK(test.queue.fits(run, test.queue.lent_to(1, {1, 2})) == 2);
    CHECK(test.queue.fits(run, {unlimited, unlimited}) == 2);
}

TEST_CASE("an unlimited queue takes whatever comes") {
    TestQueue test{of_capacity(unlimited, unlimited)};
    test.put_all(numbers(1, 1000));
    CHECK(test.queue.fits(run_of(numbers(1, 1000))) == 1000);
    CHECK(test.queue.can_ever_fit(unlimited));
}

TEST_CASE("an item larger than the queue can never fit") {
    TestQueue test{of_capacity(10, 100)};
    CHECK(test.queue.can_ever_fit(100));
    CHECK_FALSE(test.queue.can_ever_fit(101));
    CHECK_FALSE(TestQueue{of_capacity(0)}.queue.can_ever_fit(1));
}

TEST_CASE("key, headers and trace count against the capacity in bytes") {
    TestQueue test{of_capacity(100, 40)};
    Columns columns;
    columns.headers = Slice::copy("123456");
    columns.trace = Slice::copy("7890");
    const Run run = run_of({"a", "b", "c", "d"});
    CHECK(test.queue.fits(run, columns, {}) == 3);
    CHECK(test.queue.fits(run, columns, {0, 39}) == 3);
    CHECK(test.queue.fits(run, Columns{}, {}) == 4);
    test.queue.put(columns, run_of({"a", "b"}), test.now);
    CHECK(test.queue.stats().bytes == 26);
    CHECK(test.queue.fits(run, columns, {}) == 1);
    test.take(1, 1);
    CHECK(test.queue.outstanding(1).bytes == 13);
    CHECK(test.queue.fits(run, columns, test.queue.lent_to(1, {1, 1})) == 2);
    test.ack(1, {1, 1});
    CHECK(test.queue.stats().bytes == 13);
}

TEST_CASE("a queue remembers the key of what was put, for as long as it is told") {
    QueueSettings settings;
    settings.key_window = Millis{50};
    settings.keys_max = 2;
    TestQueue test{settings};
    Columns columns;
    columns.key = "a";
    CHECK_FALSE(test.queue.remembers("a", test.now));
    CHECK_FALSE(test.queue.remembers("", test.now));
    test.put("1", columns);
    test.put("without");
    CHECK(test.queue.remembers("a", test.now));
    CHECK_FALSE(test.queue.remembers("", test.now));
    test.drain();
    CHECK(test.queue.remembers("a", test.now));
    columns.key = "b";
    test.put("2", columns);
    columns.key = "c";
    test.put("3", columns);
    CHECK_FALSE(test.queue.remembers("a", test.now));
    CHECK(test.queue.next_deadline().wall == test.now.wall + Millis{50});
    test.pass(Millis{50});
    CHECK_FALSE(test.queue.remembers("c", test.now));
    CHECK(test.queue.next_deadline().wall == never);
    CHECK(test.queue.stats().duplicates == 0);
    test.queue.recognised();
    CHECK(test.queue.stats().duplicates == 1);
}

TEST_CASE("adopted items bring no key that their new queue would remember") {
    TestQueue from;
    TestQueue to;
    Columns columns;
    columns.key = "a";
    from.put("1", columns);
    from.take(1);
    from.bury(1, {1, 1});
    to.queue.adopt(*from.queue.take_dead(1), to.now);
    CHECK(from.queue.remembers("a", from.now));
    CHECK_FALSE(to.queue.remembers("a", to.now));
}

TEST_CASE("settings come from what was wanted, and the defaults for the rest") {
    handoff::QueueOptions wanted;
    wanted.capacity = 5;
    wanted.order = Order::lifo;
    wanted.dead_letter = "morgue";
    const QueueSettings settings = QueueSettings::from(wanted);
    CHECK(settings.capacity == 5);
    CHECK(settings.order == Order::lifo);
    CHECK(settings.dead_letter == "morgue");
    CHECK(settings.capacity_bytes == 1u << 30);
    CHECK(settings.lease == Millis{30'000});
    CHECK(settings.deliveries_max == 16);
    CHECK(settings.durability == handoff::Durability::memory);
    CHECK(settings.key_window == std::chrono::minutes{10});
    CHECK(settings.keys_max == 100'000);
}

TEST_CASE("the options in force have every field set") {
    const handoff::QueueOptions options = QueueSettings{}.options();
    CHECK(options.capacity == 1'000'000u);
    CHECK(options.capacity_bytes == 1u << 30);
    CHECK(options.order == Order::fifo);
    CHECK(options.lease == Millis{30'000});
    CHECK(options.deliveries_max == 16u);
    CHECK(options.dead_letter == "");
    CHECK(options.durability == handoff::Durability::memory);
    CHECK(options.key_window == std::chrono::minutes{10});
    CHECK(options.keys_max == 100'000u);
    CHECK(QueueSettings::from(options).options() == options);
}

TEST_CASE("a run of many tiny items comes out as it went in") {
    TestQueue test;
    const Texts payloads(20'000, "");
    test.put_all(payloads);
    CHECK(test.queue.ready() == 20'000);
    CHECK(test.queue.stats().bytes == 40'000);
    const auto lents = test.lend(1, 20'000);
    std::uint64_t next = 1;
    for (const Lent& lent : lents) {
        CHECK(lent.part.id == next);
        CHECK(lent.part.token == next);
        next += lent.part.count;
    }
    CHECK(next == 20'001);
}

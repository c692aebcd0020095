// Calls of objects that travel together, and calls that no thread waits for.
#include "handoff/batch.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "conformance/loop.hpp"
#include "handoff/array.hpp"
#include "handoff/dict.hpp"
#include "handoff/event.hpp"
#include "handoff/list.hpp"
#include "handoff/namespace.hpp"
#include "handoff/set.hpp"
#include "handoff/task.hpp"
#include "handoff/value.hpp"
#include "support/world.hpp"

using handoff::Batch;
using handoff::Batched;
using handoff::Client;
using handoff::errc;
using handoff::ObjectKind;
using handoff::Task;
using handoff::Value;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::Ended;
using handoff::test::finish;
using handoff::test::Loop;
using handoff::test::text_of;
using handoff::test::World;

namespace {

errc run(Batch& batch) {
    return code_of([&] {
        batch.run();
        return 0;
    });
}

Task<> add_twice(Value<int> count, std::vector<std::int64_t>& sums) {
    sums.push_back(co_await count.later().add(1));
    sums.push_back(co_await count.later().add(1));
}

}  // namespace

TEST_CASE("the calls of a batch are done in their order, on objects of every kind with values") {
    World world;
    Client& client = world.client();
    auto count = client.value<int>("count");
    auto cells = client.array<int>("cells", 3);
    auto steps = client.list<std::string>("steps");
    auto prices = client.dict<std::string, int>("prices");
    auto seen = client.set<int>("seen");
    auto settings = client.name_space("settings");
    Batch batch = client.batch();
    batch.add(count.later().set(5));
    const auto sum = batch.add(count.later().add(2));
    batch.add(cells.later().fill(7));
    const auto cell = batch.add(cells.later().exchange(-1, 8));
    batch.add(steps.later().append_many({"a", "b", "c"}));
    const auto step = batch.add(steps.later().take());
    batch.add(prices.later().put("pear", 3));
    const auto price = batch.add(prices.later().get_or_put("pear", 4));
    const auto missing = batch.add(prices.later().get("plum"));
    const auto is_new = batch.add(seen.later().add(1));
    batch.add(seen.later().unite({2, 3}));
    const auto size = batch.add(seen.later().size());
    batch.add(settings.later().put("speed", 3));
    const auto speed = batch.add(settings.later().at<int>("speed"));
    CHECK(count.versioned().version == 0);  // nothing has begun
    batch.run();
    CHECK(sum.get() == 7);
    CHECK(cell.get() == 7);
    CHECK(step.get() == "c");
    CHECK(price.get() == 3);
    CHECK_FALSE(missing.get());
    CHECK(is_new.get());
    CHECK(size.get() == 3);
    CHECK(speed.get() == 3);
    CHECK(cells.values() == std::vector{7, 7, 8});
    CHECK(steps.values() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a call of a batch that fails changes nothing, and the others are done") {
    World world;
    Client& client = world.client();
    auto text = client.dict<std::string, std::string>("texts");
    text.put("a", "no number");
    auto numbers = client.dict<std::string, int>("texts");
    auto cells = client.array<int>("cells", 2);
    Batch batch = client.batch();
    const auto one = batch.add(numbers.later().add("b", 1));
    const auto two = batch.add(numbers.later().add("a", 1));
    const auto three = batch.add(cells.later().at(9));
    const auto four = batch.add(numbers.later().add("b", 1));
    const std::string said = text_of([&] {
        batch.run();
        return 0;
    });
    for (const char* part : {"batch of 4", "2 failed", "add", "texts", "integer"}) {
        INFO(said);
        CHECK(said.find(part) != std::string::npos);
    }
    CHECK(one.get() == 1);
    CHECK(two.code() == errc::wrong_type);
    CHECK(code_of([&] { return two.get(); }) == errc::wrong_type);
    CHECK(three.code() == errc::out_of_range);
    CHECK(four.get() == 2);
    CHECK(text.get("a") == "no number");
}

TEST_CASE("a batch that stops at its first failure does nothing behind it") {
    World world;
    auto count = world.client().value<int>("count");
    auto cells = world.client().array<int>("cells", 2);
    Batch batch = world.client().batch({.stop_at_failure = true});
    const auto before = batch.add(count.later().add(1));
    const auto fails = batch.add(cells.later().put(5, 1));
    const auto behind = batch.add(count.later().add(1));
    CHECK(run(batch) == errc::out_of_range);
    CHECK(before.get() == 1);
    CHECK(fails.code() == errc::out_of_range);
    CHECK(behind.code() == errc::cancelled);
    CHECK(count.get() == 1);
}

TEST_CASE("nothing that others ask for is done between the calls of a batch") {
    World world;
    constexpr int rounds = 200;
    std::vector<Background<int>> adding;
    for (int i = 0; i < 2; ++i) {
        adding.emplace_back([&](std::stop_token) {
            const auto client = world.another_client();
            auto count = client->value<int>("count");
            int together = 0;
            for (int round = 0; round < rounds; ++round) {
                Batch batch = client->batch();
                const auto first = batch.add(count.later().add(1));
                const auto second = batch.add(count.later().add(1));
                batch.run();
                if (second.get() == first.get() + 1) ++together;
            }
            return together;
        });
    }
    for (auto& each : adding) CHECK(each.result() == rounds);
    CHECK(world.client().value<int>("count").get() == 4 * rounds);
}

TEST_CASE("a batch is empty when it has run, and may be filled again") {
    World world;
    auto count = world.client().value<int>("count");
    Batch batch = world.client().batch();
    batch.run();  // which is nothing
    const auto first = batch.add(count.later().add(1));
    CHECK(batch.size() == 1);
    CHECK(code_of([&] { return first.get(); }) == errc::misuse);
    batch.run();
    CHECK(batch.empty());
    const auto second = batch.add(count.later().add(1));
    CHECK(first.get() == 1);
    CHECK(code_of([&] { return second.get(); }) == errc::misuse);
    batch.run();
    CHECK(first.get() == 1);
    CHECK(second.get() == 2);
}

TEST_CASE("a batch has objects of its own client only, and at most 4,096 calls") {
    World world;
    const auto other = world.another_client();
    auto theirs = other->value<int>("count");
    auto count = world.client().value<int>("count");
    Batch batch = world.client().batch();
    CHECK(code_of([&] { return batch.add(theirs.later().add(1)); }) == errc::invalid_argument);
    CHECK(code_of([&] { return batch.add(Value<int>().later().add(1)); }) == errc::inert);
    for (int i = 0; i < 4096; ++i) batch.add(count.later().add(1));
    CHECK(code_of([&] { return batch.add(count.later().add(1)); }) == errc::limit_exceeded);
    batch.run();
    CHECK(count.get() == 4096);
}

TEST_CASE("a batch with more bytes than a message may have is refused, and nothing is done") {
    World world;
    auto count = world.client().value<int>("count");
    auto texts = world.client().dict<int, std::string>("texts");
    world.client().wait_until_connected();
    Batch batch = world.client().batch();
    const auto sum = batch.add(count.later().add(1));
    const std::string long_text(5u << 20, 'x');
    for (int i = 0; i < 4; ++i) batch.add(texts.later().put(i, long_text));
    CHECK(run(batch) == errc::too_large);
    CHECK(sum.code() == errc::too_large);
    CHECK(count.versioned().version == 0);
    CHECK(texts.empty());
}

TEST_CASE("calls of an object that was destroyed fail by themselves") {
    World world;
    auto gone = world.client().value<int>("gone");
    auto count = world.client().value<int>("count");
    world.another_client()->destroy_object("gone", ObjectKind::value);
    Batch batch = world.client().batch();
    const auto lost = batch.add(gone.later().add(1));
    const auto sum = batch.add(count.later().add(1));
    CHECK(run(batch) == errc::stale_reference);
    CHECK(lost.code() == errc::stale_reference);
    CHECK(sum.get() == 1);
}

TEST_CASE("an asynchronous call of an object is told its end, and may be repeated") {
    World world;
    auto count = world.client().value<int>("count");
    Loop loop(world.client());
    const auto add = count.later().add(1);
    CHECK(finish(loop, add.async()).get() == 1);
    CHECK(finish(loop, add.async()).get() == 2);
    auto cells = world.client().array<int>("cells", 2);
    CHECK(finish(loop, cells.later().at(7).async()).code() == errc::out_of_range);
    CHECK(finish(loop, world.client().value<int>("new").later().get().async()).code() ==
          errc::not_found);
    CHECK(code_of([] {
              Value<int>().later().add(1).then([](handoff::Result<std::int64_t>) {});
              return 0;
          }) == errc::inert);
}

TEST_CASE("asynchronous calls of an object are done in the order in which they began") {
    World world;
    auto steps = world.client().list<int>("steps");
    Loop loop(world.client());
    int ended = 0;
    constexpr int all = 500;
    for (int i = 0; i < all; ++i) {
        steps.later().append(i).then([&](handoff::Result<void> end) {
            end.get();
            ++ended;
        });
    }
    REQUIRE(loop.until([&] { return ended == all; }));
    std::vector<int> expected;
    for (int i = 0; i < all; ++i) expected.push_back(i);
    CHECK(steps.values() == expected);
}

TEST_CASE("a coroutine awaits calls of objects") {
    World world;
    Loop loop(world.client());
    std::vector<std::int64_t> sums;
    bool over = false;
    handoff::spawn(add_twice(world.client().value<int>("count"), sums),
                   [&](std::exception_ptr failure) { over = failure == nullptr; });
    REQUIRE(loop.until([&] { return over; }));
    CHECK(sums == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("an asynchronous batch is told its end, and then its calls tell theirs") {
    World world;
    auto count = world.client().value<int>("count");
    auto cells = world.client().array<int>("cells", 2);
    Loop loop(world.client());
    Batch batch = world.client().batch();
    const auto sum = batch.add(count.later().add(3));
    CHECK(finish(loop, batch.async_run()).code() == errc::ok);
    CHECK(sum.get() == 3);
    const auto fails = batch.add(cells.later().at(9));
    CHECK(finish(loop, batch.async_run()).code() == errc::out_of_range);
    CHECK(fails.code() == errc::out_of_range);
    CHECK(finish(loop, batch.async_run()).code() == errc::ok);  // with nothing in it
}

TEST_CASE("an asynchronous wait for an event ends when it is set, or is stopped") {
    World world;
    auto go = world.client().event("go");
    Loop loop(world.client());
    std::stop_source stop;
    Ended stopped(go.async_wait(stop.get_token()));
    Ended waiting(go.async_wait());
    stop.request_stop();
    REQUIRE(loop.until([&] { return stopped.times() > 0; }));
    CHECK(stopped.code() == errc::cancelled);
    world.another_client()->event("go").set();
    REQUIRE(loop.until([&] { return waiting.times() > 0; }));
    CHECK(waiting.code() == errc::ok);
}

TEST_CASE("a batch to a manager that has begun anew says so, and none of it is done") {
    World world(World::Later{}, {});
    world.start_manager();
    auto count = world.client().value<int>("count");
    auto other = world.client().value<int>("other");
    count.add(1);
    world.stop_manager();
    world.start_manager();
    // By then the client knows; a batch that it had sent before might have been done.
    CHECK(code_of([&] { return count.get(); }) == errc::manager_restarted);
    Batch batch = world.client().batch();
    const auto one = batch.add(count.later().add(1));
    const auto two = batch.add(other.later().add(1));
    CHECK(run(batch) == errc::manager_restarted);
    CHECK(one.code() == errc::manager_restarted);
    CHECK(two.code() == errc::manager_restarted);
    batch.add(count.later().add(1));
    batch.run();
    CHECK(count.get() == 1);
}

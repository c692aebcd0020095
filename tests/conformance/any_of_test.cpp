// Taking from several queues at once.
#include <string>
#include <vector>

#include "conformance/loop.hpp"
#include "handoff/any_of.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::AnyOf;
using handoff::errc;
using handoff::get_any;
using handoff::Lease;
using handoff::lease_any;
using handoff::Pick;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::finish;
using handoff::test::gets_wait;
using handoff::test::Loop;
using handoff::test::patience;
using handoff::test::World;

namespace {

/// Three queues, with `count` items in each, which say where they are.
std::vector<Queue<std::string>> three_queues(World& world, int count) {
    std::vector<Queue<std::string>> queues;
    for (const std::string name : {"a", "b", "c"}) {
        queues.push_back(world.queue<std::string>(name));
        for (int i = 0; i < count; ++i) queues.back().put(name);
    }
    return queues;
}

}  // namespace

TEST_CASE("of several queues the one that has an item serves, and is named") {
    World world;
    auto queues = three_queues(world, 0);
    AnyOf<std::string> any(queues);
    queues[1].put("x");
    const auto [item, index] = any.get();
    CHECK(item == "x");
    CHECK(index == 1);
    queues[2].put("y");
    Lease<std::string> lease = any.lease();
    CHECK(*lease == "y");
    CHECK(lease.queue() == "c");
    lease.ack();
    CHECK(queues[2].stats().acks == 1);
}

TEST_CASE("a get from several queues waits at all of them") {
    World world;
    auto queues = three_queues(world, 0);
    AnyOf<std::string> any(queues);
    Background taking{[any](std::stop_token stop) mutable { return any.get(stop).index; }};
    for (auto& queue : queues) REQUIRE(gets_wait(queue, 1));
    queues[2].put("x");
    CHECK(taking.result() == 2);
    for (auto& queue : queues) CHECK(gets_wait(queue, 0));
    CHECK(queues[2].size() == 0);
}

TEST_CASE("several queues are served in turn") {
    World world;
    AnyOf<std::string> any(three_queues(world, 3));
    std::string served;
    for (int i = 0; i < 9; ++i) served += any.get().item;
    CHECK(served == "abcabcabc");
}

TEST_CASE("queues that are empty do not give their turn to the same neighbour each time") {
    World world;
    auto queues = three_queues(world, 0);
    for (int i = 0; i < 4; ++i) {
        queues[0].put("a");
        queues[2].put("c");
    }
    AnyOf<std::string> any(queues);
    std::string served;
    for (int i = 0; i < 8; ++i) served += any.try_get()->item;
    CHECK(served == "acacacac");
}

TEST_CASE("several queues are served in the given order if so wanted") {
    World world;
    auto queues = three_queues(world, 2);
    AnyOf<std::string> any({queues[1], queues[0], queues[2]}, Pick::in_order);
    std::string served;
    for (int i = 0; i < 6; ++i) served += any.get().item;
    CHECK(served == "bbaacc");
}

TEST_CASE("get_any and lease_any ask in the given order") {
    World world;
    auto queues = three_queues(world, 1);
    CHECK(get_any(queues[0], queues[1]).item == "a");
    CHECK(get_any(queues[0], queues[1]).index == 1);
    CHECK(*lease_any(queues[0], queues[1], queues[2]) == "c");
}

TEST_CASE("from several queues nothing comes when they are all empty") {
    World world;
    AnyOf<std::string> any(three_queues(world, 0));
    CHECK_FALSE(any.try_get());
    CHECK_FALSE(any.try_lease());
    CHECK_FALSE(any.try_get_for(10ms));
    CHECK_FALSE(any.try_lease_for(10ms));
}

TEST_CASE("a get from several queues that is stopped takes nothing") {
    World world;
    auto queues = three_queues(world, 0);
    AnyOf<std::string> any(queues);
    Background taking{[any](std::stop_token stop) mutable { return any.get(stop).index; }};
    REQUIRE(gets_wait(queues[0], 1));
    taking.stop();
    CHECK(taking.code() == errc::cancelled);
    queues[0].put("x");
    CHECK(queues[0].try_get() == "x");
}

TEST_CASE("of several queues a closed one is passed over, and the end comes with the last") {
    World world;
    auto queues = three_queues(world, 1);
    AnyOf<std::string> any(queues);
    queues[0].close();
    queues[1].close();
    for (int i = 0; i < 3; ++i) any.get();
    CHECK_FALSE(any.try_get_for(10ms));
    queues[2].close();
    CHECK(code_of([&] { return any.get(); }) == errc::closed);
    CHECK_FALSE(any.lease());
}

TEST_CASE("queues that cannot be asked together are refused") {
    World world;
    const auto other = world.another_client();
    auto mine = world.queue<int>("mine");
    auto theirs = other->queue<int>("theirs");
    const auto code = [](const std::vector<Queue<int>>& queues) {
        return code_of([&] { return AnyOf<int>(queues).try_get(); });
    };
    CHECK(code({}) == errc::invalid_argument);
    CHECK(code({mine, theirs}) == errc::invalid_argument);
    CHECK(code(std::vector<Queue<int>>(65, mine)) == errc::invalid_argument);
    CHECK(code({mine, Queue<int>()}) == errc::inert);
    CHECK(code({mine, mine}) == errc::ok);
}

TEST_CASE("a destroyed queue among several is told of") {
    World world;
    auto queues = three_queues(world, 0);
    AnyOf<std::string> any(queues);
    world.client().destroy_queue("b");
    CHECK(code_of([&] { return any.try_get(); }) == errc::stale_reference);
}

TEST_CASE("several queues are asked asynchronously") {
    World world;
    auto queues = three_queues(world, 1);
    AnyOf<std::string> any(queues);
    Loop loop(world.client());
    CHECK(finish(loop, any.async_get()).get().index == 0);
    CHECK(finish(loop, any.async_lease()).get().queue() == "b");
    CHECK(finish(loop, any.async_try_get_for(patience)).get()->index == 2);
    CHECK(finish(loop, any.async_try_get_for(patience)).get()->item == "b");  // it went back
    CHECK_FALSE(finish(loop, any.async_try_lease_for(10ms)).get());
}

// Results that are kept, and fetched when what they were given has gone back.
#include <memory>
#include <optional>
#include <utility>

#include "conformance/loop.hpp"
#include "handoff/async.hpp"
#include "support/world.hpp"

using handoff::errc;
using handoff::Lease;
using handoff::Result;
using handoff::test::code_of;
using handoff::test::Ended;
using handoff::test::eventually;
using handoff::test::finish;
using handoff::test::Loop;
using handoff::test::patience;
using handoff::test::World;

TEST_CASE("a result that is fetched when its client is gone gives no item, which went back") {
    World world;
    auto theirs = world.queue<int>("jobs");
    theirs.put(1);
    theirs.put(2);
    auto client = world.another_client();
    auto queue = client->queue<int>("jobs");
    std::optional<Loop> loop(*client);
    auto got = finish(*loop, queue.async_get());
    auto leased = finish(*loop, queue.async_lease());
    client.reset();
    CHECK(theirs.try_get_for(patience) == 1);
    CHECK(theirs.try_get_for(patience) == 2);
    CHECK(got.code() == errc::session_lost);
    CHECK(leased.code() == errc::session_lost);
}

TEST_CASE("a result that is fetched when its session has ended gives no item") {
    if (handoff::test::durable()) HANDOFF_SKIP("a restart does not end it");
    World world{World::Later{}, {}};
    world.start_manager();
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    auto got = finish(loop, queue.async_get());
    world.stop_manager();
    world.start_manager();
    REQUIRE(eventually([&] {
        return code_of([&] { return queue.stats(); }) == errc::ok &&
               world.manager().stats().sessions == 1;
    }));
    CHECK(got.code() == errc::session_lost);
}

TEST_CASE("of two copies of a settlement one begins") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    Lease<int> lease = queue.lease();
    auto ack = lease.async_ack();
    auto copy = ack;
    finish(loop, ack).get();
    CHECK(code_of([&] {
              copy.then([](Result<void>) {});
              return 0;
          }) == errc::inert);
}

TEST_CASE("a result that was moved from holds nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    std::optional<Result<int>> kept;
    std::optional<errc> code;
    queue.async_get().then([&](Result<int> result) {
        kept.emplace(std::move(result));
        code = code_of([&] { return result.get(); });
    });
    REQUIRE(loop.until([&] { return code.has_value(); }));
    CHECK(code == errc::inert);
    CHECK(kept->get() == 1);
}

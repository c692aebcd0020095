#include <optional>
#include <vector>

#include "support/world.hpp"

using namespace handoff;
using namespace handoff::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* in_memory = "queues of this transport are kept in memory";

Config soon_back() {
    Config config;
    config.client.reconnect_min = 5ms;
    config.client.reconnect_max = 20ms;
    return config;
}

/// A World whose manager can be started again on the same data.
struct Lives {
    Lives() {
        world.emplace(World::Later{}, soon_back());
        world->start_manager();
    }
    void restart() {
        world->stop_manager();
        world->start_manager();
    }
    std::optional<World> world;
};

}  // namespace

TEST_CASE("a durable queue has after a restart what was not acknowledged") {
    if (!durable()) HANDOFF_SKIP(in_memory);
    Lives lives;
    auto queue = lives.world->queue<int>("jobs");
    queue.put_many({1, 2, 3, 4});
    auto done = queue.lease();
    done.ack();
    auto lease = queue.lease();
    lives.restart();
    CHECK(queue.get() == 3);
    CHECK(queue.get() == 4);
    CHECK(*lease == 2);
    lease.ack();
    queue.join();
}

TEST_CASE("calls that wait go on through a restart of a durable queue's manager") {
    if (!durable()) HANDOFF_SKIP(in_memory);
    Lives lives;
    auto empty = lives.world->queue<int>("empty");
    auto full = lives.world->queue<int>("full", {.capacity = 1});
    full.put(1);
    Background get{[&](std::stop_token stop) { return empty.get(stop); }};
    Background put{[&](std::stop_token stop) {
        full.put(2, {}, stop);
        return true;
    }};
    REQUIRE(gets_wait(empty, 1));
    REQUIRE(puts_wait(full, 1));
    lives.restart();
    empty.put(7);
    CHECK(get.result() == 7);
    CHECK(full.get() == 1);
    CHECK(put.result());
    CHECK(full.get() == 2);
}

TEST_CASE("puts and streams go on through a restart, and nothing is there twice") {
    if (!durable()) HANDOFF_SKIP(in_memory);
    Lives lives;
    auto queue = lives.world->queue<int>("jobs");
    Background producing{[&](std::stop_token) {
        auto producer = queue.producer({.window = 64});
        for (int number = 0; number < 3000; ++number) producer.send(number);
        producer.flush();
        return producer.unconfirmed();
    }};
    for (int life = 0; life < 3; ++life) {
        const auto before = queue.stats().puts;
        REQUIRE(eventually([&] { return queue.stats().puts >= before + 50 || producing.done(); }));
        lives.restart();
    }
    CHECK(producing.result() == 0);
    const std::vector<int> all = queue.try_get_many(10'000);
    REQUIRE(all.size() == 3000);
    for (int number = 0; number < 3000; ++number) {
        REQUIRE(all[static_cast<std::size_t>(number)] == number);
    }
}

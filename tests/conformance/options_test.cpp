// Opening queues: options, names, statistics, and queues that were destroyed.
#include <string>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::Durability;
using handoff::errc;
using handoff::Order;
using handoff::Queue;
using handoff::QueueOptions;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::gets_wait;
using handoff::test::puts_wait;
using handoff::test::text_of;
using handoff::test::World;

namespace {

errc opening(World& world, const std::string& name, const QueueOptions& options = {}) {
    return code_of([&] { return world.queue<int>(name, options); });
}

}  // namespace

TEST_CASE("an option that nobody sets has its default") {
    World world;
    const QueueOptions options = world.queue<int>("jobs").stats().options;
    CHECK(options.capacity == 1'000'000);
    CHECK(options.capacity_bytes == 1u << 30);
    CHECK((options.order == Order::fifo));
    CHECK((options.lease == 30s));
    CHECK(options.deliveries_max == 16);
    CHECK((options.durability ==
           (handoff::test::durable() ? Durability::fsync : Durability::memory)));
    CHECK((options.key_window == 10min));
    CHECK(options.keys_max == 100'000);
}

TEST_CASE("the first to open a queue decides where the manager has no opinion") {
    World world;
    const auto first = world.queue<int>("jobs", {.capacity = 2, .order = Order::lifo});
    const auto other = world.another_client();
    const auto second = other->queue<int>("jobs");
    CHECK(second.stats().options.capacity == 2);
    CHECK((second.stats().options.order == Order::lifo));
    CHECK(opening(world, "jobs", {.capacity = 2}) == errc::ok);
    CHECK(code_of([&] { return other->queue<int>("jobs", {.order = Order::fifo}); }) ==
          errc::queue_mismatch);
}

TEST_CASE("an option that differs from what is in force is a mismatch that names it") {
    World world;
    const auto queue = world.queue<int>("jobs");
    const std::vector<std::pair<std::string, QueueOptions>> differing{
        {"capacity", {.capacity = 3}},
        {"capacity_bytes", {.capacity_bytes = 5000}},
        {"order", {.order = Order::lifo}},
        {"lease", {.lease = 7s}},
        {"deliveries_max", {.deliveries_max = 4}},
        {"dead_letter", {.dead_letter = "jobs.dead"}},
        {"key_window", {.key_window = 1min}},
        {"keys_max", {.keys_max = 10}},
    };
    for (const auto& entry : differing) {
        const std::string text = text_of([&] { return world.queue<int>("jobs", entry.second); });
        INFO(entry.first << ": " << text);
        CHECK(opening(world, "jobs", entry.second) == errc::queue_mismatch);
        CHECK(text.find(entry.first) != std::string::npos);
        CHECK(text.find("jobs") != std::string::npos);
    }
    CHECK(queue.stats().options.capacity == 1'000'000);
}

TEST_CASE("a default that is in force cannot be changed by a later opening") {
    World world;
    const auto queue = world.queue<int>("jobs");
    const auto other = world.another_client();
    CHECK(code_of([&] { return other->queue<int>("jobs", {.capacity = 1'000'000}); }) == errc::ok);
    CHECK(code_of([&] { return other->queue<int>("jobs", {.capacity = 999'999}); }) ==
          errc::queue_mismatch);
}

TEST_CASE("the manager's settings decide over those who open") {
    Config config;
    config.queues["jobs"] = {.capacity = 2, .lease = 5s};
    World world{config};
    CHECK(opening(world, "jobs", {.capacity = 3}) == errc::queue_mismatch);
    auto queue = world.queue<int>("jobs", {.deliveries_max = 4});
    const QueueOptions options = queue.stats().options;
    CHECK(options.capacity == 2);
    CHECK((options.lease == 5s));
    CHECK(options.deliveries_max == 4);
    CHECK(queue.try_put_many({1, 2, 3}) == 2);
}

TEST_CASE("options out of their range are invalid arguments") {
    World world;
    CHECK(opening(world, "a", {.capacity = 0}) == errc::invalid_argument);
    CHECK(opening(world, "b", {.capacity_bytes = 0}) == errc::invalid_argument);
    CHECK(opening(world, "c", {.lease = 0ms}) == errc::invalid_argument);
    CHECK(opening(world, "d", {.lease = -1ms}) == errc::invalid_argument);
    CHECK(opening(world, "e", {.lease = std::chrono::milliseconds::max()}) ==
          errc::invalid_argument);
    CHECK(opening(world, "f", {.deliveries_max = 0}) == errc::invalid_argument);
    CHECK(opening(world, "g", {.dead_letter = "g"}) == errc::invalid_argument);
    CHECK(opening(world, "i", {.key_window = 0ms}) == errc::invalid_argument);
    CHECK(opening(world, "j", {.keys_max = 0}) == errc::invalid_argument);
    CHECK(opening(world, "k", {.keys_max = handoff::unlimited}) == errc::invalid_argument);
    CHECK(opening(world, "h", {.dead_letter = std::string(256, 'x')}) == errc::invalid_argument);
    CHECK(world.manager().stats().queues.empty());
}

TEST_CASE("a durability that the manager does not have is unsupported") {
    if (handoff::test::durable()) HANDOFF_SKIP("this manager has a store");
    World world;
    CHECK(opening(world, "jobs", {.durability = Durability::memory}) == errc::ok);
    CHECK(opening(world, "more", {.durability = Durability::os}) == errc::unsupported);
    CHECK(opening(world, "most", {.durability = Durability::fsync}) == errc::unsupported);
}

TEST_CASE("names that are no names are invalid arguments") {
    World world;
    CHECK(opening(world, "") == errc::invalid_argument);
    CHECK(opening(world, std::string(256, 'x')) == errc::invalid_argument);
    CHECK(opening(world, "broken\xff") == errc::invalid_argument);
    CHECK(opening(world, "cut\xe2\x82") == errc::invalid_argument);
    CHECK(opening(world, "over\xc0\xaf") == errc::invalid_argument);
    CHECK(opening(world, "line\nbreak") == errc::invalid_argument);
    CHECK(opening(world, std::string("nul\0l", 5)) == errc::invalid_argument);
    CHECK(world.manager().stats().queues.empty());
}

TEST_CASE("names may be long, of any language, and hold what looks like an address") {
    World world;
    for (const std::string& name :
         {std::string(255, 'x'), std::string("Aufträge für später"), std::string("仕事"),
          std::string("a.b.c"), std::string("tcp://*:1/ %s")}) {
        auto queue = world.queue<int>(name);
        queue.put(1);
        CHECK(queue.name() == name);
        CHECK(queue.stats().name == name);
        CHECK(queue.get() == 1);
    }
    CHECK(world.manager().stats().queues.size() == 5);
}

TEST_CASE("the same name is the same queue, and another name another") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto again = world.queue<int>("jobs");
    auto other = world.queue<int>("Jobs");
    Queue<int> copy = queue;
    queue.put(1);
    CHECK(again.size() == 1);
    CHECK(copy.size() == 1);
    CHECK(other.empty());
    CHECK(copy.get() == 1);
}

TEST_CASE("the statistics of a queue count what happened to its items") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3, 4, 5, 6});
    queue.lease().ack();
    queue.lease().release();
    queue.lease().bury("broken");
    const auto held = queue.lease();
    CHECK(queue.get() == 4);
    queue.put(7, {.delay = 1h});
    const auto stats = queue.stats();
    CHECK(stats.ready == 2);
    CHECK(stats.leased == 1);
    CHECK(stats.delayed == 1);
    CHECK(stats.dead == 1);
    CHECK(stats.unfinished() == 4);
    CHECK(stats.puts == 7);
    CHECK(stats.deliveries == 5);
    CHECK(stats.redeliveries == 1);
    CHECK(stats.acks == 2);
    CHECK(stats.releases == 1);
    CHECK(stats.buried == 1);
    CHECK(stats.lapses == 0);
    CHECK(stats.purged == 0);
    CHECK(stats.waiting_gets == 0);
    CHECK(stats.waiting_puts == 0);
    CHECK(stats.bytes > 0);
    CHECK(queue.purge() == 4);
    queue.put(8);
    CHECK(queue.stats().purged == 4);
}

TEST_CASE("handles to a destroyed queue are stale") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    world.client().destroy_queue("jobs");
    CHECK(code_of([&] { queue.put(1); }) == errc::stale_reference);
    CHECK(code_of([&] { return queue.try_put(1); }) == errc::stale_reference);
    CHECK(code_of([&] { return queue.get(); }) == errc::stale_reference);
    CHECK(code_of([&] { return queue.try_lease(); }) == errc::stale_reference);
    CHECK(code_of([&] { return queue.size(); }) == errc::stale_reference);
    CHECK(code_of([&] { queue.close(); }) == errc::stale_reference);
    CHECK(code_of([&] { queue.join(); }) == errc::stale_reference);
    CHECK(code_of([&] { return queue.peek(); }) == errc::stale_reference);
    CHECK(code_of([&] { return queue.purge(); }) == errc::stale_reference);
    CHECK(code_of([&] { return queue.kick(); }) == errc::stale_reference);
}

TEST_CASE("a handle stays stale when its queue's name is used again") {
    World world;
    auto old = world.queue<int>("jobs", {.capacity = 3});
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    old.put(1);
    theirs.put(2);
    world.client().destroy_queue("jobs");
    auto fresh = world.queue<int>("jobs", {.capacity = 5});
    CHECK(fresh.empty());
    CHECK(code_of([&] { old.put(3); }) == errc::stale_reference);
    CHECK(code_of([&] { return theirs.try_get(); }) == errc::stale_reference);
    fresh.put(4);
    CHECK(code_of([&] { return old.try_get(); }) == errc::stale_reference);
    CHECK(fresh.get() == 4);
}

TEST_CASE("destroying a queue ends the calls that wait at it") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    auto empty = world.queue<int>("empty");
    queue.put(1);
    Background put{[&](std::stop_token stop) {
        queue.put(2, {}, stop);
        return true;
    }};
    Background join{[&](std::stop_token stop) {
        queue.join(stop);
        return true;
    }};
    Background get{[&](std::stop_token stop) { return empty.get(stop); }};
    REQUIRE(puts_wait(queue, 1));
    REQUIRE(gets_wait(empty, 1));
    world.client().destroy_queue("jobs");
    world.client().destroy_queue("empty");
    CHECK(put.code() == errc::stale_reference);
    CHECK(join.code() == errc::stale_reference);
    CHECK(get.code() == errc::stale_reference);
}

TEST_CASE("a lease of a destroyed queue cannot be acknowledged") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    auto lease = queue.lease();
    world.client().destroy_queue("jobs");
    CHECK(code_of([&] { lease.ack(); }) == errc::stale_reference);
}

TEST_CASE("a queue that is not there cannot be destroyed") {
    World world;
    CHECK(code_of([&] { world.client().destroy_queue("none"); }) == errc::stale_reference);
    CHECK(code_of([&] { world.client().destroy_queue(""); }) == errc::invalid_argument);
}

TEST_CASE("a queue more than the manager may have is refused") {
    Config config;
    config.manager.queues_max = 2;
    World world{config};
    CHECK(opening(world, "a") == errc::ok);
    CHECK(opening(world, "b") == errc::ok);
    CHECK(opening(world, "c") == errc::limit_exceeded);
    CHECK(opening(world, "a") == errc::ok);
    world.client().destroy_queue("a");
    CHECK(opening(world, "c") == errc::ok);
}

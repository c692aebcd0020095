// What is particular to direct queues. Each client that puts is a producer with an address of its
// own, so one process is enough to show it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "handoff/any_of.hpp"
#include "handoff/commit.hpp"
#include "support/not_direct.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Client;
using handoff::Commit;
using handoff::Config;
using handoff::Durability;
using handoff::Engine;
using handoff::errc;
using handoff::Order;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::text_of;
using handoff::test::World;

namespace {

/// Has the folder of ipc addresses.
struct Addresses {
    World others{World::Later{}, {}};
};

/// A queue "frames" with addresses for so many producers, beside a manager's queues.
struct DirectWorld : Addresses, World {
    using Change = std::function<void(Config&)>;
    explicit DirectWorld(
        int producers, const Change& change = [](Config&) {})
        : World{with_frames(others, producers, change)} {}

    static Config with_frames(const World& addresses, int producers, const Change& change) {
        Config config;
        change(config);
        config.routes["frames"].engine = Engine::direct;
        for (int i = 0; i < producers; ++i) {
            config.routes["frames"].bind.push_back(addresses.another_endpoint());
        }
        config.client.linger = 100ms;
        config.client.reconnect_min = 5ms;
        config.client.reconnect_max = 20ms;
        return config;
    }

    [[nodiscard]] Queue<int> frames(const handoff::QueueOptions& options = {}) {
        return queue<int>("frames", options);
    }
};

}  // namespace

TEST_CASE("what a direct queue does not offer is an error that names engine and option") {
    DirectWorld world{1};
    const auto refused = [](const std::string& text, const std::string& what) {
        CAPTURE(text);
        return text.find("\"frames\"") != std::string::npos &&
               text.find("the direct engine does not offer " + what) != std::string::npos;
    };
    for (const Order order : {Order::lifo, Order::priority}) {
        CHECK(code_of([&] { return world.frames({.order = order}); }) == errc::unsupported);
    }
    CHECK(refused(text_of([&] { return world.frames({.order = Order::priority}); }), "order"));
    CHECK(refused(text_of([&] { return world.frames({.dead_letter = "x"}); }), "dead_letter"));
    CHECK(refused(text_of([&] { return world.frames({.durability = Durability::os}); }),
                  "durability"));
    auto frames = world.frames();
    auto results = world.queue<int>("results");
    CHECK(refused(text_of([&] { frames.put(1, {.key = "k"}); }), "keys"));
    CHECK(refused(text_of([&] { frames.producer().send(1, {.key = "k"}); }), "keys"));
    CHECK(refused(text_of([&] { return handoff::get_any(frames, frames); }), "this call"));
    CHECK(code_of([&] { world.client().destroy_queue("frames"); }) == errc::unsupported);
    CHECK(refused(text_of([&] { Commit().put(frames, 1); }), "commits"));
    frames.put(1);
    auto frame = frames.lease();
    CHECK(refused(text_of([&] { frame.ack_and_put(results, 1); }), "commits"));
    CHECK(refused(text_of([&] { frame.async_ack().then([](const auto&) {}); }), "asynchronous"));
    frame.ack();
    CHECK(results.empty());
}

TEST_CASE("each case that is not for direct queues is one of this room") {
    std::string room;
    for (const auto& file :
         std::filesystem::directory_iterator(HANDOFF_SOURCE_DIR "/tests/conformance")) {
        if (file.path().extension() != ".cpp") continue;
        std::ifstream source(file.path());
        room.append(std::istreambuf_iterator<char>(source), {});
    }
    for (const std::string& name : handoff::test::cases_not_for_direct_queues()) {
        CAPTURE(name);
        CHECK(room.find("TEST_CASE(\"" + name + "\"") != std::string::npos);
    }
}

TEST_CASE("each client that puts is a producer and needs an address") {
    DirectWorld world{2};
    const auto second = world.another_client();
    const auto third = world.another_client();
    auto frames = world.frames();
    frames.put(1);
    second->queue<int>("frames").put(2);
    CHECK(code_of([&] { third->queue<int>("frames").put(3); }) == errc::address_in_use);
    auto others = third->queue<int>("frames");
    CHECK(std::set{others.get(), others.get()} == std::set{1, 2});
}

TEST_CASE("sizes and statistics are sums over all producers") {
    DirectWorld world{2};
    const auto other = world.another_client();
    auto mine = world.frames();
    auto theirs = other->queue<int>("frames");
    mine.put_many({1, 2});
    theirs.put_many({3, 4, 5});
    CHECK(mine.size() == 5);
    CHECK(theirs.size() == 5);
    CHECK(mine.stats().puts == 5);
    const auto lease = mine.lease();
    CHECK(mine.stats().leased == 1);
    CHECK(theirs.size() == 4);
    CHECK(std::ranges::is_permutation(theirs.peek(9), std::vector{2, 3, 4, 5}));
    CHECK(theirs.peek(3).size() == 3);
    CHECK(mine.purge() == 4);
    CHECK(theirs.empty());
}

TEST_CASE("a consumer takes from all producers in turn") {
    DirectWorld world{2};
    const auto other = world.another_client();
    const auto third = world.another_client();
    auto mine = world.frames();
    auto theirs = other->queue<int>("frames");
    for (int i = 0; i < 50; ++i) {
        mine.put(i);
        theirs.put(100 + i);
    }
    auto frames = third->queue<int>("frames");
    auto consumer = frames.consumer();
    std::vector<int> low;
    std::vector<int> high;
    for (int i = 0; i < 100; ++i) {
        auto frame = consumer.lease();
        (*frame < 100 ? low : high).push_back(*frame % 100);
        frame.ack();
        if (i == 79) CHECK(std::min(low.size(), high.size()) >= 25);
    }
    std::vector<int> in_order;
    for (int i = 0; i < 50; ++i) in_order.push_back(i);
    CHECK(low == in_order);
    CHECK(high == in_order);
    consumer.flush();
    CHECK(frames.stats().acks == 100);
}

TEST_CASE("an item is handed to one that waits at several producers, and not counted as returned") {
    DirectWorld world{2};
    const auto other = world.another_client();
    const auto third = world.another_client();
    auto mine = world.frames();
    auto theirs = other->queue<int>("frames");
    mine.put(0);  // so that both are producers
    theirs.put(0);
    auto frames = third->queue<int>("frames");
    CHECK(frames.get() + frames.get() == 0);
    for (int round = 1; round <= 20; ++round) {
        Background waiting{[&](std::stop_token stop) { return frames.get(std::move(stop)); }};
        mine.put(round);
        theirs.put(-round);
        const int first = waiting.result();
        CHECK(frames.get() == -first);
    }
    CHECK(frames.stats().redeliveries == 0);
}

TEST_CASE("a get waits on while a producer answers, though it has nothing") {
    DirectWorld world{2, [](Config& config) {
                          config.manager.heartbeat = 50ms;
                          config.client.unreachable_after = 500ms;
                      }};
    const auto other = world.another_client();
    auto theirs = other->queue<int>("frames");
    theirs.put(1);
    auto frames = world.frames();
    CHECK(frames.get() == 1);
    CHECK_FALSE(frames.try_get_for(1200ms));
    CHECK_FALSE(frames.consumer().try_lease_for(1200ms));
    Background waiting{[&](std::stop_token stop) { return frames.get(std::move(stop)); }};
    theirs.put(2);
    CHECK(waiting.result() == 2);
}

TEST_CASE("many threads of one client take from several producers, each item once") {
    DirectWorld world{2};
    const auto other = world.another_client();
    const auto third = world.another_client();
    auto mine = world.frames();
    auto theirs = other->queue<int>("frames");
    auto frames = third->queue<int>("frames");
    const auto take = [&](std::stop_token) {
        std::vector<int> got;
        for (int i = 0; i < 100; ++i) got.push_back(frames.get());
        return got;
    };
    Background one{take};
    Background two{take};
    for (int i = 0; i < 100; ++i) {
        mine.put(i);
        theirs.put(100 + i);
    }
    std::set<int> all;
    for (auto* taker : {&one, &two}) {
        for (const int number : taker->result()) CHECK(all.insert(number).second);
    }
    CHECK(all.size() == 200);
    CHECK(eventually([&] { return frames.stats().acks == 200; }));
}

TEST_CASE("a direct queue ends when all its producers have closed their parts") {
    DirectWorld world{3};  // one address stays without a producer
    const auto other = world.another_client();
    const auto third = world.another_client();
    auto mine = world.frames();
    auto theirs = other->queue<int>("frames");
    mine.put(1);
    theirs.put(2);
    auto frames = third->queue<int>("frames");
    frames.close();
    CHECK(code_of([&] { mine.put(3); }) == errc::closed);
    CHECK(code_of([&] { theirs.put(3); }) == errc::closed);
    CHECK(code_of([&] { frames.put(3); }) == errc::closed);
    std::set<int> got;
    while (auto frame = frames.lease()) {
        got.insert(*frame);
        frame.ack();
    }
    CHECK(got == std::set{1, 2});
    CHECK(frames.stats().closed);
    CHECK(frames.try_join_for(patience));
    CHECK(code_of([&] { return frames.get(); }) == errc::closed);
    CHECK(frames.consumer().lease().over());
}

TEST_CASE("what a producer of a direct queue could not put is told to its client") {
    std::string told;
    DirectWorld world{1};
    world.client().on_error([&](const handoff::Error& error) { told = error.what(); });
    auto frames = world.frames();
    {
        auto producer = frames.producer();
        producer.send(1);
        producer.flush();
        frames.close();
        producer.send(2);
    }
    CHECK(told.find("closed") != std::string::npos);
}

TEST_CASE("a refused acknowledgement of a consumer that ends is told to its client") {
    std::string told;
    DirectWorld world{1};
    const auto other = world.another_client();
    other->queue<int>("frames").put(1);
    world.client().on_error([&](const handoff::Error& error) { told = error.what(); });
    {
        auto consumer = world.frames().consumer({.ttl = 50ms});
        auto frame = consumer.lease();
        CHECK(eventually([&] { return other->queue<int>("frames").stats().lapses == 1; }));
        frame.ack();
    }
    CHECK(told.find("lease") != std::string::npos);
}

TEST_CASE("a producer has the options that it asked for, whoever waits for it already") {
    DirectWorld world{1};
    const auto other = world.another_client();
    auto theirs = other->queue<int>("frames");
    for (int round = 0; round < 10; ++round) {
        const auto producer = world.another_client();
        Background waiting{[&](std::stop_token stop) { return theirs.get(std::move(stop)); }};
        auto frames = producer->queue<int>("frames", {.capacity = 2});
        frames.put(round);
        CHECK(waiting.result() == round);
        CHECK(frames.stats().options.capacity == 2);
    }
}

TEST_CASE("a full part makes its producer wait, and no other") {
    DirectWorld world{2};
    const auto other = world.another_client();
    auto mine = world.frames({.capacity = 2});
    auto theirs = other->queue<int>("frames", {.capacity = 2});
    mine.put_many({1, 2});
    CHECK_FALSE(mine.try_put(3));
    CHECK(theirs.try_put(4));
    CHECK(code_of([&] { return world.frames({.capacity = 5}); }) == errc::queue_mismatch);
}

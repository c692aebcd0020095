// Clients and managers that come and go.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Client;
using handoff::Config;
using handoff::errc;
using handoff::Manager;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::gets_wait;
using handoff::test::impatient;
using handoff::test::patience;
using handoff::test::puts_wait;
using handoff::test::text_of;
using handoff::test::time_of;
using handoff::test::World;

namespace {

bool is_loss(errc code) {
    return code == errc::unreachable || code == errc::outcome_unknown;
}

std::size_t entries(const char* folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("each item goes to one consumer of many") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto other = world.another_client();
    constexpr int count = 600;
    std::vector<Background<std::vector<int>>> consumers;
    for (int i = 0; i < 4; ++i) {
        auto& client = i % 2 == 0 ? world.client() : *other;
        consumers.emplace_back([&client](std::stop_token stop) {
            auto mine = client.queue<int>("jobs");
            std::vector<int> got;
            while (auto lease = mine.lease({}, stop)) {
                got.push_back(*lease);
                lease.ack();
            }
            return got;
        });
    }
    for (int i = 0; i < count; ++i) queue.put(i);
    queue.close();
    std::vector<int> all;
    for (auto& consumer : consumers) {
        const auto got = consumer.result();
        CHECK(std::ranges::is_sorted(got));
        all.insert(all.end(), got.begin(), got.end());
    }
    CHECK(all.size() == count);
    CHECK(std::set<int>(all.begin(), all.end()).size() == count);
}

TEST_CASE("a client made from its manager needs no settings") {
    World world;
    Client client{world.manager()};
    auto queue = client.queue<int>("jobs");
    queue.put(7);
    CHECK(world.queue<int>("jobs").get() == 7);
}

TEST_CASE("the leases of a destroyed client go back at once") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    const auto first = theirs.lease();
    const auto second = theirs.lease();
    CHECK(queue.size() == 1);
    other.reset();
    CHECK(eventually([&] { return queue.size() == 3; }, 5s));  // a session's limit is 10 s
    CHECK(queue.try_get_many(9) == std::vector{1, 2, 3});
}

TEST_CASE("the handles of a destroyed client are inert") {
    World world;
    auto other = world.another_client();
    auto queue = other->queue<int>("jobs");
    queue.put_many({1, 2});
    auto lease = queue.lease();
    other.reset();
    CHECK(code_of([&] { queue.put(3); }) == errc::inert);
    CHECK(code_of([&] { return queue.try_get(); }) == errc::inert);
    CHECK(code_of([&] { return queue.stats(); }) == errc::inert);
    CHECK(code_of([&] { lease.ack(); }) == errc::inert);
    CHECK(code_of([&] { lease.release(); }) == errc::inert);
    CHECK(eventually([&] { return world.queue<int>("jobs").size() == 2; }));
}

TEST_CASE("a client with nothing left to say ends at once") {
    World world;
    auto other = world.another_client();
    auto queue = other->queue<int>("jobs");
    queue.put(1);
    CHECK(queue.get() == 1);
    CHECK(time_of([&] { other.reset(); }) < 2s);
    CHECK(world.queue<int>("jobs").stats().unfinished() == 0);
}

TEST_CASE("what a client took before it ended stays taken") {
    World world;
    auto queue = world.queue<int>("jobs");
    for (int i = 0; i < 20; ++i) {
        queue.put(i);
        auto other = world.another_client();
        CHECK(other->queue<int>("jobs").get() == i);
        other.reset();
        REQUIRE(queue.try_join_for(patience));
    }
    CHECK(queue.stats().redeliveries == 0);
}

TEST_CASE("a client that was there first connects when its manager comes") {
    World world{World::Later{}, impatient()};
    Client& client = world.client();
    CHECK(code_of([&] { client.wait_until_connected(); }) == errc::unreachable);
    world.start_manager();
    CHECK(eventually([&] { return code_of([&] { client.wait_until_connected(); }) == errc::ok; }));
    auto queue = client.queue<int>("jobs");
    queue.put(7);
    CHECK(queue.get() == 7);
}

TEST_CASE("a call waits for a manager that comes in time") {
    World world{World::Later{}, {}};
    Client& client = world.client();
    Background opening{[&](std::stop_token) {
        auto queue = client.queue<int>("jobs");
        queue.put(7);
        return queue.get();
    }};
    world.start_manager();
    CHECK(opening.result() == 7);
}

TEST_CASE("without a manager a call ends as unreachable, naming the endpoint") {
    World world{World::Later{}, impatient()};
    std::string text;
    const auto time = time_of([&] { text = text_of([&] { return world.queue<int>("jobs"); }); });
    INFO(text);
    CHECK(time < 5s);
    CHECK(text.find(world.endpoint()) != std::string::npos);
    CHECK(code_of([&] { return world.queue<int>("jobs"); }) == errc::unreachable);
    CHECK(code_of([&] { return world.client().stats(); }) == errc::unreachable);
}

TEST_CASE("waiting calls end soon after their manager has gone") {
    World world{impatient()};
    auto empty = world.queue<int>("empty");
    auto full = world.queue<int>("full", {.capacity = 1});
    full.put(1);
    Background get{[&](std::stop_token stop) { return empty.get(stop); }};
    Background lease{[&](std::stop_token stop) { return !empty.lease({}, stop); }};
    Background put{[&](std::stop_token stop) {
        full.put(2, {}, stop);
        return true;
    }};
    Background join{[&](std::stop_token stop) {
        full.join(stop);
        return true;
    }};
    REQUIRE(gets_wait(empty, 2));
    REQUIRE(puts_wait(full, 1));
    world.stop_manager();
    const auto time = time_of([&] {
        CHECK(is_loss(get.code()));
        CHECK(is_loss(lease.code()));
        CHECK(is_loss(put.code()));
        CHECK(is_loss(join.code()));
    });
    CHECK(time < 5s);
}

TEST_CASE("calls made after the manager has gone end as well") {
    World world{impatient()};
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    auto lease = queue.lease();
    world.stop_manager();
    const auto time = time_of([&] {
        CHECK(is_loss(code_of([&] { queue.put(2); })));
        CHECK(is_loss(code_of([&] { return queue.get(); })));
        CHECK(is_loss(code_of([&] { return queue.try_get(); })));
        CHECK(is_loss(code_of([&] { lease.ack(); })));
        CHECK(is_loss(code_of([&] { return queue.size(); })));
    });
    CHECK(time < 10s);
}

TEST_CASE("a call with a limit ends in time although the manager has gone") {
    Config config = impatient();
    config.client.unreachable_after = 1min;
    World world{config};
    auto queue = world.queue<int>("jobs");
    world.stop_manager();
    CHECK(time_of([&] { static_cast<void>(code_of([&] { return queue.try_get_for(50ms); })); }) <
          5s);
    CHECK(time_of([&] { static_cast<void>(code_of([&] { return queue.try_put_for(1, 50ms); })); }) <
          5s);
}

TEST_CASE("a stop token ends a call although the manager has gone") {
    Config config = impatient();
    config.client.unreachable_after = 1min;
    World world{config};
    auto queue = world.queue<int>("jobs");
    Background taking{[&](std::stop_token stop) { return queue.get(stop); }};
    REQUIRE(gets_wait(queue, 1));
    world.stop_manager();
    taking.stop();
    CHECK(taking.code() != errc::ok);
}

TEST_CASE("a restarted manager has none of what it kept in memory, and says so once") {
    if (handoff::test::durable())
        HANDOFF_SKIP("it is not kept in memory only: see durable_test.cpp");
    World world{World::Later{}, impatient()};
    world.start_manager();
    auto queue = world.queue<int>("jobs", {.capacity = 5});
    queue.put(7);
    auto lease = queue.lease();
    world.stop_manager();
    world.start_manager();
    const errc told = code_of([&] { queue.put(8); });
    CHECK(code_of([&] { lease.ack(); }) != errc::ok);
    if (told == errc::outcome_unknown) {
        // It was under way when the manager ended, and can say no more than that; the next call
        // does.
        CHECK(code_of([&] { static_cast<void>(queue.stats()); }) == errc::manager_restarted);
    } else {
        CHECK(told == errc::manager_restarted);
    }
    CHECK(queue.empty());
    CHECK(queue.stats().options.capacity == 5);
    queue.put(9);
    CHECK(queue.get() == 9);
}

TEST_CASE("calls that wait while their manager restarts are told") {
    if (handoff::test::durable()) HANDOFF_SKIP("they wait on: see durable_test.cpp");
    World world{World::Later{}, {}};
    world.start_manager();
    auto empty = world.queue<int>("empty");
    auto full = world.queue<int>("full", {.capacity = 1});
    full.put(1);
    Background get{[&](std::stop_token stop) { return empty.get(stop); }};
    Background put{[&](std::stop_token stop) {
        full.put(2, {}, stop);
        return true;
    }};
    REQUIRE(gets_wait(empty, 1));
    REQUIRE(puts_wait(full, 1));
    world.stop_manager();
    world.start_manager();
    CHECK(get.code() == errc::manager_restarted);
    CHECK(put.code() == errc::outcome_unknown);
}

TEST_CASE("a second manager on the same endpoint is refused, and the first goes on") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    Config config;
    config.manager.listen = {world.endpoint()};
    const std::string text = text_of([&] { Manager second{config}; });
    INFO(text);
    CHECK(code_of([&] { Manager second{config}; }) == errc::address_in_use);
    CHECK(text.find(world.endpoint()) != std::string::npos);
    CHECK(queue.get() == 7);
    CHECK(world.another_client()->queue<int>("jobs").empty());
}

TEST_CASE("a manager that is refused one endpoint holds none of the others") {
    World world;
    const std::string other = world.another_endpoint();
    Config config;
    config.manager.listen = {other, world.endpoint()};
    CHECK(code_of([&] { Manager second{config}; }) == errc::address_in_use);
    config.manager.listen = {other};
    CHECK(code_of([&] { Manager third{config}; }) == errc::ok);
}

TEST_CASE("an endpoint is free again when its manager has ended") {
    World world{World::Later{}, {}};
    for (int i = 0; i < 5; ++i) {
        world.stop_manager();
        world.start_manager();
        const auto client = world.another_client();
        auto queue = client->queue<int>("jobs");
        CHECK(queue.empty());
        queue.put(i);
        CHECK(queue.get() == i);
    }
}

TEST_CASE("a manager serves several endpoints, and names them as clients can use them") {
    World elsewhere;
    const std::string chosen = elsewhere.manager().endpoints().front();
    CHECK(chosen.starts_with(handoff::test::transport() + "://"));
    CHECK(chosen.find('*') == std::string::npos);
    Config config;
    config.manager.listen = {elsewhere.another_endpoint(), "inproc://handoff-beside-it"};
    World world{config};
    CHECK(world.manager().endpoints() == config.manager.listen);
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    Config beside;
    beside.client.connect = {config.manager.listen[1]};
    Client client{beside};
    CHECK(client.queue<int>("jobs").get() == 7);
}

TEST_CASE("a client more than the manager may have is refused") {
    Config config;
    config.manager.sessions_max = 2;
    World world{config};
    world.client().wait_until_connected();
    auto second = world.another_client();
    second->wait_until_connected();
    const auto third = world.another_client();
    CHECK(code_of([&] { third->wait_until_connected(); }) == errc::limit_exceeded);
    second.reset();
    CHECK(eventually([&] {
        return code_of([&] { world.another_client()->wait_until_connected(); }) == errc::ok;
    }));
}

TEST_CASE("the manager's statistics tell of sessions and queues") {
    World world;
    const auto queue = world.queue<int>("b");
    const auto other = world.another_client();
    auto theirs = other->queue<int>("a");
    theirs.put(1);
    const auto stats = world.client().stats();
    CHECK_FALSE(stats.manager.empty());
    CHECK(stats.sessions == 2);
    CHECK(stats.sessions_lost == 0);
    CHECK(stats.requests > 0);
    CHECK(stats.frames_dropped == 0);
    REQUIRE(stats.queues.size() == 2);
    CHECK(stats.queues[0].name == "a");
    CHECK(stats.queues[0].ready == 1);
    CHECK(stats.queues[1].name == "b");
    CHECK(world.manager().stats().manager == stats.manager);
    CHECK(world.manager().stats().queues.size() == 2);
}

TEST_CASE("two managers know nothing of each other") {
    World here;
    World there;
    auto mine = here.queue<int>("jobs");
    auto theirs = there.queue<int>("jobs");
    mine.put(1);
    CHECK(theirs.empty());
    CHECK(here.manager().stats().manager != there.manager().stats().manager);
}

TEST_CASE("nothing stays behind when manager and clients have ended") {
    {
        World once;  // so that what a process makes only once is there
        once.client().wait_until_connected();
    }
    const std::size_t threads = entries("/proc/self/task");
    const std::size_t descriptors = entries("/proc/self/fd");
    for (int i = 0; i < 3; ++i) {
        World world;
        auto queue = world.queue<int>("jobs");
        queue.put(1);
        CHECK(world.another_client()->queue<int>("jobs").get() == 1);
    }
    CHECK(eventually([&] { return entries("/proc/self/task") == threads; }, 5s));
    CHECK(eventually([&] { return entries("/proc/self/fd") == descriptors; }, 5s));
}

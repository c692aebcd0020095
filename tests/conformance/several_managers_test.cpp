// Queues of one client that other managers have, by configuration.
#include <string>
#include <vector>

#include "conformance/loop.hpp"
#include "handoff/any_of.hpp"
#include "handoff/async.hpp"
#include "handoff/manager.hpp"
#include "handoff/stream.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::AnyOf;
using handoff::Client;
using handoff::Config;
using handoff::errc;
using handoff::Lease;
using handoff::Manager;
using handoff::QueueStats;
using handoff::Result;
using handoff::test::code_of;
using handoff::test::text_of;
using handoff::test::World;

namespace {

Config at(const World& world, const std::string& endpoint) {
    Config config = world.config();
    config.manager.listen = {endpoint};
    config.manager.data.clear();
    config.client.connect = {endpoint};
    config.routes.clear();
    config.queues.clear();
    return config;
}

Config with_routes(const World& world, const std::string& endpoint) {
    Config config = world.config();
    config.routes["there"].connect = {endpoint};
    config.routes["over there"].connect = {endpoint};
    return config;
}

/// Two managers and a client: "here" is a queue of the first, "there" and "over there" are of the
/// second.
struct TwoManagers {
    World first;
    const std::string endpoint = first.another_endpoint();
    Manager second{at(first, endpoint)};
    Client client{with_routes(first, endpoint)};
    Client seconds{at(first, endpoint)};  // sees all of the second
};

std::vector<std::string> queues_of(Client& client) {
    std::vector<std::string> names;
    for (const QueueStats& queue : client.stats().queues) names.push_back(queue.name);
    return names;
}

}  // namespace

TEST_CASE("a queue is with the manager that the configuration says") {
    TwoManagers both;
    auto here = both.client.queue<int>("here");
    auto there = both.client.queue<int>("there");
    here.put(1);
    there.put(2);
    CHECK(queues_of(both.first.client()) == std::vector<std::string>{"here"});
    CHECK(queues_of(both.seconds) == std::vector<std::string>{"there"});
    CHECK(both.seconds.queue<int>("there").get() == 2);
    CHECK(here.get() == 1);
    CHECK(there.size() == 0);
}

TEST_CASE("streams and leases go to the manager that has the queue") {
    TwoManagers both;
    auto there = both.client.queue<int>("there");
    {
        auto producer = there.producer();
        for (int i = 0; i < 1000; ++i) producer.send(i);
        producer.flush();
    }
    auto leased = there.lease();
    CHECK(*leased == 0);
    leased.ack();
    there.close();
    int next = 1;
    auto consumer = there.consumer({.auto_ack = true});
    for (const Lease<int>& item : consumer) CHECK(*item == next++);
    CHECK(next == 1000);
}

TEST_CASE("queues with the same addresses share a session and may be committed together") {
    TwoManagers both;
    auto there = both.client.queue<int>("there");
    auto over_there = both.client.queue<int>("over there");
    there.put(7);
    auto leased = there.lease();
    leased.ack_and_put(over_there, 8);
    CHECK(over_there.get() == 8);
    CHECK(there.stats().acks == 1);
    CHECK(both.seconds.stats().sessions == 2);  // and the one who asks
}

TEST_CASE("what is done at one manager cannot take part at another") {
    TwoManagers both;
    auto here = both.client.queue<int>("here");
    auto there = both.client.queue<int>("there");
    there.put(7);
    auto leased = there.lease();
    CHECK(code_of([&] { leased.ack_and_put(here, 8); }) == errc::invalid_argument);
    leased.release();
    CHECK(code_of([&] { return AnyOf<int>({here, there}); }) == errc::invalid_argument);
    const auto asked = [&] { there.async_put(1).then([](const Result<void>&) {}); };
    CHECK(text_of(asked).find("a manager of its own") != std::string::npos);
    CHECK(there.get() == 7);
}

TEST_CASE("a queue is destroyed at the manager that has it") {
    TwoManagers both;
    auto there = both.client.queue<int>("there");
    both.client.destroy_queue("there");
    CHECK(queues_of(both.seconds).empty());
    CHECK(code_of([&] { there.put(1); }) == errc::stale_reference);
}

TEST_CASE("a manager that cannot be reached does not disturb the queues of another") {
    World world;
    Config config = world.config();
    config.client.unreachable_after = 1s;
    const std::string nowhere = world.another_endpoint();
    config.routes["there"].connect = {nowhere};
    Client client(config);
    auto here = client.queue<int>("here");
    const std::string text = text_of([&] { return client.queue<int>("there"); });
    CHECK(text.find(nowhere) != std::string::npos);
    here.put(1);
    CHECK(here.get() == 1);
}

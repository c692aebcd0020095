// Patterns whose queues and objects last do the same as those in memory, on every transport. What
// holds when their managers are killed is shown in tests/patterns/*_kills_test.cpp.
#include <optional>
#include <string>
#include <vector>

#include "handoff/patterns/broadcast.hpp"
#include "handoff/patterns/mirror.hpp"
#include "handoff/patterns/scatter_gather.hpp"
#include "handoff/patterns/schedule.hpp"
#include "handoff/patterns/service.hpp"
#include "handoff/patterns/worker_pool.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::Durability;
using handoff::errc;
using handoff::patterns::Parts;
using handoff::patterns::Publisher;
using handoff::patterns::ScatterGather;
using handoff::patterns::Schedule;
using handoff::patterns::Service;
using handoff::patterns::ServiceClient;
using handoff::patterns::Subscriber;
using handoff::patterns::WorkerPool;
using handoff::test::numbers;

namespace {

constexpr Durability os = Durability::os;

/// A manager that has data.
struct Lasting {
    static handoff::Config config_in(const TemporaryFolder& folder) {
        handoff::Config config;
        config.manager.data = (folder.path() / "data").string();
        return config;
    }
    TemporaryFolder folder;
    World world{config_in(folder)};
};

}  // namespace

TEST_CASE("a durable pool and a durable service do what they do in memory") {
    Lasting place;
    const handoff::Config& config = place.world.config();
    const auto twice = [](handoff::patterns::Worker& worker) {
        worker.task("twice", [](int n) { return 2 * n; });
    };
    WorkerPool pool(config, "p", {.threads = 2, .tasks = twice, .durability = os});
    CHECK(pool.map<int>("twice", numbers(5)) == std::vector<int>{0, 2, 4, 6, 8});

    const auto other = place.world.another_client();
    Background<std::uint64_t> serving{[&](std::stop_token stop) {
        Service service{*other, "s", {.durability = os}};
        service.method("next", [](int n) { return n + 1; });
        service.stream("count", [](Parts<int>& parts, int below) {
            for (int n = 0; n < below; ++n) parts.send(n);
        });
        return service.run(stop);
    }};
    ServiceClient client(config, "s", {.durability = os});
    CHECK(client.call<int>("next", 1) == 2);
    CHECK(client.call_with<int>({.key = "k"}, "next", 2) == 3);
    CHECK(client.call_with<int>({.key = "k"}, "next", 2) == 3);
    std::vector<int> parts;
    for (const int part : client.stream_with<int>({.parts_max = 2}, "count", 5)) {
        parts.push_back(part);
    }
    CHECK(parts == numbers(5));
    client.close();
    CHECK(serving.result() == 3);
}

TEST_CASE("a durable group, broadcast, schedule and mirror do what they do in memory") {
    Lasting place;
    handoff::Client& client = place.world.client();
    const auto other = place.world.another_client();
    Background<bool> answering{[&](std::stop_token stop) {
        handoff::patterns::answer_as_member<int>(*other, "g", [](int n) { return 2 * n; }, stop,
                                                 {.durability = os});
        return true;
    }};
    ScatterGather<int, int> group(client, "g", {.durability = os});
    REQUIRE(eventually([&] { return group.ask(1).answers.size() == 1; }));
    CHECK(group.ask(4).answers.at(0).value == 8);
    answering.stop();
    CHECK(answering.result());

    Subscriber<int> subscriber(client, "b", {.durability = os});
    subscriber.subscribe("n");
    Publisher<int> publisher(client, "b", {.keep_last = true, .durability = os});
    for (const int n : numbers(5)) publisher.publish("n", n);
    for (const int n : numbers(5)) CHECK(subscriber.get().value == n);

    auto queue = client.queue<int>("q", {.durability = os});
    Schedule<int> schedule(client, "t", queue, {.durability = os});
    Background<std::uint64_t> scheduling{[&](std::stop_token stop) { return schedule.run(stop); }};
    REQUIRE(schedule.every("a", 1ms, 7, {.times = 3}));
    for (int i = 0; i < 3; ++i) CHECK(queue.get() == 7);
    scheduling.stop();
    CHECK(scheduling.result() == 3);

    auto rates = client.dict<std::string, int>("rates", {.durability = os});
    const handoff::patterns::Mirror<std::string, int> mirror(place.world.config(), "rates",
                                                             {.durability = os});
    rates.put("a", 1);
    CHECK(eventually([&] { return mirror.get("a") == 1; }));
}

TEST_CASE("who says another durability of a pattern than is in force is told so") {
    Lasting place;
    handoff::Client& client = place.world.client();
    const handoff::Config& config = place.world.config();
    const WorkerPool pool(config, "p", {.durability = os});
    const Subscriber<int> subscriber(client, "b", {.durability = os});
    const ScatterGather<int, int> group(client, "g", {.durability = os});
    const auto queue = client.queue<int>("q", {.durability = os});
    const Schedule<int> schedule(client, "t", queue, {.durability = os});
    const auto told = [](auto make) {
        const errc code = code_of(make);
        return code == errc::object_mismatch || code == errc::queue_mismatch;
    };
    constexpr Durability memory = Durability::memory;
    CHECK(told([&] { WorkerPool(config, "p", {.durability = memory}); }));
    CHECK(told([&] { ServiceClient(config, "p", {.durability = memory}); }));
    CHECK(told([&] { Publisher<int>(client, "b", {.durability = memory}); }));
    CHECK(told([&] { ScatterGather<int, int>(client, "g", {.durability = memory}); }));
    CHECK(told([&] { Schedule<int>(client, "t", queue, {.durability = memory}); }));
}

TEST_CASE("a pattern cannot last where the manager keeps no data") {
    World world;
    CHECK(code_of([&] { WorkerPool(world.config(), "p", {.durability = os}); }) ==
          errc::unsupported);
}

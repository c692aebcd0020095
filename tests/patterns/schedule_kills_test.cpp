#include <unistd.h>

#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/schedule.hpp"
#include "patterns/mortal_manager.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::Schedule;

namespace {

handoff::Config config_in(const TemporaryFolder& folder) {
    handoff::Config config;
    config.manager.listen = {"ipc://" + (folder.path() / "s").string()};
    config.manager.session_limit = 500ms;
    return config;
}

std::unique_ptr<Tethered> scheduler(const handoff::Config& config) {
    return std::make_unique<Tethered>([config] {
        handoff::Client client{config};
        Schedule<int>{client, "s", client.queue<int>("q")}.run({});
    });
}

}  // namespace

TEST_CASE("every occurrence is put once although schedulers are killed and stopped") {
    const TemporaryFolder folder;
    const handoff::Config config = config_in(folder);
    const handoff::Manager manager{config};
    std::vector<std::unique_ptr<Tethered>> schedulers;
    for (int i = 0; i < 3; ++i) schedulers.push_back(scheduler(config));

    handoff::Client client{config};
    auto queue = client.queue<int>("q");
    Schedule<int> schedule{client, "s", queue};
    constexpr long times = 600;
    REQUIRE(schedule.every("a", 2ms, 1, {.times = times}));
    std::mt19937 random{std::random_device{}()};
    std::vector<long> dues;
    std::vector<std::unique_ptr<Tethered>> stopped;
    for (long n = 0; n < times; ++n) {
        auto item = queue.try_lease_for(patience);
        REQUIRE(item);
        dues.push_back(std::stol(item.headers().at("due")));
        item.ack();
        if (n % 40 != 39) continue;
        auto& one = schedulers.at(random() % schedulers.size());
        if (n % 240 == 239) {
            one->stop();
            stopped.push_back(std::move(one));
        } else {
            one->kill();
        }
        one = scheduler(config);
    }
    for (const auto& each : stopped) each->go_on();
    for (std::size_t i = 0; i < dues.size(); ++i) {
        CHECK(dues.at(i) == dues.front() + 2 * static_cast<long>(i));
    }
    // Who was stopped takes the baton in turn, so what it had meant to put would be here by then.
    schedulers.clear();
    REQUIRE(schedule.after("last", 0ms, 2));
    CHECK(queue.get() == 2);
    CHECK(eventually([&] { return schedule.entries().empty(); }));
    CHECK(queue.empty());
    CHECK(queue.stats().puts == times + 1);
}

TEST_CASE("every occurrence of a durable schedule is put once although managers are killed") {
    const LastingPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    MortalManager manager{place.config};
    static constexpr auto os = handoff::Durability::os;
    const auto work = [&] {
        handoff::Client client{place.config};
        Schedule<int>{client, "s", client.queue<int>("q", {.durability = os}), {.durability = os}}
            .run({});
    };
    const Tethered one{work};
    const Tethered other{work};
    handoff::Client taking{place.config};  // has nothing in memory, so that its session goes on
    auto queue = taking.queue<int>("q", {.durability = os});
    handoff::Client client{place.config};
    Schedule<int> schedule{
        client, "s", client.queue<int>("q", {.durability = os}), {.durability = os}};
    constexpr long times = 300;
    REQUIRE(schedule.every("a", 1ms, 1, {.times = times}));
    std::vector<long> dues;
    for (long n = 0; n < times; ++n) {
        auto item = queue.try_lease_for(patience);
        REQUIRE(item);
        dues.push_back(std::stol(item.headers().at("due")));
        item.ack();
        if (n % 100 == 50) manager.kill();
    }
    for (std::size_t i = 0; i < dues.size(); ++i) {
        CHECK(dues.at(i) == dues.front() + static_cast<long>(i));
    }
    REQUIRE(schedule.after("last", 0ms, 2));
    CHECK(queue.get() == 2);
    CHECK(eventually([&] { return schedule.entries().empty(); }));
    CHECK(queue.empty());
}

TEST_CASE("what a killed client has scheduled stays, also when its manager is killed") {
    const LastingPlace place;
    MortalManager manager{place.config};
    static constexpr auto os = handoff::Durability::os;
    const auto schedule_of = [](handoff::Client& client) {
        return Schedule<int>{
            client, "s", client.queue<int>("q", {.durability = os}), {.durability = os}};
    };
    {
        const Pipe told;
        Tethered victim{[&] {
            handoff::Client own{place.config};
            auto schedule = schedule_of(own);
            for (int n = 0; n < 10; ++n) schedule.after(std::to_string(n), 0ms, n);
            told.send("s");
            for (;;) ::pause();
        }};
        REQUIRE(told.receive() == "s");
        victim.kill();
    }
    manager.kill();
    handoff::Client client{place.config};
    auto schedule = schedule_of(client);
    CHECK(schedule.entries().size() == 10);
    const Tethered scheduler{[&] {
        handoff::Client own{place.config};
        schedule_of(own).run({});
    }};
    auto queue = client.queue<int>("q");
    std::set<int> came;
    for (int n = 0; n < 10; ++n) came.insert(queue.get());
    CHECK(came.size() == 10);
    CHECK(eventually([&] { return schedule.entries().empty(); }));
    CHECK(queue.empty());
}

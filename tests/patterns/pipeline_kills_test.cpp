// Every part of an ordered pipeline is a process, and each of them, and the manager, is killed
// again and again; results are exact.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/pipeline.hpp"
#include "handoff/patterns/supervisor.hpp"
#include "patterns/mortal_manager.hpp"
#include "process/children.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::Pipeline;
using handoff::patterns::Restart;
using handoff::patterns::Supervisor;

namespace {

constexpr int count = 200;
constexpr int poison = 77;

/// Kills its process now and then.
class Dice {
public:
    explicit Dice(unsigned sides) : sides_{sides} {}
    void roll() {
        if (random_() % sides_ == 0) std::raise(SIGKILL);
    }

private:
    unsigned sides_;
    std::mt19937 random_{std::random_device{}()};
};

auto make_pipeline(handoff::Client& client) {
    const auto first = [dice = Dice{60}](int n) mutable {
        if (n == poison) std::raise(SIGKILL);
        dice.roll();
        return n + 1;
    };
    const auto second = [dice = Dice{60}](int n) mutable {
        dice.roll();
        return std::to_string(n);
    };
    handoff::patterns::StageOptions patient{.attempts_max = 20};
    return Pipeline<int>(client, "p",
                         {.ordered = true,
                          .capacity = 20,
                          .window = 20,
                          .durability = handoff::Durability::os})
        .stage("first", first, {.attempts_max = 6})
        .stage("second", second, patient);
}

void feed(const handoff::Config& config) {
    handoff::Client client{config};
    auto source = make_pipeline(client).source({.repeatable = true});
    Dice dice{150};
    for (int i = 0; i < count; ++i) {
        source.put(i);
        dice.roll();
    }
    source.close();
}

}  // namespace

TEST_CASE("an ordered pipeline gives exact results, whoever is killed") {
    const TemporaryFolder folder;
    handoff::Config config;
    config.manager.listen = {"ipc://" + (folder.path() / "socket").string()};
    config.manager.data = (folder.path() / "data").string();
    config.manager.session_limit = 1s;
    Pipe told;
    Supervisor farm{{.restarts_max = 10'000}};
    farm.add("manager", [&] {
        const handoff::Manager manager{config};
        for (;;) ::pause();
    });
    for (const char* stage : {"first", "first", "second"}) {
        farm.add(stage,
                 [&config, stage] {
                     handoff::Client client{config};
                     make_pipeline(client).run(stage);
                 },
                 {.restart = Restart::on_failure});
    }
    farm.add("source", [&] { feed(config); }, {.restart = Restart::on_failure});
    farm.add("collector",
             [&] {
                 handoff::Client client{config};
                 Dice dice{60};
                 make_pipeline(client).collect([&](const std::string& result) {
                     told.send(result + '\n');
                     dice.roll();
                 });
                 told.send("end\n");
             },
             {.restart = Restart::on_failure});
    Background<bool> supervising{[&](std::stop_token stop) {
        farm.run(std::move(stop));
        return true;
    }};

    std::vector<std::string> results;
    std::string line;
    int manager_kills = 0;
    while (line != "end") {
        line.clear();
        for (std::string next = told.receive(); next != "\n"; next = told.receive()) line += next;
        // The sink may be told again what it was told just before it was killed.
        const auto known = std::find(results.begin(), results.end(), line);
        if (known == results.end()) results.push_back(line);
        if (results.size() / 50 > static_cast<std::size_t>(manager_kills)) {
            ++manager_kills;
            ::kill(farm.children().at(0).pid, SIGKILL);
        }
    }
    std::vector<std::string> expected;
    for (int i = 0; i < count; ++i) {
        if (i != poison) expected.push_back(std::to_string(i + 1));
    }
    expected.emplace_back("end");
    CHECK(results == expected);
    CHECK(manager_kills >= 3);
    handoff::Client client{config};
    const auto dead = make_pipeline(client).dead().peek(2);
    REQUIRE(dead.size() == 1);
    CHECK(dead.at(0).as<int>() == poison);
    supervising.stop();
    CHECK(supervising.result());
}

namespace {

/// Of 0 … count - 1, each becomes three, by workers that die now and then.
auto make_fanning_pipeline(handoff::Client& client) {
    const auto split = [dice = Dice{40}](int n) mutable {
        dice.roll();
        return std::vector<int>{3 * n, 3 * n + 1, 3 * n + 2};
    };
    const auto same = [dice = Dice{100}](int n) mutable {
        dice.roll();
        return n;
    };
    const handoff::patterns::StageOptions patient{.attempts_max = 50};
    return Pipeline<int>(client, "f", {.durability = handoff::Durability::os})
        .fan_out("split", split, patient)
        .stage("same", same, patient);
}

}  // namespace

TEST_CASE("an item that becomes several does so once, whoever is killed") {
    const LastingPlace place;
    MortalManager manager{place.config};
    Supervisor farm{{.restarts_max = 10'000}};
    for (const char* stage : {"split", "split", "same"}) {
        farm.add(stage,
                 [&place, stage] {
                     handoff::Client client{place.config};
                     make_fanning_pipeline(client).run(stage);
                 },
                 {.restart = Restart::on_failure});
    }
    farm.add("source",
             [&place] {
                 handoff::Client client{place.config};
                 auto source = make_fanning_pipeline(client).source({.repeatable = true});
                 Dice dice{80};
                 for (int i = 0; i < 100; ++i) {
                     source.put(i);
                     dice.roll();
                 }
                 source.close();
             },
             {.restart = Restart::on_failure});
    Background<bool> supervising{[&](std::stop_token stop) {
        farm.run(std::move(stop));
        return true;
    }};
    handoff::Client client{place.config};
    auto pipeline = make_fanning_pipeline(client);
    for (const std::uint64_t some : {20, 100, 200}) {
        REQUIRE(eventually([&] { return pipeline.progress().stages.back().waiting >= some; }));
        manager.kill();
    }
    std::vector<int> results;
    pipeline.collect([&](int result) { results.push_back(result); });
    std::sort(results.begin(), results.end());
    std::vector<int> expected;
    for (int i = 0; i < 300; ++i) expected.push_back(i);
    CHECK(results == expected);
    CHECK(pipeline.progress().dead == 0);
    supervising.stop();
    CHECK(supervising.result());
}

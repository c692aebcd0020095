#include "handoff/patterns/pipeline.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using Catch::Matchers::Contains;
using handoff::errc;
using handoff::patterns::DeadItem;
using handoff::patterns::Pipeline;
using handoff::patterns::PipelineProgress;
using handoff::test::numbers;

namespace {

std::string spell(int number) {
    return std::to_string(number);
}

/// Feeds 0 … count - 1 from a thread of its own, so that more may be fed than fits.
template <typename P>
Background<bool> feed(const P& pipeline, int count, bool repeatable = false) {
    return Background<bool>{[&pipeline, count, repeatable](std::stop_token stop) {
        auto source = pipeline.source({.repeatable = repeatable});
        for (int i = 0; i < count; ++i) source.put(i, stop);
        source.close();
        return true;
    }};
}

template <typename Out, typename P>
std::vector<Out> all_of(const P& pipeline) {
    std::vector<Out> all;
    pipeline.collect([&](const Out& result) { all.push_back(result); });
    return all;
}

}  // namespace

TEST_CASE("items pass through the stages of a pipeline, each once, and then the stream ends") {
    World world;
    auto pipeline = Pipeline<int>(world.client(), "p")
                        .stage("double", [](int n) { return 2 * n; }, {.workers = 3})
                        .stage("spell", spell, {.workers = 2});
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 200);
    std::vector<std::string> results = all_of<std::string>(pipeline);
    threads.wait();
    CHECK(feeding.result());
    std::vector<std::string> expected;
    for (int n : numbers(200)) expected.push_back(spell(2 * n));
    std::sort(results.begin(), results.end());
    std::sort(expected.begin(), expected.end());
    CHECK(results == expected);
}

TEST_CASE("an ordered pipeline gives results in the order in which items were fed") {
    World world;
    auto pipeline =
        Pipeline<int>(world.client(), "p", {.ordered = true, .capacity = 4, .window = 8})
            .stage("wait for an odd one",
                   [odd = std::make_shared<std::atomic<int>>(0)](int n) {
                       // An even item ends after the odd one behind it.
                       if (n % 2 == 0) eventually([&] { return odd->load() > n; });
                       if (n % 2 == 1) odd->store(n);
                       return n;
                   },
                   {.workers = 2})
            .stage("pass", [](int n) { return n; }, {.workers = 2});
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 100);
    CHECK(all_of<int>(pipeline) == numbers(100));
    CHECK(feeding.result());
    threads.wait();
}

TEST_CASE("in order, many results may wait for one that is slow") {
    constexpr int count = 700;
    World world;
    std::atomic<int> others{0};
    auto pipeline = Pipeline<int>(world.client(), "p", {.ordered = true})
                        .stage("wait for the others",
                               [&](int n) {
                                   if (n > 0) ++others;
                                   if (n == 0) eventually([&] { return others == count - 1; });
                                   return n;
                               },
                               {.workers = 2});
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, count);
    CHECK(all_of<int>(pipeline) == numbers(count));
    CHECK(feeding.result());
}

TEST_CASE("an item that its stage cannot do goes to the dead, and the rest flows") {
    const bool ordered = GENERATE(false, true);
    World world;
    auto pipeline = Pipeline<int>(world.client(), "p", {.ordered = ordered})
                        .stage("fragile",
                               [](int n) {
                                   if (n == 3) throw std::runtime_error{"not this one"};
                                   return n;
                               },
                               {.attempts_max = 2, .retry_after = 1ms})
                        .stage("pass", [](int n) { return n; });
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 6);
    CHECK(all_of<int>(pipeline) == std::vector<int>{0, 1, 2, 4, 5});
    CHECK(feeding.result());
    auto dead = pipeline.dead().try_lease();
    REQUIRE(dead);
    CHECK(dead->stage == "fragile");
    CHECK(dead->reason == "not this one");
    CHECK(dead->attempts == 2);
    CHECK(dead->as<int>() == 3);
    CHECK(pipeline.progress().dead == 1);
}

TEST_CASE("a stage may leave items out") {
    const bool ordered = GENERATE(false, true);
    World world;
    auto pipeline =
        Pipeline<int>(world.client(), "p", {.ordered = ordered}).stage("even", [](int n) {
            return n % 2 == 0 ? std::optional<int>{n} : std::nullopt;
        });
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 7);
    CHECK(all_of<int>(pipeline) == std::vector<int>{0, 2, 4, 6});
    CHECK(feeding.result());
}

TEST_CASE("a stage that fans out makes several items of one, or none") {
    World world;
    const auto split = [](int n) { return numbers(n % 4); };
    auto pipeline = Pipeline<int>(world.client(), "p")
                        .fan_out("split", split, {.workers = 2})
                        .stage("next", [](int n) { return n + 1; }, {.workers = 2});
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 40);
    std::vector<int> results = all_of<int>(pipeline);
    std::sort(results.begin(), results.end());
    std::vector<int> expected(30, 1);
    expected.insert(expected.end(), 20, 2);
    expected.insert(expected.end(), 10, 3);
    CHECK(results == expected);
    CHECK(feeding.result());
}

TEST_CASE("of an item more than fits behind its stage makes it dead, and the rest flows") {
    World world;
    auto pipeline = Pipeline<int>(world.client(), "p", {.capacity = 5}).fan_out("split", numbers);
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 8);
    const std::vector<int> results = all_of<int>(pipeline);
    CHECK(results.size() == 0 + 1 + 2 + 3 + 4 + 5);
    CHECK(feeding.result());
    CHECK(pipeline.progress().dead == 2);
    CHECK_THAT(pipeline.dead().get().reason, Contains("capacity is 5"));
}

TEST_CASE("an ordered pipeline takes no stage that fans out") {
    World world;
    Pipeline<int> pipeline(world.client(), "p", {.ordered = true});
    CHECK(code_of([&] { static_cast<void>(pipeline.fan_out("split", numbers)); }) ==
          errc::unsupported);
}

TEST_CASE("a pipeline that nobody collects slows its source down") {
    const bool ordered = GENERATE(false, true);
    handoff::Config config;
    config.client.linger = 50ms;  // for items that found no room
    World world{config};
    auto pipeline =
        Pipeline<int>(world.client(), "p", {.ordered = ordered, .capacity = 3, .window = 5})
            .stage("pass", [](int n) { return n; });
    auto threads = pipeline.start();
    auto source = pipeline.source();
    Background<int> feeding{[&](std::stop_token stop) {
        int fed = 0;
        try {
            for (;; ++fed) source.put(fed, stop);
        } catch (const handoff::Error& error) {
            if (error.code() != errc::cancelled) throw;
        }
        return fed;
    }};
    const auto waiting = [&] { return pipeline.progress().stages.back().waiting; };
    REQUIRE(eventually([&] { return waiting() == (ordered ? 5 : 3); }));
    feeding.stop();
    const int fed = feeding.result();
    if (ordered) CHECK(fed == 5);
    CHECK(fed <= 1024 + 8);  // what the source may send ahead, and the queues
}

TEST_CASE("a source that begins anew feeds nothing twice") {
    const bool ordered = GENERATE(false, true);
    World world;
    auto pipeline =
        Pipeline<int>(world.client(), "p", {.ordered = ordered}).stage("pass", [](int n) {
            return n;
        });
    {
        auto source = pipeline.source({.repeatable = true});
        for (int i = 0; i < 5; ++i) source.put(i);
    }
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 10, true);
    CHECK(all_of<int>(pipeline) == numbers(10));
    CHECK(feeding.result());
}

TEST_CASE("a collector that fails has what it was given, and the next one goes on behind it") {
    const bool ordered = GENERATE(false, true);
    World world;
    auto pipeline =
        Pipeline<int>(world.client(), "p", {.ordered = ordered}).stage("pass", [](int n) {
            return n;
        });
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 10);
    std::vector<int> all;
    const auto fragile = [&](int n) {
        if (n == 4) throw std::runtime_error{"full"};
        all.push_back(n);
    };
    CHECK_THROWS_WITH(pipeline.collect(fragile), "full");
    CHECK(all == numbers(4));
    pipeline.collect([&](int n) { all.push_back(n); });
    CHECK(all == numbers(10));
    CHECK(feeding.result());
}

TEST_CASE("the stages of a pipeline may be run one by one, and tell how many they did") {
    World world;
    auto pipeline = Pipeline<int>(world.client(), "p")
                        .stage("a", [](int n) { return n + 1; })
                        .stage("b", spell);
    auto source = pipeline.source();
    source.put(1);
    source.put(2);
    source.close();
    CHECK(pipeline.run("a") == 2);
    CHECK(pipeline.run("b") == 2);
    CHECK(all_of<std::string>(pipeline) == std::vector<std::string>{"2", "3"});
    CHECK(code_of([&] { return pipeline.run("c"); }) == errc::not_found);
}

TEST_CASE("progress is told while results are collected, and at the end") {
    World world;
    auto pipeline = Pipeline<int>(world.client(), "p").stage("pass", [](int n) { return n; });
    auto threads = pipeline.start();
    auto feeding = feed(pipeline, 20);
    std::vector<PipelineProgress> told;
    pipeline.collect(
        [](int) {},
        {.on_progress = [&](const PipelineProgress& now) { told.push_back(now); }, .every = 0ms});
    REQUIRE(told.size() == 21);
    CHECK(told.back().stages.at(0).stage == "pass");
    CHECK(told.back().stages.at(0).done == 20);
    CHECK(told.back().stages.at(1).done == 20);
    CHECK(feeding.result());
}

TEST_CASE("an error that ends a stage's threads ends source and collector as well") {
    World world;
    auto pipeline = Pipeline<int>(world.client(), "p").stage("pass", [](int n) { return n; });
    auto threads = pipeline.start();
    world.client().queue<DeadItem>("p.dead").close();
    world.client().destroy_queue("p.pass");
    Background<bool> feeding{[&](std::stop_token) {
        auto source = pipeline.source();
        source.put(1);
        source.close();
        return true;
    }};
    CHECK(code_of([&] {
              threads.wait();
              return 0;
          }) == errc::stale_reference);
    CHECK(code_of([&] {
              pipeline.collect([](int) {});
              return 0;
          }) == errc::stale_reference);
}

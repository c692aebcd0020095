#include "handoff/patterns/mirror.hpp"

#include <map>
#include <string>

#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::Mirror;
using Rates = handoff::Dict<std::string, int>;

namespace {

bool sees(const Mirror<std::string, int>& mirror, const Rates& rates) {
    return mirror.wait_until_version_for(rates.version(), patience);
}

}  // namespace

TEST_CASE("a mirror has what the dictionary has, and follows it") {
    World world;
    Rates rates = world.client().dict<std::string, int>("rates");
    rates.put("a", 1);
    const Mirror<std::string, int> mirror{world.config(), "rates"};
    CHECK(mirror.get("a") == 1);
    CHECK_FALSE(mirror.get("b"));
    rates.put_many({{"b", 2}, {"c", 3}});
    rates.erase("a");
    REQUIRE(sees(mirror, rates));
    CHECK(*mirror.view() == std::map<std::string, int>{{"b", 2}, {"c", 3}});
    CHECK(mirror.size() == 2);
    CHECK_FALSE(mirror.contains("a"));
    rates.clear();
    REQUIRE(sees(mirror, rates));
    CHECK(mirror.view()->empty());
    CHECK(mirror.restarts() == 0);
    CHECK(mirror.trouble().empty());
    CHECK_FALSE(mirror.wait_until_version_for(rates.version() + 1, 20ms));
}

TEST_CASE("what a mirror shows is of one moment, and only goes forward") {
    World world;
    Rates rates = world.client().dict<std::string, int>("rates");
    rates.put_many({{"a", 0}, {"b", 0}});
    const Mirror<std::string, int> mirror{world.config(), "rates"};
    Background<bool> changing{[&](std::stop_token stop) {
        for (int n = 1; !stop.stop_requested(); ++n) rates.put_many({{"a", n}, {"b", n}});
        return true;
    }};
    int last = 0;
    for (int seen = 0; seen < 50;) {
        const auto all = mirror.view();
        REQUIRE(all->at("a") == all->at("b"));
        REQUIRE(all->at("a") >= last);
        if (all->at("a") == last) continue;
        last = all->at("a");
        ++seen;
    }
    changing.stop();
    CHECK(changing.result());
    REQUIRE(sees(mirror, rates));
    CHECK(mirror.get("a") == rates.get("a"));
}

TEST_CASE(
    "the age of a mirror stays small while the manager answers, whether or not there is news") {
    World world;
    const Mirror<std::string, int> mirror{world.config(), "rates", {.check = 20ms}};
    const auto first = std::chrono::steady_clock::now();
    // It is never older than what passed since it was read, and becomes younger by itself.
    CHECK(mirror.age() <= std::chrono::steady_clock::now() - first + patience);
    CHECK(eventually(
        [&] { return std::chrono::steady_clock::now() - first > 100ms && mirror.age() < 50ms; }));
}

TEST_CASE("a mirror with an interval sees many changes together, and the last of them") {
    World world;
    Rates rates = world.client().dict<std::string, int>("rates");
    const Mirror<std::string, int> mirror{world.config(), "rates", {.interval = 50ms}};
    for (int n = 1; n <= 100; ++n) rates.put("a", n);
    REQUIRE(sees(mirror, rates));
    CHECK(mirror.get("a") == 100);
}

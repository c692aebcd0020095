// Dictionaries, sets and namespaces that clients of one manager share.
#include "handoff/dict.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "handoff/namespace.hpp"
#include "handoff/set.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::World;

namespace {

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a dictionary has what was put under a key") {
    World world;
    auto prices = world.client().dict<std::string, int>("prices");
    CHECK_FALSE(prices.get("tea"));
    CHECK(code_of([&] { return prices.at("tea"); }) == errc::not_found);
    prices.put("tea", 3);
    const auto other = world.another_client();
    auto theirs = other->dict<std::string, int>("prices");
    CHECK(theirs.at("tea") == 3);
    CHECK(theirs.contains("tea"));
    CHECK_FALSE(theirs.contains("milk"));
    CHECK_FALSE(theirs.put_new("tea", 9));
    CHECK(theirs.put_new("milk", 1));
    CHECK(theirs.get_or_put("tea", 9) == 3);
    CHECK(theirs.get_or_put("salt", 2) == 2);
    CHECK(prices.keys() == Strings{"tea", "milk", "salt"});
    CHECK(prices.size() == 3);
}

TEST_CASE("many entries travel in one message") {
    World world;
    auto prices = world.client().dict<std::string, int>("prices");
    CHECK(prices.put_many({{"a", 1}, {"b", 2}, {"c", 3}}) == 3);
    CHECK(prices.put_many({{"b", 5}, {"d", 4}}) == 1);
    CHECK(prices.get_many({"a", "x", "b"}) == std::vector<std::optional<int>>{1, std::nullopt, 5});
    CHECK(prices.erase_many({"a", "x", "d"}) == 2);
    CHECK(prices.items() == std::vector<std::pair<std::string, int>>{{"b", 5}, {"c", 3}});
    CHECK(prices.values() == std::vector{5, 3});
}

TEST_CASE("an entry is taken by one of many") {
    World world;
    auto jobs = world.client().dict<int, std::string>("todo");
    jobs.put_many({{1, "a"}, {2, "b"}});
    CHECK(jobs.take(1) == "a");
    CHECK_FALSE(jobs.take(1));
    CHECK(jobs.take_any() == std::pair<int, std::string>(2, "b"));
    CHECK_FALSE(jobs.take_any());
    CHECK_FALSE(jobs.erase(2));
    jobs.put(3, "c");
    CHECK(jobs.clear() == 1);
    CHECK(jobs.empty());
}

TEST_CASE("an entry is changed in one step") {
    World world;
    auto counts = world.client().dict<std::string, int>("counts");
    CHECK(counts.add("a") == 1);
    CHECK(counts.add("a", 4) == 5);
    int expected = 1;
    CHECK_FALSE(counts.compare_exchange("a", expected, 9));
    CHECK(expected == 5);
    CHECK(counts.compare_exchange("a", expected, 9));
    CHECK(counts.update("a", [](int now) { return now + 1; }) == 10);
    CHECK(counts.update("b", [](int now) { return now + 1; }) == 1);
    CHECK_FALSE(counts.put_if("b", 0, 5));
    CHECK(counts.put_if("c", 0, 5));
}

TEST_CASE("who waits for a change of one entry is not woken by others") {
    World world;
    auto counts = world.client().dict<std::string, int>("counts");
    counts.put("a", 1);
    const auto before = counts.versioned("a");
    Background of_entry{[&](std::stop_token stop) {
        return counts.wait_until_changed("a", before.version, stop).value.value_or(0);
    }};
    Background of_all{[&, version = counts.version()](std::stop_token stop) {
        return counts.wait_until_changed(version, stop);
    }};
    counts.put("b", 2);
    CHECK(of_all.result() > before.version);
    CHECK_FALSE(of_entry.done());
    counts.put("a", 7);
    CHECK(of_entry.result() == 7);
    Background until_gone{[&, version = counts.versioned("a").version](std::stop_token stop) {
        return counts.wait_until_changed("a", version, stop).version;
    }};
    counts.erase("a");
    CHECK(until_gone.result() == 0);
}

TEST_CASE("a wait for an entry ends at its limit") {
    World world;
    auto members = world.client().dict<std::string, int>("members");
    CHECK_FALSE(members.wait_until_changed_for("a", 0, 20ms));
    members.put("a", 1);
    const auto there = members.wait_until_changed_for("a", 0, 20s);
    REQUIRE(there);
    CHECK(there->value == 1);
}

TEST_CASE("a wait for any change ends at its limit, and an entry goes if nobody has changed it") {
    World world;
    auto members = world.client().dict<std::string, int>("members");
    const std::uint64_t version = members.version();
    CHECK_FALSE(members.wait_until_changed_for(version, 20ms));
    members.put("a", 1);
    CHECK(members.wait_until_changed_for(version, 20s) == members.version());
    const std::uint64_t known = members.versioned("a").version;
    members.put("a", 2);
    CHECK_FALSE(members.erase_if("a", known));
    CHECK(members.erase_if("a", members.versioned("a").version));
    CHECK(members.empty());
}

TEST_CASE("an entry with a time to live leaves by itself") {
    World world;
    auto members = world.client().dict<std::string, int>("members");
    members.put("a", 1, {.ttl = 50ms});
    members.put("b", 2);
    Background gone{[&, version = members.versioned("a").version](std::stop_token stop) {
        return members.wait_until_changed("a", version, stop).version;
    }};
    CHECK(gone.result() == 0);
    CHECK(members.keys() == Strings{"b"});
    CHECK(code_of([&] { members.put("a", 1, {.ttl = -5ms}); }) == errc::invalid_argument);
}

TEST_CASE("a dictionary that is full refuses more, and nothing is changed") {
    World world;
    auto counts = world.client().dict<int, int>("counts", {.entries_max = 2});
    counts.put(1, 1);
    CHECK(code_of([&] { return counts.put_many({{2, 2}, {3, 3}}); }) == errc::limit_exceeded);
    CHECK(counts.size() == 1);
    counts.put(2, 2);
    counts.put(2, 5);
    CHECK(code_of([&] { counts.put(3, 3); }) == errc::limit_exceeded);
}

TEST_CASE("a value of another type than its reader expects is told, and stays") {
    World world;
    auto texts = world.client().dict<std::string, std::string>("mixed");
    texts.put("a", "text");
    auto numbers = world.client().dict<std::string, int>("mixed");
    CHECK(code_of([&] { return numbers.get("a"); }) == errc::wrong_type);
    CHECK(code_of([&] { return numbers.add("a"); }) == errc::wrong_type);
    CHECK(texts.at("a") == "text");
}

TEST_CASE("a set has each value once") {
    World world;
    auto set = world.client().set<std::string>("tags");
    CHECK(set.add("a"));
    CHECK_FALSE(set.add("a"));
    CHECK(set.add_many({"a", "b", "c", "c"}) == 2);
    CHECK(set.contains("b"));
    CHECK(set.erase("b"));
    CHECK_FALSE(set.erase("b"));
    CHECK(set.values() == Strings{"a", "c"});
    CHECK(set.take_any() == "c");
    CHECK(set.clear() == 1);
    CHECK_FALSE(set.take_any());
}

TEST_CASE("a set is combined and compared with values in one step") {
    World world;
    auto set = world.client().set<int>("tags");
    set.unite({1, 2, 3});
    set.intersect({2, 3, 4});
    CHECK(set.values() == std::vector{2, 3});
    set.symmetric_subtract({3, 5});
    CHECK(set.equals({5, 2}));
    CHECK(set.is_subset_of({1, 2, 5}));
    CHECK(set.is_superset_of({5}));
    CHECK(set.is_disjoint_from({1, 3}));
    set.subtract({2, 5});
    CHECK(set.empty());
}

TEST_CASE("a namespace has values of any types by their names") {
    World world;
    auto settings = world.client().name_space("settings");
    settings.put("speed", 3);
    settings.put("title", std::string("fast"));
    const auto other = world.another_client();
    auto theirs = other->name_space("settings");
    CHECK(theirs.get<int>("speed") == 3);
    CHECK(theirs.at<std::string>("title") == "fast");
    CHECK_FALSE(theirs.get<int>("nothing"));
    CHECK(code_of([&] { return theirs.at<int>("nothing"); }) == errc::not_found);
    CHECK(code_of([&] { return theirs.at<int>("title"); }) == errc::wrong_type);
    CHECK(theirs.add("speed", 2) == 5);
    CHECK(theirs.update<int>("speed", [](int now) { return now * 10; }) == 50);
    CHECK(theirs.update<int>("fresh", [](int now) { return now + 1; }) == 1);
    CHECK(settings.names() == Strings{"speed", "title", "fresh"});
    CHECK(settings.erase("title"));
    CHECK_FALSE(settings.contains("title"));
    CHECK(settings.snapshot().size() == 2);
}

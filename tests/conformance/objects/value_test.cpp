// Values, arrays and lists that clients of one manager share.
#include "handoff/value.hpp"

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "handoff/array.hpp"
#include "handoff/list.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::patience;
using handoff::test::text_of;
using handoff::test::World;

TEST_CASE("a value is what was set last, by whomever") {
    World world;
    auto value = world.client().value<std::string>("motd");
    CHECK(code_of([&] { return value.get(); }) == errc::not_found);
    CHECK_FALSE(value.exchange("a"));
    const auto other = world.another_client();
    CHECK(other->value<std::string>("motd").get() == "a");
    CHECK(other->value<std::string>("motd").set("b") == 2);
    CHECK(value.get() == "b");
    CHECK(value.exchange("c") == "b");
    CHECK(value.versioned().version == 3);
}

TEST_CASE("sums of several clients are exact") {
    World world;
    constexpr int clients = 4;
    constexpr int rounds = 100;
    std::vector<Background<int>> adding;
    for (int i = 0; i < clients; ++i) {
        adding.emplace_back([&](std::stop_token) {
            const auto client = world.another_client();
            auto count = client->value<int>("count");
            for (int round = 0; round < rounds; ++round) count.add();
            return 0;
        });
    }
    for (auto& each : adding) CHECK(each.result() == 0);
    CHECK(world.client().value<int>("count").get() == clients * rounds);
}

TEST_CASE("a sum that is no integer of 64 bits is refused, and nothing is changed") {
    World world;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    auto value = world.client().value<std::int64_t>("count");
    value.set(most);
    CHECK(code_of([&] { return value.add(1); }) == errc::out_of_range);
    CHECK(value.get() == most);
    auto text = world.client().value<std::string>("count");
    text.set("many");
    const auto add = [&] { return value.add(1); };
    CHECK(code_of(add) == errc::wrong_type);
    for (const char* part : {"add", "value", "count"}) {
        CHECK(text_of(add).find(part) != std::string::npos);
    }
    CHECK(code_of([&] { return value.get(); }) == errc::wrong_type);
    CHECK(text.get() == "many");
}

TEST_CASE("a value is compared and exchanged in one step") {
    World world;
    auto value = world.client().value<int>("count");
    value.set(1);
    int expected = 7;
    CHECK_FALSE(value.compare_exchange(expected, 8));
    CHECK(expected == 1);
    CHECK(value.compare_exchange(expected, 2));
    CHECK(value.get() == 2);
    CHECK_FALSE(value.set_if(1, 9));
    CHECK(value.set_if(2, 3));
    CHECK(value.update([](int now) { return now * 2; }) == 6);
}

TEST_CASE("updates of several threads are all done") {
    World world;
    auto value = world.client().value<int>("count");
    std::vector<Background<int>> updating;
    for (int i = 0; i < 4; ++i) {
        updating.emplace_back([&](std::stop_token) {
            for (int round = 0; round < 25; ++round) {
                value.update([](int now) { return now + 1; });
            }
            return 0;
        });
    }
    for (auto& each : updating) CHECK(each.result() == 0);
    CHECK(value.get() == 100);
}

TEST_CASE("who waits for a change of a value gets it, with its version") {
    World world;
    auto value = world.client().value<int>("count");
    value.set(1);
    CHECK_FALSE(value.wait_until_changed_for(1, 20ms));
    Background waiting{[&](std::stop_token stop) {
        const auto seen = value.wait_until_changed(1, stop);
        return std::pair(seen.version, seen.value.value_or(0));
    }};
    world.another_client()->value<int>("count").set(5);
    CHECK(waiting.result() == std::pair<std::uint64_t, int>(2, 5));
    Background stopped{
        [&](std::stop_token stop) { return value.wait_until_changed(2, stop).version; }};
    stopped.stop();
    CHECK(stopped.code() == errc::cancelled);
}

TEST_CASE("a value that is too large is refused, and nothing is changed") {
    World world;
    auto value = world.client().value<std::string>("text", {.bytes_max = 100});
    value.set("short");
    CHECK(code_of([&] { return value.set(std::string(200, 'x')); }) == errc::limit_exceeded);
    CHECK(value.get() == "short");
    const std::string huge(20u << 20, 'x');
    CHECK(code_of([&] { return value.set(huge); }) == errc::too_large);
    CHECK(value.get() == "short");
}

TEST_CASE("an array has its length, and its values are nothing at first") {
    World world;
    auto array = world.client().array<int>("cells", 3);
    CHECK(array.values() == std::vector{0, 0, 0});
    CHECK(array.add(1, 5) == 5);
    array.put(-1, 9);
    CHECK(world.client().array<int>("cells", 3).values() == std::vector{0, 5, 9});
    CHECK(array.at(-2) == 5);
    CHECK(array.slice(1, 2) == std::vector{5, 9});
    array.put_slice(0, {1, 2});
    CHECK(array.exchange(0, 7) == 1);
    int expected = 7;
    CHECK(array.compare_exchange(0, expected, 8));
    CHECK(array.values() == std::vector{8, 2, 9});
    array.fill(4);
    CHECK(array.count(4) == 3);
}

TEST_CASE("an index beyond the end is refused, and nothing is changed") {
    World world;
    auto array = world.client().array<int>("cells", 3);
    CHECK(code_of([&] { return array.at(3); }) == errc::out_of_range);
    CHECK(code_of([&] { return array.at(-4); }) == errc::out_of_range);
    CHECK(code_of([&] { array.put_slice(2, {1, 2}); }) == errc::out_of_range);
    CHECK(code_of([&] { return array.slice(1, 3); }) == errc::out_of_range);
    CHECK(array.values() == std::vector{0, 0, 0});
    auto list = world.client().list<int>("row");
    CHECK(code_of([&] { return list.take(); }) == errc::out_of_range);
    CHECK(code_of([&] { list.insert(1, 5); }) == errc::out_of_range);
    CHECK(list.empty());
}

TEST_CASE("a list grows and shrinks at any place") {
    World world;
    auto list = world.client().list<std::string>("row");
    list.append("b");
    list.append_many({"c", "d"});
    list.insert(0, "a");
    list.insert(4, "e");
    CHECK(list.values() == std::vector<std::string>{"a", "b", "c", "d", "e"});
    CHECK(list.take() == "e");
    CHECK(list.take(0) == "a");
    list.erase(0, 2);
    CHECK(list.values() == std::vector<std::string>{"d"});
    CHECK(list.contains("d"));
    CHECK_FALSE(list.find("x"));
    CHECK(list.erase_value("d"));
    CHECK_FALSE(list.erase_value("d"));
    list.append_many({"x", "y"});
    CHECK(list.clear() == 2);
    CHECK(list.size() == 0);
}

TEST_CASE("a list is sorted, and in one step") {
    World world;
    auto list = world.client().list<int>("row");
    list.append_many({3, 1, 2});
    list.sort();
    CHECK(list.values() == std::vector{1, 2, 3});
    list.sort(std::greater<>{});
    CHECK(list.values() == std::vector{3, 2, 1});
    list.reverse();
    CHECK(list.values() == std::vector{1, 2, 3});
}

TEST_CASE("a snapshot is of one moment, however many pages it has") {
    handoff::Config config;
    config.manager.frame_bytes_max = 4096;
    World world(config);
    auto list = world.client().list<std::string>("row");
    const std::vector<std::string> many(100, std::string(200, 'x'));
    list.append_many(many);
    auto snapshot = list.snapshot();
    CHECK(snapshot.size() == 100);
    std::size_t seen = 0;
    for (const std::string& each : snapshot) {
        if (seen++ == 10) list.clear();
        CHECK(each.size() == 200);
    }
    CHECK(seen == 100);
    CHECK(list.empty());
}

TEST_CASE("a list holds no more than it may") {
    World world;
    auto list = world.client().list<int>("row", {.entries_max = 3});
    list.append_many({1, 2});
    CHECK(code_of([&] { list.append_many({3, 4}); }) == errc::limit_exceeded);
    CHECK(list.values() == std::vector{1, 2});
    list.append(3);
    CHECK(code_of([&] { list.append(4); }) == errc::limit_exceeded);
}

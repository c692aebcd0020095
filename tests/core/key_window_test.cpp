#include "core/key_window.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "core/counted_memory.hpp"
#include "handoff/config.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

constexpr Time start = std::chrono::hours{24 * 365 * 50};

}  // namespace

TEST_CASE("a key is known from when it is remembered, for as long as the window") {
    KeyWindow keys(100ms, 10);
    CHECK_FALSE(keys.knows("a", start));
    keys.remember("a", start);
    CHECK(keys.knows("a", start));
    CHECK(keys.knows("a", start + 100ms - 1ns));
    CHECK_FALSE(keys.knows("a", start + 100ms));
    CHECK_FALSE(keys.knows("b", start));
    CHECK_FALSE(keys.knows("", start));
}

TEST_CASE("of more keys than allowed the newest are known") {
    KeyWindow keys(1h, 2);
    for (const char* key : {"a", "b", "c"}) keys.remember(key, start);
    CHECK_FALSE(keys.knows("a", start));
    CHECK(keys.knows("b", start));
    CHECK(keys.knows("c", start));
    CHECK(keys.size() == 2);
}

TEST_CASE("a key that is remembered again counts as new") {
    KeyWindow keys(100ms, 2);
    keys.remember("a", start);
    keys.remember("b", start);
    keys.remember("a", start + 50ms);
    CHECK(keys.size() == 2);
    CHECK(keys.knows("a", start + 120ms));
    CHECK_FALSE(keys.knows("b", start + 120ms));
    keys.remember("c", start + 60ms);
    CHECK(keys.knows("a", start + 60ms));
    CHECK_FALSE(keys.knows("b", start + 60ms));
}

TEST_CASE("a key may be any bytes, and longer ones are others") {
    KeyWindow keys(1h, 10);
    keys.remember(std::string("a\0b", 3), start);
    CHECK(keys.knows(std::string("a\0b", 3), start));
    CHECK_FALSE(keys.knows("a", start));
    CHECK_FALSE(keys.knows(std::string("a\0", 2), start));
}

TEST_CASE("what is over is forgotten when something is remembered") {
    KeyWindow keys(100ms, 1000);
    for (int i = 0; i < 100; ++i) keys.remember(std::to_string(i), start + i * 1ms);
    CHECK(keys.size() == 100);
    keys.remember("new", start + 150ms);
    CHECK(keys.size() == 50);
}

TEST_CASE("a window tells when all of it is over, and is empty then") {
    KeyWindow keys(100ms, 1000);
    CHECK(keys.all_over() == never);
    keys.remember("a", start);
    keys.remember("b", start + 30ms);
    CHECK(keys.all_over() == start + 130ms);
    keys.forget_old(start + 130ms - 1ns);
    CHECK(keys.size() == 1);
    keys.forget_old(start + 130ms);
    CHECK(keys.size() == 0);
    CHECK(keys.all_over() == never);
    keys.remember("c", start);
    CHECK(keys.all_over() == start + 100ms);
}

TEST_CASE("a clock that jumps back leaves each key its own time") {
    KeyWindow keys(100ms, 3);
    keys.remember("before", start + 1h);
    keys.remember("after", start);
    CHECK(keys.knows("before", start));
    CHECK(keys.knows("after", start + 99ms));
    CHECK_FALSE(keys.knows("after", start + 100ms));
    CHECK(keys.all_over() == start + 1h + 100ms);
    keys.forget_old(start + 1h + 100ms);
    CHECK(keys.size() == 0);
}

TEST_CASE("a clock that jumps back cannot make a window grow") {
    KeyWindow keys(100ms, 50);
    for (int i = 0; i < 1000; ++i) keys.remember(std::to_string(i), start - i * 1s);
    CHECK(keys.size() == 50);
    CHECK(keys.knows("999", start - 999s));
    CHECK_FALSE(keys.knows("949", start - 999s));
}

TEST_CASE("the longest window of all does not overflow") {
    KeyWindow keys(std::chrono::hours{24 * 365}, handoff::unlimited);
    keys.remember("a", never - 1ns);
    CHECK(keys.knows("a", never - 1ns));
}

TEST_CASE("a key costs its length and about 150 bytes, also after many have come and gone") {
    constexpr std::size_t count = 10'000;
    const std::size_t before = bytes_in_use();
    KeyWindow keys(1h, count);
    for (std::size_t i = 0; i < 5 * count; ++i) {
        std::string key = std::to_string(i);
        key.resize(100, '.');
        keys.remember(key, start);
    }
    CHECK(keys.size() == count);
    CHECK((bytes_in_use() - before) / count <= 250);
    keys.forget_old(start + 1h);
    CHECK(bytes_in_use() - before <= 256);
}

TEST_CASE("a window does at random what a simple list would do") {
    struct Known {
        std::string key;
        Time until{};
    };
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 random(seed);
        KeyWindow keys(20ms, 12);
        std::vector<Known> list;  // oldest first
        Time wall = start;
        for (int step = 0; step < 2000; ++step) {
            const std::string key = std::to_string(random() % 40);
            const auto known = std::find_if(list.begin(), list.end(),
                                            [&](const Known& each) { return each.key == key; });
            REQUIRE(keys.knows(key, wall) == (known != list.end() && known->until > wall));
            if (random() % 2 == 0) {
                if (known != list.end()) list.erase(known);
                while (!list.empty() && list.front().until <= wall) list.erase(list.begin());
                list.push_back({key, wall + 20ms});
                if (list.size() > 12) list.erase(list.begin());
                keys.remember(key, wall);
            }
            wall += std::chrono::microseconds{random() % 3000};
            if (random() % 200 == 0) wall -= 30ms;
        }
    }
}

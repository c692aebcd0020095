// What can travel: types, sizes, and bytes that nobody looks into.
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "handoff/dynamic.hpp"
#include "support/world.hpp"

using handoff::Bytes;
using handoff::Config;
using handoff::Dynamic;
using handoff::errc;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::patience;
using handoff::test::World;

namespace {

struct Point {
    double x = 0;
    double y = 0;
    bool operator==(const Point&) const = default;
    MSGPACK_DEFINE(x, y)
};

struct Job {
    int id = 0;
    std::string url;
    std::vector<Point> path;
    std::map<std::string, std::uint64_t> counts;
    std::optional<std::string> note;
    bool operator==(const Job&) const = default;
    MSGPACK_DEFINE(id, url, path, counts, note)
};

/// Cannot be packed when it holds 13.
struct Fussy {
    int value = 0;
    template <typename Packer>
    void msgpack_pack(Packer& packer) const {
        if (value == 13) throw std::domain_error("not thirteen");
        packer.pack(value);
    }
    void msgpack_unpack(const msgpack::object& from) { from.convert(value); }
};

template <typename T>
bool travels(World& world, const T& item) {
    auto queue = world.queue<T>("items");
    queue.put(item);
    return queue.get() == item;
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + (i >> 8));
    return text;
}

}  // namespace

TEST_CASE("numbers, flags and texts travel as they are") {
    World world;
    CHECK(travels(world, 0));
    CHECK(travels(world, std::int64_t{-9'000'000'000'000'000'000}));
    CHECK(travels(world, std::uint64_t{18'000'000'000'000'000'000u}));
    CHECK(travels(world, 2.5));
    CHECK(travels(world, true));
    CHECK(travels(world, std::string("text")));
    CHECK(travels(world, std::string("null\0inside", 11)));
    CHECK(travels(world, std::string("\xff\xfe no utf-8")));
}

TEST_CASE("structs travel with all that is in them") {
    World world;
    CHECK(travels(world, Job{}));
    CHECK(travels(world, Job{7, "a://b", {{1, 2}, {3, 4}}, {{"a", 1}, {"b", 2}}, "note"}));
    CHECK(travels(world, std::vector<Job>{{1, "x", {}, {}, {}}, {2, "y", {}, {}, {}}}));
}

TEST_CASE("vectors, maps and tuples travel") {
    World world;
    CHECK(travels(world, std::vector<int>{}));
    CHECK(travels(world, std::vector<int>(1000, 7)));
    CHECK(travels(world, std::map<std::string, std::vector<double>>{{"a", {1, 2}}, {"", {}}}));
    CHECK(travels(world, std::tuple<int, std::string, bool>{1, "two", true}));
}

TEST_CASE("items that are nothing travel") {
    World world;
    CHECK(travels(world, std::string()));
    CHECK(travels(world, Bytes()));
    CHECK(travels(world, Dynamic()));
    auto queue = world.queue<Bytes>("empty");
    queue.put_many(std::vector<Bytes>(3000));
    CHECK(queue.size() == 3000);
    CHECK(queue.try_get_many(5000).size() == 3000);
}

TEST_CASE("bytes travel untouched, and are no other reader's type") {
    World world;
    Bytes all;
    for (int value = 0; value < 256; ++value) all.push_back(static_cast<std::byte>(value));
    CHECK(travels(world, all));
    auto bytes = world.queue<Bytes>("jobs");
    auto numbers = world.queue<int>("jobs");
    bytes.put(Bytes{std::byte{0xc1}});  // no msgpack begins like this
    CHECK(code_of([&] { return numbers.get(); }) == errc::wrong_type);
    CHECK(bytes.get() == Bytes{std::byte{0xc1}});
    bytes.put(Bytes{std::byte{1}, std::byte{2}});  // a number, and something behind it
    CHECK(code_of([&] { return numbers.get(); }) == errc::wrong_type);
}

TEST_CASE("a dynamic item reads what any type has written") {
    World world;
    auto jobs = world.queue<Point>("jobs");
    auto texts = world.queue<std::string>("jobs");
    auto dynamic = world.queue<Dynamic>("jobs");
    jobs.put({1, 2});
    texts.put("three");
    const Dynamic first = dynamic.get();
    CHECK((first.kind() == Dynamic::Kind::array));
    CHECK((first.as<Point>() == Point{1, 2}));
    const Dynamic second = dynamic.get();
    CHECK((second.kind() == Dynamic::Kind::text));
    CHECK(second.as<std::string>() == "three");
    dynamic.put(Dynamic::of(Point{5, 6}));
    CHECK((jobs.get() == Point{5, 6}));
}

TEST_CASE("an item that cannot be packed fails in the thread that puts") {
    World world;
    auto queue = world.queue<Fussy>("jobs");
    queue.put({1});
    CHECK_THROWS_AS(queue.put({13}), std::domain_error);
    CHECK_THROWS_AS(queue.put_many({{2}, {13}, {3}}), std::domain_error);
    CHECK(queue.size() == 1);
    CHECK(queue.get().value == 1);
}

TEST_CASE("items of a mebibyte and of the largest size travel") {
    World world;
    CHECK(travels(world, pattern(1u << 20)));
    auto queue = world.queue<Bytes>("jobs");
    const Bytes item = handoff::to_bytes(pattern(16u << 20));
    queue.put(item);
    CHECK((queue.get() == item));
}

TEST_CASE("items of every size around a frame's limit travel") {
    Config config;
    config.manager.frame_bytes_max = 4096;
    World world{config};
    auto queue = world.queue<std::string>("jobs");
    std::vector<std::string> items;
    for (std::size_t size = 3950; size < 4150; size += 7) items.push_back(pattern(size));
    for (const auto& item : items) queue.put(item);
    for (const auto& item : items) REQUIRE((queue.get() == item));
    queue.put_many(items);
    for (const auto& item : items) REQUIRE((queue.get() == item));
}

TEST_CASE("a batch larger than many frames keeps its order") {
    World world;
    auto queue = world.queue<std::string>("jobs");
    std::vector<std::string> items;
    for (std::size_t i = 0; i < 40; ++i) items.push_back(pattern(20'000 + i * 2500));
    Background putting{[&](std::stop_token stop) {
        queue.put_many(items, {}, stop);
        return true;
    }};
    for (const auto& item : items) {
        const auto got = queue.try_get_for(patience);
        REQUIRE(got.has_value());
        REQUIRE((*got == item));
    }
    CHECK(putting.result());
}

TEST_CASE("large and small items keep their order among each other") {
    World world;
    auto queue = world.queue<std::string>("jobs");
    for (std::size_t i = 0; i < 30; ++i) queue.put(pattern(i % 3 == 0 ? 300'000 + i : i));
    for (std::size_t i = 0; i < 30; ++i) {
        REQUIRE((queue.get() == pattern(i % 3 == 0 ? 300'000 + i : i)));
    }
}

#include "core/arena.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using handoff::core::Arena;
using handoff::core::Slice;

TEST_CASE("bytes are written behind those before them without moving them") {
    Arena arena;
    Slice slice = arena.append(Slice::copy(std::string(100, 'a')), std::string(50, 'b'));
    const char* const place = slice.view().data();
    slice = arena.append(slice, std::string(60, 'c'));
    CHECK(slice.view().data() == place);
    CHECK(slice.view() == std::string(100, 'a') + std::string(50, 'b') + std::string(60, 'c'));
}

TEST_CASE("a block is never more than twice as large as what is in it") {
    Arena arena;
    Slice slice = Slice::copy("x");
    std::string expected = "x";
    while (true) {
        const std::string more(1 + expected.size() % 97,
                               static_cast<char>('a' + expected.size() % 26));
        Slice next = arena.append(slice, more);
        if (next.empty()) break;
        slice = std::move(next);
        expected += more;
        REQUIRE(slice.owner_bytes() < 2 * slice.size());
        REQUIRE(slice.view() == expected);
    }
    CHECK(slice.size() > Arena::block_bytes_max - 100);
    CHECK(slice.owner_bytes() == Arena::block_bytes_max);
}

TEST_CASE("what grows beyond a block begins a new one") {
    Arena arena;
    const Slice slice = arena.append(Slice::copy(std::string(4000, 'a')), std::string(60000, 'b'));
    REQUIRE(slice.size() == 64000);
    CHECK(arena.append(slice, std::string(1536, 'c')).size() == 65536);
    CHECK(arena.append(slice, std::string(1, 'd')).empty());
}

TEST_CASE("a slice given out before keeps its bytes when the block goes on or moves") {
    Arena arena;
    std::vector<Slice> earlier;
    Slice slice = Slice::copy("0");
    for (int i = 1; i < 200; ++i) {
        earlier.push_back(slice);
        slice = arena.append(slice, std::to_string(i % 10));
    }
    for (const Slice& old : earlier) CHECK(slice.view().starts_with(old.view()));
}

TEST_CASE("a large slice from elsewhere is not moved to append to it") {
    Arena arena;
    CHECK_FALSE(arena.append(Slice::copy(std::string(4096, 'a')), "b").empty());
    CHECK(arena.append(Slice::copy(std::string(4097, 'a')), "b").empty());
}

TEST_CASE("two slices that begin alike do not write over each other") {
    Arena arena;
    const Slice front = arena.append(Slice::copy("ab"), "c");
    const Slice one = arena.append(front, "1");
    const Slice other = arena.append(front, "2");
    CHECK(one.view() == "abc1");
    CHECK(other.view() == "abc2");
}

TEST_CASE("a slice that is not the last of its block is moved") {
    Arena arena;
    const Slice block = arena.append(Slice::copy("abc"), "def");
    const Slice slice = arena.append(block.part(0, 3), "X");
    CHECK(slice.view() == "abcX");
    CHECK(block.view() == "abcdef");
}

TEST_CASE("the rear of a block can go on when its front is gone") {
    Arena arena;
    const Slice block = arena.append(Slice::copy("abcdefghi"), "jkl");
    const Slice rear = block.part(9);
    const Slice slice = arena.append(rear, "mno");
    CHECK(slice.view() == "jklmno");
    CHECK(slice.view().data() == rear.view().data());
}

TEST_CASE("the arena itself keeps no block alive") {
    Arena arena;
    Slice slice = arena.append(Slice::copy("ab"), "cd");
    const std::weak_ptr<const void> watch = slice.owner();
    slice = {};
    CHECK(watch.expired());
    slice = arena.append(Slice::copy("ef"), "gh");
    CHECK(slice.view() == "efgh");
}

TEST_CASE("a slice without an owner can be appended to") {
    Arena arena;
    const Slice fixed{nullptr, 0, "abc"};
    CHECK(arena.append(fixed, "d").view() == "abcd");
}

#include "core/run.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using namespace handoff::core;

namespace {

std::string bytes_of(std::initializer_list<std::string> payloads) {
    std::string run;
    for (const std::string& payload : payloads) append_item(run, payload);
    return run;
}

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

}  // namespace

TEST_CASE("an item is written with the shortest header that holds its length") {
    using namespace std::string_view_literals;
    CHECK(bytes_of({""}) == "\xc4\x00"sv);
    CHECK(bytes_of({"ab"}) ==
          "\xc4\x02"
          "ab");
    CHECK(bytes_of({std::string(255, 'x')}).substr(0, 2) == "\xc4\xff");
    CHECK(bytes_of({std::string(256, 'x')}).substr(0, 3) == "\xc5\x01\x00"sv);
    CHECK(bytes_of({std::string(65535, 'x')}).substr(0, 3) == "\xc5\xff\xff");
    CHECK(bytes_of({std::string(65536, 'x')}).substr(0, 5) == "\xc6\x00\x01\x00\x00"sv);
    CHECK(bytes_of({std::string(70000, 'x')}).substr(0, 5) == "\xc6\x00\x01\x11\x70"sv);
}

TEST_CASE("the length of an item is known before it is written") {
    for (const std::size_t size : {0u, 1u, 255u, 256u, 65535u, 65536u, 70000u}) {
        CAPTURE(size);
        CHECK(item_bytes(size) == bytes_of({std::string(size, 'x')}).size());
    }
}

TEST_CASE("an item is found whichever header it was written with") {
    for (const std::size_t size : {0u, 1u, 255u, 256u, 65535u, 65536u}) {
        CAPTURE(size);
        const std::string payload(size, 'x');
        const std::string run = bytes_of({payload, "next"});
        CHECK(first_item_bytes(run) == item_bytes(size));
        CHECK(first_payload(run) == payload);
    }
}

TEST_CASE("an item with a longer header than it needs is an item all the same") {
    using namespace std::string_view_literals;
    CHECK(first_payload("\xc5\x00\x02"
                        "ab"sv) == "ab");
    CHECK(first_payload("\xc6\x00\x00\x00\x02"
                        "ab"sv) == "ab");
}

TEST_CASE("what is not a whole item is not found") {
    using namespace std::string_view_literals;
    CHECK_FALSE(first_item_bytes(""sv));
    CHECK_FALSE(first_item_bytes("\xc4"sv));
    CHECK_FALSE(first_item_bytes("\xc4\x01"sv));
    CHECK_FALSE(first_item_bytes("\xc5\x00"sv));
    CHECK_FALSE(first_item_bytes("\xc6\x00\x00\x00"sv));
    CHECK_FALSE(
        first_item_bytes("\xc6\xff\xff\xff\xff"
                         "ab"sv));
    CHECK_FALSE(
        first_item_bytes("\xa2"
                         "ab"sv));
    CHECK_FALSE(first_item_bytes("\x00\x00"sv));
}

TEST_CASE("measuring a run tells its items and the largest of them") {
    const auto shape = measure(bytes_of({"a", "ccc", "", "bb"}));
    REQUIRE(shape);
    CHECK(shape->count == 4);
    CHECK(shape->largest_payload == 3);
}

TEST_CASE("measuring a run tells how long each item is if all are alike") {
    CHECK(measure(bytes_of({"abc"}))->each == 5);
    CHECK(measure(bytes_of({"abc", "def", "ghi"}))->each == 5);
    CHECK(measure(bytes_of({"", ""}))->each == 2);
    CHECK(measure(bytes_of({std::string(300, 'x'), std::string(300, 'y')}))->each == 303);
    CHECK(measure(bytes_of({"abc", "def", "gh"}))->each == 0);
    CHECK(measure(bytes_of({std::string(300, 'x'), std::string(299, 'y')}))->each == 0);
    // As long as the one before it, behind another header.
    const auto mixed = measure(bytes_of({"abc"}) + std::string("\xc5\x00\x02hi", 5));
    REQUIRE(mixed);
    CHECK(mixed->count == 2);
    CHECK(mixed->each == 0);
}

TEST_CASE("borders are the same where all items are alike as where they are walked to") {
    const std::string run = bytes_of({"abc", "def", "ghi", "jkl"});
    for (std::uint32_t count = 0; count <= 4; ++count) {
        CAPTURE(count);
        CHECK(prefix_bytes(run, count, 5) == prefix_bytes(run, count));
        for (std::size_t bytes = 0; bytes <= run.size() + 1; ++bytes) {
            CAPTURE(bytes);
            CHECK(items_within(run, count, bytes, 5) == items_within(run, count, bytes));
        }
    }
}

TEST_CASE("an empty run is made of no items") {
    const auto shape = measure("");
    REQUIRE(shape);
    CHECK(shape->count == 0);
    CHECK(shape->largest_payload == 0);
}

TEST_CASE("a run cut anywhere but between two items cannot be measured") {
    const std::string run = bytes_of({"abc", "", std::string(300, 'x')});
    for (std::size_t size = 0; size < run.size(); ++size) {
        CAPTURE(size);
        const bool between = size == 0 || size == 5 || size == 7;
        CHECK(measure(std::string_view(run).substr(0, size)).has_value() == between);
    }
    CHECK(measure(run));
    CHECK_FALSE(measure(run + "x"));
}

TEST_CASE("the bytes of the first items of a run are counted") {
    const std::string run = bytes_of({"a", "ccc", "", "bb"});
    CHECK(prefix_bytes(run, 0) == 0);
    CHECK(prefix_bytes(run, 1) == 3);
    CHECK(prefix_bytes(run, 2) == 8);
    CHECK(prefix_bytes(run, 3) == 10);
    CHECK(prefix_bytes(run, 4) == run.size());
}

TEST_CASE("as many whole items are counted as fit into a number of bytes") {
    const std::string run = bytes_of({"a", "ccc", "", "bb"});
    CHECK(items_within(run, 100, no_limit) == 4);
    CHECK(items_within(run, 3, no_limit) == 3);
    CHECK(items_within(run, 0, no_limit) == 0);
    CHECK(items_within(run, 100, 0) == 0);
    CHECK(items_within(run, 100, 2) == 0);
    CHECK(items_within(run, 100, 3) == 1);
    CHECK(items_within(run, 100, 7) == 1);
    CHECK(items_within(run, 100, 9) == 2);
    CHECK(items_within(run, 100, 10) == 3);
    CHECK(items_within("", 100, no_limit) == 0);
}

TEST_CASE("an item that is opened, written and closed is the one that is appended whole") {
    for (const std::size_t size : {0, 1, 255, 256, 65'535, 65'536}) {
        const std::string payload(size, 'x');
        std::string run = bytes_of({"before"});
        const std::size_t at = open_item(run);
        run += payload;
        close_item(run, at);
        CHECK(run == bytes_of({"before", payload}));
        const std::vector<Slice> items = items_of({2, Slice::copy(run)});
        REQUIRE(items.size() == 2);
        CHECK(first_payload(items[1].view()) == payload);
    }
}

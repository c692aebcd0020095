#include "handoff/codec.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using handoff::Bytes;
using handoff::Codec;
using handoff::errc;
using handoff::Error;

namespace {

struct Point {
    int x = 0;
    int y = 0;
    bool operator==(const Point&) const = default;
    MSGPACK_DEFINE(x, y)
};

template <typename T>
std::string encode(const T& item) {
    std::string payload;
    Codec<T>::encode(item, payload);
    return payload;
}

template <typename T>
T round_trip(const T& item) {
    return Codec<T>::decode(encode(item));
}

/// The text of the refusal to decode the payload as a T; empty if it is decoded.
template <typename T>
std::string refusal(std::string_view payload) {
    try {
        static_cast<void>(Codec<T>::decode(payload));
    } catch (const Error& error) {
        CHECK((error.code() == errc::wrong_type));
        return error.what();
    }
    return {};
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what a codec encodes it decodes") {
    CHECK(round_trip(0) == 0);
    CHECK(round_trip(std::numeric_limits<std::int64_t>::min()) ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(round_trip(std::numeric_limits<std::uint64_t>::max()) ==
          std::numeric_limits<std::uint64_t>::max());
    CHECK(round_trip(-2.5) == -2.5);
    CHECK(round_trip(true));
    CHECK(round_trip(std::string("text")) == "text");
    CHECK(round_trip(std::vector{1, 2, 3}) == std::vector{1, 2, 3});
    CHECK(round_trip(Point{1, 2}) == Point{1, 2});
    const std::map<std::string, std::vector<Point>> map{{"a", {{1, 2}}}, {"b", {}}};
    CHECK((round_trip(map) == map));
    CHECK((round_trip(std::optional<int>{}) == std::optional<int>{}));
    CHECK((round_trip(std::optional<int>{3}) == std::optional<int>{3}));
}

TEST_CASE("encoding adds to what is there") {
    std::string payload = "before";
    Codec<int>::encode(1, payload);
    CHECK(payload == "before\x01");
    Codec<Bytes>::encode(handoff::to_bytes("after"), payload);
    CHECK(payload ==
          "before\x01"
          "after");
}

TEST_CASE("bytes are their own payload") {
    const Bytes bytes = handoff::to_bytes(std::string_view("\0\xff\xc1", 3));
    CHECK(encode(bytes) == std::string("\0\xff\xc1", 3));
    CHECK(round_trip(bytes) == bytes);
    CHECK(round_trip(Bytes{}).empty());
    CHECK(handoff::to_text(bytes) == std::string_view("\0\xff\xc1", 3));
}

TEST_CASE("a payload of another type is refused") {
    CHECK(holds(refusal<int>(encode(std::string("seven"))), "another type"));
    CHECK(holds(refusal<std::string>(encode(7)), "another type"));
    CHECK(holds(refusal<Point>(encode(7)), "another type"));
    CHECK(holds(refusal<std::vector<int>>(encode(std::vector<std::string>{"a"})), "another type"));
    CHECK(holds(refusal<std::uint8_t>(encode(256)), "another type"));
    CHECK(holds(refusal<unsigned int>(encode(-1)), "another type"));
    CHECK(holds(refusal<int>(encode(std::optional<int>{})), "another type"));
}

TEST_CASE("a payload that is no msgpack is refused") {
    CHECK(holds(refusal<int>(""), "not msgpack"));
    CHECK(holds(refusal<int>("\xc1"), "not msgpack"));
    CHECK(holds(refusal<std::string>("\xa5half"), "not msgpack"));
    CHECK(holds(refusal<std::vector<int>>("\x93\x01\x02"), "not msgpack"));
}

TEST_CASE("a payload cut anywhere is refused") {
    const std::string whole = encode(std::map<std::string, Point>{{"a", {1, 70'000}}, {"b", {}}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK(holds(refusal<std::map<std::string, Point>>(whole.substr(0, size)), "not msgpack"));
    }
}

TEST_CASE("bytes behind an item are refused") {
    CHECK(holds(refusal<int>("\x01\x02"), "bytes follow"));
    CHECK(holds(refusal<std::string>(encode(std::string("text")) + '\0'), "bytes follow"));
}

TEST_CASE("a length that the payload cannot have is refused") {
    CHECK_FALSE(refusal<std::vector<int>>("\xdd\xff\xff\xff\xff").empty());  // array of 2^32 - 1
    CHECK_FALSE(refusal<std::string>("\xdb\xff\xff\xff\xff").empty());       // text
    CHECK_FALSE(refusal<std::string>("\xc6\xff\xff\xff\xff").empty());       // binary
    CHECK_FALSE(refusal<std::string>("\xc9\xff\xff\xff\xff").empty());       // extension
    CHECK_FALSE((refusal<std::map<int, int>>("\xdf\xff\xff\xff\xff").empty()));
}

TEST_CASE("nesting beyond reason is refused, and not by the end of the stack") {
    CHECK_FALSE(refusal<std::vector<int>>(std::string(1'000'000, '\x91')).empty());  // arrays
    CHECK_FALSE(refusal<int>(std::string(1'000'000, '\x81')).empty());               // maps
    const std::string closed = std::string(100'000, '\x91') + '\x01';
    CHECK_FALSE(refusal<int>(closed).empty());
}

TEST_CASE("lengths that promise more in every level are refused") {
    // Each array says that it has as many elements as the payload has bytes.
    std::string payload;
    while (payload.size() < (64u << 10)) payload += std::string("\xdd\x00\x01\x00\x00", 5);
    CHECK_FALSE(refusal<std::vector<int>>(payload).empty());
}

namespace {

template <typename T>
void check_bounds() {
    CHECK(round_trip(std::numeric_limits<T>::min()) == std::numeric_limits<T>::min());
    CHECK(round_trip(std::numeric_limits<T>::max()) == std::numeric_limits<T>::max());
}

}  // namespace

TEST_CASE("every integer comes back from the shortest form of its number and from no other") {
    check_bounds<std::int8_t>();
    check_bounds<std::uint8_t>();
    check_bounds<std::int16_t>();
    check_bounds<std::uint16_t>();
    check_bounds<std::int32_t>();
    check_bounds<std::uint32_t>();
    check_bounds<std::int64_t>();
    check_bounds<std::uint64_t>();
    check_bounds<char>();
    for (const std::int64_t number : {-33, -32, -1, 0, 127, 128, 255, 256, 65'535, 65'536}) {
        CHECK(round_trip(number) == number);
    }
    CHECK(holds(refusal<std::int8_t>(encode(128)), "another type"));
    CHECK(holds(refusal<std::uint8_t>(encode(-1)), "another type"));
    CHECK(holds(refusal<std::uint64_t>(encode(-1)), "another type"));
    CHECK(holds(refusal<std::int64_t>(encode(std::uint64_t{1} << 63)), "another type"));
    CHECK(holds(refusal<int>(encode(2.5)), "another type"));
    CHECK(holds(refusal<bool>(encode(1)), "another type"));
    CHECK(holds(refusal<int>(encode(7) + '\0'), "bytes follow"));
    CHECK(holds(refusal<int>("\xd2\x01"), "not msgpack"));
}

TEST_CASE("a text of any length comes back, also into the memory of another") {
    std::string again = "what was there before";
    for (const std::size_t size : {0, 1, 31, 32, 255, 256, 65'535, 65'536}) {
        const std::string text(size, 'x');
        CHECK(round_trip(text) == text);
        Codec<std::string>::decode_into(again, encode(text));
        CHECK(again == text);
    }
    // msgpack-c takes binary for a text as well.
    Codec<std::string>::decode_into(again, std::string("\xc4\x02") + "ab");
    CHECK(again == "ab");
    CHECK_THROWS_AS(Codec<std::string>::decode_into(again, encode(7)), Error);
}

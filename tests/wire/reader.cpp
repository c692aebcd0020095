#include "wire/reader.hpp"

#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "wire/vectors.hpp"

using handoff::wire::Item;
using handoff::wire::Kind;
using handoff::wire::Reader;
using namespace handoff::wire::tests;

namespace {

/// Bytes kept beside the reader of them.
struct Bytes {
    explicit Bytes(const std::string& hex_text) : bytes(parse_vector(hex_text).at(0)) {}
    std::string bytes;
    Reader reader{bytes};
};

std::optional<std::int64_t> signed_number(const std::string& hex_text) {
    Bytes bytes(hex_text);
    const std::optional<Item> item = bytes.reader.next();
    return item ? item->integer<std::int64_t>() : std::nullopt;
}

std::optional<std::uint64_t> unsigned_number(const std::string& hex_text) {
    Bytes bytes(hex_text);
    const std::optional<Item> item = bytes.reader.next();
    return item ? item->integer<std::uint64_t>() : std::nullopt;
}

Kind kind_of(const std::string& hex_text) {
    Bytes bytes(hex_text);
    const std::optional<Item> item = bytes.reader.next();
    REQUIRE(item);
    CHECK(bytes.reader.remaining() == 0);
    return item->kind;
}

/// What stands between the bars.
std::vector<std::string> split(const std::string& texts) {
    std::vector<std::string> parts(1);
    for (const char c : texts) {
        if (c == '|') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

bool skips(const std::string& hex_text) {
    Bytes bytes(hex_text);
    return bytes.reader.skip() && bytes.reader.remaining() == 0;
}

}  // namespace

TEST_CASE("unsigned integers are read in every width up to their greatest") {
    CHECK(unsigned_number("00") == 0u);
    CHECK(unsigned_number("7f") == 127u);
    CHECK(unsigned_number("cc ff") == 255u);
    CHECK(unsigned_number("cd ff ff") == 65535u);
    CHECK(unsigned_number("ce ff ff ff ff") == 4294967295u);
    CHECK(unsigned_number("cf ff ff ff ff ff ff ff ff") ==
          std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("signed integers are read in every width down to their smallest") {
    CHECK(signed_number("ff") == -1);
    CHECK(signed_number("e0") == -32);
    CHECK(signed_number("d0 80") == -128);
    CHECK(signed_number("d1 80 00") == -32768);
    CHECK(signed_number("d2 80 00 00 00") == -2147483648LL);
    CHECK(signed_number("d3 80 00 00 00 00 00 00 00") == std::numeric_limits<std::int64_t>::min());
    CHECK(signed_number("d0 7f") == 127);
    CHECK(signed_number("d3 7f ff ff ff ff ff ff ff") == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("an integer that a type cannot hold is not given out as one") {
    CHECK(unsigned_number("ff") == std::nullopt);
    CHECK(signed_number("cf 80 00 00 00 00 00 00 00") == std::nullopt);
    Bytes bytes("cd 01 00");
    const std::optional<Item> item = bytes.reader.next();
    REQUIRE(item);
    CHECK(item->integer<std::uint8_t>() == std::nullopt);
    CHECK(item->integer<std::int8_t>() == std::nullopt);
    CHECK(item->integer<std::uint16_t>() == std::uint16_t{256});
}

TEST_CASE("every kind of object is told by its first byte") {
    const auto are = [](Kind kind, const std::string& texts) {
        for (const std::string& text : split(texts)) {
            CAPTURE(text);
            CHECK(kind_of(text) == kind);
        }
    };
    are(Kind::nil, "c0");
    are(Kind::boolean, "c2 | c3");
    are(Kind::str, "a0 | a1 78 | d9 00 | da 00 00 | db 00 00 00 00");
    are(Kind::bin, "c4 00 | c5 00 01 78 | c6 00 00 00 00");
    are(Kind::ext, "d4 01 78 | d5 01 78 78 | d8 01 repeat 16 { 00 }");
    are(Kind::ext, "c7 00 01 | c8 00 00 01 | c9 00 00 00 00 01");
    are(Kind::real, "ca 00 00 00 00 | cb 00 00 00 00 00 00 00 00");
    are(Kind::array, "90 | dc 00 00 | dd 00 00 00 00");
    are(Kind::map, "80 | de 00 00 | df 00 00 00 00");
}

TEST_CASE("an object that is not whole is not read, and nothing is consumed") {
    const std::string numbers = "cc | cd 00 | ce 00 00 00 | cf 00 | d3 00 | ca 00 00 00";
    const std::string bytes = "a1 | d9 | d9 01 | c4 02 00 | c6 00 00 01 00 00 | d4 01 | c7 01 00";
    const std::string containers = "91 | dc 00 01 | dd 00 00 00 01 | 81 | 81 01 | df 80 00 00 00";
    for (const std::string& text : split(numbers + "|" + bytes + "|" + containers + "|c1|")) {
        CAPTURE(text);
        Bytes cut(text);
        CHECK_FALSE(cut.reader.next());
        CHECK(cut.reader.position() == 0);
    }
}

TEST_CASE("an object is passed over with all that is in it") {
    CHECK(skips("01"));
    CHECK(skips("90"));
    CHECK(skips("93 01 92 02 03 80"));
    CHECK(skips("82 a1 61 91 c0 01 81 02 90"));
    CHECK_FALSE(skips(""));
    CHECK_FALSE(skips("92 01"));
    CHECK_FALSE(skips("81 01"));
    CHECK_FALSE(skips("92 91 01"));
}

TEST_CASE("the reader stops where the object ends") {
    Bytes bytes("92 01 02 03");
    CHECK(bytes.reader.skip());
    CHECK(bytes.reader.position() == 3);
    CHECK_FALSE(bytes.reader.take_nil());
    CHECK(bytes.reader.remaining() == 1);
}

#include <string>

#include "wire/by_hand.hpp"
#include "wire/headers.hpp"

// The headers of an item as bytes: the custom of docs/protocol.md, 1.5, that all clients share.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;

namespace {

/// The first bytes of the headers with one value of so many bytes.
std::string beginning_with(const std::string& value, std::size_t bytes) {
    return wire::encode_headers({{"n", value}}).substr(0, bytes);
}

}  // namespace

TEST_CASE("headers are read in every format of a map, of a str and of a bin") {
    const Headers expected{{"n", "v"}};
    for (const std::string map : {"81", "de 00 01", "df 00 00 00 01"}) {
        for (const std::string name : {"a1 6e", "d9 01 6e", "da 00 01 6e", "db 00 00 00 01 6e",
                                       "c4 01 6e", "c5 00 01 6e", "c6 00 00 00 01 6e"}) {
            CAPTURE(map, name);
            CHECK(wire::decode_headers(bytes_of(map + " " + name + " a1 76")) == expected);
            CHECK(wire::decode_headers(bytes_of(map + " a1 6e c4 01 76")) == expected);
        }
    }
    for (const std::string empty : {"80", "de 00 00", "df 00 00 00 00"}) {
        CHECK(wire::decode_headers(bytes_of(empty)) == Headers{});
    }
}

TEST_CASE("a header that is text has the shortest form of a str") {
    CHECK(beginning_with(std::string(31, 'v'), 4) == bytes_of("81 a1 6e bf"));
    CHECK(beginning_with(std::string(32, 'v'), 5) == bytes_of("81 a1 6e d9 20"));
    CHECK(beginning_with(std::string(255, 'v'), 5) == bytes_of("81 a1 6e d9 ff"));
    CHECK(beginning_with(std::string(256, 'v'), 6) == bytes_of("81 a1 6e da 01 00"));
    CHECK(beginning_with(std::string(65'535, 'v'), 6) == bytes_of("81 a1 6e da ff ff"));
    CHECK(beginning_with(std::string(65'536, 'v'), 8) == bytes_of("81 a1 6e db 00 01 00 00"));
}

TEST_CASE("a header that is no text has the shortest form of a bin") {
    CHECK(beginning_with(std::string(255, '\xff'), 5) == bytes_of("81 a1 6e c4 ff"));
    CHECK(beginning_with(std::string(256, '\xff'), 6) == bytes_of("81 a1 6e c5 01 00"));
    CHECK(beginning_with(std::string(65'535, '\xff'), 6) == bytes_of("81 a1 6e c5 ff ff"));
    CHECK(beginning_with(std::string(65'536, '\xff'), 8) == bytes_of("81 a1 6e c6 00 01 00 00"));
}

TEST_CASE("what looks like UTF-8 and is none travels as bin") {
    for (const std::string bytes :
         {"c0 80", "c1 bf", "e0 80 80", "ed a0 80", "ed bf bf", "f0 80 80 80", "f4 90 80 80",
          "f5 80 80 80", "e2 82", "80", "61 c3", "f0 9f 98"}) {
        CAPTURE(bytes);
        const std::string value = bytes_of(bytes);
        const std::string head = bytes_of("81 a1 6e c4 0" + std::to_string(value.size()));
        CHECK(wire::encode_headers({{"n", value}}) == head + value);
    }
    for (const std::string bytes : {"c2 80", "df bf", "e0 a0 80", "ed 9f bf", "ee 80 80",
                                    "f0 90 80 80", "f4 8f bf bf", "f0 9f 98 80", "00", "7f"}) {
        CAPTURE(bytes);
        const std::string value = bytes_of(bytes);
        const std::string head = bytes_of("81 a1 6e a" + std::to_string(value.size()));
        CHECK(wire::encode_headers({{"n", value}}) == head + value);
    }
}

TEST_CASE("a map of 15, 16 and 65,536 headers has the count that its format holds") {
    const auto numbered = [](int count) {
        Headers headers;
        for (int i = 0; i < count; ++i) headers[std::to_string(i)] = "";
        return wire::encode_headers(headers);
    };
    CHECK(numbered(15).substr(0, 1) == bytes_of("8f"));
    CHECK(numbered(16).substr(0, 3) == bytes_of("de 00 10"));
    CHECK(numbered(65'536).substr(0, 5) == bytes_of("df 00 01 00 00"));
}

TEST_CASE("a str that is no UTF-8 is read as it is") {
    CHECK(wire::decode_headers(bytes_of("81 a2 c0 80 a1 ff")) == Headers{{"\xc0\x80", "\xff"}});
}

TEST_CASE("headers cut short anywhere, or with a byte more, are none") {
    const std::string whole = bytes_of("82 a1 61 d9 01 31 c5 00 01 62 da 00 02 32 32");
    REQUIRE(wire::decode_headers(whole) == Headers{{"a", "1"}, {"b", "22"}});
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        CAPTURE(bytes);
        CHECK_FALSE(wire::decode_headers(whole.substr(0, bytes)));
    }
    CHECK_FALSE(wire::decode_headers(whole + '\0'));
    CHECK_FALSE(wire::decode_headers(whole + whole));
}

TEST_CASE("names and values of headers are texts or bytes and nothing else") {
    for (const std::string other : {"c0", "c2", "01", "ff", "ca 00 00 00 00", "d4 01 00", "90",
                                    "91 a1 61", "80", "cf 00 00 00 00 00 00 00 01"}) {
        CAPTURE(other);
        CHECK_FALSE(wire::decode_headers(bytes_of("81 a1 6e " + other)));
        CHECK_FALSE(wire::decode_headers(bytes_of("81 " + other + " a1 76")));
    }
}

TEST_CASE("to the protocol headers are bytes, and come out as they went in") {
    for (const std::string odd : {"ff", "c1", "80 80", "a1 61", "81 a1 61"}) {
        CAPTURE(odd);
        const std::string bytes = bytes_of(odd);
        const std::string bin = "c4 " + big_endian(bytes.size(), 1) + odd;
        const Put put = request_by_hand<Put>(
            "06", {"01", "01", "01", "01", "02", "95 00 00 c0 c0 " + bin}, "c4 00");
        CHECK(put.columns.headers.view() == bytes);
        const Peeked peeked =
            reply_by_hand<Peeked>("49", {"91 9a 00 01 01 02 01 00 00 c0 a0 " + bin}, "c4 00");
        CHECK(peeked.parts.at(0).headers.view() == bytes);
    }
}

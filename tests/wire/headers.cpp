#include "wire/headers.hpp"

#include <string>

#include "support/catch.hpp"
#include "wire/vectors.hpp"

using namespace handoff;
using namespace handoff::wire::tests;

TEST_CASE("headers are a msgpack map, in the order of their names") {
    CHECK(wire::encode_headers({{"b", "1"}, {"a", "x"}}) == bytes_of("82 a1 61 a1 78 a1 62 a1 31"));
    CHECK(wire::encode_headers({}) == bytes_of("80"));
}

TEST_CASE("what is UTF-8 travels as str, anything else as bin") {
    CHECK(wire::encode_headers({{"\xe2\x82\xac", "\xff"}}) == bytes_of("81 a3 e2 82 ac c4 01 ff"));
    CHECK(wire::encode_headers({{std::string("\x80\0", 2), ""}}) == bytes_of("81 c4 02 80 00 a0"));
}

TEST_CASE("headers come out as they went in") {
    const Headers headers{{"", ""},
                          {"text", std::string(70'000, 't')},
                          {std::string("nul\0", 4), std::string("\0\xff", 2)},
                          {"Größe", "42"}};
    CHECK(wire::decode_headers(wire::encode_headers(headers)) == headers);
    Headers many;
    for (int i = 0; i < 1000; ++i) many[std::to_string(i)] = std::string(i % 40, 'x');
    CHECK(wire::decode_headers(wire::encode_headers(many)) == many);
}

TEST_CASE("of a header that is there twice the last value counts") {
    CHECK(wire::decode_headers(bytes_of("82 a1 61 a1 31 c4 01 61 a1 32")) == Headers{{"a", "2"}});
}

TEST_CASE("what is no map of texts or bytes is no headers") {
    for (const std::string bad :
         {"", "c0", "a1 61", "91 a1 61", "81", "81 a1 61", "81 a1 61 01", "81 01 a1 61",
          "81 a1 61 c0", "81 a1 61 81 a1 61 a1 62", "81 a1 61 a1 62 c0", "81 a1 61 a5 62", "c1",
          "df ff ff ff ff a1 61 a1 62", "82 a1 61 a1 62"}) {
        CAPTURE(bad);
        CHECK_FALSE(wire::decode_headers(bad.empty() ? "" : bytes_of(bad)));
    }
}

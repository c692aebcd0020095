#include <limits>

#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;

TEST_CASE("integers are packed in their shortest form, and read in any") {
    struct Case {
        std::int64_t number;
        std::size_t bytes;
    };
    const Case cases[]{{0, 1},
                       {127, 1},
                       {128, 2},
                       {255, 2},
                       {256, 3},
                       {65'535, 3},
                       {65'536, 5},
                       {4'294'967'295, 5},
                       {4'294'967'296, 9},
                       {-1, 1},
                       {-32, 1},
                       {-33, 2},
                       {-128, 2},
                       {-129, 3},
                       {-32'768, 3},
                       {-32'769, 5},
                       {-2'147'483'648, 5},
                       {-2'147'483'649, 9},
                       {std::numeric_limits<std::int64_t>::max(), 9},
                       {std::numeric_limits<std::int64_t>::min(), 9}};
    for (const Case& each : cases) {
        INFO(each.number);
        const Packed packed = pack_integer(each.number);
        CHECK(payload_of(packed).size() == each.bytes);
        CHECK(integer_of(payload_of(packed)) == each.number);
    }
    CHECK(integer_of(std::string_view("\xd3\0\0\0\0\0\0\0\x05", 9)) == 5);
    CHECK(integer_of(std::string_view("\xcd\0\x05", 3)) == 5);
}

TEST_CASE("what is no integer of 64 bits is none") {
    CHECK_FALSE(integer_of(""));
    CHECK_FALSE(integer_of("\xc0"));
    CHECK_FALSE(integer_of("\xa1x"));
    CHECK_FALSE(integer_of(std::string_view("\xcd\0", 2)));
    CHECK_FALSE(integer_of(std::string_view("\xcc\0\0", 3)));
    CHECK_FALSE(integer_of(std::string_view("\x05\x05", 2)));
    CHECK_FALSE(integer_of("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));
}

TEST_CASE("texts are packed with the header that fits their length") {
    for (const std::size_t length : {0u, 31u, 32u, 255u, 256u, 65'535u, 65'536u}) {
        const std::string content(length, 'x');
        const Packed packed = pack_text(content);
        const std::string_view payload = payload_of(packed);
        CHECK(payload.ends_with(content));
        CHECK(payload.size() - length == (length < 32       ? 1u
                                          : length < 256    ? 2u
                                          : length < 65'536 ? 3u
                                                            : 5u));
    }
    CHECK(same(pack_text("a"), pack_text("a")));
    CHECK_FALSE(same(pack_text("a"), pack_text("b")));
}

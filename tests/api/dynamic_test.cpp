#include "handoff/dynamic.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"

using handoff::Codec;
using handoff::Dynamic;
using handoff::errc;
using handoff::Error;
using Kind = handoff::Dynamic::Kind;

namespace {

bool is_refused(const std::string& packed) {
    try {
        Dynamic::from_msgpack(packed);
    } catch (const Error& error) {
        return error.code() == errc::wrong_type;
    }
    return false;
}

}  // namespace

TEST_CASE("a dynamic value is nil to begin with") {
    CHECK((Dynamic().kind() == Kind::nil));
    CHECK(Dynamic().msgpack() == "\xc0");
    CHECK(Dynamic() == Dynamic::from_msgpack("\xc0"));
}

TEST_CASE("a dynamic value tells what it is") {
    CHECK((Dynamic::of(true).kind() == Kind::boolean));
    CHECK((Dynamic::of(7).kind() == Kind::integer));
    CHECK((Dynamic::of(-7).kind() == Kind::integer));
    CHECK((Dynamic::of(5'000'000'000).kind() == Kind::integer));
    CHECK((Dynamic::of(0.5).kind() == Kind::real));
    CHECK((Dynamic::of(0.5f).kind() == Kind::real));
    CHECK((Dynamic::of(std::string("text")).kind() == Kind::text));
    CHECK((Dynamic::of(std::string(70'000, 'x')).kind() == Kind::text));
    CHECK((Dynamic::of(std::vector<char>{1, 2}).kind() == Kind::binary));
    CHECK((Dynamic::of(std::vector{1, 2}).kind() == Kind::array));
    CHECK((Dynamic::of(std::vector<int>(70'000)).kind() == Kind::array));
    CHECK((Dynamic::of(std::map<int, int>{{1, 2}}).kind() == Kind::map));
    CHECK((Dynamic::of(std::optional<int>{}).kind() == Kind::nil));
    CHECK((Dynamic::from_msgpack(std::string("\xd4\x05\x00", 3)).kind() == Kind::extension));
}

TEST_CASE("a dynamic value becomes what it was") {
    CHECK(Dynamic::of(7).as<int>() == 7);
    CHECK(Dynamic::of(std::string("text")).as<std::string>() == "text");
    CHECK(Dynamic::of(std::vector{1, 2}).as<std::vector<long>>() == std::vector<long>{1, 2});
    CHECK_THROWS_AS(Dynamic::of(7).as<std::string>(), Error);
    CHECK_THROWS_AS(Dynamic().as<int>(), Error);
}

TEST_CASE("equal bytes are equal values") {
    CHECK(Dynamic::of(7) == Dynamic::of(7L));
    CHECK_FALSE(Dynamic::of(7) == Dynamic::of(8));
    const Dynamic copy = Dynamic::of(std::string("text"));
    CHECK(Dynamic(copy) == copy);
}

TEST_CASE("a dynamic value is one whole msgpack value") {
    CHECK(is_refused(""));
    CHECK(is_refused("\xc1"));
    CHECK(is_refused("\x92\x01"));
    CHECK(is_refused("\x01\x02"));
    CHECK(is_refused("\xdb\xff\xff\xff\xff"));
    CHECK(is_refused(std::string(1'000'000, '\x91')));
    CHECK(is_refused(std::string(100'000, '\x91') + '\x01'));
    CHECK_FALSE(is_refused("\x92\x01\x02"));
}

TEST_CASE("a dynamic value travels as the value that it is") {
    std::string payload;
    Codec<Dynamic>::encode(Dynamic::of(7), payload);
    CHECK(payload == "\x07");
    CHECK(Codec<int>::decode(payload) == 7);
    CHECK(Codec<Dynamic>::decode(payload) == Dynamic::of(7));
}

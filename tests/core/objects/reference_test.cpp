#include "core/objects/reference.hpp"

#include <string>
#include <vector>

#include "core/objects/packed.hpp"
#include "support/catch.hpp"

// References in values, by their bytes.

using namespace handoff;
using namespace handoff::core::objects;

namespace {

Reference to_dict(ObjectHandle handle) {
    return {ObjectKind::dict, true, {1, 2, 3}, handle, {}};
}

/// As it stands in a value.
std::string ext(const std::string& content) {
    std::string packed;
    if (content.size() <= 0xff) {
        packed = {'\xc7', static_cast<char>(content.size())};
    } else {
        packed = {'\xc8', static_cast<char>(content.size() >> 8),
                  static_cast<char>(content.size())};
    }
    return packed + "H" + content;
}
std::string ext(const Reference& reference) {
    return ext(pack_reference(reference));
}

using References = std::vector<Reference>;

}  // namespace

TEST_CASE("a reference comes out as it went in") {
    const Reference anonymous = to_dict(0x0102030405060708);
    CHECK(read_reference(pack_reference(anonymous)) == anonymous);
    CHECK(pack_reference(anonymous) ==
          "\x93\x01\x02\x03" + std::string(13, '\0') + "\x01\x02\x03\x04\x05\x06\x07\x08");
    const Reference named{ObjectKind::queue, false, {9}, 7, "jobs"};
    CHECK(read_reference(pack_reference(named)) == named);
}

TEST_CASE("what is too short for a reference, or has a name that it must not have, is none") {
    const std::string good = pack_reference(to_dict(5));
    CHECK_FALSE(read_reference({}));
    CHECK_FALSE(read_reference(good.substr(1)));
    CHECK_FALSE(read_reference(good + "name"));
    const Reference nameless{ObjectKind::dict, false, {1}, 5, {}};
    CHECK_FALSE(read_reference(pack_reference(nameless)));
}

TEST_CASE("references are found wherever they stand in a value") {
    const std::string one = ext(to_dict(1));
    const std::string two = ext(Reference{ObjectKind::lock, false, {1}, 2, std::string(255, 'x')});
    const References both{*read_reference(one.substr(3)), *read_reference(two.substr(4))};
    CHECK(references_in(one) == References{to_dict(1)});
    CHECK(references_in("\x92" + one + two) == both);
    CHECK(references_in("\x82\xa1"
                        "a" +
                        one +
                        "\xa1"
                        "b\x93\x01" +
                        two + "\xc0") == both);
    CHECK(references_in("\xdc" + std::string("\0\2", 2) + one + two) == both);
    CHECK(references_in("\x93\xcb" + std::string(8, 'H') + "\xd6H1234" + one) ==
          References{to_dict(1)});
    CHECK(references_in(pack_text("plain").view()).empty());
    CHECK(references_in({}).empty());
}

TEST_CASE("bytes that look like a reference within a text, or are no msgpack, refer to nothing") {
    const std::string one = ext(to_dict(1));
    CHECK(may_refer(one));
    CHECK(references_in(payload_of(pack_text(one))).empty());
    CHECK(references_in(one + "behind").empty());
    CHECK(references_in("\x92" + one).empty());
    CHECK(references_in("\xc1" + one).empty());
    CHECK(references_in(one.substr(0, one.size() - 1)).empty());
    CHECK(references_in("\xdd\xff\xff\xff\xff" + one).empty());
    CHECK(references_in("\xc6\xff\xff\xff\xff" + one).empty());
}

TEST_CASE("a value with a reference a million levels down is refused") {
    const std::string one = ext(to_dict(1));
    CHECK(references_in(std::string(levels_max, '\x91') + one).size() == 1);
    try {
        static_cast<void>(references_in(std::string(1'000'000, '\x91') + one));
        FAIL("it was not refused");
    } catch (const Error& error) {
        CHECK(error.code() == errc::limit_exceeded);
    }
}

TEST_CASE("only what a method keeps is looked at") {
    const Packed value = pack_text("x");
    const Call put{1, Method::put, {}, {value, value}};
    CHECK(keeps(ObjectKind::dict, put, 0));
    CHECK(keeps(ObjectKind::dict, put, 1));
    const Call exchange{1, Method::compare_exchange, {}, {value, value, value}};
    CHECK(keeps(ObjectKind::dict, exchange, 0));
    CHECK_FALSE(keeps(ObjectKind::dict, exchange, 1));
    CHECK(keeps(ObjectKind::dict, exchange, 2));
    CHECK_FALSE(keeps(ObjectKind::value, exchange, 0));
    for (const Method method : {Method::get, Method::erase, Method::find, Method::contains,
                                Method::erase_value, Method::compare, Method::take}) {
        CHECK_FALSE(keeps(ObjectKind::list, {1, method, {}, {value}}, 0));
    }
    // What has no values keeps none, whatever it is asked.
    CHECK_FALSE(keeps(ObjectKind::registered, {1, Method::invoke, {}, {value, value}}, 1));
    CHECK_FALSE(keeps(ObjectKind::lock, put, 0));
}

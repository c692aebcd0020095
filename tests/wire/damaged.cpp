#include <random>

#include "support/catch.hpp"
#include "wire/vectors.hpp"

using namespace handoff;
using namespace handoff::wire::tests;

/// Vectors that have been damaged. Whatever comes of it, a decoder answers with a message or an
/// error; that it does not read elsewhere is for the sanitizers to say.
namespace {

bool is_request(const Frames& frames) {
    const auto decoded = request_of(frames);
    return std::holds_alternative<core::Request>(decoded);
}

bool is_reply(const Frames& frames) {
    const auto decoded = reply_of(frames);
    return std::holds_alternative<core::Reply>(decoded);
}

/// Long runs of equal items are as good as short ones here, and there are quadratically many ways
/// to cut them.
std::vector<std::size_t> places_in(const std::string& frame) {
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < frame.size(); ++at) {
        if (at < 160 || at + 20 > frame.size() || at % 4999 == 0) places.push_back(at);
    }
    return places;
}

}  // namespace

TEST_CASE("a message cut short anywhere is an error") {
    for (const std::string& name : vector_names()) {
        const Frames whole = vector(name);
        CAPTURE(name);
        REQUIRE((is_request(whole) || is_reply(whole)));
        const bool request = is_request(whole);
        // What stands behind the head of an unknown request is nobody's business.
        if (name == "accept_unknown_fields") continue;
        for (std::size_t frame = 0; frame < whole.size(); ++frame) {
            for (const std::size_t bytes : places_in(whole[frame])) {
                CAPTURE(frame, bytes);
                Frames cut = whole;
                cut[frame].resize(bytes);
                CHECK_FALSE((request ? is_request(cut) : is_reply(cut)));
            }
        }
    }
}

TEST_CASE("a head of an unknown request cut short is an error") {
    Frames unknown = vector("accept_unknown_fields");
    unknown[0].resize(unknown[0].size() - 3);
    REQUIRE(is_request(unknown));
    while (!unknown[0].empty()) {
        unknown[0].pop_back();
        CHECK_FALSE(is_request(unknown));
    }
}

TEST_CASE("a message with a byte more is an error") {
    for (const std::string& name : vector_names()) {
        const Frames whole = vector(name);
        if (whole[0].size() > 1 && name.find("unknown") != std::string::npos) continue;
        for (std::size_t frame = 0; frame < whole.size(); ++frame) {
            CAPTURE(name, frame);
            Frames longer = whole;
            longer[frame] += '\xc0';
            CHECK_FALSE(is_request(longer));
            CHECK_FALSE(is_reply(longer));
        }
    }
}

TEST_CASE("every value of every byte is survived") {
    for (const std::string& name : vector_names()) {
        const Frames whole = vector(name);
        for (std::size_t frame = 0; frame < whole.size(); ++frame) {
            const bool long_frame = whole[frame].size() > 1000;
            for (const std::size_t at : places_in(whole[frame])) {
                // Of frames with thousands of items only some values, for time's sake.
                for (unsigned value = 0; value < 256; value += long_frame ? 51 : 1) {
                    Frames other = whole;
                    other[frame][at] = static_cast<char>(value);
                    static_cast<void>(is_request(other));
                    static_cast<void>(is_reply(other));
                }
            }
        }
    }
    SUCCEED("nothing crashed");
}

TEST_CASE("what decodes from damaged bytes can be encoded and decoded again") {
    std::mt19937 random{20240917};
    const auto below = [&](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>{0, n - 1}(random);
    };
    std::vector<Frames> short_ones;
    for (const std::string& name : vector_names()) {
        const Frames frames = vector(name);
        if (frames.size() == 1 && frames[0].size() < 1000) short_ones.push_back(frames);
    }
    std::size_t survivors = 0;
    for (int round = 0; round < 20'000; ++round) {
        Frames frames = short_ones[below(short_ones.size())];
        for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
            frames[0][below(frames[0].size())] = static_cast<char>(below(256));
        }
        const auto request = request_of(frames);
        if (const auto* whole = std::get_if<core::Request>(&request)) {
            ++survivors;
            REQUIRE(good_request(wire::tests::frames(wire::encode(*whole))) == *whole);
        }
        const auto reply = reply_of(frames);
        if (const auto* whole = std::get_if<core::Reply>(&reply)) {
            ++survivors;
            REQUIRE(good_reply(wire::tests::frames(wire::encode(*whole))) == *whole);
        }
    }
    CHECK(survivors > 1000);
}

TEST_CASE("random bytes are survived") {
    std::mt19937 random{7};
    for (int round = 0; round < 50'000; ++round) {
        Frames frames(1 + random() % 2);
        for (std::string& frame : frames) {
            frame.resize(random() % 64);
            for (char& byte : frame) byte = static_cast<char>(random() & 0xff);
        }
        // Most messages begin with an array and an opcode; so that some get further:
        if (round % 2 == 0 && frames[0].size() > 2) {
            frames[0][0] = static_cast<char>(0x95 + random() % 8);
            frames[0][1] = static_cast<char>(random() % 76);
        }
        static_cast<void>(is_request(frames));
        static_cast<void>(is_reply(frames));
    }
    SUCCEED("nothing crashed");
}

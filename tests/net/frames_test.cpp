#include "net/frames.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <zmq.hpp>

#include "support/catch.hpp"

using handoff::core::Slice;
using handoff::wire::Encoded;

namespace {

Slice slice(std::size_t size, char fill) {
    const auto owner = std::make_shared<std::string>(size, fill);
    return Slice(owner, owner->size(), *owner);
}

Encoded message(std::vector<Slice> runs) {
    Encoded encoded;
    encoded.head = "head";
    encoded.runs = std::move(runs);
    for (const Slice& run : encoded.runs) encoded.run_bytes += run.size();
    return encoded;
}

/// What arrives of it: the bytes of the first frame, and of the second.
std::vector<std::string> sent_and_received(const Encoded& encoded) {
    zmq::context_t context;
    zmq::socket_t one(context, zmq::socket_type::pair);
    zmq::socket_t other(context, zmq::socket_type::pair);
    one.bind("inproc://frames");
    other.connect("inproc://frames");
    REQUIRE(handoff::net::send_encoded(one, encoded));
    zmq::message_t first;
    REQUIRE(handoff::net::receive(other, first));
    const handoff::net::Frames frames = handoff::net::frames_of(other, std::move(first));
    CHECK(frames.count <= 2);
    return {std::string(frames.first.view()), std::string(frames.second.view())};
}

}  // namespace

TEST_CASE("short runs travel behind their head, in one frame") {
    const auto frames = sent_and_received(message({slice(3, 'a'), Slice{}, slice(2, 'b')}));
    CHECK(frames == std::vector<std::string>{"headaaabb", ""});
    CHECK(sent_and_received(message({})) == std::vector<std::string>{"head", ""});
}

TEST_CASE("long runs travel in a frame of their own, one behind the other") {
    const std::string a(9000, 'a');
    const std::string b(100, 'b');
    CHECK(sent_and_received(message({slice(9000, 'a')})) == std::vector<std::string>{"head", a});
    CHECK(sent_and_received(message({slice(9000, 'a'), Slice{}, slice(100, 'b')})) ==
          std::vector<std::string>{"head", a + b});
}

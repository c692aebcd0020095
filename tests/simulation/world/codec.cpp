#include "simulation/world/codec.hpp"

#include <stdexcept>
#include <string>
#include <variant>

#include "wire/codec.hpp"

namespace handoff::core::sim {
namespace {

Slice frame_of(const wire::Encoded& encoded) {
    std::string bytes = encoded.head;
    for (const Slice& run : encoded.runs) bytes += run.view();
    return Slice::copy(bytes);
}

template <typename Message>
Message read(wire::Decoded<Message> decoded) {
    if (auto* message = std::get_if<Message>(&decoded)) return std::move(*message);
    throw std::logic_error("a message cannot be read: " +
                           std::get<wire::DecodeError>(decoded).text);
}

}  // namespace

Request through_bytes(Request request) {
    return read(wire::decode_request(frame_of(wire::encode(request)), {}));
}

Reply through_bytes(Reply reply) {
    return read(wire::decode_reply(frame_of(wire::encode(reply)), {}));
}

}  // namespace handoff::core::sim

#include "wire/codec.hpp"
#include "wire/layout.hpp"
#include "wire/opcode.hpp"
#include "wire/writer.hpp"

namespace handoff::wire {
namespace {

/// One array: opcode, what every message of this direction begins with, and its own fields.
Encoded encode_message(const auto& message) {
    Encoded out;
    Writer writer(out);
    std::visit(
        [&](const auto& body) {
            Counter counter;
            prefix(counter, message);
            fields(counter, body);
            writer.array(1 + counter.count);
            writer.number(static_cast<std::uint64_t>(OpcodeOf{}(body)));
            prefix(writer, message);
            fields(writer, body);
        },
        message.body);
    return out;
}

}  // namespace

Encoded encode(const core::Request& request) {
    return encode_message(request);
}
Encoded encode(const core::Reply& reply) {
    return encode_message(reply);
}

}  // namespace handoff::wire

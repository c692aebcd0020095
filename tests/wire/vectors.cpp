#include "wire/vectors.hpp"

#include <stdexcept>

#include "core/run.hpp"
#include "support/catch.hpp"

namespace handoff::wire::tests {
Frames frames(const Encoded& encoded) {
    std::string runs;
    for (const core::Slice& run : encoded.runs) runs += run.view();
    if (runs.size() != encoded.run_bytes) throw std::runtime_error("run_bytes is wrong");
    if (encoded.one_frame()) return {encoded.head + runs};
    return {encoded.head, runs};
}

Decoded<core::Request> request_of(const Frames& frames, const DecodeLimits& limits) {
    return decode_request(core::Slice::copy(frames.at(0)),
                          frames.size() < 2 ? core::Slice{} : core::Slice::copy(frames.at(1)),
                          limits);
}

Decoded<core::Reply> reply_of(const Frames& frames, const DecodeLimits& limits) {
    return decode_reply(core::Slice::copy(frames.at(0)),
                        frames.size() < 2 ? core::Slice{} : core::Slice::copy(frames.at(1)),
                        limits);
}

namespace {

template <class Message>
Message good(Decoded<Message> decoded) {
    if (const auto* error = std::get_if<DecodeError>(&decoded)) FAIL("refused: " << error->text);
    return std::get<Message>(std::move(decoded));
}

template <class Message>
DecodeError bad(Decoded<Message> decoded) {
    if (std::holds_alternative<Message>(decoded)) FAIL("accepted");
    return std::get<DecodeError>(std::move(decoded));
}

}  // namespace

core::Request good_request(const Frames& frames, const DecodeLimits& limits) {
    return good(request_of(frames, limits));
}
core::Reply good_reply(const Frames& frames, const DecodeLimits& limits) {
    return good(reply_of(frames, limits));
}
DecodeError bad_request(const Frames& frames, const DecodeLimits& limits) {
    return bad(request_of(frames, limits));
}
DecodeError bad_reply(const Frames& frames, const DecodeLimits& limits) {
    return bad(reply_of(frames, limits));
}

std::string hex(const Frames& frames) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::string& frame : frames) {
        for (const char c : frame) {
            const auto byte = static_cast<unsigned char>(c);
            text.append({digits[byte >> 4], digits[byte & 15], ' '});
        }
        text += '\n';
    }
    return text;
}

core::Slice run_of(const std::vector<std::string>& payloads) {
    std::string run;
    for (const std::string& payload : payloads) core::append_item(run, payload);
    return core::Slice::copy(run);
}

}  // namespace handoff::wire::tests

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/messages.hpp"
#include "wire/codec.hpp"
#include "wire/vector_files.hpp"

/// What the tests of the wire have in common: golden vectors, frames, and readable failures.
namespace handoff::wire::tests {

/// A message as our side would send it.
Frames frames(const Encoded& encoded);

Decoded<core::Request> request_of(const Frames& frames, const DecodeLimits& limits = {});
Decoded<core::Reply> reply_of(const Frames& frames, const DecodeLimits& limits = reply_limits);

/// The message must decode.
core::Request good_request(const Frames& frames, const DecodeLimits& limits = {});
core::Reply good_reply(const Frames& frames, const DecodeLimits& limits = reply_limits);
/// The message must not decode.
DecodeError bad_request(const Frames& frames, const DecodeLimits& limits = {});
DecodeError bad_reply(const Frames& frames, const DecodeLimits& limits = reply_limits);

/// The bytes of one frame.
inline std::string bytes_of(const std::string& hex_text) {
    return parse_vector(hex_text).at(0);
}

/// Bytes in hexadecimal, the frames on lines of their own.
std::string hex(const Frames& frames);

/// A run of items with these payloads.
core::Slice run_of(const std::vector<std::string>& payloads);

}  // namespace handoff::wire::tests

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "core/messages.hpp"

/// Messages to bytes and back: docs/protocol.md is the format.
namespace handoff::wire {

/// A message as it travels: the head, and behind it the runs of items that belong to it.
struct Encoded {
    std::string head;
    std::vector<core::Slice> runs;  ///< one behind the other; not copied
    std::size_t run_bytes = 0;      ///< of all runs together

    /// Whether head and runs go as one frame. Longer runs have a frame of their own, so that nobody
    /// has to copy them to put a head before them.
    [[nodiscard]] bool one_frame() const noexcept { return run_bytes <= one_frame_run_bytes_max; }

    static constexpr std::size_t one_frame_run_bytes_max = 8192;
};

/// Range lists are put in order on the way; everything else travels as it is.
[[nodiscard]] Encoded encode(const core::Request& request);
[[nodiscard]] Encoded encode(const core::Reply& reply);

/// What a decoder accepts. A message beyond one of these is refused before memory is taken for it.
struct DecodeLimits {
    /// Payload of one item. By default what an item can be at all: what one may be depends on the
    /// manager's settings.
    std::size_t item_bytes_max = std::numeric_limits<std::uint32_t>::max();
    std::size_t ranges_max = 65536;      ///< of tokens or positions, in each list
    std::size_t parts_max = 65536;       ///< of a DELIVER or PEEKED
    std::size_t queues_max = 4096;       ///< in each list; cursors as well
    std::size_t name_bytes_max = 1024;   ///< of a queue; what names may be is not judged here
    std::size_t text_bytes_max = 65536;  ///< reasons, error texts, what a client is called
    std::size_t key_bytes_max = core::key_bytes_max;
    std::size_t headers_bytes_max = core::headers_bytes_max;
    std::size_t trace_bytes_max = core::trace_bytes_max;
    core::Millis duration_max = std::chrono::hours{24 * 36525};  ///< a hundred years
};

/// For what comes from a manager: its lists may be longer than those that it was asked with.
inline constexpr DecodeLimits reply_limits{.ranges_max = 1u << 20, .parts_max = 1u << 20};

/// Why bytes are not a message, for the one who sent them.
struct DecodeError {
    errc code = errc::protocol;
    std::string text;          ///< names message, field and limit
    core::RequestId id = 0;    ///< 0: could not be read
    std::uint64_t opcode = 0;  ///< 0: could not be read
};

template <class Message>
using Decoded = std::variant<Message, DecodeError>;

/// Decodes a message of one frame (`second` empty) or of two; more are no message, which is for the
/// receiver of frames to say. Slices of the result share the owners of the frames. Never throws on
/// account of what the bytes are.
///
/// A request whose opcode nobody knows is an UnknownRequest. A HELLO or a WELCOME of versions that
/// we do not speak is errc::version_mismatch; an unknown reply is errc::unsupported.
[[nodiscard]] Decoded<core::Request> decode_request(const core::Slice& first,
                                                    const core::Slice& second,
                                                    const DecodeLimits& limits = {});
[[nodiscard]] Decoded<core::Reply> decode_reply(const core::Slice& first, const core::Slice& second,
                                                const DecodeLimits& limits = reply_limits);

}  // namespace handoff::wire

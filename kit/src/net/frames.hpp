#pragma once

#include <string>

#include <zmq.hpp>

#include "core/slice.hpp"
#include "wire/codec.hpp"

namespace handoff::net {

/// A received message without its routing id: one frame or two, in the words of docs/protocol.md.
struct Frames {
    core::Slice first;
    core::Slice second;
    int count = 1;  ///< what is beyond two was read and dropped
};

/// The message's bytes, which live as long as a slice of them.
core::Slice slice_of(zmq::message_t&& message);

/// Reads what is left of a multipart message whose first frame is `message`.
Frames frames_of(zmq::socket_t& socket, zmq::message_t&& message);

/// Sends head and runs, as one frame or as two, behind what the caller has sent with sndmore.
/// False: there is no room; nothing of this message was sent.
bool send_encoded(zmq::socket_t& socket, const wire::Encoded& encoded);

/// cppzmq throws when a signal interrupts a call; these go on instead.
bool receive(zmq::socket_t& socket, zmq::message_t& message);
bool send(zmq::socket_t& socket, zmq::message_t&& message, bool more);

}  // namespace handoff::net

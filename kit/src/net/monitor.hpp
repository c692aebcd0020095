#pragma once

#include <cstdint>

#include <zmq.hpp>

#include "core/time.hpp"

namespace handoff::net {

/// What libzmq tells of a socket's listeners: the descriptor that one opened, and that it is
/// closed. libzmq does both in a thread of its own, and its events are the only way to know. Events
/// that come without limit are not asked for, because one that is not read blocks that thread
/// (docs/libzmq.md, "Small things").
///
/// Thread safety: none; the thread that owns the socket. Destroy it before the socket.
class Monitor {
public:
    Monitor(zmq::context_t& context, zmq::socket_t& socket);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    struct Event {
        enum class Kind : std::uint8_t { none, listening, closed } kind = Kind::none;
        int descriptor = -1;
    };
    /// Waits for at most `limit`; `none`: nothing happened.
    Event next(core::Millis limit);

private:
    zmq::socket_t& socket_;
    zmq::socket_t events_;
};

}  // namespace handoff::net

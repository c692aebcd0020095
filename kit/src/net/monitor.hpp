#pragma once

#include <cstdint>

#include <zmq.hpp>

#include "core/time.hpp"

namespace handoff::net {

/// What libzmq tells of a socket's listeners and of whom they accept. It opens and closes both in a
/// thread of its own, and its events are the only way to know. They wait here without limit, as one
/// that finds no room would block that thread: somebody has to read them.
///
/// Thread safety: none; the thread that owns the socket. Destroy it before the socket.
class Monitor {
public:
    Monitor(zmq::context_t& context, zmq::socket_t& socket);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    struct Event {
        enum class Kind : std::uint8_t {
            none,
            listening,
            closed,  ///< a listener
            accepted,
            accept_failed,
            handshake_failed,  ///< of the connection that is told to be disconnected next
            disconnected
        } kind = Kind::none;
        /// The descriptor; of accept_failed the error; of handshake_failed a ZMQ_PROTOCOL_ERROR_*,
        /// 0 if it was ended or took too long, -1 if the doorkeeper refused it.
        int value = -1;
    };
    /// Waits for at most `limit`; `none`: nothing happened.
    Event next(core::Millis limit);
    /// The same without a wait. From one that finds nothing on, fd() becomes readable when
    /// something happens.
    Event next();
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    zmq::socket_t& socket_;
    zmq::socket_t events_;
    int fd_ = -1;
};

}  // namespace handoff::net

#pragma once

#include <cerrno>

#include <zmq.hpp>

namespace handoff::net {

/// What `call` returns when no signal has come in between. Most of libzmq's functions first look
/// for commands of its own threads, by a poll that a signal interrupts; then they have done nothing
/// yet, and return less than 0 with EINTR.
template <typename Call>
auto uninterrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || zmq_errno() != EINTR) return result;
    }
}

/// ZMQ_POLLIN and ZMQ_POLLOUT, of what the socket is ready for.
inline int events_of(zmq::socket_t& socket) {
    int events = 0;
    std::size_t size = sizeof events;
    const int result =
        uninterrupted([&] { return zmq_getsockopt(socket.handle(), ZMQ_EVENTS, &events, &size); });
    if (result != 0) throw zmq::error_t();
    return events;
}

}  // namespace handoff::net

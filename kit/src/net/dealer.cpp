#include "net/dealer.hpp"

#include <poll.h>

#include <utility>

#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "net/uninterrupted.hpp"
#include "os/fork.hpp"

namespace handoff::net {
namespace {

/// How long the end of a connection that we give up may take; it takes less than a millisecond.
constexpr int disconnect_limit_ms = 100;

zmq::socket_t make_dealer(ProcessContext& context) {
    try {
        return {context.zmq, zmq::socket_type::dealer};
    } catch (const zmq::error_t& error) {
        throw Error(errc::system, std::string("cannot make a socket: ") + error.what());
    }
}

}  // namespace

Dealer::Dealer(std::shared_ptr<ProcessContext> context, std::string endpoint,
               ReconnectPauses pauses, std::optional<CurveClient> curve)
    : context_(std::move(context)),
      socket_(make_dealer(*context_)),
      endpoint_(std::move(endpoint)),
      curve_(std::move(curve)) {
    socket_.set(zmq::sockopt::linger, 0);
    // Nothing is queued for a connection that is not there: the session keeps every request until
    // it is answered, and sends it again on the connection that is.
    socket_.set(zmq::sockopt::immediate, 1);
    // The session bounds what is unanswered; a second limit below it would only stall.
    socket_.set(zmq::sockopt::sndhwm, 0);
    socket_.set(zmq::sockopt::rcvhwm, 0);
    socket_.set(zmq::sockopt::reconnect_ivl, static_cast<int>(pauses.min.count()));
    socket_.set(zmq::sockopt::reconnect_ivl_max, static_cast<int>(pauses.max.count()));
    socket_.set(zmq::sockopt::handshake_ivl, 5000);
    fd_ = socket_.get(zmq::sockopt::fd);
    own_descriptor(fd_);
    try {
        connect();
    } catch (...) {
        disown_descriptor(fd_);
        throw;
    }
}

void Dealer::connect() {
    if (curve_) {
        const Scheme scheme = Endpoint::parse(endpoint_).scheme;
        if (scheme == Scheme::tcp || scheme == Scheme::ws) {
            protect(socket_, *curve_);
        } else {
            unprotect(socket_);
        }
    }
    const int result =
        uninterrupted([&] { return zmq_connect(socket_.handle(), endpoint_.c_str()); });
    if (result == 0) return;
    throw Error(errc::config_invalid,
                "cannot connect to " + endpoint_ + ": " + zmq_strerror(zmq_errno()));
}

Dealer::~Dealer() {
    disown_descriptor(fd_);
}

bool Dealer::writable() {
    return (events_of(socket_) & ZMQ_POLLOUT) != 0;
}

Dealer::News Dealer::news() {
    const int events = events_of(socket_);
    return {(events & ZMQ_POLLIN) != 0, (events & ZMQ_POLLOUT) != 0};
}

bool Dealer::send(const wire::Encoded& encoded) {
    return send_encoded(socket_, encoded);
}

std::optional<Frames> Dealer::receive() {
    zmq::message_t message;
    if (!net::receive(socket_, message)) return std::nullopt;
    return frames_of(socket_, std::move(message));
}

void Dealer::linger(core::Millis limit) {
    socket_.set(zmq::sockopt::linger, static_cast<int>(limit.count()));
}

void Dealer::reconnect(const std::string& endpoint) {
    // It fails where the connection has gone already, which is what is wanted.
    uninterrupted([&] { return zmq_disconnect(socket_.handle(), endpoint_.c_str()); });
    // Until libzmq's thread has seen to it, the socket takes messages for the old connection, and
    // drops them.
    for (int waited = 0; waited < disconnect_limit_ms && writable(); ++waited) {
        pollfd gone{fd_, POLLIN, 0};
        ::poll(&gone, 1, 1);
    }
    endpoint_ = endpoint;
    connect();
}

}  // namespace handoff::net

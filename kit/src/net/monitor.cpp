#include "net/monitor.hpp"

#include <atomic>
#include <cstring>
#include <string>

#include "net/frames.hpp"
#include "net/uninterrupted.hpp"

namespace handoff::net {
namespace {

/// An event's first frame: its number in 16 bits, then a value in 32, in this machine's order.
Monitor::Event event_of(const zmq::message_t& frame) {
    std::uint16_t number = 0;
    std::int32_t value = 0;
    std::memcpy(&number, frame.data(), sizeof number);
    std::memcpy(&value, frame.data<char>() + sizeof number, sizeof value);
    using Kind = Monitor::Event::Kind;
    switch (number) {
        case ZMQ_EVENT_LISTENING: return {Kind::listening, value};
        case ZMQ_EVENT_ACCEPTED: return {Kind::accepted, value};
        case ZMQ_EVENT_ACCEPT_FAILED: return {Kind::accept_failed, value};
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return {Kind::handshake_failed, value};
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return {Kind::handshake_failed, 0};
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return {Kind::handshake_failed, -1};
        case ZMQ_EVENT_DISCONNECTED: return {Kind::disconnected, value};
        default: return {Kind::closed, value};
    }
}

}  // namespace

Monitor::Monitor(zmq::context_t& context, zmq::socket_t& socket)
    : socket_(socket), events_(context, zmq::socket_type::pair) {
    static std::atomic<unsigned> made = 0;
    const std::string name = "inproc://handoff.monitor." + std::to_string(++made);
    events_.set(zmq::sockopt::linger, 0);
    events_.set(zmq::sockopt::rcvhwm, 0);
    const int events = ZMQ_EVENT_LISTENING | ZMQ_EVENT_CLOSED | ZMQ_EVENT_ACCEPTED |
                       ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_DISCONNECTED |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    const int monitored =
        uninterrupted([&] { return zmq_socket_monitor(socket_.handle(), name.c_str(), events); });
    if (monitored != 0) throw zmq::error_t();
    if (uninterrupted([&] { return zmq_connect(events_.handle(), name.c_str()); }) != 0) {
        throw zmq::error_t();
    }
    fd_ = events_.get(zmq::sockopt::fd);
}

Monitor::~Monitor() {
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
}

Monitor::Event Monitor::next(core::Millis limit) {
    zmq_pollitem_t item{events_.handle(), 0, ZMQ_POLLIN, 0};
    uninterrupted([&] { return zmq_poll(&item, 1, static_cast<long>(limit.count())); });
    return next();
}

Monitor::Event Monitor::next() {
    zmq::message_t frame;
    if (!receive(events_, frame) || frame.size() != 6) return {};
    zmq::message_t address;
    receive(events_, address);
    return event_of(frame);
}

}  // namespace handoff::net

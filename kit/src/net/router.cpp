#include "net/router.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "net/uninterrupted.hpp"
#include "os/fork.hpp"
#include "os/host.hpp"

namespace handoff::net {
namespace {

/// libzmq names connections by a zero byte and a 32-bit number. Names that peers chose themselves
/// are not accepted: two could choose the same one (docs/libzmq.md, "Routing ids").
constexpr std::size_t routing_id_bytes = 5;

/// Sets a connection's number apart from 0, "none".
constexpr core::ConnectionId connection_bit = core::ConnectionId{1} << 32;

/// How long closing a listener may take; it takes less than a millisecond.
constexpr core::Millis close_limit{1000};
/// Connections may come and go meanwhile.
constexpr int events_awaited_max = 100'000;

/// Who sends more frames in a message is cut off; from three on it is refused.
constexpr int frames_borne_max = 1000;

/// Messages of forgotten peers that are freed in one turn.
constexpr int dropped_at_once = 500;

/// What a message takes in an outbox: small ones take more than their bytes.
std::size_t bytes_of(const wire::Encoded& encoded) {
    constexpr std::size_t overhead = 2 * sizeof(wire::Encoded);
    return encoded.head.size() + encoded.run_bytes + overhead;
}

core::ConnectionId connection_of(const zmq::message_t& routing_id) {
    if (routing_id.size() != routing_id_bytes) return 0;
    const auto* bytes = routing_id.data<const unsigned char>();
    core::ConnectionId number = 0;
    for (std::size_t i = 1; i < routing_id_bytes; ++i) number = number << 8 | bytes[i];
    return connection_bit | number;
}

zmq::message_t routing_id_of(core::ConnectionId connection) {
    std::array<unsigned char, routing_id_bytes> bytes{};
    for (std::size_t i = routing_id_bytes; i-- > 1; connection >>= 8) {
        bytes.at(i) = static_cast<unsigned char>(connection & 0xff);
    }
    return {bytes.data(), bytes.size()};
}

zmq::socket_t make_router(ProcessContext& context) {
    try {
        return {context.zmq, zmq::socket_type::router};
    } catch (const zmq::error_t& error) {
        throw Error(errc::system, std::string("cannot make a socket: ") + error.what());
    }
}

/// What the doorkeeper called the peer. The routing id may come without it (docs/libzmq.md,
/// "CURVE").
std::string user_of(zmq::message_t& message) {
    const char* user = zmq_msg_gets(message.handle(), "User-Id");
    return user == nullptr ? "" : user;
}

}  // namespace

Router::Router(std::shared_ptr<ProcessContext> context, const RouterLimits& limits)
    : context_(std::move(context)),
      limits_(limits),
      socket_(make_router(*context_)),
      connections_(limits_.silence_max,
                   {limits_.unfinished_of_one(), limits_.unfinished_bytes_max}) {
    socket_.set(zmq::sockopt::linger, 0);
    // Without it, what cannot be delivered vanishes in silence.
    socket_.set(zmq::sockopt::router_mandatory, 1);
    socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits_.message_bytes_max));
    // Per connection: more would let one peer fill the memory, less would stall a quick one.
    socket_.set(zmq::sockopt::rcvhwm, 256);
    socket_.set(zmq::sockopt::sndhwm, 1000);
    socket_.set(zmq::sockopt::backlog, 1024);
    socket_.set(zmq::sockopt::handshake_ivl, static_cast<int>(limits_.handshake.count()));
    socket_.set(zmq::sockopt::ipv6, 1);
    // A host that has gone without a word leaves connections that nothing else would ever end.
    socket_.set(zmq::sockopt::tcp_keepalive, 1);
    socket_.set(zmq::sockopt::tcp_keepalive_idle, 60);
    socket_.set(zmq::sockopt::tcp_keepalive_intvl, 20);
    socket_.set(zmq::sockopt::tcp_keepalive_cnt, 3);
    fd_ = socket_.get(zmq::sockopt::fd);
    own_descriptor(fd_);
    monitor_.emplace(context_->zmq, socket_);
}

/// libzmq closes listeners, and removes their files, in a thread of its own. Were the addresses
/// given up before that, it could remove what the next manager has just made.
Router::~Router() {
    std::set<int> closing;
    for (const Listener& listener : listeners_) {
        disown_descriptor(listener.descriptor);
        uninterrupted([&] { return zmq_unbind(socket_.handle(), listener.bound.c_str()); });
        if (listener.descriptor >= 0) closing.insert(listener.descriptor);
    }
    // A bind that failed has left an event of its own.
    while (!closing.empty()) {
        const Monitor::Event event = await(Monitor::Event::Kind::closed);
        if (event.kind == Monitor::Event::Kind::none) break;
        closing.erase(event.value);
    }
    for (const std::string& endpoint : endpoints_) {
        const Endpoint parsed = Endpoint::parse(endpoint);
        if (parsed.scheme == Scheme::ipc) ::unlink(parsed.address.c_str());
    }
    disown_descriptor(fd_);
    monitor_.reset();
}

void Router::bind(const std::string& endpoint, std::uint64_t epoch) {
    const Endpoint parsed = Endpoint::parse(endpoint);
    const bool file = parsed.scheme == Scheme::ipc;
    if (file) {
        locks_.push_back(std::make_unique<LockFile>(context_->locks, parsed.address, epoch));
    }
    const std::string address = parsed.text();
    const bool crosses_hosts = parsed.scheme == Scheme::tcp || parsed.scheme == Scheme::ws;
    if (curve_ && crosses_hosts) {
        net::protect(socket_, *curve_);
    } else if (curve_) {
        unprotect(socket_);
    }
    if (uninterrupted([&] { return zmq_bind(socket_.handle(), address.c_str()); }) != 0) {
        const int error = zmq_errno();
        const errc code = error == EADDRINUSE ? errc::address_in_use : errc::system;
        throw Error(code, "cannot listen on " + endpoint + ": " + zmq_strerror(error));
    }
    const std::string bound = socket_.get(zmq::sockopt::last_endpoint);
    const Monitor::Event listening =
        parsed.scheme == Scheme::inproc ? Monitor::Event{} : await(Monitor::Event::Kind::listening);
    listeners_.push_back({bound, listening.value});
    // A child that kept the listener would keep the address as well.
    own_descriptor(listening.value);
    if (file && ::chmod(parsed.address.c_str(), S_IRUSR | S_IWUSR) != 0) {
        throw Error(errc::system,
                    "cannot set the mode of " + parsed.address + ": " + std::strerror(errno));
    }
    // libzmq tells the port, in a spelling of its own.
    endpoints_.push_back(crosses_hosts ? Endpoint::parse(bound).text() : parsed.text());
}

/// The next event of this kind; `none` if it does not come in time.
Monitor::Event Router::await(Monitor::Event::Kind kind) {
    for (int left = events_awaited_max; left > 0; --left) {
        const Monitor::Event event = monitor_->next(close_limit);
        connections_.note(event, now().boot);
        if (event.kind == kind || event.kind == Monitor::Event::Kind::none) return event;
    }
    return {};
}

void Router::look_at_connections(core::Time now) {
    for (Monitor::Event event = monitor_->next(); event.kind != Monitor::Event::Kind::none;
         event = monitor_->next()) {
        connections_.note(event, now);
    }
}

std::uint64_t Router::refuse_silent(core::Time now) {
    connections_.tick(now);
    return connections_.take_refused();
}

std::uint64_t Router::refuse_endless(core::Time now) {
    connections_.look_at_bytes(now, drained_);
    return connections_.take_endless();
}

bool Router::readable() {
    return (events_of(socket_) & ZMQ_POLLIN) != 0;
}

std::optional<Router::Arrival> Router::receive() {
    zmq::message_t routing_id;
    drained_ = !net::receive(socket_, routing_id);
    if (drained_) return std::nullopt;
    Arrival arrival;
    arrival.from = connection_of(routing_id);
    zmq::message_t first;
    if (routing_id.more() && net::receive(socket_, first)) {
        if (curve_) arrival.user = user_of(first);
        const int descriptor = zmq_msg_get(first.handle(), ZMQ_SRCFD);
        connections_.spoke(descriptor);
        arrival.frames = frames_of(socket_, std::move(first));
        // While they are read everybody waits.
        if (arrival.frames.count > frames_borne_max) connections_.cut(descriptor);
    }
    return arrival;
}

void Router::send(core::ConnectionId to, const wire::Encoded& encoded) {
    const auto waiting = outboxes_.find(to);
    // Behind what waits already, so that the order stays.
    const Sent sent = waiting == outboxes_.end() ? try_send(to, encoded) : Sent::no_room;
    if (sent == Sent::gone) return forget(to);
    if (sent == Sent::yes) return;
    Outbox& outbox = outboxes_[to];
    outbox.bytes += bytes_of(encoded);
    outbox.messages.push_back(encoded);
    if (outbox.bytes > limits_.outbox_bytes_max) forget(to);
}

bool Router::flush() {
    std::vector<core::ConnectionId> lost;
    for (auto next = outboxes_.begin(); next != outboxes_.end();) {
        auto& [peer, outbox] = *next;
        Sent sent = Sent::yes;
        while (!outbox.messages.empty()) {
            const wire::Encoded& message = outbox.messages.front();
            sent = try_send(peer, message);
            if (sent != Sent::yes) break;
            outbox.bytes -= bytes_of(message);
            outbox.messages.pop_front();
        }
        if (sent == Sent::gone) lost.push_back(peer);
        next = outbox.messages.empty() ? outboxes_.erase(next) : std::next(next);
    }
    for (const core::ConnectionId peer : lost) forget(peer);
    drop_some();
    return outboxes_.empty() && dropped_.empty();
}

Router::Sent Router::try_send(core::ConnectionId to, const wire::Encoded& encoded) {
    try {
        if (!net::send(socket_, routing_id_of(to), true)) return Sent::no_room;
        // The routing id found the peer and its room, so the frames behind it have both.
        send_encoded(socket_, encoded);
        return Sent::yes;
    } catch (const zmq::error_t& error) {
        if (error.num() == EHOSTUNREACH) return Sent::gone;
        throw;
    }
}

void Router::forget(core::ConnectionId peer) {
    if (const auto waiting = outboxes_.find(peer); waiting != outboxes_.end()) {
        dropped_.push_back(std::move(waiting->second.messages));
        outboxes_.erase(waiting);
    }
    gone_.push_back(peer);
}

/// A full outbox of small messages takes tens of milliseconds to free, for which all would wait.
void Router::drop_some() {
    for (int count = 0; count < dropped_at_once && !dropped_.empty(); ++count) {
        if (dropped_.back().empty()) {
            dropped_.pop_back();
        } else {
            dropped_.back().pop_front();
        }
    }
}

void Router::linger(core::Millis limit) {
    socket_.set(zmq::sockopt::linger, static_cast<int>(limit.count()));
}

std::vector<core::ConnectionId> Router::take_gone() {
    return std::exchange(gone_, {});
}

}  // namespace handoff::net

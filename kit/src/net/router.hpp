#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <zmq.hpp>

#include "core/commit_gate.hpp"
#include "net/connections.hpp"
#include "net/context.hpp"
#include "net/curve.hpp"
#include "net/frames.hpp"
#include "net/monitor.hpp"

namespace handoff::net {

struct RouterLimits {
    std::size_t message_bytes_max = 17u << 20;  ///< a longer frame cuts its connection
    std::size_t outbox_bytes_max = 64u << 20;   ///< waiting for one peer, beyond libzmq's own queue
    std::size_t unfinished_bytes_max = 256u << 20;  ///< see Connections
    core::Millis handshake{5000};  ///< a connection that is not ready by then is cut
    /// Who has connected says HELLO at once, and then something at least once in a session's limit.
    core::Millis silence_max{10'000};

    /// What one connection may bring of a message that is not whole.
    [[nodiscard]] std::size_t unfinished_of_one() const { return 2 * message_bytes_max; }
};

/// The manager's socket: one ROUTER bound to any number of endpoints. It never blocks: what a peer
/// does not take waits in an outbox of its own, and a peer that lets it overflow is forgotten.
///
/// Thread safety: none; the manager's loop thread owns it.
class Router {
public:
    Router(std::shared_ptr<ProcessContext> context, const RouterLimits& limits);

    /// Returns when the addresses are free for others.
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// Binds, and adds the endpoint as it was bound to endpoints(). For ipc: takes the path's lock
    /// first, and leaves the socket for its owner alone (mode 0600). Throws errc::address_in_use,
    /// errc::system.
    void bind(const std::string& endpoint, std::uint64_t epoch);

    /// Of the binds that follow, those to tcp and ws let in whom the domain's doorkeeper admits,
    /// and encrypt what they carry.
    void protect(CurveServer server) { curve_ = std::move(server); }

    [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept { return endpoints_; }

    struct Arrival {
        core::ConnectionId from = 0;  ///< 0: from somebody who chose a name; not to be answered
        Frames frames;
        std::string user;  ///< the key that the connection has shown; empty: it needed none
    };
    /// Empty: nothing has arrived.
    std::optional<Arrival> receive();

    void send(core::ConnectionId to, const wire::Encoded& encoded);

    /// Tries again what waits in outboxes; false: call again soon, as some still does, or is still
    /// to be freed.
    bool flush();

    /// How long, once this is destroyed, messages on their way may still take; 0 unless set.
    void linger(core::Millis limit);

    /// Connections that turned out to be gone, or were forgotten, since the last call.
    std::vector<core::ConnectionId> take_gone();

    /// Whether a message is there. From a look on that found none, fd() becomes readable when one
    /// comes; until the next send() or receive(), which take note of it in silence.
    [[nodiscard]] bool readable();
    [[nodiscard]] int fd() const noexcept { return fd_; }

    /// Takes note of who has come and gone, and refuses those for whom there is no room; see
    /// Connections. To be called when news_fd() is readable.
    void look_at_connections(core::Time now);
    [[nodiscard]] int news_fd() const noexcept { return monitor_->fd(); }
    /// To be called now and then: refuses who has been silent for too long. Returns how many were
    /// refused since the last call.
    std::uint64_t refuse_silent(core::Time now);
    /// Likewise, behind receive(): who sends without end. Of such a thing nothing tells: it is to
    /// be called every look_pause(), if there is one.
    std::uint64_t refuse_endless(core::Time now);
    /// Of these since the last call: those who had most, where all together had too much.
    std::uint64_t take_crowded() { return connections_.take_crowded(); }
    /// Who did not get through the handshake, and why.
    std::vector<core::LogEntry> take_log() { return connections_.take_log(); }
    [[nodiscard]] std::optional<core::Millis> look_pause() const {
        return connections_.look_pause();
    }

private:
    Monitor::Event await(Monitor::Event::Kind kind);
    enum class Sent { yes, no_room, gone };
    Sent try_send(core::ConnectionId to, const wire::Encoded& encoded);
    void forget(core::ConnectionId peer);
    void drop_some();

    struct Outbox {
        std::deque<wire::Encoded> messages;
        std::size_t bytes = 0;
    };

    std::shared_ptr<ProcessContext> context_;
    RouterLimits limits_;
    std::vector<std::unique_ptr<LockFile>> locks_;  // released after the socket is closed
    std::optional<CurveServer> curve_;              // outlives the socket
    zmq::socket_t socket_;
    int fd_ = -1;
    std::optional<Monitor> monitor_;
    Connections connections_;
    struct Listener {
        std::string bound;  ///< as libzmq calls it
        int descriptor;     ///< -1: none (inproc)
    };
    std::vector<Listener> listeners_;
    std::vector<std::string> endpoints_;
    std::map<core::ConnectionId, Outbox> outboxes_;
    std::vector<std::deque<wire::Encoded>> dropped_;  // outboxes of the forgotten, a bit at a time
    std::vector<core::ConnectionId> gone_;
    bool drained_ = false;  // the last receive() found nothing
};

}  // namespace handoff::net

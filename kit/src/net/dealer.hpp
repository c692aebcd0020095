#pragma once

#include <memory>
#include <optional>
#include <string>

#include <zmq.hpp>

#include "core/time.hpp"
#include "net/context.hpp"
#include "net/curve.hpp"
#include "net/frames.hpp"

namespace handoff::net {

struct ReconnectPauses {
    core::Millis min{50};
    core::Millis max{2000};
};

/// The client's socket: one DEALER, connected to one manager, that never queues for a connection
/// which is not there (docs/libzmq.md, "Connecting side").
///
/// Thread safety: one thread at a time; ownership may pass under a mutex. Another thread may poll
/// fd() meanwhile.
class Dealer {
public:
    /// Connects in the background; throws errc::config_invalid if libzmq refuses the endpoint.
    /// curve: for endpoints of tcp and ws.
    Dealer(std::shared_ptr<ProcessContext> context, std::string endpoint, ReconnectPauses pauses,
           std::optional<CurveClient> curve = {});
    ~Dealer();

    /// A connection is there and takes messages.
    [[nodiscard]] bool writable();

    /// How things stand. From a look on that found no message, fd() becomes readable when they
    /// change; until the next send() or receive(), which take note of changes in silence.
    struct News {
        bool readable = false;  ///< a message is there
        bool writable = false;  ///< a connection is there and takes messages
    };
    [[nodiscard]] News news();

    /// False: no connection takes it; nothing was sent.
    bool send(const wire::Encoded& encoded);

    /// Empty: nothing has arrived.
    std::optional<Frames> receive();

    /// Drops the connection and what is in it, and connects anew; to another endpoint, if given.
    void reconnect(const std::string& endpoint);

    /// How long, once this is destroyed, messages on their way may still take; 0 unless set.
    void linger(core::Millis limit);

    /// Readable when something may have changed: a message, a connection made or lost. Ask news()
    /// before you poll it: it tells of changes, and once.
    [[nodiscard]] int fd() const noexcept { return fd_; }

    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

private:
    void connect();

    std::shared_ptr<ProcessContext> context_;
    zmq::socket_t socket_;
    std::string endpoint_;
    const std::optional<CurveClient> curve_;
    int fd_ = -1;
};

}  // namespace handoff::net

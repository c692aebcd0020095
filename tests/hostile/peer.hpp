#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/messages.hpp"

namespace handoff::hostile {

/// Who speaks to a manager over a bare socket, and says what he likes: bytes, half a handshake, or
/// messages of the protocol that no client would send. Over tcp; what he does takes no longer than
/// `patience`.
class Peer {
public:
    /// Connects to "tcp://HOST:PORT". Throws if nobody accepts.
    explicit Peer(const std::string& endpoint);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    Peer(Peer&& other) noexcept;

    // ---- bytes

    /// Sends them all; false: the manager takes no more, for `limit` or at all.
    bool send(std::string_view bytes, std::chrono::milliseconds limit = patience) const;
    /// What comes next, at most so many bytes; empty: nothing came in time, or no more will.
    [[nodiscard]] std::string receive(std::size_t bytes_max,
                                      std::chrono::milliseconds limit = patience) const;
    /// Whether the manager ends the connection in time; what it sends before is thrown away.
    [[nodiscard]] bool is_ended(std::chrono::milliseconds limit = patience) const;

    // ---- ZMTP 3.0 (https://rfc.zeromq.org/spec/23)

    static std::string greeting(std::string_view mechanism = "NULL");
    /// A READY of a socket of this type.
    static std::string ready(std::string_view socket_type = "DEALER");
    static std::string frame(std::string_view body, bool more = false);
    /// All of the handshake. False: the manager did not go along.
    bool shake_hands() const;

    // ---- the protocol

    bool say(const core::Request& request, std::chrono::milliseconds limit = patience) const;
    /// The next message; empty if none comes in time.
    [[nodiscard]] std::optional<core::Reply> hear(std::chrono::milliseconds limit = patience);
    /// The answer to the request with this id; what comes before is thrown away.
    std::optional<core::Reply> answer(core::RequestId id);
    /// A session of his own, as every client has one.
    bool begin_session(const core::SessionId& fresh);

    static constexpr std::chrono::milliseconds patience{3000};

private:
    bool fill(std::size_t bytes, std::chrono::milliseconds limit);

    int fd_ = -1;
    std::string heard_;  ///< and not taken yet
};

/// As a message travels.
[[nodiscard]] std::string frames_of(const core::Request& request);

}  // namespace handoff::hostile

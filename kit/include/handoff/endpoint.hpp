#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace handoff {

/// The transport, named by the part of an address before "://".
enum class Scheme : std::uint8_t {
    inproc = 0,  ///< threads of one process
    ipc = 1,     ///< processes of one host, by a socket in the file system
    tcp = 2,     ///< processes of one host or of several
    ws = 3,      ///< WebSocket: as tcp, through whatever passes HTTP
};

/// The scheme as it is written in an address: "ipc".
std::string_view to_string(Scheme scheme) noexcept;

/// Where a manager listens and clients connect:
///
///     inproc://NAME    ipc://PATH    tcp://HOST:PORT    ws://HOST:PORT[/PATH]
///
/// HOST is a name, an IPv4 address, an IPv6 address in brackets, or * for all interfaces;
/// `localhost` is read as 127.0.0.1, so that both sides mean the same. PORT is 1 to 65535, or * (or
/// 0) for a listener that takes a free one.
///
/// Thread safety: as a plain value.
struct Endpoint {
    Scheme scheme = Scheme::ipc;  ///< what comes before "://"
    std::string address{};   ///< what follows "://": the name, the path, or host, port and path
    std::string host{};      ///< tcp, ws: as in the address, but IPv6 without brackets
    std::uint16_t port = 0;  ///< tcp, ws: 0 where the listener takes a free one

    /// Throws errc::invalid_argument, naming the fault, for what is not of the form above.
    static Endpoint parse(std::string_view text);

    /// The whole address, the same for all its spellings; parse() maps it to this value.
    [[nodiscard]] std::string text() const;

    /// Whether only this host can reach it: inproc, ipc, and loopback addresses.
    [[nodiscard]] bool local() const;

    /// Whether a client can go there: it names one host and one port.
    [[nodiscard]] bool connectable() const;

    /// Whether they are the same address.
    bool operator==(const Endpoint&) const = default;
};

}  // namespace handoff

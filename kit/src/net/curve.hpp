#pragma once

#include <string>

#include <zmq.hpp>

#include "handoff/keys.hpp"

namespace handoff::net {

/// Whether it is a key, public or secret: 40 characters of Z85.
[[nodiscard]] bool is_key(const std::string& text);

/// How connecting sockets prove who they are, and know whom they reach.
struct CurveClient {
    KeyPair keys;
    std::string manager;  ///< its public key
};

/// What listening sockets need.
struct CurveServer {
    std::string secret_key;
    std::string domain;  ///< whose list of keys counts; see Doorkeeper
};

/// For the binds or connects that follow. inproc and ipc have no use for it: the first stays in the
/// process, and files have owners and modes.
void protect(zmq::socket_t& socket, const CurveClient& client);
void protect(zmq::socket_t& socket, const CurveServer& server);

/// Back to nothing, for those that follow. A server's domain stays, and with it the doorkeeper is
/// asked of ipc as well, and refuses: so what needs no keys is bound first.
void unprotect(zmq::socket_t& socket);

}  // namespace handoff::net

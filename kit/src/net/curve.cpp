#include "net/curve.hpp"

#include <array>

#include "handoff/error.hpp"
#include "net/context.hpp"

namespace handoff {
namespace {

/// With the zero at its end.
using KeyText = std::array<char, 41>;

}  // namespace

KeyPair KeyPair::make() {
    // libsodium must not be shut down by the end of a context meanwhile (docs/libzmq.md, "CURVE").
    const auto context = net::process_context();
    KeyText public_key{};
    KeyText secret_key{};
    if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
        throw Error(errc::unsupported, "this libzmq was built without CURVE");
    }
    return {public_key.data(), secret_key.data()};
}

KeyPair KeyPair::of_secret_key(const std::string& secret_key) {
    const auto context = net::process_context();
    KeyText public_key{};
    if (secret_key.size() + 1 != public_key.size() ||
        zmq_curve_public(public_key.data(), secret_key.c_str()) != 0) {
        throw Error(errc::invalid_argument, "a secret key has 40 characters of Z85");
    }
    return {public_key.data(), secret_key};
}

namespace net {

void protect(zmq::socket_t& socket, const CurveClient& client) {
    socket.set(zmq::sockopt::curve_publickey, client.keys.public_key);
    socket.set(zmq::sockopt::curve_secretkey, client.keys.secret_key);
    socket.set(zmq::sockopt::curve_serverkey, client.manager);
}

void protect(zmq::socket_t& socket, const CurveServer& server) {
    socket.set(zmq::sockopt::curve_server, 1);
    socket.set(zmq::sockopt::curve_secretkey, server.secret_key);
    socket.set(zmq::sockopt::zap_domain, server.domain);
}

void unprotect(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::curve_server, 0);
    zmq_setsockopt(socket.handle(), ZMQ_ZAP_DOMAIN, nullptr, 0);
}

}  // namespace net
}  // namespace handoff

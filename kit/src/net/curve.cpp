#include "net/curve.hpp"

#include <array>
#include <cstdint>

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
    if (!net::is_key(secret_key) || zmq_curve_public(public_key.data(), secret_key.c_str()) != 0) {
        throw Error(errc::invalid_argument, "a secret key has 40 characters of Z85");
    }
    return {public_key.data(), secret_key};
}

namespace net {

bool is_key(const std::string& text) {
    // libzmq reads up to a zero, and takes whatever is in memory for what is missing behind it.
    constexpr std::size_t length = KeyText{}.size() - 1;
    std::array<std::uint8_t, length / 5 * 4> bytes{};
    return text.size() == length && text.find('\0') == std::string::npos &&
           zmq_z85_decode(bytes.data(), text.c_str()) != nullptr;
}

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
}

}  // namespace net
}  // namespace handoff

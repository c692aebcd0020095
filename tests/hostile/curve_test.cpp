#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "hostile/peer.hpp"
#include "hostile/siege.hpp"
#include "net/context.hpp"
#include "net/curve.hpp"
#include "support/world.hpp"

// Whoever reaches a port that asks for keys, and has none, or none that counts.

using namespace handoff;
using namespace handoff::hostile;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t mebibyte = 1u << 20;
constexpr std::size_t greeting_bytes = 64;
constexpr std::size_t hello_bytes = 202;  // with its frame's head

/// A socket of libzmq that shows a key to whom it takes for the manager.
zmq::socket_t dealer(net::ProcessContext& context, const std::string& manager_public_key) {
    zmq::socket_t socket(context.zmq, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::reconnect_ivl, 1);
    net::protect(socket, net::CurveClient{KeyPair::make(), manager_public_key});
    return socket;
}

/// What a client says to this manager before it is asked anything: its greeting and a HELLO that
/// the manager can decrypt. Heard by a listener of our own.
std::string recorded_hello(const std::string& manager_public_key) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const auto context = net::process_context();
    zmq::socket_t client = dealer(*context, manager_public_key);
    client.connect("tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port)));

    const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    REQUIRE(connection >= 0);
    std::string greeting = Peer::greeting("CURVE");
    greeting[32] = 1;  // we are the server
    REQUIRE(::send(connection, greeting.data(), greeting.size(), MSG_NOSIGNAL) > 0);
    std::string heard(greeting_bytes + hello_bytes, '\0');
    REQUIRE(::recv(connection, heard.data(), heard.size(), MSG_WAITALL) ==
            static_cast<ssize_t>(heard.size()));
    ::close(connection);
    ::close(listener);
    return heard;
}

std::string noise(std::mt19937& random, std::size_t bytes) {
    std::string text(bytes, '\0');
    for (char& byte : text) byte = static_cast<char>(random() & 0xff);
    return text;
}

}  // namespace

TEST_CASE("whoever speaks without keys to a port that asks for them is refused and told of") {
    const Keys keys;
    Siege siege(keys);
    std::mt19937 random(21);
    const std::string plain_hello("\4\16\5HELLO\3eve\4pass", 16);
    siege.attack("no keys", 32 * mebibyte, [&] {
        for (int round = 0; round < 40; ++round) {
            const std::string nothing_secret = noise(random, hello_bytes - 8);
            for (const std::string& opening :
                 {Peer::greeting("NULL") + Peer::ready(), Peer::greeting("PLAIN") + plain_hello,
                  Peer::greeting("CURVE") + std::string("\4\310\5HELLO\1", 8) + nothing_secret,
                  Peer::greeting("CURVE") + Peer::ready(),
                  Peer::greeting("CURVE") + Peer::frame("no HELLO before it"),
                  std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), noise(random, 3000)}) {
                const Peer peer(siege.endpoint());
                peer.send(opening);
                if (round == 0) CHECK((opening.front() == 'G' || peer.is_ended()));
            }
        }
    });
    CHECK(test::eventually([&] { return siege.told("does not use the security mechanism") > 0; }));
    // Once for each reason; from where may not be known any more.
    CHECK(siege.told("refused a connection from 127.0.0.1") <= 3);
    CHECK(siege.told("refused a connection from") <= 6);
}

TEST_CASE("handshakes with keys that are begun and not finished end and keep nobody out") {
    take_all_descriptors();
    const Keys keys;
    Siege siege(keys, {"HANDOFF__MANAGER__HANDSHAKE_LIMIT=1s"});
    const std::string hello = recorded_hello(keys.manager_public_key());
    siege.attack("half handshakes with keys", 64 * mebibyte, [&] {
        std::vector<Peer> waiting;
        const auto begin = Clock::now();
        for (std::size_t each = 0; each < 400; ++each) {
            waiting.emplace_back(siege.endpoint());
            waiting.back().send(std::string_view(hello).substr(0, each * hello.size() / 399));
        }
        // One more byte now and then does not lengthen it.
        for (std::size_t each = 0; each < 300; ++each) waiting[each].send(hello.substr(0, 1));
        for (const Peer& each : waiting) CHECK(each.is_ended());
        CHECK(Clock::now() - begin < 10s);  // not one handshake_limit after the other
    });
    // From this host, and from where may not be known any more.
    CHECK(siege.told("ended before its handshake did") <= 2);
}

TEST_CASE("greetings of others that are said again open nothing") {
    const Keys keys;
    Siege siege(keys);
    const std::string hello = recorded_hello(keys.manager_public_key());
    siege.attack("replayed greetings with keys", 32 * mebibyte, [&] {
        std::mt19937 random(22);
        for (const auto end = Clock::now() + 1s; Clock::now() < end;) {
            const Peer peer(siege.endpoint());
            peer.send(hello + std::string("\4\376\10INITIATE", 11) + noise(random, 245));
            CHECK(peer.is_ended());
        }
    });
}

TEST_CASE("clients whose keys are not listed and come again and again are told of once each") {
    const Keys keys;
    Siege siege(keys);
    constexpr std::size_t strangers = 8;
    siege.attack("keys that are not listed", 32 * mebibyte, [&] {
        const auto context = net::process_context();
        std::vector<zmq::socket_t> sockets;
        for (std::size_t each = 0; each < strangers; ++each) {
            sockets.push_back(dealer(*context, keys.manager_public_key()));
            sockets.back().connect(siege.endpoint());
        }
        CHECK(test::eventually([&] { return siege.told("is not in") == strangers; }));
        for (const auto end = Clock::now() + 1s; Clock::now() < end;) {
            for (zmq::socket_t& socket : sockets) {
                zmq::message_t answer;
                CHECK_FALSE(socket.recv(answer, zmq::recv_flags::dontwait).has_value());
            }
            zmq::pollitem_t first{sockets.front().handle(), 0, ZMQ_POLLIN, 0};
            zmq::poll(&first, 1, 50ms);
        }
    });
    CHECK(siege.told("is not in") == strangers);
}

#include <random>
#include <string>
#include <vector>

#include "hostile/peer.hpp"
#include "hostile/siege.hpp"
#include "support/world.hpp"

// Whoever reaches the port, and does not speak ZMTP, or does it badly.

using namespace handoff;
using namespace handoff::hostile;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mebibyte = 1u << 20;

std::string noise(std::mt19937& random, std::size_t bytes) {
    std::string text(bytes, '\0');
    for (char& byte : text) byte = static_cast<char>(random() & 0xff);
    return text;
}

}  // namespace

TEST_CASE("garbage on the port harms nobody") {
    Siege siege;
    const std::vector<std::string> openings{
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),  // TLS
        "SSH-2.0-OpenSSH_9.2\r\n",
        std::string("\xff\0\0\0\0\0\0\0\1\x7f", 10),             // ZMTP 2, nothing behind it
        std::string("\1\0", 2),                                  // ZMTP 1, an empty identity
        std::string("\x05hello\x05world", 12),                   // ZMTP 1
        std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9),  // a frame without end
        Peer::greeting() + std::string("\x04\xff", 2),           // half a command
        Peer::greeting() + std::string("\x06\xff\xff\xff\xff\xff\xff\xff\xff", 9),
        Peer::greeting() + Peer::frame("no READY before it"),
    };
    siege.attack("garbage", 16 * mebibyte, [&] {
        std::mt19937 random(7);
        for (int round = 0; round < 60; ++round) {
            for (const std::string& opening : openings) {
                const Peer peer(siege.endpoint());
                peer.send(opening);
                peer.send(noise(random, 2000));
            }
            const Peer peer(siege.endpoint());
            peer.send(noise(random, 4000));
        }
    });
}

TEST_CASE("a wrong mechanism is refused") {
    Siege siege;
    siege.attack("wrong mechanisms", 16 * mebibyte, [&] {
        for (const char* mechanism : {"PLAIN", "CURVE", "GSSAPI", "", "NULLNULLNULLNULLNULL"}) {
            for (int round = 0; round < 20; ++round) {
                const Peer peer(siege.endpoint());
                REQUIRE(peer.send(Peer::greeting(mechanism) + Peer::ready()));
                CHECK(peer.is_ended());
            }
        }
    });
}

TEST_CASE("a socket of a wrong type, and commands that nobody knows, are refused") {
    Siege siege;
    siege.attack("wrong sockets", 16 * mebibyte, [&] {
        for (const char* type : {"PUB", "SUB", "PUSH", "XYZ", ""}) {
            const Peer peer(siege.endpoint());
            REQUIRE(peer.send(Peer::greeting() + Peer::ready(type)));
            CHECK(peer.is_ended());
        }
        const Peer peer(siege.endpoint());
        REQUIRE(peer.shake_hands());
        CHECK(peer.send(std::string("\4\6\5PING1\4\4\3SUB\4\1\xff\4\0", 20)));
    });
}

TEST_CASE("handshakes that are never finished keep nobody out, and end") {
    take_all_descriptors();
    Siege siege;
    const std::string whole = Peer::greeting() + Peer::ready();
    siege.attack("half handshakes", 64 * mebibyte, [&] {
        std::vector<Peer> waiting;
        for (std::size_t said = 0; said < whole.size(); ++said) {
            for (int each = 0; each < 4; ++each) {
                waiting.emplace_back(siege.endpoint());
                REQUIRE(waiting.back().send(std::string_view(whole).substr(0, said)));
            }
        }
        // One byte after the other, and all connections open.
        for (std::size_t said = 0; said + 2 < whole.size(); ++said) {
            waiting.front().send(std::string_view(whole).substr(said, 1));
        }
    });
}

TEST_CASE("many connections in a short time keep nobody out") {
    take_all_descriptors();
    Siege siege;
    siege.attack("3000 connections", 64 * mebibyte, [&] {
        for (int round = 0; round < 1500; ++round) {
            const Peer peer(siege.endpoint());
            peer.send(Peer::greeting() + Peer::ready());
        }
        for (int round = 0; round < 1500; ++round) const Peer peer(siege.endpoint());
    });
}

TEST_CASE("many connections at once that say nothing keep nobody out") {
    take_all_descriptors();
    Siege siege;
    siege.attack("900 connections at once", 128 * mebibyte, [&] {
        std::vector<Peer> all;
        for (int number = 0; number < 900; ++number) {
            all.emplace_back(siege.endpoint());
            all.back().send(Peer::greeting() + Peer::ready());
        }
    });
}

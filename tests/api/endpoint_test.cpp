#include "handoff/endpoint.hpp"

#include <algorithm>
#include <string>

#include "handoff/error.hpp"
#include "support/catch.hpp"

using handoff::Endpoint;
using handoff::Scheme;

namespace {

std::string refusal(const std::string& text) {
    try {
        Endpoint::parse(text);
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::invalid_argument);
        return error.what();
    }
    return "accepted";
}

/// What parse() says of `text` after repeating it.
std::string fault(const std::string& text) {
    const std::string whole = refusal(text);
    const std::string opening = "\"" + text + "\": ";
    CHECK(whole.starts_with(opening));
    return whole.substr(std::min(opening.size(), whole.size()));
}

}  // namespace

TEST_CASE("the scheme of an endpoint names its transport") {
    CHECK(Endpoint::parse("inproc://main") == Endpoint{Scheme::inproc, "main", "", 0});
    CHECK(Endpoint::parse("ipc:///run/main.sock") ==
          Endpoint{Scheme::ipc, "/run/main.sock", "", 0});
    CHECK(Endpoint::parse("ipc://main.sock") == Endpoint{Scheme::ipc, "main.sock", "", 0});
    CHECK(Endpoint::parse("tcp://10.0.0.5:5555") ==
          Endpoint{Scheme::tcp, "10.0.0.5:5555", "10.0.0.5", 5555});
    CHECK(Endpoint::parse("ws://host.example:80/a/b") ==
          Endpoint{Scheme::ws, "host.example:80/a/b", "host.example", 80});
    CHECK(Endpoint::parse("ws://127.0.0.1:8080") ==
          Endpoint{Scheme::ws, "127.0.0.1:8080", "127.0.0.1", 8080});
}

TEST_CASE("a listener may leave its port or its interface open") {
    CHECK(Endpoint::parse("tcp://127.0.0.1:*") ==
          Endpoint{Scheme::tcp, "127.0.0.1:*", "127.0.0.1", 0});
    CHECK(Endpoint::parse("tcp://127.0.0.1:0").text() == "tcp://127.0.0.1:*");
    CHECK(Endpoint::parse("ws://127.0.0.1:*/path").text() == "ws://127.0.0.1:*/path");
    CHECK(Endpoint::parse("tcp://*:5555") == Endpoint{Scheme::tcp, "*:5555", "*", 5555});
}

TEST_CASE("an IPv6 address stands in brackets") {
    CHECK(Endpoint::parse("tcp://[::1]:5555") == Endpoint{Scheme::tcp, "[::1]:5555", "::1", 5555});
    CHECK(Endpoint::parse("tcp://[2001:db8::5]:1").text() == "tcp://[2001:db8::5]:1");
    CHECK(fault("tcp://::1:5555") == "an IPv6 address stands in brackets, as in tcp://[::1]:5555");
    CHECK(fault("tcp://[::1]") == "a port is missing; write HOST:PORT");
    CHECK(fault("tcp://[::g]:5555") == "\"::g\" is not an IPv6 address");
    CHECK(fault("tcp://[127.0.0.1]:5555") == "\"127.0.0.1\" is not an IPv6 address");
    CHECK(fault("tcp://[]:5555") == "\"\" is not an IPv6 address");
    CHECK(fault("tcp://[::1:5555") == "an IPv6 address stands in brackets, as in tcp://[::1]:5555");
}

TEST_CASE("localhost means the same to those who listen and to those who connect") {
    CHECK(Endpoint::parse("tcp://localhost:5555").text() == "tcp://127.0.0.1:5555");
    CHECK(Endpoint::parse("ws://localhost:80/x").text() == "ws://127.0.0.1:80/x");
}

TEST_CASE("an endpoint that has several spellings has one text") {
    CHECK(Endpoint::parse("tcp://[::ffff:127.0.0.1]:5555").text() == "tcp://127.0.0.1:5555");
    CHECK(Endpoint::parse("ws://[::ffff:0.0.0.0]:80/").text() == "ws://0.0.0.0:80");
    CHECK(Endpoint::parse("ws://host:080/x/").text() == "ws://host:80/x/");
}

TEST_CASE("the text of an endpoint reads back as the same endpoint") {
    for (const std::string text : {"inproc://a b", "ipc:///run/a b", "tcp://localhost:05555",
                                   "tcp://[::1]:0", "ws://*:80/x/", "ws://[::]:1"}) {
        CAPTURE(text);
        const Endpoint endpoint = Endpoint::parse(text);
        CHECK(Endpoint::parse(endpoint.text()) == endpoint);
    }
}

TEST_CASE("an endpoint knows whether other hosts can reach it") {
    for (const std::string text :
         {"inproc://a", "ipc:///a", "tcp://127.0.0.1:1", "tcp://127.255.255.254:1", "ws://[::1]:1",
          "tcp://localhost:1", "ws://localhost:1/x", "tcp://[::ffff:127.0.0.1]:1",
          "tcp://[0:0:0:0:0:0:0:1]:1", "tcp://127.0.0.1:*"}) {
        CAPTURE(text);
        CHECK(Endpoint::parse(text).local());
    }
    for (const std::string text :
         {"tcp://*:1", "tcp://0.0.0.0:1", "ws://[::]:1", "tcp://10.0.0.5:1", "tcp://128.0.0.1:1",
          "tcp://eth0:1", "tcp://127.0.0.1.example.com:1", "tcp://localhost.example.com:1",
          "ws://[2001:db8::1]:1", "tcp://[::ffff:10.0.0.5]:1", "tcp://[::2]:1"}) {
        CAPTURE(text);
        CHECK_FALSE(Endpoint::parse(text).local());
    }
}

TEST_CASE("an endpoint knows whether a client can go to it") {
    for (const std::string text :
         {"inproc://a", "ipc:///a", "tcp://127.0.0.1:1", "ws://host:1/x"}) {
        CAPTURE(text);
        CHECK(Endpoint::parse(text).connectable());
    }
    for (const std::string text :
         {"tcp://127.0.0.1:*", "tcp://127.0.0.1:0", "tcp://*:5555", "tcp://0.0.0.0:5555",
          "ws://[::]:5555", "tcp://[::ffff:0.0.0.0]:5555"}) {
        CAPTURE(text);
        CHECK_FALSE(Endpoint::parse(text).connectable());
    }
}

TEST_CASE("an unknown scheme is refused with the list of those that are known") {
    const std::string known = "; known are inproc, ipc, tcp, ws";
    CHECK(fault("http://a:1") == "unknown scheme \"http\"" + known);
    CHECK(fault("TCP://a:1") == "unknown scheme \"TCP\"" + known);
    CHECK(fault("wss://a:1") == "unknown scheme \"wss\"" + known);
    CHECK(fault("://a:1") == "unknown scheme \"\"" + known);
    CHECK(refusal("127.0.0.1:5555") ==
          "\"127.0.0.1:5555\": is not an address; write one such as tcp://127.0.0.1:5555");
    CHECK(refusal("") == "\"\": is not an address; write one such as tcp://127.0.0.1:5555");
}

TEST_CASE("an ipc endpoint needs a path that a socket can have") {
    CHECK(refusal("ipc:///" + std::string(106, 'x')) == "accepted");
    CHECK(refusal("ipc:///" + std::string(107, 'x'))
              .ends_with("the path has 108 bytes; a socket's path has at most 107"));
    CHECK(fault("ipc://") == "a path must follow ipc://");
    CHECK(fault("ipc:///run/handoff/") == "a directory; the name of a socket must follow");
    CHECK(fault("ipc://*") == "a path is needed; only a port can be left open");
    CHECK(fault("ipc://@name") ==
          "abstract sockets have no permissions: anyone here could connect; use a path");
}

TEST_CASE("an inproc endpoint needs a name of at most 255 bytes") {
    CHECK(fault("inproc://") == "a name must follow inproc://");
    CHECK(refusal("inproc://" + std::string(255, 'x')) == "accepted");
    CHECK(refusal("inproc://" + std::string(256, 'x'))
              .ends_with("the name is longer than 255 bytes"));
}

TEST_CASE("a tcp or ws endpoint needs a host") {
    CHECK(fault("tcp://:5555") == "a host must follow ://, or * for all interfaces");
    CHECK(fault("tcp://a b:1") == "\"a b\" is not the name or address of a host");
    CHECK(fault("tcp://eth0;host:1") == "\"eth0;host\" is not the name or address of a host");
    CHECK(fault("ws://user@host:1") == "\"user@host\" is not the name or address of a host");
    CHECK(fault("tcp://256.0.0.1:1") == "\"256.0.0.1\" is not an IPv4 address");
    CHECK(fault("tcp://127.1:1") == "\"127.1\" is not an IPv4 address");
    CHECK(refusal("tcp://" + std::string(254, 'x') + ":1")
              .ends_with("the host is longer than 253 bytes"));
}

TEST_CASE("a tcp or ws endpoint needs a port from 1 to 65535") {
    const std::string ports = " is not a port; ports are 1 to 65535, or * for any free one";
    CHECK(Endpoint::parse("tcp://a:1").port == 1);
    CHECK(Endpoint::parse("tcp://a:65535").port == 65535);
    CHECK(fault("tcp://a") == "a port is missing; write HOST:PORT");
    CHECK(fault("ws://a/x:5") == "a port is missing; write HOST:PORT");
    CHECK(fault("tcp://a:") == "\"\"" + ports);
    CHECK(fault("tcp://a:65536") == "\"65536\"" + ports);
    CHECK(fault("tcp://a:-1") == "\"-1\"" + ports);
    CHECK(fault("tcp://a:http") == "\"http\"" + ports);
    CHECK(fault("tcp://a:55 ") == "\"55 \"" + ports);
    CHECK(fault("tcp://a:99999999999999999999") == "\"99999999999999999999\"" + ports);
}

TEST_CASE("only a ws endpoint has a path behind its port") {
    CHECK(fault("tcp://a:1/x") == "nothing may follow the port of a tcp address");
    CHECK(fault("tcp://a:1/") == "nothing may follow the port of a tcp address");
    CHECK(fault("ws://a:1/x?y") == "only a path may follow the port, without spaces, ? and #");
    CHECK(refusal("ws://a:1/" + std::string(1024, 'x'))
              .ends_with("the path is longer than 1024 bytes"));
}

TEST_CASE("an endpoint holds no control characters and is UTF-8") {
    CHECK(refusal("ipc:///a\nb") ==
          "\"ipc:///a\\x0ab\": an address is UTF-8 and holds no control characters");
    CHECK(refusal(std::string("inproc://a\0b", 12)) ==
          "\"inproc://a\\x00b\": an address is UTF-8 and holds no control characters");
    CHECK(refusal("inproc://\xff") ==
          "\"inproc://\\xff\": an address is UTF-8 and holds no control characters");
    CHECK(refusal("ipc:///run/größe") == "accepted");
}

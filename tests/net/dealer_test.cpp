#include "net/dealer.hpp"

#include <string>

#include <zmq.hpp>

#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::net::Dealer;
using handoff::net::process_context;
using handoff::test::eventually;

namespace {

/// A peer for a Dealer: what it receives it sends back.
struct Echo {
    Echo() {
        socket.set(zmq::sockopt::linger, 0);
        socket.bind("tcp://127.0.0.1:*");
    }

    [[nodiscard]] std::string endpoint() const { return socket.get(zmq::sockopt::last_endpoint); }

    void answer() {
        zmq::message_t sender;
        zmq::message_t text;
        REQUIRE(socket.recv(sender));
        REQUIRE(socket.recv(text));
        socket.send(sender, zmq::send_flags::sndmore);
        socket.send(text, zmq::send_flags::none);
    }

    zmq::context_t context;
    zmq::socket_t socket{context, zmq::socket_type::router};
};

}  // namespace

TEST_CASE("a connection that is made while messages are looked for is news") {
    Echo echo;
    Dealer dealer{process_context(), echo.endpoint(), {}};
    // Each look for a message takes note of what has happened to the connection as well, and then
    // the descriptor does not tell of it any more.
    CHECK(eventually([&] {
        static_cast<void>(dealer.receive());
        return dealer.news().writable;
    }));
    CHECK(dealer.writable());
    CHECK_FALSE(dealer.news().readable);
}

TEST_CASE("a message and a connection's end are news") {
    Echo echo;
    Dealer dealer{process_context(), echo.endpoint(), {}};
    REQUIRE(eventually([&] { return dealer.writable(); }));
    REQUIRE(dealer.send({"hello", {}}));
    echo.answer();
    CHECK(eventually([&] { return dealer.news().readable; }));
    CHECK(dealer.receive().has_value());
    CHECK_FALSE(dealer.news().readable);
    CHECK(dealer.news().writable);
    echo.socket.close();
    CHECK(eventually([&] { return !dealer.news().writable; }));
    CHECK_FALSE(dealer.receive().has_value());
    CHECK_FALSE(dealer.writable());
}

#include "net/connections.hpp"

#include <chrono>
#include <string>

#include "net/dealer.hpp"
#include "net/router.hpp"
#include "os/host.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace handoff;
using handoff::net::Dealer;
using handoff::net::process_context;
using handoff::net::Router;
using handoff::test::eventually;
using namespace std::chrono_literals;

TEST_CASE("whoever sends much is not cut as long as its messages end") {
    constexpr std::size_t message_bytes = 1u << 20;
    Router router{process_context(), {.message_bytes_max = message_bytes}};
    router.bind("tcp://127.0.0.1:*", 1);
    Dealer talker{process_context(), router.endpoints().front(), {}};
    REQUIRE(eventually([&] { return talker.writable(); }));
    core::Time time = now().boot;
    router.look_at_connections(time);
    const std::string body(message_bytes - 100, 'x');
    for (int sent = 0; sent < 20; ++sent) REQUIRE(talker.send({body, {}}));
    // The manager may be slow to take them, and then takes them one by one.
    for (int taken = 0; taken < 20;) {
        CHECK(router.refuse_endless(time += 1s) == 0);
        REQUIRE(eventually([&] { return router.readable(); }));
        while (router.receive()) ++taken;
    }
    CHECK(router.refuse_endless(time += 1s) == 0);
    CHECK(talker.writable());
}

TEST_CASE("whoever has said a word is not refused for silence, and whoever has not is") {
    const test::TemporaryFolder folder;
    for (const std::string& endpoint :
         {std::string("tcp://127.0.0.1:*"), std::string("ws://127.0.0.1:*"),
          "ipc://" + (folder.path() / "socket").string()}) {
        INFO(endpoint);
        Router router{process_context(), {}};
        router.bind(endpoint, 1);
        const core::Time begin = now().boot;
        const core::Time soon = begin + 1s;
        const core::Time later = begin + 1h;

        Dealer talker{process_context(), router.endpoints().front(), {}};
        REQUIRE(eventually([&] { return talker.writable(); }));
        router.look_at_connections(begin);
        REQUIRE(talker.send({"hello", {}}));
        REQUIRE(eventually([&] { return router.receive().has_value(); }));
        CHECK(router.refuse_silent(later) == 0);

        Dealer silent{process_context(), router.endpoints().front(), {}};
        REQUIRE(eventually([&] { return silent.writable(); }));
        router.look_at_connections(begin);
        CHECK(router.refuse_silent(soon) == 0);
        CHECK(router.refuse_silent(later) == 1);
        CHECK(eventually([&] { return !silent.writable() || silent.receive().has_value(); }));

        // The one that is left is the same as before.
        CHECK(talker.send({"still here", {}}));
        CHECK(eventually([&] { return router.receive().has_value(); }));
    }
}

#include "net/connections.hpp"

#include <chrono>
#include <memory>
#include <string>

#include "hostile/peer.hpp"
#include "net/dealer.hpp"
#include "net/router.hpp"
#include "os/host.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace handoff;
using handoff::hostile::Peer;
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

TEST_CASE("where all together have too much unfinished those go that have most") {
    constexpr std::size_t frame_bytes = 1u << 20;
    constexpr std::size_t most = 1'047'000;
    constexpr std::size_t less = 900'000;
    // So that the last one is beyond it when it has more than the others, and not before.
    constexpr std::size_t bytes_max = 3 * less + less / 9 + 1'000'000;
    Router router{process_context(),
                  {.message_bytes_max = frame_bytes, .unfinished_bytes_max = bytes_max}};
    router.bind("tcp://127.0.0.1:*", 1);
    core::Time time = now().boot;
    const auto cut = [&] {
        router.look_at_connections(time);
        router.receive();
        const std::uint64_t endless = router.refuse_endless(time += 1s);
        CHECK(router.take_crowded() == endless);
        return endless;
    };
    // A message's first frame, of so many bytes.
    const auto begin = [&](std::size_t bytes) {
        auto peer = std::make_unique<Peer>(router.endpoints().front());
        REQUIRE(peer->shake_hands());
        CHECK(cut() == 0);  // from here on its bytes count
        REQUIRE(peer->send(Peer::frame(std::string(bytes, 'x'), true)));
        return peer;
    };
    const auto small = begin(less / 9);
    const auto one = begin(less);
    const auto other = begin(less);
    const auto honest = begin(less);
    CHECK(!eventually([&] { return cut() > 0; }, 100ms));
    const auto largest = begin(most);
    CHECK(eventually([&] { return cut() == 1; }));
    CHECK(largest->is_ended());
    // What becomes whole does not count.
    REQUIRE(honest->send(Peer::frame("end")));
    REQUIRE(eventually([&] { return router.receive().has_value(); }));
    const auto next = begin(most);
    CHECK(!eventually([&] { return cut() > 0; }, 100ms));
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

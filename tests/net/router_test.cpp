#include "net/router.hpp"

#include <vector>

#include "net/dealer.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace handoff;

TEST_CASE("what waited for a peer that is forgotten is freed little by little") {
    net::Router router{net::process_context(), {.outbox_bytes_max = 1u << 20}};
    router.bind("tcp://127.0.0.1:*", 1);
    net::Dealer peer{net::process_context(), router.endpoints().front(), {}};
    REQUIRE(test::eventually([&] { return peer.writable(); }));
    REQUIRE(peer.send({"hello", {}}));
    core::ConnectionId who = 0;
    REQUIRE(test::eventually([&] {
        if (const auto arrival = router.receive()) who = arrival->from;
        return who != 0;
    }));

    std::vector<core::ConnectionId> gone;
    for (int sent = 0; gone.empty() && sent < 500'000; ++sent) {
        router.send(who, {"it does not read", {}});
        gone = router.take_gone();
    }
    REQUIRE(gone == std::vector{who});
    CHECK_FALSE(router.flush());  // others have their turn before all is freed
    int flushes = 1;
    while (!router.flush() && flushes < 1000) ++flushes;
    CHECK(flushes < 100);
}

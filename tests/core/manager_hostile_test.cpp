#include <random>

#include "core/manager_driver.hpp"
#include "core/nonsense.hpp"
#include "support/catch.hpp"

// Requests with any numbers in them, in any order, from clients that keep to no rule: the manager
// answers or drops them, and goes on serving the others.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

void suffer(std::uint32_t seed) {
    Limits limits;
    limits.requests_max = 50;
    limits.session_bytes_max = 20'000;
    ManagerSettings settings = with_limits(limits);
    settings.queues_max = 6;
    settings.sessions_max = 6;
    settings.waiters_max = 10;
    settings.store = true;
    ManagerTest test(settings);
    std::mt19937 dice(seed);
    Nonsense nonsense(
        [&](std::uint32_t sides) { return static_cast<std::uint32_t>(dice()) % sides; });
    test.client("decent");
    for (int step = 0; step < 2000; ++step) {
        const ConnectionId from = 100 + nonsense.roll(4);
        test.machine.apply(from, nonsense.request(), test.now);
        if (nonsense.roll(20) == 0) test.machine.disconnected(from, test.now);
        if (nonsense.roll(10) == 0) test.pass(Millis{nonsense.roll(2000)});
        test.end_turn();
        test.strays.clear();
    }
    // Once they are gone, nothing of them is left but the items that they put.
    test.pass(11s);
    const StatsReply report = test.machine.report(test.now);
    CHECK(report.manager.sessions == 1);
    CHECK(report.queues.size() <= 6);
    for (const QueueStats& queue : report.queues) {
        CHECK(queue.waiting_gets == 0);
        CHECK(queue.waiting_puts == 0);
        CHECK(queue.leased == 0);
    }
    const Call answer = test.client("decent").ask(Stats{});
    CHECK(answer.as<StatsReply>().queues.size() == report.queues.size());
}

}  // namespace

TEST_CASE("nonsense without end does a manager no harm") {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        INFO("seed " << seed);
        suffer(seed);
    }
}

#include <array>
#include <random>

#include "core/manager_driver.hpp"
#include "support/catch.hpp"

// Requests with any numbers in them, in any order, from clients that keep to no rule: the manager
// answers or drops them, and goes on serving the others.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

class Nonsense {
public:
    explicit Nonsense(std::uint32_t seed) : dice_(seed) {}

    Request request() {
        Request request;
        request.id = number();
        request.done_below = roll(20) == 0 ? number() : 0;
        if (roll(2) == 0) request.remaining = time();
        request.body = body();
        return request;
    }

    std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(dice_()) % sides; }

private:
    std::uint64_t number() {
        constexpr std::array<std::uint64_t, 6> edges{0,
                                                     std::uint64_t{1} << 62,
                                                     (std::uint64_t{1} << 62) + 1,
                                                     unlimited / 2,
                                                     unlimited - 1,
                                                     unlimited};
        return roll(8) == 0 ? edges[roll(edges.size())] : roll(12);
    }
    std::uint32_t small() { return static_cast<std::uint32_t>(number()); }
    Millis time() {
        return roll(6) == 0 ? Millis{static_cast<Millis::rep>(number())} : Millis{roll(3000)};
    }
    std::vector<Range> ranges() {
        std::vector<Range> all;
        for (std::uint32_t i = roll(4); i > 0; --i) all.push_back({number(), number()});
        if (roll(2) == 0 && !all.empty()) all = {{1, all[0].last}};
        return all;
    }
    std::optional<Cursor> cursor() {
        return roll(2) == 0 ? std::optional<Cursor>{{number(), number()}} : std::nullopt;
    }
    std::optional<Millis> lease() {
        return roll(3) == 0 ? std::optional<Millis>{time()} : std::nullopt;
    }
    Columns columns() {
        Columns columns;
        columns.priority = static_cast<std::int32_t>(small());
        if (roll(4) == 0) columns.delay = time();
        if (roll(4) == 0) columns.time_to_live = time();
        if (roll(9) == 0) columns.key = "key";
        if (roll(4) == 0) columns.headers = Slice::copy(std::string(roll(100), 'h'));
        if (roll(6) == 0) columns.trace = Slice::copy(std::string(roll(2000), 't'));
        return columns;
    }
    Run run() {
        if (roll(10) == 0) return {small(), Slice::copy("\xc4\x05nonsense")};
        return run_of(Texts(roll(6), std::string(roll(50), 'x')));
    }
    QueueOptions options() {
        QueueOptions options;
        if (roll(3) == 0) options.capacity = number();
        if (roll(3) == 0) options.capacity_bytes = number();
        if (roll(3) == 0) options.order = static_cast<Order>(roll(4));
        if (roll(3) == 0) options.lease = time();
        if (roll(3) == 0) options.deliveries_max = number();
        if (roll(3) == 0) options.dead_letter = name();
        if (roll(5) == 0) options.durability = static_cast<Durability>(roll(4));
        return options;
    }
    std::string name() { return std::string(roll(2), static_cast<char>('a' + roll(5))); }
    Hello hello() {
        Hello hello;
        hello.version_max = roll(5);
        hello.features_required = roll(9) == 0 ? 1 : 0;
        hello.fresh[0] = static_cast<std::uint8_t>(roll(6));
        if (roll(2) == 0) hello.resume = SessionId{static_cast<std::uint8_t>(roll(6))};
        hello.connection_number = small();
        return hello;
    }
    Commit commit() {
        Commit commit;
        for (std::uint32_t i = roll(3); i > 0; --i) commit.acks.push_back({number(), ranges()});
        for (std::uint32_t i = roll(3); i > 0; --i) {
            commit.puts.push_back({number(), columns(), run()});
        }
        return commit;
    }

    RequestBody body() {
        switch (roll(20)) {
            case 0: return hello();
            case 1: return Heartbeat{{{number(), number()}}};
            case 2: return roll(9) == 0 ? RequestBody{Goodbye{}} : RequestBody{Heartbeat{}};
            case 3: return Cancel{number()};
            case 4: return Open{name(), options(), roll(2) == 0};
            case 5: return Withdraw{number(), {number(), number()}};
            case 6: return Credit{number(), small(), number(), lease(), cursor()};
            case 7: return Close{number(), roll(2) == 0};
            case 8: return Join{number()};
            case 9: return Peek{number(), static_cast<ItemState>(roll(5)), small()};
            case 10: return Purge{number(), roll(2) == 0};
            case 11: return Kick{number(), number()};
            case 12: return roll(4) == 0 ? RequestBody{Destroy{number()}} : RequestBody{Join{1}};
            case 13: return Stats{{number()}, name(), small()};
            case 14: return commit();
            case 15:
            case 16: return Get{{number(), number()}, small(), lease()};
            case 17:
            case 18: return Put{number(), number(), roll(4) == 0 ? number() : 0, columns(), run()};
            default:
                return Settle{static_cast<Verb>(roll(6)),
                              number(),
                              ranges(),
                              time(),
                              lease(),
                              "reason",
                              cursor()};
        }
    }

    std::mt19937 dice_;
};

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
    Nonsense nonsense(seed);
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

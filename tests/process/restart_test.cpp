// What clients see of a manager that is killed, and of another one that takes its place.
#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "handoff/client.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::errc;
using handoff::Lease;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::gets_wait;
using handoff::test::puts_wait;
using handoff::test::time_of;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// Calls of every kind that wait at the manager.
class Waiting {
public:
    explicit Waiting(Client& client)
        : empty_{client.queue<int>("empty")},
          full_{client.queue<int>("full", {.capacity = 1})},
          other_{client.queue<int>("other")} {
        full_.put(1);
        other_.put(2);
        lease_ = other_.lease();
        get.emplace([this](std::stop_token stop) { return empty_.get(stop); });
        borrow.emplace([this](std::stop_token stop) { return empty_.lease({}, stop) ? 1 : 0; });
        limited.emplace([this](std::stop_token stop) {
            return empty_.try_get_for(60s, stop).has_value() ? 1 : 0;
        });
        put.emplace([this](std::stop_token stop) {
            full_.put(3, {}, stop);
            return true;
        });
        move.emplace([this](std::stop_token stop) {
            lease_.ack_and_put(full_, 4, {}, stop);
            return true;
        });
        join.emplace([this](std::stop_token stop) {
            full_.join(stop);
            return true;
        });
        REQUIRE(gets_wait(empty_, 3));
        REQUIRE(puts_wait(full_, 2));
    }

private:
    Queue<int> empty_;
    Queue<int> full_;
    Queue<int> other_;
    Lease<int> lease_;

public:
    std::optional<Background<int>> get;
    std::optional<Background<int>> borrow;
    std::optional<Background<int>> limited;
    std::optional<Background<bool>> put;
    std::optional<Background<bool>> move;
    std::optional<Background<bool>> join;
};

bool is_one_of(errc code, const std::vector<errc>& codes) {
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return true;
    UNSCOPED_INFO("the call ended with " << handoff::to_string(code));
    return false;
}

}  // namespace

TEST_CASE("calls that wait at a manager that is killed end within unreachable_after") {
    Place place{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    place.config.client.unreachable_after = 1s;
    ManagerChild manager{place.config};
    Client client{place.config};
    Waiting calls{client};
    manager.kill();
    const auto killed = Clock::now();
    CHECK(calls.get->code() == errc::unreachable);
    CHECK(calls.borrow->code() == errc::unreachable);
    CHECK(calls.limited->code() == errc::unreachable);
    CHECK(calls.join->code() == errc::unreachable);
    CHECK(calls.put->code() == errc::outcome_unknown);
    CHECK(calls.move->code() == errc::outcome_unknown);
    CHECK(Clock::now() - killed < 1s + 1s);
}

TEST_CASE("calls to a manager that is gone are unreachable, and their text says where and what") {
    Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    place.config.client.unreachable_after = 300ms;
    ManagerChild manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    manager.kill();
    // The first may have left before the connection's end was known.
    CHECK(is_one_of(code_of([&] { queue.put(1); }), {errc::unreachable, errc::outcome_unknown}));
    CHECK(code_of([&] { queue.put(2); }) == errc::unreachable);
    CHECK(code_of([&] { queue.get(); }) == errc::unreachable);
    CHECK(code_of([&] { static_cast<void>(queue.lease()); }) == errc::unreachable);
    CHECK(code_of([&] { static_cast<void>(queue.stats()); }) == errc::unreachable);
    CHECK(code_of([&] { queue.join(); }) == errc::unreachable);
    CHECK(contains(handoff::test::text_of([&] { queue.put(3); }), {"\"q\"", place.endpoint()}));
    const auto limited = [&] { return queue.try_get_for(50ms).has_value(); };
    CHECK(time_of([&] { CHECK_FALSE(limited()); }) < 300ms + 300ms);
}

TEST_CASE("a client that begins before its manager finds it when it comes") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    Client client{place.config};
    Background<bool> connect{[&](std::stop_token) {
        client.wait_until_connected();
        return true;
    }};
    const ManagerChild manager{place.config};
    CHECK(connect.code() == errc::ok);
}

TEST_CASE("calls in flight when their manager is replaced end, each with what is known of it") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    ManagerChild first{place.config};
    Client client{place.config};
    Queue<int> held = client.queue<int>("held");
    held.put(1);
    Lease<int> lease = held.lease();
    Waiting calls{client};
    first.kill();
    const ManagerChild second{place.config};
    CHECK(calls.get->code() == errc::manager_restarted);
    CHECK(calls.borrow->code() == errc::manager_restarted);
    CHECK(calls.limited->code() == errc::manager_restarted);
    CHECK(calls.join->code() == errc::manager_restarted);
    CHECK(calls.put->code() == errc::outcome_unknown);
    CHECK(calls.move->code() == errc::outcome_unknown);
    CHECK(is_one_of(code_of([&] { lease.ack(); }),
                    {errc::manager_restarted, errc::session_lost, errc::lease_lapsed}));
}

TEST_CASE("a client goes on with the next manager at the address, on a new session") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    std::optional<ManagerChild> manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q", {.capacity = 100});
    std::string last_id;
    for (int round = 0; round < 3; ++round) {
        queue.put(round);
        CHECK(queue.get() == round);
        queue.put(-1);  // gone with the manager
        const handoff::ManagerStats stats = client.stats();
        CHECK(stats.manager != last_id);
        CHECK(stats.sessions == 1);
        last_id = stats.manager;
        // The first call on each queue is told that its content is gone; those behind it work.
        Background<int> get{[&](std::stop_token stop) {
            Queue<int> empty = client.queue<int>("empty");
            return empty.get(stop);
        }};
        Queue<int> empty = client.queue<int>("empty");
        REQUIRE(gets_wait(empty, 1));
        manager->kill();
        manager.emplace(place.config);
        CHECK(get.code() == errc::manager_restarted);
        CHECK(code_of([&] { queue.put(1); }) == errc::manager_restarted);
        CHECK(queue.size() == 0);
        CHECK(queue.stats().options.capacity == 100);
    }
}

TEST_CASE("an idle client is told of a restart by its first call, and goes on") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    std::optional<ManagerChild> manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    for (int round = 0; round < 5; ++round) {
        manager->kill();
        manager.emplace(place.config);
        // What left before the end of the connection was known is answered by nobody.
        const errc first = code_of([&] { queue.put(round); });
        if (first == errc::outcome_unknown) {  // and so the next call tells of the restart
            CHECK(code_of([&] { queue.put(round); }) == errc::manager_restarted);
        } else {
            CHECK(first == errc::manager_restarted);
        }
        queue.put(round);
        CHECK(queue.get() == round);
        CHECK(queue.size() == 0);
    }
}

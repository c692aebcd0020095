// Methods of registered types that take their time: who waits for them, and what becomes of them
// when somebody gives up or ends. What methods use is declared before the World, whose manager
// waits for them.
#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include "handoff/expose.hpp"
#include "handoff/remote_object.hpp"
#include "handoff/value.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::errc;
using handoff::RemoteObject;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::impatient;
using handoff::test::patience;
using handoff::test::World;

namespace {

/// A promise that methods wait for, and a sign that one of them does.
struct Gate {
    std::promise<void> opening;
    std::shared_future<void> open = opening.get_future().share();
    std::promise<void> entering;
    std::future<void> entered = entering.get_future();

    void pass() {
        entering.set_value();
        if (open.wait_for(patience) != std::future_status::ready) {
            throw std::runtime_error("the gate does not open");
        }
    }
    bool is_entered() { return entered.wait_for(patience) == std::future_status::ready; }
};

/// Waits until a stop is requested; false if none comes.
bool wait_for_stop(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, patience, [] { return false; });
    return stop.stop_requested();
}

}  // namespace

TEST_CASE("a slow method keeps nobody waiting but its object's callers") {
    Gate gate;
    World world;
    world.manager().expose("Slow").method("wait", [&] { gate.pass(); });
    world.manager().expose("Maths").method("sum", [] { return 0; });
    auto& client = world.client();
    Background waiting{[&](std::stop_token) {
        world.client().object("Slow").call("wait");
        return 0;
    }};
    REQUIRE(gate.is_entered());
    Background behind{
        [&](std::stop_token) { return client.object("Slow").call_for(50ms, "wait") ? 1 : 0; }};
    CHECK(client.object("Maths").call<int>("sum") == 0);
    auto value = client.value<int>("count");
    CHECK(value.add(1) == 1);
    CHECK(behind.result() == 0);
    CHECK_FALSE(waiting.done());
    gate.opening.set_value();
    CHECK(waiting.result() == 0);
}

TEST_CASE("each session has an instance of its own, which dies with the session") {
    World world;
    struct Cart {
        explicit Cart(std::shared_ptr<std::atomic<int>> alive) : living(std::move(alive)) {
            ++*living;
        }
        ~Cart() { --*living; }
        int put(int n) { return sum += n; }
        std::shared_ptr<std::atomic<int>> living;
        int sum = 0;
    };
    const auto living = std::make_shared<std::atomic<int>>(0);
    world.manager()
        .expose<Cart>("Cart", [living] { return std::make_unique<Cart>(living); })
        .per_session()
        .method("put", &Cart::put);
    auto other = world.another_client();
    CHECK(world.client().object("Cart").call<int>("put", 1) == 1);
    CHECK(other->object("Cart").call<int>("put", 10) == 10);
    CHECK(world.client().object("Cart").call<int>("put", 1) == 2);
    CHECK(*living == 2);
    other.reset();
    CHECK(eventually([&] { return *living == 1; }));
    CHECK(world.client().object("Cart").call<int>("put", 1) == 3);
    world.stop_manager();
    CHECK(*living == 0);
}

TEST_CASE("instances of two sessions work at the same time") {
    std::latch both(2);
    World world;
    world.manager().expose("Meeting").per_session().method("meet", [&] { both.arrive_and_wait(); });
    const auto meet = [&](std::stop_token) {
        const auto client = world.another_client();
        client->object("Meeting").call("meet");
        return 0;
    };
    Background one{meet};
    Background two{meet};
    CHECK(one.result() == 0);
    CHECK(two.result() == 0);
}

TEST_CASE("a call that has not begun in its time is not done") {
    Gate gate;
    std::atomic<int> runs = 0;
    World world;
    world.manager().expose("Slow").method("wait", [&] { gate.pass(); }).method("run", [&] {
        return ++runs;
    });
    const RemoteObject slow = world.client().object("Slow");
    Background waiting{[&](std::stop_token) {
        slow.call("wait");
        return 0;
    }};
    REQUIRE(gate.is_entered());
    CHECK_FALSE(slow.call_for<int>(20ms, "run"));
    Background stopped{[&](std::stop_token stop) { return slow.call<int>(stop, "run"); }};
    stopped.stop();
    CHECK(stopped.code() == errc::cancelled);
    gate.opening.set_value();
    CHECK(waiting.result() == 0);
    CHECK(slow.call<int>("run") == 1);
}

TEST_CASE("a method that runs notices that its caller does not wait any longer") {
    std::promise<void> entering;
    World world;
    world.manager()
        .expose("Slow")
        .method("wait",
                [&](std::stop_token stop) {
                    entering.set_value();
                    return wait_for_stop(stop);
                })
        .method("late", [&](std::stop_token stop) { return wait_for_stop(stop); });
    const RemoteObject slow = world.client().object("Slow");
    Background stopped{[&](std::stop_token stop) { return slow.call<bool>(stop, "wait"); }};
    REQUIRE(entering.get_future().wait_for(patience) == std::future_status::ready);
    stopped.stop();
    CHECK(stopped.result());
    CHECK(slow.call_for<bool>(20ms, "late") == true);
}

TEST_CASE("the result for a client that has left is dropped, and the next has its turn after it") {
    Gate gate;
    std::atomic<bool> ended = false;
    World world;
    world.manager()
        .expose("Slow")
        .method("wait",
                [&] {
                    gate.pass();
                    ended = true;
                })
        .method("ended", [&] { return ended.load(); });
    Config config = world.config();
    config.client.cancel_grace = 20ms;
    config.client.linger = 20ms;
    auto other = std::make_unique<handoff::Client>(config);
    Background leaving{[&](std::stop_token stop) {
        other->object("Slow").call(stop, "wait");
        return 0;
    }};
    REQUIRE(gate.is_entered());
    leaving.stop();
    CHECK(leaving.code() == errc::outcome_unknown);
    other.reset();
    const RemoteObject slow = world.client().object("Slow");
    Background next{[&](std::stop_token) { return slow.call<bool>("ended"); }};
    gate.opening.set_value();
    CHECK(next.result());
}

TEST_CASE("only so many calls wait for an object") {
    Gate gate;
    World world;
    world.manager().expose("Slow").calls_max(1).method("wait", [&] { gate.pass(); });
    const RemoteObject slow = world.client().object("Slow");
    Background waiting{[&](std::stop_token) {
        slow.call("wait");
        return 0;
    }};
    REQUIRE(gate.is_entered());
    CHECK(code_of([&] { slow.call("wait"); }) == errc::limit_exceeded);
    gate.opening.set_value();
    CHECK(waiting.result() == 0);
}

TEST_CASE("a pool of one thread runs the methods of all objects, one after the other") {
    Config config;
    config.manager.workers = 1;
    Gate gate;
    World world(config);
    world.manager().expose("Slow").method("wait", [&] { gate.pass(); });
    world.manager().expose("Quick").method("run", [] { return 1; });
    auto& client = world.client();
    Background waiting{[&](std::stop_token) {
        client.object("Slow").call("wait");
        return 0;
    }};
    REQUIRE(gate.is_entered());
    // Handed out already, but no thread has begun it.
    CHECK_FALSE(client.object("Quick").call_for<int>(20ms, "run"));
    gate.opening.set_value();
    CHECK(waiting.result() == 0);
    CHECK(client.object("Quick").call<int>("run") == 1);
}

TEST_CASE("a manager that ends stops the methods that run, and waits for them") {
    std::promise<void> entering;
    std::atomic<bool> ended = false;
    World world(impatient());
    world.manager().expose("Slow").method("wait", [&](std::stop_token stop) {
        entering.set_value();
        const bool stopped = wait_for_stop(stop);
        ended = true;
        return stopped;
    });
    const RemoteObject slow = world.client().object("Slow");
    Background waiting{[&](std::stop_token) { return slow.call<bool>("wait"); }};
    REQUIRE(entering.get_future().wait_for(patience) == std::future_status::ready);
    world.stop_manager();
    CHECK(ended);
    // The answer and the end of the connection come together.
    const errc code = waiting.code();
    CHECK((code == errc::ok || code == errc::outcome_unknown));
}

TEST_CASE("a method uses its own manager's objects") {
    std::unique_ptr<handoff::Client> inner;
    World world(impatient());
    inner = world.another_client();
    world.manager().expose("Relay").method("add",
                                           [&](int n) { return inner->value<int>("sum").add(n); });
    const RemoteObject relay = world.client().object("Relay");
    CHECK(relay.call<std::int64_t>("add", 2) == 2);
    CHECK(relay.call<std::int64_t>("add", 3) == 5);
    world.stop_manager();
}

TEST_CASE("after a restart of the manager a type says so, and is there") {
    World world(World::Later{}, impatient());
    const auto begin = [&](int start) {
        world.start_manager();
        world.manager().expose("Maths").method("sum", [start] { return start; });
    };
    begin(1);
    const RemoteObject maths = world.client().object("Maths");
    CHECK(maths.call<int>("sum") == 1);
    world.stop_manager();
    begin(2);
    // A call that was sent to the old one may have run.
    errc code = code_of([&] { return maths.call<int>("sum"); });
    if (code == errc::outcome_unknown) code = code_of([&] { return maths.call<int>("sum"); });
    CHECK(code == errc::manager_restarted);
    CHECK(maths.call<int>("sum") == 2);
}

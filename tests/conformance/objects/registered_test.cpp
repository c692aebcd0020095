// Registered types: classes of the manager's program whose methods clients call. What methods use
// is declared before the World, whose manager waits for them when it ends.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "handoff/expose.hpp"
#include "handoff/remote_object.hpp"
#include "handoff/value.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::errc;
using handoff::ObjectKind;
using handoff::RemoteObject;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::text_of;
using handoff::test::World;

namespace {

class Maths {
public:
    Maths() = default;
    explicit Maths(int start) : sum_(start) {}

    int add(int a, int b) { return a + b; }
    [[nodiscard]] int sum() const noexcept { return sum_; }
    void count(int n) { sum_ += n; }
    [[nodiscard]] const std::string& name() const { return name_; }
    void rename(std::string_view name) { name_ = name; }
    [[nodiscard]] int divide(int a, int b) const {
        if (b == 0) throw std::invalid_argument("division by zero");
        return a / b;
    }

private:
    int sum_ = 0;
    std::string name_ = "maths";
};

int triple(int n) {
    return 3 * n;
}

int doubled_sum(const Maths& maths) {
    return 2 * maths.sum();
}

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

/// Settings under which a lost manager is noticed soon.
Config impatient() {
    Config config;
    config.manager.heartbeat = 50ms;
    config.client.unreachable_after = 500ms;
    config.client.cancel_grace = 100ms;
    config.client.linger = 100ms;
    config.client.reconnect_min = 5ms;
    config.client.reconnect_max = 20ms;
    return config;
}

/// The typed proxy of docs/objects/registered.md.
class RemoteMaths {
public:
    explicit RemoteMaths(handoff::Client& client) : object_(client.object("Maths")) {}
    int add(int a, int b) { return object_.call<int>("add", a, b); }
    void count(int n) { object_.call("count", n); }
    [[nodiscard]] int sum() const { return object_.call<int>("sum"); }

private:
    RemoteObject object_;
};

}  // namespace

TEST_CASE("methods of every form are called, with their arguments and results") {
    World world;
    world.manager()
        .expose<Maths>("Maths", 10)
        .method("add", &Maths::add)
        .method("sum", &Maths::sum)
        .method("count", &Maths::count)
        .method("name", &Maths::name)
        .method("rename", &Maths::rename)
        .method("doubled", doubled_sum)
        .method("triple", triple)
        .method("scaled", [factor = 5](Maths& maths, int n) { return maths.sum() * n * factor; })
        .method("joined",
                [](const std::vector<std::string>& words) {
                    std::string all;
                    for (const std::string& word : words) all += word;
                    return all;
                })
        .method("stoppable",
                [](Maths&, int n, std::stop_token stop) { return stop.stop_possible() ? n : -1; });
    RemoteMaths maths(world.client());
    CHECK(maths.add(1, 2) == 3);
    CHECK(maths.sum() == 10);
    maths.count(-3);
    CHECK(maths.sum() == 7);
    const auto other = world.another_client();
    const RemoteObject object = other->object("Maths");
    CHECK(object.name() == "Maths");
    CHECK(object.call<int>("sum") == 7);
    CHECK(object.call<int>("doubled") == 14);
    CHECK(object.call<int>("triple", 4) == 12);
    CHECK(object.call<int>("scaled", 2) == 70);
    CHECK(object.call<int>("stoppable", 4) == 4);
    CHECK(object.call<std::string>("name") == "maths");
    object.call("rename", "physics");
    CHECK(object.call<std::string>("name") == "physics");
    CHECK(object.call<std::string>("joined", std::vector<std::string>{"a", "b"}) == "ab");
    CHECK(object.call_for<int>(patience, "triple", 5) == 15);
    CHECK(object.call_for(patience, "count", 1));
    object.call("triple", 5);
}

TEST_CASE("functions are exposed without a class") {
    World world;
    world.manager().expose("Tools").method("triple", triple).method("nothing", [] {});
    const RemoteObject tools = world.client().object("Tools");
    CHECK(tools.call<int>("triple", 3) == 9);
    tools.call("nothing");
    CHECK(code_of([&] { return tools.call<int>("nothing"); }) == errc::wrong_type);
}

TEST_CASE("wrong arguments, unknown methods and exceptions come back by their names") {
    World world;
    world.manager()
        .expose<Maths>("Maths")
        .method("add", &Maths::add)
        .method("divide", &Maths::divide)
        .method("shout", [] { throw std::runtime_error(std::string(5000, 'x')); })
        .method("odd", [] { throw 42; });
    const RemoteObject maths = world.client().object("Maths");
    const auto names = [](const std::string& text, const std::vector<std::string>& parts) {
        INFO(text);
        for (const std::string& part : parts) CHECK(text.find(part) != std::string::npos);
    };
    CHECK(code_of([&] { return maths.call<int>("add", 1); }) == errc::wrong_type);
    CHECK(code_of([&] { return maths.call<int>("add", 1, "two"); }) == errc::wrong_type);
    CHECK(code_of([&] { return maths.call<std::string>("add", 1, 2); }) == errc::wrong_type);
    CHECK(code_of([&] { return maths.call<int>("subtract", 1, 2); }) == errc::unsupported);
    CHECK(code_of([&] { return maths.call<int>("divide", 1, 0); }) == errc::remote_error);
    CHECK(code_of([&] { maths.call("odd"); }) == errc::remote_error);
    names(text_of([&] { return maths.call<int>("add", 1); }), {"Maths", "add", "2 arguments"});
    names(text_of([&] { return maths.call<int>("add", 1, "two"); }),
          {"Maths", "add", "argument 2"});
    names(text_of([&] { return maths.call<std::string>("add", 1, 2); }), {"Maths", "add"});
    names(text_of([&] { return maths.call<int>("subtract", 1, 2); }), {"Maths", "subtract"});
    names(text_of([&] { return maths.call<int>("divide", 1, 0); }),
          {"Maths", "divide", "division by zero", world.endpoint()});
    const std::string loud = text_of([&] { maths.call("shout"); });
    CHECK(loud.size() > 1000);
    CHECK(loud.size() < 1500);
    CHECK(maths.call<int>("add", 1, 2) == 3);
}

TEST_CASE("an instance that cannot be made is told, and made when it can") {
    std::atomic<bool> can = false;
    World world;
    world.manager()
        .expose<Maths>("Maths",
                       [&]() -> std::unique_ptr<Maths> {
                           if (!can) throw std::runtime_error("no maths today");
                           return std::make_unique<Maths>(5);
                       })
        .method("sum", &Maths::sum);
    const RemoteObject maths = world.client().object("Maths");
    CHECK(code_of([&] { return maths.call<int>("sum"); }) == errc::remote_error);
    CHECK(text_of([&] { return maths.call<int>("sum"); }).find("no maths today") !=
          std::string::npos);
    can = true;
    CHECK(maths.call<int>("sum") == 5);
}

TEST_CASE("a type is there once it is exposed, and for nobody before") {
    World world;
    auto& client = world.client();
    CHECK(code_of([&] { return client.object("Maths"); }) == errc::stale_reference);
    const auto lock = client.value<int>("taken");
    auto& manager = world.manager();
    CHECK(code_of([&] { manager.expose<Maths>("taken"); }) == errc::object_mismatch);
    CHECK(code_of([&] { manager.expose<Maths>(""); }) == errc::invalid_argument);
    CHECK(code_of([&] {
              manager.expose<Maths>("Maths").method("sum", &Maths::sum).method("sum", &Maths::sum);
          }) == errc::invalid_argument);
    CHECK(code_of([&] { return client.object("Maths"); }) == errc::stale_reference);
    manager.expose<Maths>("Maths").method("sum", &Maths::sum);
    CHECK(code_of([&] { manager.expose<Maths>("Maths"); }) == errc::object_mismatch);
    CHECK(client.object("Maths").call<int>("sum") == 0);
    CHECK(code_of([&] { return client.value<int>("Maths"); }) == errc::object_mismatch);
    CHECK(code_of([&] { client.destroy_object("Maths", ObjectKind::registered); }) ==
          errc::unsupported);
    CHECK(client.object("Maths").call<int>("sum") == 0);
}

TEST_CASE("calls that come while a type is described wait for all of it") {
    World world;
    auto& client = world.client();
    Background<int> sum{[&](std::stop_token) {
        const auto open = [&] { return code_of([&] { return client.object("Maths"); }); };
        if (!eventually([&] { return open() == errc::ok; })) return -1;
        return client.object("Maths").call<int>("sum");
    }};
    {
        auto maths = world.manager().expose<Maths>("Maths", 3);
        CHECK(client.object("Maths").name() == "Maths");
        CHECK_FALSE(sum.done());
        maths.method("sum", &Maths::sum);
    }
    CHECK(sum.result() == 3);
}

TEST_CASE("one method of an object runs at a time") {
    World world;
    struct Busy {
        std::atomic<int> inside = 0;
        std::atomic<int> most = 0;
        int sum = 0;  // which no lock protects
    };
    const auto busy = std::make_shared<Busy>();
    world.manager().expose<Busy>("Busy", [busy] { return busy; }).method("add", [](Busy& self) {
        const int now = ++self.inside;
        if (now > self.most) self.most = now;
        ++self.sum;
        --self.inside;
    });
    std::vector<Background<int>> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&](std::stop_token) {
            const auto client = world.another_client();
            const RemoteObject object = client->object("Busy");
            for (int round = 0; round < 50; ++round) object.call("add");
            return 0;
        });
    }
    for (auto& each : clients) CHECK(each.result() == 0);
    world.stop_manager();
    CHECK(busy->most == 1);
    CHECK(busy->sum == 200);
}

TEST_CASE("a slow method keeps nobody waiting but its object's callers") {
    Gate gate;
    World world;
    world.manager().expose("Slow").method("wait", [&] { gate.pass(); });
    world.manager().expose<Maths>("Maths").method("sum", &Maths::sum);
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
    world.manager().expose<Maths>("Meeting").per_session().method(
        "meet", [&](Maths&) { both.arrive_and_wait(); });
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
        world.manager().expose<Maths>("Maths", start).method("sum", &Maths::sum);
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

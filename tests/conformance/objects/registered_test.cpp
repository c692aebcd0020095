// Registered types: classes of the manager's program whose methods clients call, and what they say.
#include <atomic>
#include <memory>
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

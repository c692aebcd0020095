#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/service.hpp"
#include "handoff/patterns/supervisor.hpp"
#include "patterns/mortal_manager.hpp"
#include "patterns/notebook.hpp"
#include "patterns/served.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::CallOptions;
using handoff::patterns::Parts;
using handoff::patterns::Service;
using handoff::patterns::ServiceClient;
using handoff::patterns::Supervisor;
using handoff::patterns::TaskEnd;
using handoff::patterns::TaskError;
using handoff::test::Served;

namespace {

const CallOptions patient{.deadline = 60s, .deaths_max = 50, .parts_max = 6};

/// Three servers that die now and then, each in a process that is started again.
class Servers {
public:
    explicit Servers(const handoff::Config& config,
                     std::optional<handoff::Durability> durability = std::nullopt) {
        for (int i = 0; i < 3; ++i) {
            farm_.add("server", [config, durability] { serve(config, durability); });
        }
        supervising_.emplace([this](std::stop_token stop) {
            farm_.run(std::move(stop));
            return true;
        });
    }
    [[nodiscard]] std::uint64_t deaths() const {
        std::uint64_t sum = 0;
        for (const auto& child : farm_.children()) sum += child.restarts;
        return sum;
    }

private:
    static void serve(const handoff::Config& config,
                      std::optional<handoff::Durability> durability) {
        handoff::Client client{config};
        Service service{client, "s", {.durability = durability}};
        std::mt19937 random{std::random_device{}()};
        const auto perhaps_die = [&] {
            if (random() % 30 == 0) std::raise(SIGKILL);
        };
        service.method("double", [&](int n) {
            perhaps_die();
            return 2 * n;
        });
        service.stream("parts", [&](Parts<int>& parts, int below) {
            for (int n = 0; n < below; ++n) {
                parts.send(n);
                perhaps_die();
            }
        });
        service.run();
    }

    Supervisor farm_{{.restarts_max = 10'000}};
    std::optional<Background<bool>> supervising_;
};

/// 60 calls and a stream of 20 parts, exact although their manager is killed three times.
void call_under_kills(ServiceClient& client, const CallOptions& options, MortalManager& manager) {
    std::atomic<int> answered{0};
    Background<bool> calling{[&](std::stop_token) {
        for (int n = 0; n < 60; ++n, ++answered) {
            if (client.call_with<int>(options, "double", n) != 2 * n) return false;
        }
        int expected = 0;
        for (int part : client.stream_with<int>(options, "parts", 20)) {
            if (part != expected++) return false;
            ++answered;
        }
        return expected == 20;
    }};
    for (const int some : {10, 40, 65}) {
        REQUIRE(eventually([&] { return answered >= some; }));
        manager.kill();
    }
    CHECK(calling.result());
}

}  // namespace

TEST_CASE("every call is answered although servers die") {
    const Served place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Servers servers{place.config};
    ServiceClient client{place.config, "s"};
    int calls = 0;
    for (; calls < 2000 && (calls < 100 || servers.deaths() < 5); ++calls) {
        REQUIRE(client.call_with<int>(patient, "double", calls) == 2 * calls);
    }
    CHECK(servers.deaths() >= 5);
    CHECK(client.health().served >= static_cast<std::uint64_t>(calls));
}

TEST_CASE("a stream whose servers die has every part once") {
    const Served place{"ipc"};
    const Servers servers{place.config};
    ServiceClient client{place.config, "s"};
    int expected = 0;
    for (int part : client.stream_with<int>(patient, "parts", 40)) REQUIRE(part == expected++);
    CHECK(expected == 40);
}

TEST_CASE("a caller that is killed and asks again with its key gets the answer of the first call") {
    const Served place{"ipc"};
    handoff::Client observer{place.config};
    auto asked = observer.queue<int>("asked");
    const auto serve = [&] {
        handoff::Client client{place.config};
        Service service{client, "s"};
        auto all = client.queue<int>("asked");
        service.method("order", [&](int n) {
            all.put(n);
            return static_cast<int>(::getpid());
        });
        service.run();
    };
    const auto ask = [&] {
        ServiceClient client{place.config, "s"};
        return client.call_with<int>({.key = "order 1"}, "order", 1);
    };
    {
        Tethered victim{[&] { return ask(); }};  // there is no server yet
        REQUIRE(eventually([&] {
            const auto queues = place.manager->stats().queues;
            return std::ranges::any_of(queues, [](const handoff::QueueStats& queue) {
                return queue.name == "s.tasks" && queue.ready == 1;
            });
        }));
        victim.kill();
    }
    Tethered server{serve};
    const int first = ask();
    CHECK(first == server.pid());
    CHECK(ask() == first);
    CHECK(asked.stats().puts == 1);
}

TEST_CASE("when the manager dies calls end with an error, and the next manager is found") {
    Served place{"ipc"};
    ServiceClient client{place.config, "s"};
    Background<TaskEnd> calling{[&](std::stop_token) {
        try {
            client.call_with<int>({.deadline = 20s}, "double", 1);
        } catch (const TaskError& error) {
            return error.end();
        }
        return TaskEnd::done;
    }};
    REQUIRE(eventually([&] { return client.health().waiting == 1; }));
    place.manager.reset();
    place.manager.emplace(place.config);
    CHECK(calling.result() == TaskEnd::failed);
    const Servers servers{place.config};
    CHECK(eventually([&] {
        try {
            return client.call_with<int>(patient, "double", 4) == 8;
        } catch (const handoff::Error&) {
            return false;
        }
    }));
}

TEST_CASE("a server whose manager dies is told so") {
    Served place{"ipc"};
    handoff::Client client{place.config};
    Background<std::uint64_t> serving{[&](std::stop_token stop) {
        Service service{client, "s"};
        service.method("one", [] { return 1; });
        return service.run(std::move(stop));
    }};
    ServiceClient caller{place.config, "s"};
    REQUIRE(caller.call<int>("one") == 1);
    place.manager.reset();
    place.manager.emplace(place.config);
    // The caller had its reply, but whether the manager had said so to the server is another thing.
    const handoff::errc code = ::code_of([&] { serving.result(); });
    CHECK((code == handoff::errc::manager_restarted || code == handoff::errc::outcome_unknown));
}

TEST_CASE("calls and streams outlive managers that are killed, if they are asked to") {
    Served place{"ipc"};
    place.manager.reset();
    MortalManager manager{place.config};
    const Servers servers{place.config};
    ServiceClient client{place.config, "s"};
    CallOptions outliving = patient;
    outliving.manager_deaths_max = 20;
    call_under_kills(client, outliving, manager);
}

TEST_CASE("calls and streams of a durable service outlive managers and servers that are killed") {
    const LastingPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    MortalManager manager{place.config};
    const Servers servers{place.config, handoff::Durability::os};
    ServiceClient client{place.config, "s", {.durability = handoff::Durability::os}};
    call_under_kills(client, patient, manager);
}

TEST_CASE("with a key a durable service answers once although its managers are killed") {
    const LastingPlace place;
    MortalManager manager{place.config};
    const Notebook orders{place.folder.path()};
    const auto serve = [&] {
        handoff::Client client{place.config};
        Service service{client, "s", {.durability = handoff::Durability::os}};
        service.method("order", [&](int n) {
            orders.note(n);
            return orders.size();
        });
        service.run();
    };
    Supervisor farm{{.restarts_max = 1000}};
    farm.add("server", serve);
    Background<bool> supervising{[&](std::stop_token stop) {
        farm.run(std::move(stop));
        return true;
    }};
    ServiceClient client{place.config, "s", {.durability = handoff::Durability::os}};
    const auto order = [&](ServiceClient& by, int n) {
        return by.call_with<int>({.deadline = 60s, .deaths_max = 50, .key = std::to_string(n)},
                                 "order", n);
    };
    std::vector<int> first;
    for (int n = 0; n < 30; ++n) {
        first.push_back(order(client, n));
        if (n % 10 == 5) manager.kill();
    }
    ServiceClient other{place.config, "s", {.durability = handoff::Durability::os}};
    for (int n = 0; n < 30; ++n) CHECK(order(other, n) == first.at(static_cast<std::size_t>(n)));
    CHECK(orders.counts().size() == 30);
    CHECK(orders.size() <= 33);  // a server had one in work when its manager died
}

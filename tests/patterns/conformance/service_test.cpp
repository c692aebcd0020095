#include "handoff/patterns/service.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "patterns/task_ends.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::errc;
using handoff::patterns::Parts;
using handoff::patterns::Service;
using handoff::patterns::ServiceClient;
using handoff::patterns::ServiceHealth;
using handoff::patterns::services;
using handoff::patterns::TaskEnd;
using handoff::patterns::TaskError;
using handoff::test::end_of;

namespace {

/// A server in a thread, with a client of its own.
class Server {
public:
    Server(const World& world, const std::string& name, std::atomic<int>& calls)
        : client_(world.another_client()), service_(*client_, name) {
        service_.method("add", [&](int a, int b) {
            ++calls;
            return a + b;
        });
        service_.method("fail", [&] { throw std::runtime_error{"no"}; });
        service_.method("wait", [&](std::stop_token stop) {
            ++calls;
            eventually([&] { return stop.stop_requested(); });
        });
        service_.stream("count", [](Parts<int>& parts, int below) {
            for (int n = 0; n < below; ++n) parts.send(n);
        });
        service_.stream("for ever", [&](Parts<int>& parts) {
            const std::shared_ptr<void> end{nullptr, [&](void*) { ++calls; }};  // send() may throw
            while (!parts.stop().stop_requested()) parts.send(1);
        });
        service_.stream("counted", [&](Parts<int>& parts, int below) {
            for (int n = 0; n < below; ++n, ++calls) parts.send(n);
        });
        service_.stream("broken", [](Parts<int>& parts) {
            parts.send(1);
            throw std::runtime_error{"broken off"};
        });
        serving_.emplace([this](std::stop_token stop) { return service_.run(std::move(stop)); });
    }

    Background<std::uint64_t>& serving() { return *serving_; }

private:
    std::unique_ptr<handoff::Client> client_;
    Service service_;
    std::optional<Background<std::uint64_t>> serving_;
};

struct Place {
    Server& start(const std::string& name = "s") {
        servers.push_back(std::make_unique<Server>(world, name, calls));
        return *servers.back();
    }
    World world;
    std::atomic<int> calls{0};
    std::vector<std::unique_ptr<Server>> servers;
};

}  // namespace

TEST_CASE("a service answers calls by name, and tells its caller what a method throws") {
    Place place;
    place.start();
    ServiceClient client(place.world.config(), "s");
    CHECK(client.call<int>("add", 1, 2) == 3);
    CHECK(end_of([&] { return client.call<int>("fail"); }) == TaskEnd::threw);
    CHECK(text_of([&] { return client.call<int>("fail"); }) == "task fail: no");
    CHECK(end_of([&] { return client.call<int>("subtract", 1, 2); }) == TaskEnd::unknown_task);
}

TEST_CASE("a call waits for a server, until its deadline") {
    Place place;
    ServiceClient client(place.world.config(), "s");
    CHECK(end_of([&] { return client.call_with<int>({.deadline = 30ms}, "add", 1, 2); }) ==
          TaskEnd::timed_out);
    Background<int> calling{[&](std::stop_token) { return client.call<int>("add", 2, 2); }};
    REQUIRE(eventually([&] { return client.health().waiting == 1; }));
    place.start();
    CHECK(calling.result() == 4);
    CHECK(place.calls == 1);  // the first was not done
}

TEST_CASE("a method that runs past the deadline of its call is asked to stop") {
    Place place;
    place.start();
    ServiceClient client(place.world.config(), "s");
    CHECK(end_of([&] {
              client.call_with<void>({.deadline = 50ms}, "wait");
              return 0;
          }) == TaskEnd::timed_out);
    CHECK(client.call<int>("add", 1, 1) == 2);
}

TEST_CASE("calls go to whichever server is free") {
    Place place;
    for (int i = 0; i < 3; ++i) place.start();
    ServiceClient client(place.world.config(), "s");
    Background<TaskEnd> first{[&](std::stop_token) {
        return end_of([&] {
            client.call_with<void>({.deadline = 500ms}, "wait");
            return 0;
        });
    }};
    Background<TaskEnd> second{[&](std::stop_token) {
        return end_of([&] {
            client.call_with<void>({.deadline = 500ms}, "wait");
            return 0;
        });
    }};
    REQUIRE(eventually([&] { return place.calls == 2; }));
    for (int i = 0; i < 20; ++i) CHECK(client.call<int>("add", i, i) == 2 * i);
    CHECK(first.result() == TaskEnd::timed_out);
    CHECK(second.result() == TaskEnd::timed_out);
}

TEST_CASE("an answer may come in parts") {
    Place place;
    place.start();
    ServiceClient client(place.world.config(), "s");
    std::vector<int> all;
    for (int part : client.stream<int>("count", 5)) all.push_back(part);
    CHECK(all == std::vector<int>{0, 1, 2, 3, 4});
    auto broken = client.stream<int>("broken");
    CHECK(broken.next() == 1);
    CHECK(end_of([&] { return broken.next(); }) == TaskEnd::threw);
    auto none = client.stream<int>("count", 0);
    CHECK(none.next() == std::nullopt);
}

TEST_CASE("a method waits while its caller does not take the parts, until the deadline") {
    Place place;
    place.start();
    place.start();
    ServiceClient client(place.world.config(), "s");
    auto parts = client.stream_with<int>({.parts_max = 4}, "counted", 30);
    REQUIRE(eventually([&] { return place.calls == 4; }));
    CHECK(client.call<int>("add", 1, 2) == 3);  // which counts too
    for (int n = 0; n < 30; ++n) {
        REQUIRE(parts.next() == n);
        CHECK(place.calls <= n + 1 + 4 + 1);
    }
    CHECK(parts.next() == std::nullopt);
    CHECK(place.calls == 31);

    auto dropped = client.stream_with<int>({.deadline = 50ms, .parts_max = 1}, "counted", 30);
    CHECK(dropped.next() == 0);
    CHECK(eventually([&] { return client.health().in_work == 0; }));  // the method has ended
    CHECK(end_of([&] {
              while (dropped.next()) {
              }
              return 0;
          }) == TaskEnd::timed_out);
}

TEST_CASE("a caller that has heard enough stops the parts") {
    Place place;
    place.start();
    ServiceClient client(place.world.config(), "s");
    {
        auto parts = client.stream<int>("for ever");
        CHECK(parts.next() == 1);
    }
    CHECK(eventually([&] { return place.calls == 1; }));
    CHECK(client.call<int>("add", 1, 1) == 2);
}

TEST_CASE("calls with one key are done once, and all get the answer") {
    Place place;
    place.start();
    place.start();
    ServiceClient client(place.world.config(), "s");
    ServiceClient other(place.world.config(), "s");
    CHECK(client.call_with<int>({.key = "order 17"}, "add", 1, 2) == 3);
    CHECK(other.call_with<int>({.key = "order 17"}, "add", 1, 2) == 3);
    CHECK(place.calls == 1);
    CHECK(other.call_with<int>({.key = "order 18"}, "add", 1, 2) == 3);
    CHECK(place.calls == 2);
    CHECK(end_of([&] { return client.call_with<int>({.key = "f"}, "fail"); }) == TaskEnd::threw);
}

TEST_CASE("services and their health are found at the manager") {
    Place place;
    place.start("a");
    place.start("b");
    place.start("b");
    ServiceClient client(place.world.config(), "b");
    CHECK(client.call<int>("add", 1, 2) == 3);
    const auto two = [&] { return client.health().servers == 2; };
    CHECK(eventually(two));
    const std::vector<ServiceHealth> all = services(place.world.client());
    REQUIRE(all.size() == 2);
    CHECK(all.at(0).name == "a");
    CHECK(all.at(0).servers == 1);
    CHECK(all.at(1).name == "b");
    CHECK(all.at(1).served == 1);
    CHECK(all.at(1).waiting == 0);
    place.servers.clear();
    CHECK(eventually([&] { return client.health().servers == 0; }));
}

TEST_CASE("a service that is closed ends its servers") {
    Place place;
    Server& server = place.start();
    ServiceClient client(place.world.config(), "s");
    CHECK(client.call<int>("add", 1, 2) == 3);
    client.close();
    CHECK(server.serving().result() == 1);
    CHECK(code_of([&] { return client.call<int>("add", 1, 2); }) == errc::closed);
}

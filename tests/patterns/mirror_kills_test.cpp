#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/mirror.hpp"
#include "patterns/mortal_manager.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::Mirror;

TEST_CASE("a mirror outlives its manager, and then shows what the next one has") {
    const TemporaryFolder folder;
    handoff::Config config;
    config.manager.listen = {"ipc://" + (folder.path() / "s").string()};
    const auto serve = [&config](int value) {
        return [&config, value] {
            const handoff::Manager manager{config};
            handoff::Client client{manager};
            client.dict<std::string, int>("rates").put("a", value);
            for (;;) ::pause();
        };
    };
    std::optional<Tethered> manager{serve(1)};
    const Mirror<std::string, int> mirror{config, "rates", {.check = 20ms}};
    REQUIRE(eventually([&] { return mirror.get("a") == 1; }));
    REQUIRE(mirror.version() == 1);
    manager->kill();
    CHECK(eventually([&] { return mirror.age() > 700ms; }));
    CHECK_FALSE(mirror.trouble().empty());
    CHECK(mirror.get("a") == 1);
    manager.emplace(serve(2));  // which has a dictionary of the same version
    CHECK(eventually([&] { return mirror.get("a") == 2; }));
    CHECK(mirror.restarts() == 1);
    CHECK(eventually([&] { return mirror.age() < 200ms && mirror.trouble().empty(); }));
}

TEST_CASE("a mirror of a durable dictionary goes on with it when managers are killed") {
    const LastingPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    MortalManager manager{place.config};
    handoff::Client client{place.config};
    auto rates = client.dict<std::string, int>("rates", {.durability = handoff::Durability::os});
    rates.put("kept", 1);
    const Mirror<std::string, int> mirror{
        place.config, "rates", {.check = 20ms, .durability = handoff::Durability::os}};
    REQUIRE(mirror.get("kept") == 1);
    for (const int n : {1, 2, 3}) {
        manager.kill();
        CHECK(mirror.get("kept") == 1);
        // Of a change that was under way, who made it is told so.
        REQUIRE(
            eventually([&] { return ::code_of([&] { rates.put("n", n); }) == handoff::errc::ok; }));
        CHECK(eventually([&] { return mirror.get("n") == n; }));
        CHECK(mirror.get("kept") == 1);
    }
    CHECK(mirror.restarts() == 0);
    CHECK(eventually([&] { return mirror.trouble().empty(); }));
}

TEST_CASE(
    "a mirror shows what a killed writer had confirmed, and is disturbed by no other mirror") {
    const LastingPlace place;
    const handoff::Manager manager{place.config};
    const auto mirror_rates = [&] {
        return std::make_unique<Mirror<std::string, int>>(
            place.config, "rates",
            handoff::patterns::MirrorOptions{.durability = handoff::Durability::os});
    };
    const auto mirror = mirror_rates();
    const Pipe told;
    Tethered writer{[&] {
        handoff::Client client{place.config};
        auto rates =
            client.dict<std::string, int>("rates", {.durability = handoff::Durability::os});
        for (int n = 1;; ++n) {
            rates.put("n", n);
            told.send("n");
        }
    }};
    Tethered other{[&] {
        const auto own = mirror_rates();
        for (;;) ::pause();
    }};
    for (int n = 0; n < 50; ++n) REQUIRE(told.receive() == "n");
    writer.kill();
    other.kill();
    handoff::Client client{place.config};
    const auto last = client.dict<std::string, int>("rates").get("n");
    CHECK(last.value_or(0) >= 50);
    CHECK(eventually([&] { return mirror->get("n") == last; }));
    CHECK(mirror->restarts() == 0);
}

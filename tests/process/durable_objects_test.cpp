// Durable objects and managers that are killed.
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "handoff/client.hpp"
#include "handoff/dict.hpp"
#include "handoff/store.hpp"
#include "handoff/value.hpp"
#include "process/places.hpp"
#include "support/catch.hpp"

using handoff::Client;
using handoff::Durability;
using handoff::errc;
using handoff::test::Background;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

/// A manager with data, which can be killed and followed by another.
struct StoringPlace : Place {
    StoringPlace() : Place{"ipc"} {
        config.manager.data = (folder.path() / "data").string();
        config.client.reconnect_min = 5ms;
        config.client.reconnect_max = 20ms;
    }
    [[nodiscard]] bool can_store() const {
        return code_of([&] { handoff::check_store(config.manager.data); }) != errc::unsupported;
    }
    void begin() { manager.emplace(config); }
    void kill() {
        manager->kill();
        manager.reset();
    }
    std::optional<ManagerChild> manager;
};

}  // namespace

TEST_CASE("sums of a durable value are exact, however often its manager is killed") {
    StoringPlace place;
    if (!place.can_store()) HANDOFF_SKIP("this library keeps no data");
    place.begin();
    Client client{place.config};
    auto count = client.value<std::int64_t>("count", {.durability = Durability::fsync});
    std::atomic<std::int64_t> done{0};
    std::int64_t unknown = 0;
    Background<bool> adding{[&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            const errc code = code_of([&] { count.add(1); });
            if (code == errc::ok) ++done;
            if (code == errc::outcome_unknown) ++unknown;
        }
        return true;
    }};
    for (int kills = 0; kills < 6; ++kills) {
        const std::int64_t before = done;
        REQUIRE(eventually([&] { return done > before + 20; }));
        place.kill();
        place.begin();
    }
    const std::int64_t before = done;
    REQUIRE(eventually([&] { return done > before; }));
    adding.stop();
    CHECK(adding.result());
    const std::int64_t sum = count.get();
    CHECK(sum >= done);
    CHECK(sum <= done + unknown);
    CHECK(unknown <= 6);
}

TEST_CASE("a durable dict goes on after its manager was killed, and who asks is not disturbed") {
    StoringPlace place;
    if (!place.can_store()) HANDOFF_SKIP("this library keeps no data");
    place.begin();
    Client client{place.config};
    auto prices = client.dict<std::string, int>("prices", {.durability = Durability::os});
    prices.put("tea", 3);
    prices.put("jam", 5, {.ttl = 1h});
    place.kill();
    place.begin();
    CHECK(prices.get("tea") == 3);
    CHECK(prices.get("jam") == 5);
    prices.put("tea", 4);
    Client other{place.config};
    CHECK(other.dict<std::string, int>("prices").get("tea") == 4);
}

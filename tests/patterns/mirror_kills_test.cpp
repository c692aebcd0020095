#include <unistd.h>

#include <optional>
#include <string>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/mirror.hpp"
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
    CHECK(eventually([&] { return mirror.age() > 200ms; }));
    CHECK(mirror.get("a") == 1);
    manager.emplace(serve(2));  // which has a dictionary of the same version
    CHECK(eventually([&] { return mirror.get("a") == 2; }));
    CHECK(mirror.restarts() == 1);
    CHECK(eventually([&] { return mirror.age() < 200ms && mirror.trouble().empty(); }));
}

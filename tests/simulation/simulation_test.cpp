#include <cstdint>
#include <optional>
#include <string>

#include "simulation/world/world.hpp"
#include "support/catch.hpp"

using namespace handoff::core::sim;

TEST_CASE("the same seed tells the same story") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        std::string first, second;
        REQUIRE_FALSE(
            run(seed, KnownBug::none, [&](std::string_view line) { first += line; }).broken);
        REQUIRE_FALSE(
            run(seed, KnownBug::none, [&](std::string_view line) { second += line; }).broken);
        CHECK(first.size() > 1000);
        CHECK((first == second));
    }
}

TEST_CASE("each known bug is found within a thousand seeds, by the promise that it breaks") {
    for (const BugInfo& bug : known_bugs()) {
        INFO(bug.name);
        std::uint64_t seed = 1;
        while (seed <= 1000 && run(seed, bug.bug).broken != bug.breaks) ++seed;
        CHECK(seed <= 1000);
    }
}

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "handoff/error.hpp"
#include "store/disk.hpp"
#include "store/store.hpp"
#include "support/catch.hpp"
#include "support/known.hpp"

using namespace handoff;
using namespace handoff::store;
using namespace handoff::store::test;
using namespace handoff::test;

namespace {

StoreSettings roomy_settings_on(const Disk& disk) {
    StoreSettings settings;
    settings.path = "store";
    settings.vfs = disk.name();
    settings.free_bytes = [] { return std::uint64_t{1} << 40; };
    return settings;
}

/// A store whose manager was killed after some commits: part of it is in the file, part in the log.
struct Killed {
    explicit Killed(std::uint32_t seed) : disk(seed), workload(seed) {
        StoreSettings settings = roomy_settings_on(disk);
        settings.log_pages_max = 200;
        Store store(settings);
        for (int turn = 0; turn < 60; ++turn) store.commit({workload.next()});
        for (Known& earlier : before) {
            earlier = workload.known();
            store.commit({workload.next()});
        }
        // Nobody closes it: without power nothing that the destructor does reaches the disk.
        disk.lose_power_at(disk.operations() + 1);
    }

    Disk disk;
    Workload workload;
    std::array<Known, 2> before;  ///< the last commit but one, and the last
};

enum class Outcome { refused, all_there, wrong };

Outcome outcome_of(const Killed& killed) {
    try {
        const Known there = known_of(Store(roomy_settings_on(killed.disk)).take_recovered());
        // A bit that flips in one of the last two commits looks like a commit that was torn.
        const bool right =
            there == killed.workload.known() ||
            std::find(killed.before.begin(), killed.before.end(), there) != killed.before.end();
        return right ? Outcome::all_there : Outcome::wrong;
    } catch (const Error& error) {
        CHECK((error.code() == errc::store_failed || error.code() == errc::system));
        return Outcome::refused;
    }
}

}  // namespace

TEST_CASE("a flipped bit is noticed, or does no harm") {
    const std::string file = GENERATE(std::string("store"), std::string("store-wal"));
    std::mt19937 random(5);
    int refused = 0;
    for (int trial = 0; trial < 400; ++trial) {
        Killed killed(1 + static_cast<std::uint32_t>(trial) % 8);
        killed.disk.restart();
        const std::uint64_t bits = killed.disk.size(file) * 8;
        REQUIRE(bits > 0);
        const std::uint64_t bit = random() % bits;
        killed.disk.flip(file, bit);
        INFO(file << " byte " << bit / 8 << " of " << bits / 8);
        const Outcome outcome = outcome_of(killed);
        REQUIRE(outcome != Outcome::wrong);
        if (outcome == Outcome::refused) ++refused;
    }
    CHECK(refused > 40);
}

TEST_CASE("what is damaged is told without changing anything") {
    Killed killed(3);
    killed.disk.restart();
    CHECK(Store::check(roomy_settings_on(killed.disk)).empty());
    // In the middle of the file, where most is.
    int told = 0;
    for (std::uint64_t part = 1; part < 8; ++part) {
        const std::uint64_t bit = killed.disk.size("store") * part;
        killed.disk.flip("store", bit);
        try {
            told += Store::check(roomy_settings_on(killed.disk)).empty() ? 0 : 1;
        } catch (const Error&) {
            ++told;
        }
        killed.disk.flip("store", bit);
    }
    CHECK(told > 0);
    CHECK(Store::check(roomy_settings_on(killed.disk)).empty());
    CHECK(outcome_of(killed) == Outcome::all_there);
}

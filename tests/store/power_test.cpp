#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

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

StoreSettings busy_settings_on(const Disk& disk) {
    StoreSettings settings;
    settings.path = "store";
    settings.vfs = disk.name();
    settings.free_bytes = [] { return std::uint64_t{1} << 40; };
    settings.log_pages_max = 60;  // so that the log is moved into the file often
    return settings;
}

/// One story: a store works until power is lost, several times over. Each time what is there again
/// must be what was known after one of its commits: not before the last that was confirmed.
class Story {
public:
    Story(std::uint32_t seed, bool also_os) : disk_(seed), random_(seed), workload_(seed, also_os) {
        history_.push_back(workload_.known());
    }

    /// Returns what is wrong; empty if nothing is.
    std::string run(int losses) {
        for (int loss = 0; loss < losses; ++loss) {
            disk_.lose_power_at(disk_.operations() + 1 + random_() % 100);
            work();
            disk_.restart();
            if (std::string fault = look(); !fault.empty()) return fault;
        }
        return "";
    }

    [[nodiscard]] std::uint64_t commits() const noexcept { return commits_; }

private:
    /// Until power is lost.
    void work() {
        try {
            Store store(busy_settings_on(disk_));
            for (;;) {
                std::vector<core::Changes> turns;
                Durability level = Durability::memory;
                for (auto left = 1 + random_() % 3; left > 0; --left) {
                    turns.push_back(workload_.next());
                    level = std::max(level, turns.back().level);
                }
                history_.push_back(workload_.known());
                store.commit(turns);
                ++commits_;
                // With a commit that survives a loss of power, those before it do.
                if (level == Durability::fsync) confirmed_ = history_.size() - 1;
            }
        } catch (const Error&) {
        }
    }

    std::string look() {
        std::optional<Known> there;
        try {
            there = known_of(Store(busy_settings_on(disk_)).take_recovered());
        } catch (const Error& error) {
            return std::string("it cannot be opened: ") + error.what();
        }
        for (std::size_t i = history_.size(); i > confirmed_;) {
            if (history_[--i] == *there) {
                // It goes on from here.
                history_ = {*there};
                confirmed_ = 0;
                workload_.go_on_from(*there);
                return "";
            }
        }
        return "there are " + summary(*there) + "; confirmed were " + summary(history_[confirmed_]);
    }

    Disk disk_;
    std::mt19937 random_;
    Workload workload_;
    std::vector<Known> history_;
    std::size_t confirmed_ = 0;
    std::uint64_t commits_ = 0;
};

void lose_power(bool also_os, std::uint32_t stories, int losses) {
    std::uint64_t commits = 0;
    for (std::uint32_t seed = 1; seed <= stories; ++seed) {
        Story story(seed, also_os);
        const std::string fault = story.run(losses);
        INFO("seed " << seed);
        REQUIRE(fault == "");
        commits += story.commits();
    }
    CHECK(commits > std::uint64_t{stories} * static_cast<std::uint64_t>(losses));
}

}  // namespace

TEST_CASE("what was confirmed at fsync survives a loss of power at any point") {
    lose_power(false, 50, 10);
}

TEST_CASE("a loss of power takes back no more than the commits that were not synced") {
    lose_power(true, 50, 10);
}

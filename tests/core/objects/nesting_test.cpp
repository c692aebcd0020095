#include <algorithm>
#include <cstddef>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"
#include "support/catch.hpp"

// What may be within what, beside a model that looks at the whole graph each time.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using objects::Method;
using objects::ObjectHandle;
using objects::Packed;

namespace {

ManagerSettings with_id() {
    ManagerSettings settings;
    settings.id = {4, 2};
    return settings;
}

/// Dictionaries within each other, each under its number.
struct Shelf : ManagerTest {
    explicit Shelf(std::size_t count) : ManagerTest(with_id()), within(count) {
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back(
                ann.ask(OpenObject{"d" + std::to_string(i), ObjectKind::dict, {}, true, 0})
                    .as<ObjectOpened>()
                    .object);
        }
    }

    objects::Call putting(std::size_t outer, std::size_t inner) const {
        const std::string content = objects::pack_reference(
            {ObjectKind::dict, false, with_id().id, all[inner], "d" + std::to_string(inner)});
        const Packed value = objects::pack_payload(
            std::string{'\xc7', static_cast<char>(content.size()), 'H'} + content);
        return {all[outer], Method::put, {}, {key(inner), value}};
    }
    objects::Call erasing(std::size_t outer, std::size_t inner) const {
        return {all[outer], Method::erase, {}, {key(inner)}};
    }
    objects::Result done(objects::Call call) {
        const core::test::Call asked = ann.ask(Calls{{std::move(call)}, false});
        return asked.as<Results>().results.front();
    }

    errc put(std::size_t outer, std::size_t inner) {
        const errc code = done(putting(outer, inner)).code;
        if (code == errc::ok) within[outer].insert(inner);
        return code;
    }
    void erase(std::size_t outer, std::size_t inner) {
        done(erasing(outer, inner));
        within[outer].erase(inner);
    }

    /// What put() is to say.
    [[nodiscard]] errc expected(std::size_t outer, std::size_t inner) const {
        std::map<std::size_t, std::size_t> lengths;
        const std::size_t below = length(inner, lengths, false);
        if (lengths.contains(outer)) return errc::invalid_argument;
        lengths.clear();
        return length(outer, lengths, true) + below > 64 ? errc::limit_exceeded : errc::ok;
    }

    Client& ann = client("ann");
    std::vector<ObjectHandle> all;
    std::vector<std::set<std::size_t>> within;

private:
    static Packed key(std::size_t inner) {
        return objects::pack_integer(static_cast<std::int64_t>(inner));
    }
    std::size_t length(std::size_t from, std::map<std::size_t, std::size_t>& known, bool up) const {
        if (const auto it = known.find(from); it != known.end()) return it->second;
        std::size_t longest = 0;
        for (std::size_t next = 0; next < within.size(); ++next) {
            const bool leads = up ? within[next].contains(from) : within[from].contains(next);
            if (leads) longest = std::max(longest, length(next, known, up));
        }
        return known[from] = longest + 1;
    }
};

}  // namespace

TEST_CASE("what is refused is what a look at the whole graph refuses") {
    const auto seed = GENERATE(range(1u, 9u));
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random()) % end; };
    constexpr std::size_t count = 12;
    Shelf shelf(count);
    for (int step = 0; step < 600; ++step) {
        const std::size_t outer = below(count);
        const std::size_t inner = below(count);
        if (below(3) == 0) {
            shelf.erase(outer, inner);
        } else if (!shelf.within[outer].contains(inner)) {
            INFO("step " << step << ": " << inner << " into " << outer);
            REQUIRE(shelf.put(outer, inner) == shelf.expected(outer, inner));
        }
    }
}

TEST_CASE("long chains that are cut and joined anew are as long as they are") {
    constexpr std::size_t count = 80;
    std::set<errc> seen;
    for (unsigned seed = 1; seed <= 4; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random(seed);
        const auto below = [&](std::size_t end) {
            return static_cast<std::size_t>(random()) % end;
        };
        Shelf shelf(count);
        for (int step = 0; step < 1500; ++step) {
            // Neighbours mostly, in a circle, so that chains become long.
            const std::size_t outer = below(count);
            const std::size_t inner = below(60) == 0 ? below(count) : (outer + 1) % count;
            if (below(90) == 0) {
                shelf.erase(outer, inner);
            } else if (!shelf.within[outer].contains(inner)) {
                INFO("step " << step << ": " << inner << " into " << outer);
                const errc expected = shelf.expected(outer, inner);
                seen.insert(expected);
                REQUIRE(shelf.put(outer, inner) == expected);
            }
        }
    }
    CHECK(seen == std::set<errc>{errc::ok, errc::invalid_argument, errc::limit_exceeded});
}

TEST_CASE("two that take turns at being within each other never become too deep") {
    Shelf shelf(3);
    shelf.put(2, 0);
    shelf.put(2, 1);
    for (int turn = 0; turn < 200; ++turn) {
        REQUIRE(shelf.put(0, 1) == errc::ok);
        REQUIRE(shelf.put(1, 0) == errc::invalid_argument);
        shelf.erase(0, 1);
        REQUIRE(shelf.put(1, 0) == errc::ok);
        shelf.erase(1, 0);
    }
}

TEST_CASE("what a call removes is not in the way of the next one in the same message") {
    Shelf shelf(2);
    CHECK(shelf.put(0, 1) == errc::ok);
    const core::test::Call asked =
        shelf.ann.ask(Calls{{shelf.erasing(0, 1), shelf.putting(1, 0)}, true});
    for (const objects::Result& each : asked.as<Results>().results) {
        INFO(each.text);
        CHECK(each.code == errc::ok);
    }
}

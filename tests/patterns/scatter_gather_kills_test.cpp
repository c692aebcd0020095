#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/scatter_gather.hpp"
#include "patterns/mortal_manager.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::answer_as_member;
using handoff::patterns::ScatterGather;

TEST_CASE("a group is asked again when its manager has been replaced") {
    const TemporaryFolder folder;
    handoff::Config config;
    config.manager.listen = {"ipc://" + (folder.path() / "s").string()};
    std::optional<handoff::Manager> manager{config};
    handoff::Client client{config};
    ScatterGather<int, int> group{client, "g"};
    CHECK(group.ask(1).answers.empty());
    manager.reset();
    manager.emplace(config);
    Tethered member{[&config] {
        handoff::Client own{config};
        answer_as_member<int>(own, "g", [](int question) { return question; });
    }};
    CHECK(eventually([&] {
        try {
            return group.ask(1).answers.size() == 1;
        } catch (const handoff::Error&) {
            return false;
        }
    }));
}

TEST_CASE("a question does not wait for members that die") {
    const TemporaryFolder folder;
    handoff::Config config;
    config.manager.listen = {"ipc://" + (folder.path() / "s").string()};
    const handoff::Manager manager{config};
    std::vector<std::unique_ptr<Tethered>> members;
    for (int i = 0; i < 4; ++i) {
        members.push_back(std::make_unique<Tethered>([&config, i] {
            handoff::Client client{config};
            answer_as_member<int>(client, "g", [i](int question) {
                if (question == i) std::raise(SIGKILL);
                return question + i;
            });
        }));
    }
    handoff::Client client{config};
    ScatterGather<int, int> group{client, "g"};
    REQUIRE(eventually([&] { return group.members().size() == 4; }));

    const auto all = group.ask(10);
    CHECK(all.answers.size() == 4);
    const auto three = group.ask(2, {.deadline = 20s});  // which kills one of them
    CHECK(three.answers.size() == 3);
    CHECK(three.died.size() == 1);
    CHECK(three.silent.empty());
    CHECK(group.ask(10).answers.size() == 3);

    // Who comes next clears away what the dead one has left.
    Tethered newcomer{[&config] {
        handoff::Client own{config};
        answer_as_member<int>(own, "g", [](int question) { return question; });
    }};
    CHECK(eventually([&] { return group.ask(10).answers.size() == 4; }));
    CHECK(group.members().size() == 4);
}

namespace {

constexpr handoff::patterns::GroupOptions lasting{.durability = handoff::Durability::os};

/// Answers with the question and its own number.
std::unique_ptr<Tethered> member_of(const LastingPlace& place, int number) {
    return std::make_unique<Tethered>([&place, number] {
        handoff::Client client{place.config};
        answer_as_member<int>(
            client, "g", [number](int question) { return 10 * question + number; }, {}, lasting);
    });
}

}  // namespace

TEST_CASE("every member of a durable group answers each question once although managers die") {
    const LastingPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    MortalManager manager{place.config};
    std::vector<std::unique_ptr<Tethered>> members;
    for (int i = 0; i < 3; ++i) members.push_back(member_of(place, i));
    handoff::Client client{place.config};
    ScatterGather<int, int> group{client, "g", lasting};
    REQUIRE(eventually([&] { return group.members().size() == 3; }));
    std::atomic<int> asked{0};
    Background<bool> asking{[&](std::stop_token) {
        for (int n = 0; n < 60; ++n, ++asked) {
            const auto all = group.ask(n, {.deadline = 60s});
            int sum = 0;
            for (const auto& answer : all.answers) sum += answer.value.value();
            if (sum != 30 * n + 3 || all.answers.size() != 3) return false;
            if (!all.died.empty() || !all.silent.empty()) return false;
        }
        return true;
    }};
    for (const int some : {10, 30, 50}) {
        REQUIRE(eventually([&] { return asked >= some; }));
        manager.kill();
    }
    CHECK(asking.result());
    CHECK(group.members().size() == 3);
}

TEST_CASE("members and askers of a durable group that are killed are told from the living") {
    const LastingPlace place;
    MortalManager manager{place.config};
    auto victim = member_of(place, 1);
    const auto survivor = member_of(place, 2);
    handoff::Client client{place.config};
    ScatterGather<int, int> group{client, "g", lasting};
    REQUIRE(eventually([&] { return group.members().size() == 2; }));
    manager.kill();
    CHECK(group.ask(1, {.deadline = 60s}).answers.size() == 2);
    victim->kill();
    {
        const Pipe told;
        Tethered asker{[&] {
            handoff::Client own{place.config};
            ScatterGather<int, int> asking{own, "g", lasting};
            for (int n = 0;; ++n) {
                if (asking.ask(n).answers.size() == 1 && n == 3) told.send("a");
            }
        }};
        REQUIRE(told.receive() == "a");
        asker.kill();
    }
    const auto left = group.ask(2, {.deadline = 60s});
    CHECK(left.answers.size() == 1);
    CHECK(left.silent.empty());
    CHECK(eventually([&] {
        ScatterGather<int, int>{client, "g", lasting};  // which clears away what is left
        return client.set<std::string>("g.askers.mailboxes").size() == 1;
    }));
    CHECK(group.members().size() == 1);
}

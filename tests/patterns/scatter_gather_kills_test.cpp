#include <unistd.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/scatter_gather.hpp"
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

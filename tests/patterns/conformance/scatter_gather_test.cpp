#include "handoff/patterns/scatter_gather.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "handoff/patterns/map_reduce.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::answer_as_member;
using handoff::patterns::Gathered;
using handoff::patterns::map_reduce;
using handoff::patterns::ScatterGather;
using handoff::patterns::Worker;
using handoff::patterns::WorkerPool;

namespace {

/// A group with members in threads, each with a client of its own.
struct Group {
    using Answer = std::function<int(const std::string&, std::stop_token)>;

    void add(Answer answer) {
        members.push_back(std::make_unique<Background<bool>>(
            [this, answer = std::move(answer)](std::stop_token stop) {
                const auto client = world.another_client();
                answer_as_member<std::string>(
                    *client, "g",
                    [&](const std::string& question) { return answer(question, stop); }, stop);
                return true;
            }));
        REQUIRE(eventually([&] { return asker.members().size() == members.size(); }));
    }
    void add_counter(int extra) {
        add([extra](const std::string& question, const std::stop_token&) {
            return static_cast<int>(question.size()) + extra;
        });
    }
    static std::vector<int> values_of(const Gathered<int>& gathered) {
        std::vector<int> values;
        for (const auto& answer : gathered.answers) {
            if (answer.value) values.push_back(*answer.value);
        }
        std::sort(values.begin(), values.end());
        return values;
    }

    World world;
    ScatterGather<std::string, int> asker{world.client(), "g"};
    std::vector<std::unique_ptr<Background<bool>>> members;
};

void wait_for(const std::stop_token& stop) {
    eventually([&] { return stop.stop_requested(); });
}

}  // namespace

TEST_CASE("all members of a group are asked, and all answers gathered") {
    Group group;
    for (int i = 0; i < 3; ++i) group.add_counter(10 * i);
    for (int round = 0; round < 3; ++round) {
        const auto gathered = group.asker.ask("four");
        CHECK(Group::values_of(gathered) == std::vector<int>{4, 14, 24});
        CHECK(gathered.silent.empty());
        CHECK(gathered.died.empty());
    }
}

TEST_CASE("a question ends with its quorum, and late answers do not disturb the next") {
    Group group;
    group.add_counter(0);
    group.add_counter(1);
    std::atomic<bool> go_on{false};
    group.add([&](const std::string&, const std::stop_token& stop) {
        eventually([&] { return go_on || stop.stop_requested(); });
        return 99;
    });
    const auto gathered = group.asker.ask("a", {.quorum = 2});
    CHECK(Group::values_of(gathered) == std::vector<int>{1, 2});
    CHECK(gathered.silent.size() == 1);
    go_on = true;
    CHECK(Group::values_of(group.asker.ask("bb")) == std::vector<int>{2, 3, 99});
}

TEST_CASE("a question ends at its deadline, and tells who was silent") {
    Group group;
    group.add_counter(0);
    group.add([](const std::string&, const std::stop_token& stop) {
        wait_for(stop);
        return 0;
    });
    Gathered<int> gathered;
    CHECK(time_of([&] {
              gathered = group.asker.ask("a", {.deadline = 50ms});
              return 0;
          }) >= 50ms);
    CHECK(Group::values_of(gathered) == std::vector<int>{1});
    CHECK(gathered.silent.size() == 1);
}

TEST_CASE("what a member throws is told, and does not count for the quorum") {
    Group group;
    group.add([](const std::string&, const std::stop_token&) -> int {
        throw std::runtime_error{"sold out"};
    });
    group.add_counter(0);
    const auto gathered = group.asker.ask("a", {.quorum = 2});
    REQUIRE(gathered.answers.size() == 2);
    CHECK(Group::values_of(gathered) == std::vector<int>{1});
    const bool first = !gathered.answers.at(0).value;
    CHECK(gathered.answers.at(first ? 0 : 1).error == "sold out");
}

TEST_CASE("a group without members answers nothing at once") {
    Group group;
    const auto gathered = group.asker.ask("a");
    CHECK(gathered.answers.empty());
    group.add_counter(0);
    CHECK(group.asker.ask("a").answers.size() == 1);
    group.members.clear();
    CHECK(group.asker.ask("a").answers.empty());
}

TEST_CASE("map_reduce folds the results of a pool's task together") {
    World world;
    const auto tasks = [](Worker& worker) {
        worker.task("letters", [](const std::string& word) {
            std::map<char, int> counts;
            for (const char letter : word) ++counts[letter];
            return counts;
        });
    };
    WorkerPool pool(world.config(), "p", {.threads = 2, .tasks = tasks});
    using Counts = std::map<char, int>;
    const std::vector<std::string> words{"abba", "baa", "c"};
    const auto add = [](Counts total, const Counts& more) {
        for (const auto& [letter, count] : more) total[letter] += count;
        return total;
    };
    CHECK(map_reduce<Counts>(pool, "letters", words, Counts{}, add) ==
          Counts{{'a', 4}, {'b', 3}, {'c', 1}});
}

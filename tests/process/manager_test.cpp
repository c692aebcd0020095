// A manager's address: who may have it, and when it is free again.
#include <filesystem>
#include <memory>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Config;
using handoff::errc;
using handoff::Manager;
using handoff::Queue;
using handoff::test::eventually;

namespace {

// What starting a manager throws; empty if it starts.
std::string refusal(const Config& config) {
    try {
        const Manager second{config};
    } catch (const handoff::Error& error) {
        return error.code() == errc::address_in_use ? error.what() : "another error";
    }
    return {};
}

// The same in a child that was forked before there was a manager.
class Rival {
public:
    explicit Rival(const Config& config)
        : child_{[this, config] {
              static_cast<void>(go_.receive());
              told_.send(refusal(config) + "\n");
          }} {}

    [[nodiscard]] std::string refusal_here() {
        go_.send("g");
        return told_.receive(1000);
    }

private:
    Pipe go_;
    Pipe told_;
    Tethered child_;
};

std::string refusal_in_forked_child(const Config& config) {
    const Pipe told;
    Tethered child{[&] { told.send(refusal(config) + "\n"); }};
    return told.receive(1000);
}

bool hands_over(Client& client, int item) {
    Queue<int> queue = client.queue<int>("q");
    queue.put(item);
    return queue.get() == item;
}

}  // namespace

TEST_CASE("a second manager at the same ipc path is refused, with the path and who has it") {
    const Place place{"ipc"};
    Rival rival{place.config};
    const Manager manager{place.config};
    Client client{place.config};
    const std::string self = std::to_string(::getpid());
    CHECK(contains(refusal(place.config), {place.path(), self}));
    CHECK(contains(rival.refusal_here(), {place.path(), self}));
    CHECK(contains(refusal_in_forked_child(place.config), {place.path(), self}));
    CHECK(hands_over(client, 1));
    Client newcomer{place.config};
    CHECK(hands_over(newcomer, 2));
}

TEST_CASE("a second manager at the same port is refused, with the endpoint") {
    const Place place{GENERATE(as<std::string>{}, "tcp", "ws")};
    Rival rival{place.config};
    const Manager manager{place.config};
    Client client{place.config};
    CHECK(contains(refusal(place.config), {place.endpoint()}));
    CHECK(contains(rival.refusal_here(), {place.endpoint()}));
    CHECK(contains(refusal_in_forked_child(place.config), {place.endpoint()}));
    CHECK(hands_over(client, 1));
}

TEST_CASE("a manager that is refused one address keeps none of its others") {
    const Place place{"ipc"};
    const Place taken{"tcp"};
    const Manager manager{taken.config};
    Config both = place.config;
    both.manager.listen.push_back(taken.endpoint());
    CHECK(contains(refusal(both), {taken.endpoint()}));
    const Manager other{place.config};
    Client client{place.config};
    CHECK(hands_over(client, 1));
}

TEST_CASE("an address is free as soon as its manager is destroyed, ten times in a row") {
    const std::string scheme = GENERATE(as<std::string>{}, "ipc", "tcp", "ws");
    CAPTURE(scheme);
    const Place place{scheme};
    Client stays{place.config};  // so that a connection ends on the manager's side each time
    for (int round = 0; round < 10; ++round) {
        const Manager manager{place.config};
        // Its first attempt may have been on the way to the manager before.
        REQUIRE(
            eventually([&] { return code_of([&] { stays.wait_until_connected(); }) == errc::ok; }));
        Client client{place.config};
        REQUIRE(hands_over(client, round));
    }
}

TEST_CASE("a manager's socket and lock file go with it") {
    const Place place{"ipc"};
    {
        const Manager manager{place.config};
        CHECK(std::filesystem::exists(place.path()));
    }
    CHECK(std::filesystem::is_empty(place.folder.path()));
}

TEST_CASE("a killed manager leaves its files, and the next one takes them over") {
    const Place place{"ipc"};
    for (int round = 0; round < 3; ++round) {
        ManagerChild killed{place.config};
        Client client{place.config};
        REQUIRE(hands_over(client, round));
        killed.kill();
        REQUIRE(std::filesystem::exists(place.path()));
        REQUIRE(std::filesystem::exists(place.path() + ".lock"));
    }
    {
        const Manager next{place.config};
        Client client{place.config};
        CHECK(hands_over(client, 9));
    }
    CHECK(std::filesystem::is_empty(place.folder.path()));
}

TEST_CASE("a killed manager's port is free at once") {
    const Place place{GENERATE(as<std::string>{}, "tcp", "ws")};
    for (int round = 0; round < 3; ++round) {
        ManagerChild killed{place.config};
        Client client{place.config};
        REQUIRE(hands_over(client, round));
        killed.kill();
    }
    const Manager next{place.config};
    Client client{place.config};
    CHECK(hands_over(client, 9));
}

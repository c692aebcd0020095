// Programs that fork by themselves, as seen from outside: daemons, and owners of a manager.
#include <sys/wait.h>

#include <filesystem>
#include <string>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/places.hpp"
#include "process/program.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Manager;
using handoff::Queue;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

std::string program(const char* name) {
    return HANDOFF_BIN_DIR "/" + std::string(name);
}

/// In a child that ends by exit() a leak checker misses the parent's threads, and takes what only
/// they held for lost.
const std::string unchecked = "ASAN_OPTIONS=detect_leaks=0";

}  // namespace

TEST_CASE(
    "a daemon goes on with the queues that it opened before, and its parent's end is no harm") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const std::string way = GENERATE(as<std::string>{}, "usual", "bare");
    CAPTURE(way);
    const Manager manager{place.config};
    Client client{place.config};
    Queue<std::string> orders = client.queue<std::string>("orders");
    Queue<std::string> reports = client.queue<std::string>("reports");
    const Orphanage orphanage;
    Program parent{{program("daemon"), way}, {unchecked, "HANDOFF_MANAGER=" + place.endpoint()}};
    CHECK(parent.finish() == 0);
    CHECK(parent.errors().empty());
    CHECK(reports.try_get_for(20s) == "parent");
    const std::optional<std::string> pid = reports.try_get_for(20s);
    REQUIRE(pid.has_value());
    Orphan daemon{std::stoi(*pid)};
    // The parent's has ended with it, the daemon's is there.
    CHECK(eventually([&] { return manager.stats().sessions == 2; }));
    orders.put("tea");
    CHECK(reports.try_get_for(20s) == "done: tea");
    CHECK(daemon.exit_code() == 0);
    CHECK(eventually([&] { return manager.stats().sessions == 1; }));
    CHECK(manager.stats().sessions_lost == 0);
    CHECK(orders.stats().acks == 1);
}

TEST_CASE("children of a manager's owner end in every way, and it serves as before") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    Program owner{{program("owner")},
                  {unchecked, "HANDOFF__MANAGER__LISTEN=" + place.endpoint(),
                   "HANDOFF_MANAGER=" + place.endpoint()}};
    CHECK(owner.finish() == 0);
    CHECK(owner.output() == "1\n");
    CHECK(owner.errors().empty());
    if (place.endpoint().starts_with("ipc")) CHECK(std::filesystem::is_empty(place.folder.path()));
}

TEST_CASE("a child made in the middle of another thread's first client has its own") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Program forker{{program("first_client")}, {"HANDOFF_MANAGER=" + place.endpoint()}};
    const int code = forker.finish();
    CHECK(code == 0);
    CHECK(manager.stats().queues.at(0).puts == 2);
    if (code == 0 && !forker.output().empty()) HANDOFF_SKIP("libzmq is built " + forker.output());
}

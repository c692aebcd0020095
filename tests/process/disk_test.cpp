// A manager whose disk takes nothing for a while.
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/store.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Durability;
using handoff::errc;
using handoff::Queue;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

/// Makes its files as long as they are, and no longer.
class NoRoom {
public:
    explicit NoRoom(pid_t pid) : pid_{pid} {
        ::prlimit(pid_, RLIMIT_FSIZE, nullptr, &before_);
        const rlimit none{1, before_.rlim_max};
        REQUIRE(::prlimit(pid_, RLIMIT_FSIZE, &none, nullptr) == 0);
    }
    ~NoRoom() { end(); }
    NoRoom(const NoRoom&) = delete;
    NoRoom& operator=(const NoRoom&) = delete;

    void end() const { ::prlimit(pid_, RLIMIT_FSIZE, &before_, nullptr); }

private:
    pid_t pid_;
    rlimit before_{};
};

}  // namespace

TEST_CASE("a manager whose disk took nothing for a while serves what is durable again by itself") {
    Place place{"ipc"};
    place.config.manager.data = (place.folder.path() / "data").string();
    if (code_of([&] { handoff::check_store(place.config.manager.data); }) == errc::unsupported) {
        HANDOFF_SKIP("this library is built without a store");
    }
    const auto before = std::signal(SIGXFSZ, SIG_IGN);  // the child inherits it
    const ManagerChild manager{place.config};
    std::signal(SIGXFSZ, before);
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q", {.durability = Durability::os});
    queue.put(1);
    {
        const NoRoom disk{manager.pid()};
        REQUIRE(eventually([&] { return code_of([&] { queue.put(2); }) == errc::store_failed; }));
    }
    REQUIRE(eventually([&] { return code_of([&] { queue.put(3); }) == errc::ok; }));
    CHECK(queue.get() == 1);
    // Of the second one nobody knows; and the third may have been put more than once.
    CHECK(eventually([&] { return queue.get() == 3; }));
}

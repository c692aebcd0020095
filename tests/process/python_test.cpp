// What goes wrong with Python's managers when a process dies at the wrong moment, and must not
// here; docs/objects/python.md has the whole table.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "handoff/barrier.hpp"
#include "handoff/client.hpp"
#include "handoff/condition.hpp"
#include "handoff/dict.hpp"
#include "handoff/event.hpp"
#include "handoff/lock.hpp"
#include "handoff/manager.hpp"
#include "handoff/semaphore.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::errc;
using handoff::Manager;
using handoff::test::eventually;

namespace {

/// Waits in its child until it is killed, or told to end.
template <typename Work>
std::unique_ptr<Tethered> victim(const Place& place, Work work) {
    return std::make_unique<Tethered>([&place, work] {
        Client client{place.config};
        work(client);
        for (;;) ::pause();
    });
}

bool somebody_waits(Client& client, const std::string& object, std::uint64_t count = 1) {
    return eventually([&] {
        const auto seen = client.find_object(object);
        return seen && seen->waiting == count;
    });
}

std::size_t threads_of(pid_t process) {
    const std::filesystem::directory_iterator tasks{"/proc/" + std::to_string(process) + "/task"};
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

}  // namespace

TEST_CASE("a process ends, and is joined, although nobody has read what it put", "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    constexpr int items = 100;
    const std::string item(10'000, 'x');  // together more than any pipe holds
    CHECK(exit_code_of([&] {
              Client client{place.config};
              auto queue = client.queue<std::string>("results");
              for (int i = 0; i < items; ++i) queue.put(item);
              return 7;
          }) == 7);
    Client client{place.config};
    CHECK(client.queue<std::string>("results").size() == items);
}

TEST_CASE("what was put is there although its process ends without a farewell", "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    CHECK(exit_code_of([&] {
              Client client{place.config};
              client.queue<int>("results").put(5);
              ::_exit(7);
          }) == 7);
    Client client{place.config};
    CHECK(client.queue<int>("results").try_get() == 5);
}

TEST_CASE("the put of a process that was killed while it waited for room never comes", "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    auto queue = client.queue<int>("jobs", {.capacity = 1});
    queue.put(1);
    const auto putting = victim(place, [](Client& mine) { mine.queue<int>("jobs").put(2); });
    REQUIRE(handoff::test::puts_wait(queue, 1));
    putting->kill();
    REQUIRE(handoff::test::puts_wait(queue, 0));
    CHECK(queue.get() == 1);
    queue.put(3);
    CHECK(queue.get() == 3);
}

TEST_CASE("an event is set although a process that waits for it was stopped, or killed",
          "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    auto go = client.event("go");
    const auto killed = victim(place, [](Client& mine) { mine.event("go").wait(); });
    const auto stopped = victim(place, [](Client& mine) { mine.event("go").wait(); });
    REQUIRE(somebody_waits(client, "go", 2));
    stopped->stop();
    killed->kill();
    go.set();  // returns
    CHECK(go.is_set());
    go.wait();
    stopped->go_on();
}

TEST_CASE("what a killed process held or waited for is there for the others", "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    auto lock = client.lock("lock");
    auto recursive = client.recursive_lock("recursive");
    auto permits = client.bounded_semaphore("permits", 2);
    const Pipe holds;
    const auto holder = victim(place, [&](Client& mine) {
        static auto theirs = mine.recursive_lock("recursive");
        theirs.lock();
        theirs.lock();
        mine.bounded_semaphore("permits", 2).acquire(2);
        static auto plain = mine.lock("lock");
        plain.lock();
        holds.send("x");
    });
    REQUIRE(holds.receive() == "x");
    const auto waiter = victim(place, [](Client& mine) { mine.lock("lock").lock(); });
    REQUIRE(somebody_waits(client, "lock"));
    waiter->kill();
    REQUIRE(somebody_waits(client, "lock", 0));
    CHECK_FALSE(recursive.try_lock());
    CHECK_FALSE(permits.try_acquire());
    holder->kill();
    REQUIRE(lock.try_lock_for(Pipe::limit));
    REQUIRE(recursive.try_lock_for(Pipe::limit));
    REQUIRE(permits.try_acquire_for(Pipe::limit, 2));
    lock.unlock();
    recursive.unlock();
    permits.release(2);
}

TEST_CASE("a process that was killed at a condition takes no notification and no lock",
          "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    auto lock = client.lock("table");
    auto changed = lock.condition("changed");
    const auto waiter = victim(place, [](Client& mine) {
        auto theirs = mine.lock("table");
        theirs.lock();
        theirs.condition("changed").wait();
    });
    REQUIRE(somebody_waits(client, "table"));
    waiter->kill();
    REQUIRE(somebody_waits(client, "table", 0));
    lock.lock();
    CHECK(changed.notify(1) == 0);
    CHECK_FALSE(changed.wait_for(std::chrono::milliseconds{20}));  // and holds the lock again
    lock.unlock();
}

TEST_CASE("a barrier does not count a party that was killed", "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    auto barrier = client.barrier("start", 2);
    const auto party = victim(place, [](Client& mine) { mine.barrier("start", 2).wait(); });
    REQUIRE(somebody_waits(client, "start"));
    party->kill();
    REQUIRE(eventually([&] { return barrier.state().broken; }));
    CHECK(code_of([&] { barrier.wait(); }) == errc::broken_barrier);
    barrier.reset();
    CHECK(barrier.state().waiting == 0);
}

TEST_CASE("an inherited dictionary is iterated over in a child", "[python]") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    auto prices = client.dict<std::string, int>("prices");
    prices.put_many({{"pear", 3}, {"plum", 4}});
    CHECK(exit_code_of([&] {
              int sum = 0;
              for (const auto& [name, price] : prices.snapshot()) sum += price;
              return sum;
          }) == 7);
}

TEST_CASE("a manager has as many threads for many sessions and callers as for none", "[python]") {
    const Place place{"ipc"};
    const ManagerChild manager{place.config};
    Client first{place.config};
    first.value<int>("count").add();
    const std::size_t before = threads_of(manager.pid());
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Client>(place.config));
        clients.back()->value<int>("count").add();
    }
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 20; ++i) {
            callers.emplace_back(
                [&](std::stop_token stop) { code_of([&] { first.event("never").wait(stop); }); });
        }
        REQUIRE(somebody_waits(first, "never", 20));
        CHECK(threads_of(manager.pid()) == before);
        for (auto& caller : callers) caller.request_stop();
    }
    CHECK(first.value<int>("count").get() == 21);
}

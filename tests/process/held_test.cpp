// A durable manager that is killed while its clients hold leases.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/store.hpp"
#include "process/places.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Durability;
using handoff::errc;
using handoff::Lease;
using handoff::Queue;
using namespace std::chrono_literals;

namespace {

constexpr int workers = 4;
constexpr int held = 1000;
constexpr int ready = 100;

/// One that has leased its share of the items, and still has them.
struct Worker {
    explicit Worker(const handoff::Config& config, Durability durability)
        : client{config}, queue{client.queue<int>("jobs", {.durability = durability})} {}

    void take(std::uint32_t count) {
        while (count > 0) {
            std::vector<Lease<int>> more = queue.lease_many(count);
            count -= static_cast<std::uint32_t>(more.size());
            std::move(more.begin(), more.end(), std::back_inserter(leases));
        }
    }

    Client client;
    Queue<int> queue;
    std::vector<Lease<int>> leases;
};

}  // namespace

TEST_CASE("a restart amid a thousand leases gives no item to a second worker") {
    Place place{"ipc"};
    place.config.manager.data = (place.folder.path() / "data").string();
    if (code_of([&] { handoff::check_store(place.config.manager.data); }) == errc::unsupported) {
        HANDOFF_SKIP("this library is built without a store");
    }
    const Durability durability = GENERATE(Durability::os, Durability::fsync);
    std::optional<ManagerChild> manager{place.config};

    std::list<Worker> crew;
    for (int number = 0; number < workers; ++number) crew.emplace_back(place.config, durability);
    std::vector<int> all(held + ready);
    for (int number = 0; number < held + ready; ++number) {
        all[static_cast<std::size_t>(number)] = number;
    }
    crew.front().queue.put_many(all);
    for (Worker& worker : crew) worker.take(held / workers);

    manager->kill();
    manager.emplace(place.config);

    // Another one takes whatever it can get.
    Worker thief{place.config, durability};
    std::vector<int> taken;
    while (const std::optional<int> item =
               thief.queue.try_get_for(taken.size() < ready ? 10s : 1s)) {
        taken.push_back(*item);
    }
    CHECK(taken == std::vector<int>(all.begin() + held, all.end()));

    for (Worker& worker : crew) {
        for (Lease<int>& lease : worker.leases) lease.ack();
    }
    const handoff::QueueStats stats = thief.queue.stats();
    CHECK(stats.redeliveries == 0);
    CHECK(stats.unfinished() == 0);
}

// Objects without a name, of processes that are killed or forked.
#include <unistd.h>

#include <mutex>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/dict.hpp"
#include "handoff/list.hpp"
#include "handoff/lock.hpp"
#include "handoff/manager.hpp"
#include "handoff/queue.hpp"
#include "handoff/value.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Dict;
using handoff::errc;
using handoff::List;
using handoff::Lock;
using handoff::Manager;
using handoff::Queue;
using handoff::Ref;
using handoff::Value;
using handoff::test::eventually;

namespace {

struct IpcPlace : Place {
    IpcPlace() : Place{"ipc"} {}
};

using Counts = Dict<int, int>;

/// An item that says where its result goes, and under which lock.
struct Job {
    int number = 0;
    Ref<Counts> results;
    Ref<Lock> lock;
    Ref<Queue<int>> done;
    MSGPACK_DEFINE(number, results, lock, done)
};

}  // namespace

TEST_CASE("what a killed process had made is gone, but for what others have") {
    const IpcPlace place;
    const Manager manager{place.config};
    Client client{place.config};
    auto row = client.list<Ref<Counts>>("row");
    const Pipe made;
    Tethered maker{[&] {
        Client mine{place.config};
        auto theirs = mine.list<Ref<Counts>>("row");
        std::vector<Counts> kept;
        for (int i = 0; i < 100; ++i) {
            kept.push_back(mine.anonymous<Counts>());
            kept.back().put(i, i * i);
            if (i % 10 == 0) theirs.append(kept.back());
        }
        made.send("x");
        for (;;) ::pause();
    }};
    REQUIRE(made.receive() == "x");
    CHECK(client.stats().objects == 101);
    const Ref<Counts> second = row.at(1);
    row.erase(1);
    maker.kill();
    REQUIRE(eventually([&] { return client.stats().objects == 11; }));
    CHECK(client.open(row.at(8)).at(90) == 8100);
    CHECK(client.open(second).at(10) == 100);
    row.clear();
    REQUIRE(eventually([&] { return client.stats().objects == 2; }));
}

TEST_CASE("a forked child opens the references that it has of its parent") {
    const IpcPlace place;
    const Manager manager{place.config};
    Client client{place.config};
    auto counts = client.anonymous<Counts>();
    counts.put(1, 1);
    const Ref<Counts> ref = counts;
    CHECK(exit_code_of([&] {
              if (code_of([&] { static_cast<void>(counts.size()); }) != errc::inert) return 1;
              auto mine = client.open(ref);
              if (mine.at(1) != 1) return 2;
              mine.put(2, 2);
              auto box = client.value<Ref<Counts>>("box");
              box.set(client.anonymous<Counts>());
              client.open(box.get()).put(3, 3);
              return 7;
          }) == 7);
    CHECK(counts.at(2) == 2);
    CHECK(client.open(client.value<Ref<Counts>>("box").get()).at(3) == 3);
    REQUIRE(eventually([&] { return client.stats().sessions == 1; }));
    CHECK(client.stats().objects == 3);
}

TEST_CASE("another process uses what the references in an item name, at once") {
    const IpcPlace place;
    const Manager manager{place.config};
    Client client{place.config};
    auto jobs = client.queue<Job>("jobs");
    auto done = client.queue<int>("done");
    auto results = client.dict<int, int>("results");
    const Lock lock = client.lock("guard");
    Tethered worker{[&] {
        Client mine{place.config};
        auto given = mine.queue<Job>("jobs");
        for (;;) {
            const Job job = given.get();
            auto theirs = mine.open(job.results);
            Lock guard = mine.open(job.lock);
            {
                const std::scoped_lock held(guard);
                theirs.put(job.number, job.number * job.number);
            }
            mine.open(job.done).put(job.number);
        }
    }};
    for (int number = 1; number <= 20; ++number) jobs.put({number, results, lock, done});
    for (int number = 1; number <= 20; ++number) CHECK(done.get() == number);
    for (int number = 1; number <= 20; ++number) CHECK(results.at(number) == number * number);
    // What has no name does not travel so, and nothing is put.
    CHECK(code_of([&] {
              jobs.put({0, client.anonymous<Counts>(), lock, done});
          }) == errc::unsupported);
    worker.kill();
    CHECK(jobs.size() == 0);
    REQUIRE(eventually([&] { return client.stats().objects == 2; }));
}

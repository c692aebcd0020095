// Shared objects of several processes, some of which are killed or stopped.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/lock.hpp"
#include "handoff/manager.hpp"
#include "handoff/value.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::errc;
using handoff::Lock;
using handoff::Manager;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

constexpr int processes = 8;

/// How often each process does its step. A longer run is asked for by the environment.
int rounds(int usual) {
    const char* asked = std::getenv("HANDOFF_COUNTING_ROUNDS");
    return asked == nullptr ? usual : std::atoi(asked);
}

/// Numbers that processes share without a manager.
struct Tally {
    std::atomic<std::int64_t> done = 0;  ///< steps that were surely done
};

class SharedTally {
public:
    SharedTally()
        : memory_(::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                         -1, 0)) {
        REQUIRE(memory_ != MAP_FAILED);
        new (memory_) Tally;
    }
    ~SharedTally() { ::munmap(memory_, sizeof(Tally)); }
    SharedTally(const SharedTally&) = delete;
    SharedTally& operator=(const SharedTally&) = delete;

    Tally* operator->() const { return static_cast<Tally*>(memory_); }
    Tally& operator*() const { return *static_cast<Tally*>(memory_); }

private:
    void* memory_;
};

/// Adds 1 under the lock, by reading and writing. On a busy machine a session of 300 ms may end
/// although its process is well.
void add_by_hand(Lock& lock, handoff::Value<std::int64_t>& value, Tally& tally) {
    try {
        Lock::Guard hold(lock);
        const std::int64_t before = value.versioned().value.value_or(0);
        lock.check();
        value.set(before + 1);
        ++tally.done;
    } catch (const handoff::Error& error) {
        if (error.code() != errc::lock_lost && error.code() != errc::session_lost) throw;
    }
}

}  // namespace

TEST_CASE("the sums of eight processes are exact") {
    const HastyPlace place{"ipc"};
    const Manager manager{place.config};
    const int each = rounds(300);
    std::vector<std::unique_ptr<Tethered>> adding;
    for (int i = 0; i < processes; ++i) {
        adding.push_back(std::make_unique<Tethered>([&place, each] {
            Client client{place.config};
            auto count = client.value<std::int64_t>("count");
            for (int round = 0; round < each; ++round) count.add();
        }));
    }
    for (auto& child : adding) CHECK(child->exit_code() == 0);
    Client client{place.config};
    CHECK(client.value<std::int64_t>("count").get() == std::int64_t{processes} * each);
}

TEST_CASE("the lock of a killed process goes on at once, abandoned") {
    const HastyPlace place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Lock lock = client.lock("gpu");
    for (int i = 0; i < 5; ++i) {
        const Pipe holds;
        Tethered holder{[&] {
            Client mine{place.config};
            Lock theirs = mine.lock("gpu");
            theirs.lock();
            holds.send("x");
            for (;;) ::pause();
        }};
        REQUIRE(holds.receive() == "x");
        CHECK_FALSE(lock.try_lock());
        holder.kill();
        REQUIRE(lock.try_lock_for(Pipe::limit));
        CHECK(lock.abandoned());
        lock.unlock();
    }
}

TEST_CASE("a process that was stopped for too long has lost its lock, and is told") {
    const HastyPlace place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Lock lock = client.lock("gpu");
    const Pipe holds;
    const Pipe goes_on;
    Tethered holder{[&] {
        Client mine{place.config};
        Lock theirs = mine.lock("gpu");
        theirs.lock();
        holds.send("x");
        static_cast<void>(goes_on.receive());
        const errc checked = code_of([&] { theirs.check(); });
        const errc unlocked = code_of([&] { theirs.unlock(); });
        return checked == errc::lock_lost && unlocked == errc::lock_lost ? 7 : 1;
    }};
    REQUIRE(holds.receive() == "x");
    holder.stop();
    REQUIRE(lock.try_lock_for(Pipe::limit));
    CHECK(lock.abandoned());
    const std::uint64_t token = lock.token();
    goes_on.send("x");
    holder.go_on();
    CHECK(holder.exit_code() == 7);
    CHECK(lock.state().token == token);
    lock.unlock();
}

TEST_CASE("a forked child holds nothing of what its parent holds, and may lock for itself") {
    const HastyPlace place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Lock lock = client.lock("gpu");
    auto count = client.value<int>("count");
    lock.lock();
    const auto code = exit_code_of([&] {
        if (lock.token() != 0 || code_of([&] { lock.unlock(); }) != errc::not_owner) return 1;
        if (lock.try_lock()) return 2;
        count.add(5);
        return 7;
    });
    CHECK(code == 7);
    CHECK(count.get() == 5);
    CHECK(lock.state().token == lock.token());
    lock.unlock();
    CHECK(exit_code_of([&] {
              lock.lock();
              lock.unlock();
              return 7;
          }) == 7);
}

TEST_CASE("what eight processes add under a lock is exact, however many holders are killed") {
    const HastyPlace place{"ipc"};
    const Manager manager{place.config};
    const SharedTally tally;
    const int wanted = processes * rounds(100);
    std::vector<std::unique_ptr<Tethered>> victims;
    const auto start = [&] {
        return std::make_unique<Tethered>([&place, &tally] {
            Client client{place.config};
            Lock lock = client.lock("table");
            auto value = client.value<std::int64_t>("sum");
            for (;;) add_by_hand(lock, value, *tally);
        });
    };
    for (int i = 0; i < processes; ++i) victims.push_back(start());
    std::mt19937 random{20240607};
    std::int64_t kills = 0;
    std::chrono::milliseconds longest{0};
    while (tally->done < wanted) {
        // However often holders are killed, the others go on soon.
        const std::int64_t before = tally->done;
        const auto begin = std::chrono::steady_clock::now();
        REQUIRE(eventually([&] { return tally->done >= before + 10; }, Pipe::limit));
        longest = std::max(longest, std::chrono::ceil<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now() - begin));
        const auto victim = random() % victims.size();
        victims[victim]->kill();
        ++kills;
        victims[victim] = start();
    }
    const std::size_t last = victims.size();
    victims.clear();
    Client client{place.config};
    Lock lock = client.lock("table");
    REQUIRE(lock.try_lock_for(Pipe::limit));
    const std::int64_t sum = client.value<std::int64_t>("sum").get();
    INFO(tally->done << " steps were done, " << kills << " processes killed; the slowest ten steps "
                     << "took " << longest.count() << " ms");
    CHECK(sum >= tally->done);
    CHECK(sum <= tally->done + kills + static_cast<std::int64_t>(last));
    lock.unlock();
    if (std::getenv("HANDOFF_COUNTING_ROUNDS") != nullptr) {
        WARN(tally->done << " steps, sum " << sum << ", " << kills << " kills; the slowest ten "
                         << "steps took " << longest.count() << " ms");
    }
}

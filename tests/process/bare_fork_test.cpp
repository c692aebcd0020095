// fork() as programs call it themselves, at any moment, with whatever becomes of the child.
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/commit.hpp"
#include "handoff/manager.hpp"
#include "handoff/process.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/program.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Commit;
using handoff::errc;
using handoff::Lease;
using handoff::Manager;
using handoff::Process;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

/// This process's descriptors.
std::vector<int> descriptors() {
    std::vector<int> found;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        found.push_back(std::stoi(entry.path().filename().string()));
    }
    // One of them was that of the directory.
    std::erase_if(found, [](int fd) { return ::fcntl(fd, F_GETFD) < 0; });
    return found;
}

/// Calls that go on in a thread of their own, for as long as this lives.
class Busy {
public:
    template <typename Work>
    explicit Busy(Work work)
        : thread_{[work, this](std::stop_token stop) mutable {
              for (; !stop.stop_requested(); ++rounds_) work();
          }} {}

    /// Waits until so many more calls are done.
    [[nodiscard]] bool goes_on() {
        const int seen = rounds_;
        return eventually([&] { return rounds_ > seen + 1; });
    }

private:
    std::atomic<int> rounds_{0};
    std::jthread thread_;
};

}  // namespace

TEST_CASE("a child of a bare fork that lives on keeps no address of the manager either") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    const Pipe told;
    Pipe end;
    Tethered first{[&] {
        const Manager manager{place.config};
        Client client{place.config};
        client.wait_until_connected();
        const pid_t heir = ::fork();
        if (heir == 0) {
            ::alarm(60);
            told.send(std::to_string(::getpid()));
            end.close_writer();
            static_cast<void>(end.receive());
            ::_exit(0);
        }
        ::waitpid(heir, nullptr, 0);
    }};
    Orphan heir{std::stoi(told.receive(20))};
    first.kill();
    const Manager second{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    queue.put(1);
    CHECK(queue.get() == 1);
    CHECK(heir.is_alive());
}

TEST_CASE(
    "bare forks of bare forks each have a session of their own, and none disturbs another's") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    Queue<int> answers = client.queue<int>("answers");
    BareFork child{[&] {
        ::alarm(20);
        queue.put(1);
        BareFork grandchild{[&] {
            ::alarm(20);
            queue.put(2);
            Process last{[&] {
                             queue.put(3);
                             return answers.get();
                         },
                         {.die_with_parent = true}};
            last.start();
            const int answer = answers.get();
            last.join();
            return last.exit_code() == 4 && answer == 4 ? 0 : 1;
        }};
        const int answer = answers.get();
        return grandchild.exit_code() == 0 && answer == 4 ? 0 : 1;
    }};
    for (const int item : {1, 2, 3}) CHECK(queue.get() == item);
    CHECK(client.stats().sessions == 4);
    for (int i = 0; i < 3; ++i) answers.put(4);
    CHECK(child.exit_code() == 0);
    CHECK(answers.stats().ready == 0);
}

TEST_CASE("copies of everything are destroyed in a child, and the manager hears nothing of it") {
    Place place{"ipc"};
    place.config.manager.session_limit = 60s;
    place.config.manager.heartbeat = 20s;
    auto manager = std::make_optional<Manager>(place.config);
    auto client = std::make_optional<Client>(place.config);
    auto queue = std::make_optional(client->queue<int>("q"));
    queue->put(1);
    queue->put(2);
    auto lease = std::make_optional(queue->lease());
    auto many = std::make_optional(queue->lease_many(1));
    auto commit = std::make_optional<Commit>();
    commit->ack(*lease);
    commit->put(*queue, 3);
    const auto requests = manager->stats().requests;
    BareFork child{[&] {
        const bool inert = code_of([&] { commit->run(); }) == errc::inert &&
                           code_of([&] { Commit{}.ack(*lease); }) == errc::inert;
        commit.reset();
        many.reset();
        lease.reset();
        queue.reset();
        client.reset();
        manager.reset();
        return inert ? 0 : 1;
    }};
    CHECK(child.exit_code() == 0);
    CHECK(manager->stats().requests == requests);
    CHECK(manager->stats().sessions == 1);
    commit->run();
    CHECK(queue->stats().acks == 1);
    CHECK(queue->stats().leased == 1);
}

TEST_CASE("a child that is killed takes its own session with it and leaves its parent's alone") {
    Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    place.config.manager.session_limit = 300ms;
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    Queue<int> quiet = client.queue<int>("quiet");
    Background waiting([quiet](std::stop_token stop) mutable { return quiet.get(stop); });
    REQUIRE(handoff::test::gets_wait(quiet, 1));
    queue.put(1);
    queue.put(2);
    Lease<int> held = queue.lease({.ttl = 1h});
    const auto die_with_a_lease = [&] {
        const Lease<int> lease = queue.lease({.ttl = 1h});
        ::raise(SIGKILL);
        return 0;
    };
    CHECK(BareFork{die_with_a_lease}.exit_code() == -SIGKILL);
    CHECK(queue.get() == 2);
    queue.put(3);
    CHECK(Tethered{die_with_a_lease}.exit_code() == -SIGKILL);
    CHECK(queue.get() == 3);
    CHECK(eventually([&] { return manager.stats().sessions == 1; }));
    CHECK(manager.stats().sessions_lost == 2);
    held.ack();
    quiet.put(4);
    CHECK(waiting.result() == 4);
}

TEST_CASE("a child works although another thread was making or ending a client at the fork") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    Busy making{[&] { Client{place.config}.wait_until_connected(); }};
    int sum = 0;
    constexpr int children = 30;
    for (int i = 0; i < children; ++i) {
        const auto put = [&, i] {
            ::alarm(20);
            Client own{place.config};
            own.queue<int>("q").put(i);
            queue.put(i);
            return 0;
        };
        const int code = i % 2 == 0 ? BareFork{put}.exit_code() : Tethered{put}.exit_code();
        REQUIRE(code == 0);
        sum += queue.get() + queue.get();
    }
    CHECK(sum == children * (children - 1));
    CHECK(making.goes_on());
}

TEST_CASE("calls of other threads go on while children come and go") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    Busy putting{[queue]() mutable {
        queue.put(1);
        static_cast<void>(queue.get());
    }};
    Busy leasing{[queue]() mutable {
        queue.put(2);
        queue.lease().ack();
    }};
    for (int i = 0; i < 30; ++i) {
        REQUIRE(BareFork{[] { return 0; }}.exit_code() == 0);
        REQUIRE(putting.goes_on());
        REQUIRE(leasing.goes_on());
    }
    CHECK(manager.stats().sessions == 1);
    CHECK(queue.stats().redeliveries == 0);
}

TEST_CASE("many forks cost the parent no descriptors") {
    Place place{"ipc"};
    place.config.manager.session_limit = 300ms;
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    const auto put = [&] {
        ::alarm(20);
        queue.put(1);
        return 0;
    };
    const auto fork_often = [&](int times) {
        for (int i = 0; i < times; ++i) {
            CHECK(BareFork{put}.exit_code() == 0);
            CHECK(exit_code_of(put) == 0);
        }
        return eventually([&] { return manager.stats().sessions == 1; });
    };
    REQUIRE(fork_often(1));
    const std::size_t before = descriptors().size();
    CHECK(fork_often(25));
    // The manager's end of a child's connection goes a moment after the child.
    CHECK(eventually([&] { return descriptors().size() <= before; }));
}

TEST_CASE("a program that is started by exec has no descriptor of the kit") {
    const auto inherited = [] {
        Program ls{{"ls", "/proc/self/fd"}};
        REQUIRE(ls.finish() == 0);
        return ls.output();
    };
    const std::string none = inherited();
    const std::vector<int> before = descriptors();

    Place place{"ipc"};
    for (const std::string scheme : {"tcp", "ws"}) {
        place.config.manager.listen.push_back(scheme + "://127.0.0.1:*");
    }
    const Manager manager{place.config};
    std::vector<std::unique_ptr<Client>> clients;
    for (const std::string& endpoint : manager.endpoints()) {
        handoff::Config config;
        config.client.connect = {endpoint};
        clients.push_back(std::make_unique<Client>(config));
        clients.back()->queue<int>("q").put(1);
    }
    const Pipe go;
    Tethered child{[&] {
        clients.front()->queue<int>("q").put(1);
        static_cast<void>(go.receive());
    }};

    CHECK(inherited() == none);
    const std::vector<int> now = descriptors();
    CHECK(now.size() > before.size() + 6);
    for (const int fd : now) {
        if (std::find(before.begin(), before.end(), fd) != before.end()) continue;
        CAPTURE(fd);
        const int flags = ::fcntl(fd, F_GETFD);
        CHECK((flags < 0 || (flags & FD_CLOEXEC) != 0));
    }
    // The same from a child that has used the kit itself.
    CHECK(exit_code_of([&] {
              clients.back()->queue<int>("q").put(1);
              Program ls{{"ls", "/proc/self/fd"}};
              return ls.finish() == 0 && ls.output() == none ? 0 : 1;
          }) == 0);
    go.send("g");
    CHECK(child.exit_code() == 0);
}

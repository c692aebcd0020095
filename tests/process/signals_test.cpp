// Signals that arrive while calls wait.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <thread>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Config;
using handoff::errc;
using handoff::Manager;
using handoff::Queue;
using handoff::test::eventually;
using handoff::test::gets_wait;
using handoff::test::puts_wait;
using handoff::test::time_of;
using namespace std::chrono_literals;

namespace {

std::atomic<int> interruptions{0};

void on_interruption(int) {
    interruptions.fetch_add(1);
}

/// A handler for SIGUSR2 that interrupts system calls, while a test runs.
class Interrupting {
public:
    Interrupting() {
        struct sigaction action {};
        action.sa_handler = on_interruption;  // without SA_RESTART
        ::sigaction(SIGUSR2, &action, &before_);
    }
    ~Interrupting() { ::sigaction(SIGUSR2, &before_, nullptr); }
    Interrupting(const Interrupting&) = delete;
    Interrupting& operator=(const Interrupting&) = delete;

private:
    struct sigaction before_ {};
};

/// A call in a thread of its own, to which signals can be sent.
template <typename Result>
class Interrupted {
public:
    template <typename Call>
    explicit Interrupted(Call call) {
        std::packaged_task<Result()> task{std::move(call)};
        result_ = task.get_future();
        thread_ = std::thread{std::move(task)};
    }
    ~Interrupted() { thread_.join(); }
    Interrupted(const Interrupted&) = delete;
    Interrupted& operator=(const Interrupted&) = delete;

    /// Sends signals, each when the one before it has been handled; fewer if the call ends.
    void interrupt(int times = 50) {
        for (int i = 0; i < times && !done(); ++i) {
            const int before = interruptions;
            REQUIRE(::pthread_kill(thread_.native_handle(), SIGUSR2) == 0);
            // A thread that has ended handles nothing any more.
            REQUIRE(eventually([&] { return interruptions != before || done(); }));
        }
    }
    [[nodiscard]] bool done() const { return result_.wait_for(0s) == std::future_status::ready; }
    Result result() { return result_.get(); }

private:
    std::future<Result> result_;
    std::thread thread_;
};

template <typename Call>
Interrupted(Call) -> Interrupted<std::invoke_result_t<Call>>;

/// A manager and a client, in this process.
struct Here : Place {
    explicit Here(const std::string& scheme) : Place{scheme}, manager{config}, client{config} {}

    Manager manager;
    Client client;
};

}  // namespace

TEST_CASE("signals do not end a get that waits, nor a lease, nor a put, nor a join") {
    const Interrupting handler;
    Here here{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    Queue<int> queue = here.client.queue<int>("q", {.capacity = 1});
    {
        Interrupted get{[&] { return queue.get(); }};
        REQUIRE(gets_wait(queue, 1));
        get.interrupt();
        CHECK_FALSE(get.done());
        queue.put(1);
        CHECK(get.result() == 1);
    }
    {
        Interrupted lease{[&] { return queue.lease(); }};
        REQUIRE(gets_wait(queue, 1));
        lease.interrupt();
        queue.put(2);
        handoff::Lease<int> held = lease.result();
        CHECK(*held == 2);
        Interrupted put{[&] { queue.put(3); }};
        REQUIRE(puts_wait(queue, 1));
        put.interrupt();
        CHECK_FALSE(put.done());
        held.ack();
        CHECK_NOTHROW(put.result());
    }
    {
        Interrupted join{[&] { queue.join(); }};
        join.interrupt();
        CHECK_FALSE(join.done());
        CHECK(queue.get() == 3);
        CHECK_NOTHROW(join.result());
    }
    const handoff::QueueStats stats = queue.stats();
    CHECK(stats.puts == 3);
    CHECK(stats.acks == 3);
    CHECK(stats.redeliveries == 0);
}

TEST_CASE("signals disturb neither the thread that leads nor those that follow it") {
    const Interrupting handler;
    Here here{"ipc"};
    Queue<int> queue = here.client.queue<int>("q");
    Interrupted first{[&] { return queue.get(); }};
    REQUIRE(gets_wait(queue, 1));
    Interrupted second{[&] { return queue.get(); }};
    REQUIRE(gets_wait(queue, 2));
    for (int i = 0; i < 20; ++i) {
        first.interrupt(1);
        second.interrupt(1);
    }
    queue.put_many({1, 2});
    CHECK(first.result() + second.result() == 3);
}

TEST_CASE("signals neither shorten nor lengthen a wait with a limit") {
    const Interrupting handler;
    Here here{"ipc"};
    Queue<int> queue = here.client.queue<int>("q");
    std::chrono::milliseconds took{0};
    Interrupted get{[&] {
        std::optional<int> item;
        took = time_of([&] { item = queue.try_get_for(400ms); });
        return item;
    }};
    REQUIRE(gets_wait(queue, 1));
    get.interrupt(100);
    CHECK_FALSE(get.result().has_value());
    CHECK(took >= 400ms);
    CHECK(took < 400ms + 2s);
}

TEST_CASE("signals do not keep a client from finding its manager") {
    const Interrupting handler;
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    Client client{place.config};
    Interrupted connect{[&] { client.wait_until_connected(); }};
    connect.interrupt();
    CHECK_FALSE(connect.done());
    const Manager manager{place.config};
    connect.interrupt(10);
    CHECK_NOTHROW(connect.result());
}

namespace {

/// The signals that a thread of this process has blocked, as a mask.
std::uint64_t blocked_by(const std::filesystem::path& task) {
    std::ifstream status{task / "status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("SigBlk:")) return std::stoull(line.substr(7), nullptr, 16);
    }
    return 0;
}

std::map<std::string, std::uint64_t> threads() {
    std::map<std::string, std::uint64_t> all;
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
        all.emplace(task.path().filename().string(), blocked_by(task.path()));
    }
    return all;
}

}  // namespace

TEST_CASE("the kit's threads take no signals") {
    std::thread{[] {}}.join();  // with the first thread, a sanitizer may start one of its own
    const auto before = threads();
    const std::string scheme = GENERATE(as<std::string>{}, "inproc", "ipc", "tcp", "ws");
    Config config;
    std::optional<Place> place;
    if (scheme == "inproc") {
        config.manager.listen = {"inproc://quiet"};
        config.client.connect = config.manager.listen;
    } else {
        config = place.emplace(scheme).config;
    }
    const Manager manager{config};
    Client client{config};
    client.wait_until_connected();
    std::uint64_t wanted = 0;
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGCHLD,
                             SIGPIPE, SIGIO, SIGPROF}) {
        wanted |= std::uint64_t{1} << (number - 1);
    }
    int kits = 0;
    // libzmq's threads block signals themselves, as the first thing that they do.
    const auto all_block = [&] {
        kits = 0;
        for (const auto& [thread, blocked] : threads()) {
            if (before.contains(thread)) continue;
            ++kits;
            if ((blocked & wanted) != wanted) return false;
        }
        return true;
    };
    CHECK(handoff::test::eventually(all_block));
    CHECK(kits >= 2);  // the manager's and the client's own, and libzmq's
}

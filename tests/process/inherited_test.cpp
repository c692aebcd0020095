// What a forked child can do with the Queue, Lease, Client and Manager that it has from its parent.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/process.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Config;
using handoff::errc;
using handoff::Lease;
using handoff::Manager;
using handoff::Process;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

// Puts 1, waits for 2, and says whether it came; while it waits, so does the child's session.
int converse(Queue<int> queue, const Pipe& answer, const Pipe& question) {
    queue.put(1);
    answer.send("p");
    static_cast<void>(question.receive());
    auto item = queue.lease();
    item.ack();  // who ends right after get() may take its acknowledgement along
    return *item == 2 ? 0 : 1;
}

// The parent's side of it.
template <typename Child>
void check_conversation(const std::string& scheme) {
    const Place place{scheme};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    REQUIRE(manager.stats().sessions == 1);
    const Pipe question;
    const Pipe answer;
    Child child{[&] {
        ::alarm(20);
        return converse(queue, answer, question);
    }};
    REQUIRE(answer.receive() == "p");
    CHECK(client.stats().sessions == 2);
    CHECK(queue.get() == 1);
    queue.put(2);
    question.send("q");
    CHECK(child.exit_code() == 0);
    queue.put(3);
    CHECK(queue.get() == 3);
    CHECK(manager.stats().sessions_lost <= 1);  // the child's, which took no leave
}

}  // namespace

TEST_CASE("an inherited queue works in a child on a session of its own, and in the parent still") {
    const std::string scheme = GENERATE(as<std::string>{}, "ipc", "tcp", "ws");
    CAPTURE(scheme);
    check_conversation<Tethered>(scheme);
}

TEST_CASE("an inherited queue works after a bare fork as well") {
    const std::string scheme = GENERATE(as<std::string>{}, "ipc", "tcp");
    CAPTURE(scheme);
    check_conversation<BareFork>(scheme);
}

TEST_CASE("a queue works in children of children, each on a session of its own") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    const Pipe go;
    const auto put_and_wait = [&](int item) {
        queue.put(item);
        static_cast<void>(go.receive());
    };
    Tethered child{[&] {
        queue.put(1);  // so that its own child inherits a session that is in use
        Process grandchild{[&] {
                               queue.put(2);
                               Process last{[&] { put_and_wait(3); }, {.die_with_parent = true}};
                               last.start();
                               static_cast<void>(go.receive());
                               last.join();
                               return last.exit_code().value_or(9);
                           },
                           {.die_with_parent = true}};
        grandchild.start();
        static_cast<void>(go.receive());
        queue.put(4);
        grandchild.join();
        return grandchild.exit_code().value_or(9);
    }};
    CHECK(queue.get() == 1);
    CHECK(queue.get() == 2);
    CHECK(queue.get() == 3);
    CHECK(client.stats().sessions == 4);
    go.send("ggg");
    CHECK(queue.get() == 4);
    CHECK(child.exit_code() == 0);
}

TEST_CASE("what a child got and returned with is not handed out again") {
    Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    place.config.manager.session_limit = 300ms;
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    for (int item = 0; item < 20; ++item) {
        queue.put(item);
        CHECK(exit_code_of([&] { return queue.get() == item ? 0 : 1; }) == 0);
    }
    REQUIRE(eventually([&] { return manager.stats().sessions == 1; }));
    CHECK(queue.stats().ready == 0);
    CHECK(queue.stats().acks == 20);
}

TEST_CASE("the copy of a lease in a child is inert, and the parent's stays held") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    queue.put(7, {.headers = {{"a", "b"}}, .trace = "t"});
    std::optional<Lease<int>> lease = queue.lease();
    const auto touch = [&] {
        const bool inert = code_of([&] { lease->ack(); }) == errc::inert &&
                           code_of([&] { lease->release(); }) == errc::inert &&
                           code_of([&] { lease->bury("b"); }) == errc::inert &&
                           code_of([&] { lease->extend(); }) == errc::inert &&
                           code_of([&] { lease->ack_and_put(queue, 8); }) == errc::inert;
        const bool readable = **lease == 7 && lease->queue() == "q" && lease->deliveries() == 1 &&
                              lease->trace() == "t" && lease->headers().at("a") == "b";
        lease.reset();
        // An answered call shows that whatever the destructor had sent would have arrived.
        return inert && readable && queue.stats().leased == 1 ? 0 : 1;
    };
    CHECK(exit_code_of(touch) == 0);
    CHECK(BareFork{touch}.exit_code() == 0);
    CHECK(queue.stats().leased == 1);
    lease->ack();
    CHECK(queue.stats().acks == 1);
    CHECK(queue.stats().redeliveries == 0);
}

TEST_CASE("the copy of a client in a child is destroyed without harm to the parent's session") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    auto client = std::make_optional<Client>(place.config);
    Queue<int> queue = client->queue<int>("q");
    queue.put(1);
    Lease<int> lease = queue.lease();
    const auto destroy = [&] {
        client.reset();
        queue.put(2);  // the handle makes a session of its own and has no use for the client's
        return queue.get() == 2 ? 0 : 1;
    };
    CHECK(exit_code_of(destroy) == 0);
    CHECK(BareFork{destroy}.exit_code() == 0);
    CHECK(client->stats().sessions >= 1);
    lease.ack();
    queue.put(3);
    CHECK(queue.get() == 3);
}

TEST_CASE("a queue of an inproc manager is unreachable in a child, and the error says why") {
    Config config;
    config.manager.listen = {"inproc://inherited"};
    const Manager manager{config};
    Client client{manager};
    Queue<int> queue = client.queue<int>("q");
    const Pipe told;
    CHECK(exit_code_of([&] {
              told.send(handoff::test::text_of([&] { queue.put(1); }));
              return code_of([&] { queue.put(1); }) == errc::unreachable &&
                             code_of([&] { queue.get(); }) == errc::unreachable &&
                             code_of([&] { static_cast<void>(client.stats()); }) ==
                                 errc::unreachable
                         ? 0
                         : 1;
          }) == 0);
    CHECK(contains(told.receive(1000), {"inproc://inherited", "forked from",
                                        "does not leave a process", "ipc or tcp"}));
    queue.put(2);
    CHECK(queue.get() == 2);
}

TEST_CASE("a queue of an inproc manager is reached in a child by the client's other address") {
    Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    place.config.manager.listen.insert(place.config.manager.listen.begin(), "inproc://one_of_two");
    place.config.client.connect = place.config.manager.listen;
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    CHECK(exit_code_of([&] { queue.put(5); }) == 0);
    CHECK(queue.get() == 5);
}

TEST_CASE("a child that requests a stop leaves the calls of its parent alone") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    int told = 0;  // also by the end of the client
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    Queue<int> answers = client.queue<int>("answers");
    std::stop_source stop;
    Background<int> waiting{
        [queue, token = stop.get_token()](std::stop_token) mutable { return queue.get(token); }};
    queue.async_get(stop.get_token()).then([&](handoff::Result<int>) { ++told; });
    REQUIRE(handoff::test::gets_wait(queue, 2));
    const auto request = [&] {
        ::alarm(20);
        stop.request_stop();
        answers.put(1);
        return told;
    };
    CHECK(exit_code_of(request) == 0);
    CHECK(BareFork{request}.exit_code() == 0);
    CHECK(answers.size() == 2);
    CHECK(queue.stats().waiting_gets == 2);
    CHECK_FALSE(waiting.done());
    CHECK(manager.stats().sessions_lost <= 2);  // those of the children, who took no leave
    stop.request_stop();
    CHECK(waiting.code() == errc::cancelled);
}

TEST_CASE("a handler may fork, and the child return from dispatch and use its queues") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    pid_t child = -1;
    queue.async_put(1).then([&](handoff::Result<void> put) {
        put.get();
        child = ::fork();
        if (child == 0) ::alarm(20);
    });
    const bool told = eventually([&] {
        client.dispatch();
        return child >= 0;
    });
    if (child == 0) ::_exit(code_of([&] { queue.put(2); }) == errc::ok ? 0 : 1);
    REQUIRE(told);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    client.dispatch();
    CHECK(queue.size() == 2);
    CHECK(manager.stats().sessions_lost <= 1);  // the child's, which took no leave
}

TEST_CASE("a result that a child has of its parent gives no item") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    queue.put(7);
    std::optional<handoff::Result<int>> result;
    queue.async_get().then([&](handoff::Result<int> got) { result.emplace(std::move(got)); });
    REQUIRE(eventually([&] {
        client.dispatch();
        return result.has_value();
    }));
    const auto fetch = [&] { return code_of([&] { result->get(); }) == errc::inert ? 0 : 1; };
    CHECK(exit_code_of(fetch) == 0);
    CHECK(BareFork{fetch}.exit_code() == 0);
    CHECK(result->get() == 7);
    queue.join();
    CHECK(queue.stats().redeliveries == 0);
}

TEST_CASE("a child's handle works although other threads of the parent waited at the fork") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> quiet = client.queue<int>("quiet");
    Queue<int> answers = client.queue<int>("answers");
    std::vector<std::unique_ptr<Background<int>>> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.push_back(std::make_unique<Background<int>>(
            [quiet](std::stop_token stop) mutable { return quiet.get(stop); }));
    }
    REQUIRE(handoff::test::gets_wait(quiet, 3));
    for (int i = 0; i < 3; ++i) {
        const auto serve = [&] {
            ::alarm(20);
            quiet.put(i);
            return answers.get() == i ? 0 : 1;
        };
        Tethered child{serve};
        REQUIRE(eventually([&] { return manager.stats().queues.at(1).waiting_gets < 3; }));
        answers.put(i);
        CHECK(child.exit_code() == 0);
    }
    int sum = 0;
    for (const auto& thread : waiting) {
        sum += thread->result();
    }
    CHECK(sum == 0 + 1 + 2);
}

TEST_CASE("children's handles work although other threads of the parent were busy at the fork") {
    const Place place{"ipc"};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> answers = client.queue<int>("answers");
    std::vector<std::unique_ptr<Background<int>>> busy;
    for (int i = 0; i < 2; ++i) {
        busy.push_back(std::make_unique<Background<int>>([&](std::stop_token stop) {
            Queue<int> queue = client.queue<int>("busy");
            int rounds = 0;
            for (; !stop.stop_requested(); ++rounds) {
                queue.put(rounds);
                static_cast<void>(queue.try_get());
            }
            return rounds;
        }));
    }
    constexpr int children = 20;
    int sum = 0;
    for (int i = 0; i < children; ++i) {
        const auto put = [&, i] {
            ::alarm(20);
            answers.put(i);
            return 0;
        };
        if (i % 2 == 0) {
            CHECK(Tethered{put}.exit_code() == 0);
        } else {
            CHECK(BareFork{put}.exit_code() == 0);
        }
        sum += answers.get();
    }
    CHECK(sum == children * (children - 1) / 2);
    for (const auto& thread : busy) {
        thread->stop();
        CHECK(thread->result() > 0);
    }
}

TEST_CASE("an inherited manager does nothing in a child") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    auto manager = std::make_optional<Manager>(place.config);
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    const auto touch = [&] {
        const bool inert = code_of([&] { static_cast<void>(manager->stats()); }) == errc::inert &&
                           manager->endpoints().front() == place.endpoint();
        manager.reset();
        return inert ? 0 : 1;
    };
    CHECK(exit_code_of(touch) == 0);
    CHECK(BareFork{touch}.exit_code() == 0);
    queue.put(1);
    CHECK(queue.get() == 1);
    Client newcomer{place.config};
    newcomer.wait_until_connected();
    // Its lock is the parent's as well.
    CHECK(code_of([&] { const Manager second{place.config}; }) == errc::address_in_use);
}

TEST_CASE("a child that lives on keeps no address of the manager that it was forked from") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    const Pipe told;
    Pipe end;
    Tethered first{[&] {
        const Manager manager{place.config};
        Client client{place.config};
        client.wait_until_connected();
        Process heir{[&] {
            told.send(std::to_string(::getpid()));
            end.close_writer();
            static_cast<void>(end.receive());
        }};
        heir.start();
        heir.join();
    }};
    const Orphan heir{std::stoi(told.receive(20))};
    first.kill();
    const Manager second{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    queue.put(1);
    CHECK(queue.get() == 1);
    CHECK(heir.is_alive());
}

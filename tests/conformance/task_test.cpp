// Coroutines over asynchronous calls.
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "conformance/loop.hpp"
#include "handoff/async.hpp"
#include "handoff/task.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::Error;
using handoff::Lease;
using handoff::Queue;
using handoff::spawn;
using handoff::Task;
using handoff::test::gets_wait;
using handoff::test::Loop;
using handoff::test::patience;
using handoff::test::World;

namespace {

Task<> forward(Queue<int> from, Queue<int> to) {
    while (Lease<int> job = co_await from.async_lease()) {
        co_await job.async_ack_and_put(to, *job * 2);
    }
}

Task<int> sum_of(Queue<int> queue, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += co_await queue.async_get();
    co_return sum;
}

Task<> keep_sum(Queue<int> queue, int count, std::optional<int>& sum) {
    sum = co_await sum_of(queue, count);
}

/// How a task ended.
struct End {
    bool told = false;
    errc code = errc::ok;
    std::string text;

    auto handler() {
        return [this](std::exception_ptr failure) {
            told = true;
            if (!failure) return;
            try {
                std::rethrow_exception(failure);
            } catch (const Error& error) {
                code = error.code();
            } catch (const std::exception& error) {
                text = error.what();
            }
        };
    }
};

Task<> fail_later(Queue<int> queue) {
    co_await queue.async_get();
    throw std::domain_error("odd");
}

Task<> pass_on(Queue<int> queue, std::string& seen) {
    try {
        co_await fail_later(queue);
    } catch (const std::domain_error& error) {
        seen = error.what();
    }
}

Task<> get_one(Queue<int> queue, std::stop_token stop, std::optional<int>& got) {
    got = co_await queue.async_get(stop);
}

Task<> get_in_time(Queue<int> queue, std::vector<std::optional<int>>& got) {
    got.push_back(co_await queue.async_try_get_for(10ms));
    co_await queue.async_put(7);
    got.push_back(co_await queue.async_try_get_for(patience));
}

Task<> put_text(Queue<std::string> queue, std::string& got) {
    auto put = queue.async_put({"a"}, {.key = "k", .headers = {{"a", "b"}}});
    co_await put;
    Lease<std::string> lease = co_await queue.async_lease();
    const std::string text = *lease + ", " + lease.key() + ", " + lease.headers().at("a");
    co_await lease.async_ack();
    got = text;
}

}  // namespace

TEST_CASE("a coroutine serves a queue until it is closed and drained") {
    World world;
    auto from = world.queue<int>("from");
    auto to = world.queue<int>("to");
    Loop loop(world.client());
    for (int i = 0; i < 10; ++i) from.put(i);
    from.close();
    End end;
    spawn(forward(from, to), end.handler());
    REQUIRE(loop.until([&] { return end.told; }));
    CHECK(end.code == errc::ok);
    for (int i = 0; i < 10; ++i) CHECK(to.get() == 2 * i);
}

TEST_CASE("a coroutine awaits another and gets what it returns") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    std::optional<int> sum;
    spawn(keep_sum(queue, 3, sum));
    for (int i = 1; i <= 3; ++i) queue.put(i);
    REQUIRE(loop.until([&] { return sum.has_value(); }));
    CHECK(*sum == 6);
}

TEST_CASE("what a coroutine throws comes out where it is awaited") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    std::string seen;
    spawn(pass_on(queue, seen));
    REQUIRE(loop.until([&] { return !seen.empty(); }));
    CHECK(seen == "odd");
}

TEST_CASE("what a spawned coroutine throws is told at its end") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    queue.put(1);
    End end;
    spawn(fail_later(queue), end.handler());
    REQUIRE(loop.until([&] { return end.told; }));
    CHECK(end.text == "odd");
}

TEST_CASE("a stop token ends a coroutine where it waits") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    std::stop_source stop;
    std::optional<int> got;
    End end;
    spawn(get_one(queue, stop.get_token(), got), end.handler());
    REQUIRE(gets_wait(queue, 1));
    stop.request_stop();
    REQUIRE(loop.until([&] { return end.told; }));
    CHECK(end.code == errc::cancelled);
    CHECK_FALSE(got);
}

TEST_CASE("a coroutine waits for a limited time") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world.client());
    std::vector<std::optional<int>> got;
    spawn(get_in_time(queue, got));
    REQUIRE(loop.until([&] { return got.size() == 2; }));
    CHECK_FALSE(got[0]);
    CHECK(got[1] == 7);
}

TEST_CASE("a client that is destroyed leaves no coroutine waiting") {
    World world;
    auto client = world.another_client();
    auto queue = client->queue<int>("jobs");
    std::optional<int> got;
    End end;
    spawn(get_one(queue, {}, got), end.handler());
    CHECK_FALSE(end.told);
    client.reset();
    CHECK(end.told);
    CHECK(end.code == errc::cancelled);
}

TEST_CASE("a coroutine that is destroyed before it begins does nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    {
        std::optional<int> got;
        auto task = get_one(queue, {}, got);
    }
    CHECK(queue.size() == 1);
}

TEST_CASE("a coroutine puts what is built in braces, named before it is awaited") {
    World world;
    auto queue = world.queue<std::string>("jobs");
    Loop loop(world.client());
    std::string got;
    spawn(put_text(queue, got));
    REQUIRE(loop.until([&] { return !got.empty(); }));
    CHECK(got == "a, k, b");
}

TEST_CASE("one thread serves a hundred queues") {
    World world;
    constexpr int count = 100;
    constexpr int items = 20;
    auto to = world.queue<int>("to");
    Loop loop(world.client());
    int running = 0;
    std::vector<Queue<int>> queues;
    for (int i = 0; i < count; ++i) {
        queues.push_back(world.queue<int>("from" + std::to_string(i)));
        ++running;
        spawn(forward(queues.back(), to), [&running](std::exception_ptr failure) {
            if (!failure) --running;
        });
    }
    const auto other = world.another_client();
    std::jthread producer([&] {
        for (int i = 0; i < count; ++i) {
            auto queue = other->queue<int>("from" + std::to_string(i));
            queue.put_many(std::vector<int>(items, i));
            queue.close();
        }
    });
    REQUIRE(loop.until([&] { return running == 0; }));
    producer.join();
    CHECK(to.size() == count * items);
}

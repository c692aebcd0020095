// What travels with an item beside its payload: headers, traces, and where it comes from.
#include <chrono>
#include <string>
#include <vector>

#include "handoff/commit.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Bytes;
using handoff::Commit;
using handoff::Config;
using handoff::errc;
using handoff::Headers;
using handoff::Lease;
using handoff::PutOptions;
using handoff::test::code_of;
using handoff::test::text_of;
using handoff::test::World;

namespace {

const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Headers whose encoding is so long: one name of 1 byte, and a value.
Headers headers_of(std::size_t encoded_bytes) {
    constexpr std::size_t around = 1 + 2 + 3;  // map, name, and the length of a long value
    return {{"h", std::string(encoded_bytes - around, 'x')}};
}

bool says(const std::string& text, const std::vector<std::string>& words) {
    INFO(text);
    for (const std::string& word : words) {
        if (text.find(word) == std::string::npos) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("an item without notes has none") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    const Lease<int> lease = queue.lease();
    CHECK(lease.headers().empty());
    CHECK(lease.trace().empty());
    CHECK(lease.reason().empty());
    CHECK(lease.queue() == "jobs");
}

TEST_CASE("headers arrive as they were put, whatever bytes they are") {
    World world;
    auto queue = world.queue<int>("jobs");
    const Headers headers{{"content-type", "text/plain"},
                          {"größe", "42"},
                          {"", ""},
                          {std::string("\0\xff", 2), std::string("nul\0 and no UTF-8 \xfe", 20)}};
    queue.put(1, {.headers = headers});
    CHECK(queue.try_put(2, {.headers = {{"a", "b"}}}));
    CHECK(queue.try_put_for(3, 10s, {.headers = {{"c", "d"}}}));
    const auto leases = queue.lease_many(3);
    REQUIRE(leases.size() == 3);
    CHECK((leases[0].headers() == headers));
    CHECK((leases[1].headers() == Headers{{"a", "b"}}));
    CHECK((leases[2].headers() == Headers{{"c", "d"}}));
}

TEST_CASE("a batch shares its headers and its trace") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3}, {.headers = {{"batch", "7"}}, .trace = traceparent});
    queue.put(4);
    const auto leases = queue.lease_many(10);
    REQUIRE(leases.size() == 4);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK((leases[i].headers() == Headers{{"batch", "7"}}));
        CHECK(leases[i].trace() == traceparent);
    }
    CHECK(leases[3].headers().empty());
    CHECK(leases[3].trace().empty());
}

TEST_CASE("what is put one by one keeps headers and traces of its own") {
    World world;
    auto queue = world.queue<int>("jobs");
    for (int i = 0; i < 50; ++i) {
        queue.put(i, {.headers = {{"n", std::to_string(i)}}, .trace = std::to_string(i)});
    }
    const auto leases = queue.lease_many(100);
    REQUIRE(leases.size() == 50);
    for (int i = 0; i < 50; ++i) {
        const Lease<int>& lease = leases[static_cast<std::size_t>(i)];
        CHECK(*lease == i);
        CHECK(lease.headers().at("n") == std::to_string(i));
        CHECK(lease.trace() == std::to_string(i));
    }
}

TEST_CASE("a trace passes through a put and through ack_and_put untouched") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results");
    const std::string bytes("no text\0\xff\xc1", 10);
    jobs.put(1, {.trace = traceparent});
    jobs.put(2, {.trace = bytes});
    Lease<int> first = jobs.lease();
    Lease<int> second = jobs.lease();
    CHECK(first.trace() == traceparent);
    CHECK(second.trace() == bytes);
    first.ack_and_put(results, 10, {.headers = {{"from", "1"}}, .trace = first.trace()});
    Commit commit;
    commit.ack(second);
    commit.put(results, 20, {.trace = second.trace()});
    commit.put(results, 21);
    commit.run();
    const auto leases = results.lease_many(10);
    REQUIRE(leases.size() == 3);
    CHECK(leases[0].trace() == traceparent);
    CHECK((leases[0].headers() == Headers{{"from", "1"}}));
    CHECK(leases[1].trace() == bytes);
    CHECK(leases[2].trace().empty());
}

TEST_CASE("an item that goes back keeps what it came with") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1, {.delay = 1ms, .headers = {{"a", "b"}}, .trace = traceparent});
    queue.lease().release();
    queue.lease().release(1ms);
    const Lease<int> lease = queue.lease();
    CHECK(lease.deliveries() == 3);
    CHECK((lease.headers() == Headers{{"a", "b"}}));
    CHECK(lease.trace() == traceparent);
}

TEST_CASE("the dead tell why they died, and keep what they came with") {
    World world;
    auto queue = world.queue<int>("jobs", {.dead_letter = "jobs.dead"});
    queue.put(1, {.headers = {{"a", "b"}}, .trace = traceparent});
    queue.lease().bury("no such host");
    const Lease<int> lease = world.queue<int>("jobs.dead").lease();
    CHECK(*lease == 1);
    CHECK(lease.reason() == "no such host");
    CHECK(lease.queue() == "jobs.dead");
    CHECK((lease.headers() == Headers{{"a", "b"}}));
    CHECK(lease.trace() == traceparent);
}

TEST_CASE("a settled lease still tells what it was, and an empty one that it is nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1, {.headers = {{"a", "b"}}, .trace = "t"});
    Lease<int> lease = queue.lease();
    lease.ack();
    CHECK(lease.queue() == "jobs");
    CHECK((lease.headers() == Headers{{"a", "b"}}));
    CHECK(lease.trace() == "t");
    const Lease<int> nothing;
    CHECK(nothing.queue().empty());
    CHECK(nothing.headers().empty());
    CHECK(nothing.key().empty());
}

TEST_CASE("headers may have as many bytes as the limit, and no more") {
    World world;
    auto queue = world.queue<int>("jobs");
    const PutOptions largest{.headers = headers_of(65'536)};
    queue.put(1, largest);
    CHECK((queue.lease().headers() == largest.headers));
    CHECK(queue.get() == 1);
    const PutOptions larger{.headers = headers_of(65'537)};
    CHECK(code_of([&] { queue.put(2, larger); }) == errc::too_large);
    CHECK(code_of([&] { return queue.try_put(2, larger); }) == errc::too_large);
    CHECK(code_of([&] { queue.put_many({2, 3}, larger); }) == errc::too_large);
    CHECK(says(text_of([&] { queue.put(2, larger); }), {"\"jobs\"", "headers", "65537", "65536"}));
    CHECK(queue.empty());
}

TEST_CASE("a trace may have as many bytes as the limit, and no more") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1, {.trace = std::string(1024, 't')});
    CHECK(queue.lease().trace() == std::string(1024, 't'));
    CHECK(queue.get() == 1);
    const PutOptions longer{.trace = std::string(1025, 't')};
    CHECK(code_of([&] { queue.put(2, longer); }) == errc::too_large);
    CHECK(says(text_of([&] { queue.put(2, longer); }), {"\"jobs\"", "trace", "1025", "1024"}));
    CHECK(queue.empty());
}

TEST_CASE("what is too large in a commit is refused, and nothing of it is done") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results");
    jobs.put(1);
    Lease<int> job = jobs.lease();
    const PutOptions larger{.headers = headers_of(65'537)};
    CHECK(code_of([&] { job.ack_and_put(results, 2, larger); }) == errc::too_large);
    CHECK(results.empty());
    job.ack();
}

TEST_CASE("a commit's headers count against what a commit can carry") {
    Config config;
    config.manager.item_bytes_max = 100'000;
    config.manager.frame_bytes_max = 100'000;
    World world{config};
    auto results = world.queue<int>("results");
    Commit commit;
    for (int i = 0; i < 30; ++i) commit.put(results, i, {.headers = headers_of(60'000)});
    CHECK(code_of([&] { commit.run(); }) == errc::too_large);
    CHECK(results.empty());
    Commit smaller;
    for (int i = 0; i < 3; ++i) smaller.put(results, i, {.headers = headers_of(30'000)});
    smaller.run();
    CHECK(results.size() == 3);
}

TEST_CASE("many items with large headers arrive, in as many frames as it takes") {
    World world;
    auto queue = world.queue<int>("jobs");
    const Headers large = headers_of(60'000);
    for (int i = 0; i < 40; ++i) queue.put(i, {.headers = large});
    CHECK(queue.peek(100).size() < 40);
    int next = 0;
    while (next < 40) {
        for (Lease<int>& lease : queue.lease_many(100)) {
            CHECK(*lease == next++);
            CHECK((lease.headers() == large));
            lease.ack();
        }
    }
}

TEST_CASE("headers count against the capacity in bytes") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity_bytes = 1000});
    CHECK(queue.try_put(1, {.headers = headers_of(600)}));
    CHECK_FALSE(queue.try_put(2, {.headers = headers_of(600)}));
    CHECK(queue.try_put(3, {.headers = headers_of(300)}));
    CHECK(code_of([&] { queue.put(4, {.headers = headers_of(1001)}); }) == errc::too_large);
}

// Idempotence keys: put twice, and in the queue once.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "handoff/commit.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Commit;
using handoff::errc;
using handoff::Lease;
using handoff::PutOptions;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::puts_wait;
using handoff::test::text_of;
using handoff::test::World;

TEST_CASE("a key within its window is put once, in every way to put") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1, {.key = "order-17"});
    queue.put(2, {.key = "order-17"});
    CHECK(queue.try_put(3, {.key = "order-17"}));
    CHECK(queue.try_put_for(4, 10s, {.key = "order-17"}));
    queue.put_many({5}, {.key = "order-17"});
    CHECK(queue.try_put_many({6}, {.key = "order-17"}) == 1);
    queue.put(7, {.key = "order-18"});
    const auto stats = queue.stats();
    CHECK(stats.puts == 2);
    CHECK(stats.duplicates == 5);
    const Lease<int> first = queue.lease();
    CHECK(*first == 1);
    CHECK(first.key() == "order-17");
    CHECK(*queue.lease() == 7);
}

TEST_CASE("a key is put again after its window") {
    World world;
    auto queue = world.queue<int>("jobs", {.key_window = 100ms});
    queue.put(1, {.key = "k"});
    CHECK(queue.get() == 1);
    CHECK(eventually([&] {
        queue.put(2, {.key = "k"});
        return queue.size() == 1;
    }));
    CHECK(queue.get() == 2);
}

TEST_CASE("a key is put again when enough newer ones have come") {
    World world;
    auto queue = world.queue<int>("jobs", {.keys_max = 2});
    for (const char* key : {"a", "b", "a", "c", "a"}) queue.put(1, {.key = key});
    CHECK(queue.size() == 4);
}

TEST_CASE("keys are the queue's, whoever puts") {
    World world;
    auto queue = world.queue<int>("jobs");
    {
        const auto other = world.another_client();
        other->queue<int>("jobs").put(1, {.key = "k"});
    }
    queue.put(2, {.key = "k"});
    world.queue<int>("more").put(3, {.key = "k"});
    CHECK(queue.size() == 1);
    CHECK(queue.get() == 1);
    queue.put(4, {.key = "k"});
    CHECK(queue.empty());
    CHECK(world.queue<int>("more").get() == 3);
}

TEST_CASE("many clients that put the same keys put each of them once") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 10});
    std::vector<std::unique_ptr<Background<bool>>> producers;
    for (int producer = 0; producer < 4; ++producer) {
        producers.push_back(std::make_unique<Background<bool>>([&](std::stop_token stop) {
            const auto client = world.another_client();
            auto mine = client->queue<int>("jobs");
            for (int i = 0; i < 50; ++i) mine.put(i, {.key = std::to_string(i)}, stop);
            return true;
        }));
    }
    std::vector<int> times(50);
    for (int i = 0; i < 50; ++i) ++times.at(static_cast<std::size_t>(queue.get()));
    for (const auto& producer : producers) CHECK(producer->result());
    CHECK((times == std::vector<int>(50, 1)));
    CHECK(queue.empty());
    CHECK(queue.stats().duplicates == 150);
}

TEST_CASE("a recognised put needs no room") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    queue.put(1, {.key = "k"});
    CHECK(queue.try_put(2, {.key = "k"}));
    CHECK_FALSE(queue.try_put(3, {.key = "other"}));
    Background waiting{[&](std::stop_token stop) {
        queue.put(4, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(queue, 1));
    queue.put(5, {.key = "k"});
    CHECK(queue.get() == 1);
    CHECK(waiting.result());
    CHECK(queue.get() == 4);
}

TEST_CASE("of two puts with one key that wait the second is recognised") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    queue.put(1);
    const auto put = [&](std::stop_token stop) {
        queue.put(2, {.key = "k"}, stop);
        return true;
    };
    Background first{put};
    Background second{put};
    REQUIRE(puts_wait(queue, 2));
    CHECK(queue.get() == 1);
    CHECK(first.result());
    CHECK(second.result());
    CHECK(queue.get() == 2);
    CHECK(queue.empty());
}

TEST_CASE("a closed queue goes on recognising what it took") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1, {.key = "k"});
    queue.close();
    queue.put(2, {.key = "k"});
    CHECK(code_of([&] { queue.put(3, {.key = "new"}); }) == errc::closed);
}

TEST_CASE("a commit whose put is recognised acknowledges all the same") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results", {.capacity = 1});
    jobs.put_many({1, 2});
    jobs.lease().ack_and_put(results, 10, {.key = "r"});
    jobs.lease().ack_and_put(results, 20, {.key = "r"});
    CHECK(jobs.stats().acks == 2);
    CHECK(results.get() == 10);
    CHECK(results.empty());
    Commit commit;
    commit.put(results, 30, {.key = "s"});
    commit.put(results, 31, {.key = "s"});
    commit.put(results, 32, {.key = "r"});
    commit.run();
    CHECK(results.get() == 30);
    CHECK(results.empty());
}

TEST_CASE("the dead keep their keys") {
    World world;
    auto jobs = world.queue<int>("jobs", {.dead_letter = "jobs.dead"});
    auto dead = world.queue<int>("jobs.dead");
    jobs.put(1, {.key = "k"});
    jobs.lease().bury("bad");
    CHECK(dead.lease().key() == "k");
    jobs.put(2, {.key = "k"});
    CHECK(jobs.empty());
    dead.put(3, {.key = "k"});
    CHECK(dead.size() == 2);
}

TEST_CASE("a key may have as many bytes as the limit, and no more") {
    World world;
    auto queue = world.queue<int>("jobs");
    const std::string longest = std::string(1023, 'k') + '\0';
    queue.put(1, {.key = longest});
    CHECK(queue.lease().key() == longest);
    const PutOptions longer{.key = std::string(1025, 'k')};
    CHECK(code_of([&] { queue.put(2, longer); }) == errc::too_large);
    CHECK(code_of([&] { return queue.try_put(2, longer); }) == errc::too_large);
    const std::string text = text_of([&] { queue.put(2, longer); });
    INFO(text);
    for (const char* word : {"\"jobs\"", "key", "1025", "1024"}) {
        CHECK(text.find(word) != std::string::npos);
    }
    CHECK(queue.stats().puts == 1);
}

TEST_CASE("a key that several items would share is refused, and nothing is put") {
    World world;
    auto queue = world.queue<int>("jobs");
    CHECK(code_of([&] { queue.put_many({1, 2}, {.key = "k"}); }) == errc::invalid_argument);
    CHECK(code_of([&] {
              return queue.try_put_many({1, 2}, {.key = "k"});
          }) == errc::invalid_argument);
    const std::string text = text_of([&] { queue.put_many({1, 2}, {.key = "k"}); });
    INFO(text);
    CHECK(text.find("one key for 2 items") != std::string::npos);
    CHECK(queue.empty());
    queue.put(3, {.key = "k"});
    CHECK(queue.get() == 3);
}

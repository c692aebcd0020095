// A full queue: what counts, who waits, who enters first, and what can never fit.
#include <algorithm>
#include <latch>
#include <string>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Bytes;
using handoff::Config;
using handoff::errc;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::puts_wait;
using handoff::test::text_of;
using handoff::test::time_of;
using handoff::test::World;

namespace {

template <typename T>
Background<bool> put_later(Queue<T> queue, T item) {
    return Background<bool>{[queue, item](std::stop_token stop) mutable {
        queue.put(item, {}, stop);
        return true;
    }};
}

}  // namespace

TEST_CASE("a put on a full queue waits for room", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    queue.put(1);
    auto putting = put_later(queue, 2);
    REQUIRE(puts_wait(queue, 1));
    CHECK_FALSE(putting.done());
    CHECK(queue.get() == 1);
    CHECK(putting.result());
    Background limited{[&](std::stop_token stop) { return queue.try_put_for(3, 1h, {}, stop); }};
    REQUIRE(puts_wait(queue, 1));
    CHECK(queue.get() == 2);
    CHECK(limited.result());
    CHECK(queue.get() == 3);
}

TEST_CASE("try_put on a full queue is false at once", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 2});
    CHECK(queue.try_put(1));
    CHECK(queue.try_put(2));
    CHECK_FALSE(queue.try_put(3));
    CHECK(queue.try_get_many(10) == std::vector{1, 2});
    CHECK(queue.try_put(4));
}

TEST_CASE("try_put_for on a full queue is false after its time", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    queue.put(1);
    const auto time = time_of([&] { CHECK_FALSE(queue.try_put_for(2, 100ms)); });
    CHECK(time >= 100ms);
    CHECK(time < 5s);
    CHECK(queue.try_get_many(10) == std::vector{1});
    CHECK(queue.stats().waiting_puts == 0);
    CHECK(time_of([&] { CHECK(queue.try_put_many_for({3, 4}, 100ms) == 1); }) >= 100ms);
    CHECK(queue.try_get_many(10) == std::vector{3});
}

TEST_CASE("full says whether there is room for one more", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 2});
    CHECK_FALSE(queue.full());
    queue.put(1);
    CHECK_FALSE(queue.full());
    queue.put(2);
    CHECK(queue.full());
    queue.get();
    CHECK_FALSE(queue.full());
}

TEST_CASE("waiting puts enter in the order in which they came") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    const auto other = world.another_client();
    auto theirs = other->queue<int>("jobs");
    queue.put(0);
    std::vector<Background<bool>> putting;
    for (int i = 1; i <= 6; ++i) {
        putting.push_back(put_later(i % 2 == 0 ? queue : theirs, i));
        REQUIRE(puts_wait(queue, static_cast<std::uint64_t>(i)));
    }
    for (int i = 0; i <= 6; ++i) REQUIRE(queue.try_get_for(patience) == i);
    for (auto& put : putting) CHECK(put.result());
}

TEST_CASE("nothing passes a put that waits, even where it would fit") {
    World world;
    auto queue = world.queue<std::string>("jobs", {.capacity_bytes = 1000});
    queue.put(std::string(600, 'a'));
    auto large = put_later(queue, std::string(600, 'b'));
    REQUIRE(puts_wait(queue, 1));
    CHECK_FALSE(queue.try_put("c"));
    CHECK(queue.try_put_many({"c", "c"}) == 0);
    CHECK(queue.full());
    auto small = put_later<std::string>(queue, "d");
    REQUIRE(puts_wait(queue, 2));
    CHECK_FALSE(small.done());
    CHECK(queue.get().front() == 'a');
    CHECK(large.result());
    CHECK(small.result());
    CHECK(queue.get().front() == 'b');
    CHECK(queue.get().front() == 'd');
}

TEST_CASE("a put that is withdrawn lets the next one in") {
    World world;
    auto queue = world.queue<std::string>("jobs", {.capacity_bytes = 1000});
    queue.put(std::string(600, 'a'));
    auto large = put_later(queue, std::string(600, 'b'));
    REQUIRE(puts_wait(queue, 1));
    auto small = put_later<std::string>(queue, "c");
    REQUIRE(puts_wait(queue, 2));
    large.stop();
    CHECK(large.code() == errc::cancelled);
    CHECK(small.result());
    CHECK(queue.get().front() == 'a');
    CHECK(queue.get().front() == 'c');
    CHECK(queue.empty());
}

TEST_CASE("a batch enters as far as it fits, and its rest stays first in line") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 2});
    CHECK(queue.try_put_many({1, 2, 3, 4, 5}) == 2);
    CHECK(queue.try_put_many({6}) == 0);
    CHECK(queue.try_get_many(10) == std::vector{1, 2});
    Background batch{[&](std::stop_token stop) {
        queue.put_many({0, 1, 2, 3, 4}, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(queue, 1));
    CHECK(queue.size() == 2);
    auto later = put_later(queue, 5);
    REQUIRE(puts_wait(queue, 2));
    for (int i = 0; i <= 5; ++i) REQUIRE(queue.try_get_for(patience) == i);
    CHECK(batch.result());
    CHECK(later.result());
}

TEST_CASE("a batch that fails says how many of its items are in the queue") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 2});
    Background batch{[&](std::stop_token stop) {
        return text_of([&] { queue.put_many({1, 2, 3}, {}, stop); });
    }};
    REQUIRE(puts_wait(queue, 1));
    queue.close();
    const std::string text = batch.result();
    INFO(text);
    CHECK(text.find("2") != std::string::npos);
    CHECK(text.find("jobs") != std::string::npos);
    CHECK(queue.size() == 2);
}

TEST_CASE("leased, delayed and dead items count against the capacity") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    queue.put(1);
    auto lease = queue.lease();
    CHECK(queue.empty());
    CHECK(queue.full());
    CHECK_FALSE(queue.try_put(2));
    lease.bury("broken");
    CHECK(queue.full());
    CHECK_FALSE(queue.try_put(2));
    CHECK(queue.purge() == 1);
    queue.put(3, {.delay = 1h});
    CHECK(queue.full());
    CHECK_FALSE(queue.try_put(2));
    CHECK(queue.purge() == 1);
    CHECK(queue.try_put(4));
}

TEST_CASE("whatever makes room lets in those who wait") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 1});
    queue.put(1);
    auto lease = queue.lease();
    auto after_ack = put_later(queue, 2);
    REQUIRE(puts_wait(queue, 1));
    lease.ack();
    CHECK(after_ack.result());
    auto after_purge = put_later(queue, 3);
    REQUIRE(puts_wait(queue, 1));
    CHECK(queue.purge() == 1);
    CHECK(after_purge.result());
    CHECK(queue.get() == 3);
    queue.put(4, {.time_to_live = 100ms});
    auto after_expiry = put_later(queue, 5);
    CHECK(after_expiry.result());
    CHECK(queue.stats().expired == 1);
    CHECK(queue.get() == 5);
}

TEST_CASE("the capacity in bytes makes puts wait") {
    World world;
    auto queue = world.queue<std::string>("jobs", {.capacity_bytes = 10'000});
    for (int i = 0; i < 9; ++i) REQUIRE(queue.try_put(std::string(1000, 'a')));
    CHECK(queue.stats().bytes > 9000);
    CHECK_FALSE(queue.try_put(std::string(1000, 'a')));
    auto putting = put_later(queue, std::string(1000, 'b'));
    REQUIRE(puts_wait(queue, 1));
    CHECK(queue.get().size() == 1000);
    CHECK(putting.result());
    CHECK(queue.size() == 9);
}

TEST_CASE("an item that can never fit into its queue is refused at once") {
    World world;
    auto queue = world.queue<std::string>("jobs", {.capacity_bytes = 1000});
    const std::string item(1001, 'a');
    CHECK(code_of([&] { queue.put(item); }) == errc::too_large);
    CHECK(code_of([&] { return queue.try_put(item); }) == errc::too_large);
    CHECK(code_of([&] { return queue.try_put_for(item, 1h); }) == errc::too_large);
    CHECK(queue.stats().puts == 0);
    CHECK(queue.try_put(std::string(900, 'a')));
}

TEST_CASE("an item of the largest size passes and one byte more is refused") {
    Config config;
    config.manager.item_bytes_max = 100'000;
    World world{config};
    auto queue = world.queue<Bytes>("jobs");
    queue.put(Bytes(100'000, std::byte{1}));
    const std::string text = text_of([&] { queue.put(Bytes(100'001, std::byte{1})); });
    INFO(text);
    CHECK(code_of([&] { queue.put(Bytes(100'001)); }) == errc::too_large);
    CHECK(text.find("jobs") != std::string::npos);
    CHECK(queue.size() == 1);
    CHECK(queue.get() == Bytes(100'000, std::byte{1}));
    queue.put(Bytes(1));
    CHECK(queue.get() == Bytes(1));
}

TEST_CASE("more waiting bytes than the manager takes of a session delay nobody else") {
    Config config;
    config.manager.item_bytes_max = 64u << 10;
    config.manager.frame_bytes_max = 64u << 10;
    config.manager.session_bytes_max = 256u << 10;
    World world{config};
    auto queue = world.queue<Bytes>("jobs", {.capacity = 1});
    auto other = world.queue<int>("other");
    const auto watcher = world.another_client();
    const auto watched = watcher->queue<Bytes>("jobs");
    queue.put(Bytes(60'000));
    std::latch all_begin(12);
    std::vector<Background<bool>> putting;
    for (int i = 0; i < 12; ++i) {
        putting.emplace_back([&](std::stop_token stop) {
            all_begin.count_down();
            queue.put(Bytes(60'000), {}, stop);
            return true;
        });
    }
    all_begin.wait();
    REQUIRE(eventually([&] { return watched.stats().waiting_puts >= 4; }));
    REQUIRE(other.try_put_for(1, 2s));
    for (int i = 0; i < 13; ++i) REQUIRE(queue.try_get_for(2s).has_value());
    for (auto& put : putting) CHECK(put.result());
}

TEST_CASE("a small queue between many threads loses nothing") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 3});
    constexpr int each = 100;
    std::vector<Background<bool>> producers;
    std::vector<Background<std::vector<int>>> consumers;
    for (int thread = 0; thread < 4; ++thread) {
        consumers.emplace_back([queue](std::stop_token stop) mutable {
            std::vector<int> got;
            while (got.size() < each) got.push_back(queue.get(stop));
            return got;
        });
        producers.emplace_back([queue, thread](std::stop_token stop) mutable {
            for (int i = 0; i < each; ++i) queue.put(thread * each + i, {}, stop);
            return true;
        });
    }
    std::vector<int> all;
    for (auto& consumer : consumers) {
        const auto got = consumer.result();
        all.insert(all.end(), got.begin(), got.end());
    }
    std::ranges::sort(all);
    REQUIRE(all.size() == 4 * each);
    for (int i = 0; i < 4 * each; ++i) REQUIRE(all[static_cast<std::size_t>(i)] == i);
    for (auto& producer : producers) CHECK(producer.result());
}

TEST_CASE("puts with short limits say truly whether they are in") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 2});
    Background taking{[queue](std::stop_token stop) mutable {
        std::vector<int> got;
        while (auto lease = queue.lease({}, stop)) {
            got.push_back(*lease);
            lease.ack();
        }
        return got;
    }};
    std::vector<int> accepted;
    for (int i = 0; i < 400; ++i) {
        if (queue.try_put_for(i, 100us)) accepted.push_back(i);
    }
    queue.close();
    CHECK(taking.result() == accepted);
}

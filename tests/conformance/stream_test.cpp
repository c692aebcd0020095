// Streaming ends: what leaves and comes without being waited for, and is settled all the same.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/numbers.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::errc;
using handoff::Error;
using handoff::Lease;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::numbers;
using handoff::test::patience;
using handoff::test::text_of;
using handoff::test::World;

TEST_CASE("a consumer gets what a producer sends, in order") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto other = world.another_client();
    Background producing{[&](std::stop_token) {
        auto producer = queue.producer();
        for (const int number : numbers(20'000)) producer.send(number);
        producer.flush();
        queue.close();
        return producer.unconfirmed();
    }};
    std::vector<int> got;
    auto jobs = other->queue<int>("jobs");
    for (auto& job : jobs.consumer({.auto_ack = true})) got.push_back(*job);
    CHECK(got == numbers(20'000));
    CHECK(producing.result() == 0);
    CHECK(eventually([&] { return queue.stats().acks == 20'000; }));
}

TEST_CASE("what was sent and flushed is in the queue") {
    World world;
    auto queue = world.queue<std::string>("jobs");
    auto producer = queue.producer();
    for (int i = 0; i < 1000; ++i) producer.send("item " + std::to_string(i));
    producer.flush();
    CHECK(queue.size() == 1000);
    CHECK(queue.get() == "item 0");
}

TEST_CASE("a producer that is destroyed has put what it sent") {
    World world;
    auto queue = world.queue<int>("jobs");
    {
        auto producer = queue.producer();
        for (const int number : numbers(500)) producer.send(number);
    }
    CHECK(queue.size() == 500);
}

TEST_CASE("a producer waits while its window is full, and so while the queue is") {
    World world;
    auto queue = world.queue<int>("jobs", {.capacity = 3});
    auto producer = queue.producer({.window = 2});
    for (int i = 0; i < 5; ++i) producer.send(i);
    REQUIRE(eventually([&] { return queue.size() == 3; }));
    CHECK_FALSE(producer.try_send(5));
    CHECK_FALSE(producer.try_send_for(5, 20ms));
    CHECK(producer.unconfirmed() == 2);
    CHECK_FALSE(producer.try_flush_for(20ms));
    std::stop_source stop;
    stop.request_stop();
    CHECK(code_of([&] { producer.send(5, {}, stop.get_token()); }) == errc::cancelled);
    CHECK(queue.get() == 0);
    CHECK(queue.get() == 1);
    CHECK(producer.try_flush_for(patience));
    CHECK(queue.get_many(10) == std::vector{2, 3, 4});
}

TEST_CASE("the items of a producer keep their options, and their order") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto producer = queue.producer();
    producer.send(1, {.headers = {{"colour", "red"}}});
    producer.send(2, {.headers = {{"colour", "red"}}});
    producer.send(3);
    producer.send(4, {.key = "four"});
    producer.send(4, {.key = "four"});
    producer.send(5);
    producer.flush();
    CHECK(queue.stats().duplicates == 1);
    auto consumer = queue.consumer();
    for (const int number : {1, 2, 3, 4, 5}) {
        const auto job = consumer.lease();
        CHECK(*job == number);
        CHECK(job.headers().size() == (number < 3 ? 1 : 0));
        CHECK(job.key() == (number == 4 ? "four" : ""));
    }
}

TEST_CASE("items sent to a closed queue are told, each once") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto producer = queue.producer();
    producer.send(1);
    producer.flush();
    queue.close();
    producer.send(2);
    CHECK(code_of([&] { producer.flush(); }) == errc::closed);
    CHECK_NOTHROW(producer.flush());
    std::map<std::uint64_t, errc> failed;
    producer.on_error([&](const handoff::SendFailure& failure) {
        CHECK_FALSE(failure.text.empty());
        failed[failure.number] = failure.code;
    });
    producer.send(3);
    producer.send(4);
    producer.flush();
    CHECK(failed == std::map<std::uint64_t, errc>{{3, errc::closed}, {4, errc::closed}});
}

TEST_CASE("an item that is too large is not sent, and does not stop those behind it") {
    Config config;
    config.manager.item_bytes_max = 1000;
    World world{config};
    auto queue = world.queue<std::string>("jobs");
    auto producer = queue.producer();
    producer.send("small");
    CHECK(code_of([&] { producer.send(std::string(2000, 'x')); }) == errc::too_large);
    producer.send("small again");
    producer.flush();
    CHECK(queue.get_many(10) == std::vector<std::string>{"small", "small again"});
}

TEST_CASE("what a consumer took and did not settle goes back when its lease is dropped") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    auto consumer = queue.consumer();
    {
        const auto job = consumer.lease();
        CHECK(*job == 1);
        CHECK(job.deliveries() == 1);
    }
    REQUIRE(eventually([&] { return queue.stats().releases == 1; }));
    // What was fetched before may come first.
    std::multiset<int> rest;
    for (int i = 0; i < 3; ++i) {
        auto job = consumer.lease();
        rest.insert(*job);
        CHECK(job.deliveries() == (*job == 1 ? 2 : 1));
        job.ack();
    }
    CHECK(rest == std::multiset{1, 2, 3});
    consumer.flush();
    CHECK(queue.stats().acks == 3);
}

TEST_CASE("an item that is left by break goes back, the others were acknowledged") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2, 3});
    for (auto& job : queue.consumer({.auto_ack = true})) {
        if (*job == 2) break;
    }
    REQUIRE(eventually([&] { return queue.size() == 2; }));
    CHECK(queue.get_many(10) == std::vector{2, 3});
}

TEST_CASE("a lease of a consumer can be released, buried, extended and committed") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto results = world.queue<int>("results");
    queue.put_many({1, 2, 3, 4});
    auto consumer = queue.consumer();
    consumer.lease().release(1h);
    consumer.lease().bury("broken");
    auto third = consumer.lease();
    third.extend(1h);
    third.ack_and_put(results, 33);
    consumer.lease().ack();
    consumer.flush();
    const auto stats = queue.stats();
    CHECK(stats.delayed == 1);
    CHECK(stats.dead == 1);
    CHECK(stats.acks == 2);
    CHECK(results.get() == 33);
}

TEST_CASE("what a consumer has fetched and not taken goes to whoever waits") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many(numbers(100));
    auto slow = queue.consumer({.credit = 512});
    auto first = slow.lease();
    CHECK(*first == 0);
    REQUIRE(eventually([&] { return queue.size() == 0; }));
    const auto other = world.another_client();
    auto idle = other->queue<int>("jobs");
    std::set<int> got;
    for (int i = 0; i < 99; ++i) got.insert(idle.try_get_for(patience).value_or(-1));
    CHECK(got.size() == 99);
    CHECK(*got.begin() == 1);
    CHECK(queue.stats().redeliveries == 0);  // given back uncounted
    first.ack();
    slow.flush();
    queue.close();
    CHECK_FALSE(slow.lease());
}

TEST_CASE("consumers of one client share what was fetched") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many(numbers(10));
    auto one = queue.consumer({.credit = 8});
    auto other = queue.consumer({.credit = 8});
    CHECK(code_of([&] { return queue.consumer({.ttl = 1s}); }) == errc::invalid_argument);
    std::set<int> got;
    for (int i = 0; i < 5; ++i) {
        for (auto* consumer : {&one, &other}) {
            auto job = consumer->lease();
            got.insert(*job);
            job.ack();
        }
    }
    CHECK(got.size() == 10);
}

TEST_CASE("a consumer that ends gives back what nobody took") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many(numbers(50));
    {
        auto consumer = queue.consumer();
        consumer.lease().ack();
    }
    REQUIRE(eventually([&] { return queue.size() == 49; }));
    CHECK(queue.stats().redeliveries == 0);
    CHECK(queue.get() == 1);
}

TEST_CASE("a consumer that was told that it is over asks for nothing by itself") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    const auto first = world.another_client();
    auto first_jobs = first->queue<int>("jobs");
    auto ending = first_jobs.consumer();
    REQUIRE(eventually([&] { return queue.stats().leased == 1; }));
    queue.close();  // which tells it so: what it has fetched is all that is left

    const auto second = world.another_client();
    Lease<int> job = second->queue<int>("jobs").consumer().lease();
    REQUIRE(job);
    CHECK_FALSE(ending.lease());
    CHECK(first_jobs.empty());  // after which it would have asked
    job.release();
    CHECK(first_jobs.size() == 1);
    CHECK(queue.size() == 1);
    CHECK(queue.try_get() == 1);
}

TEST_CASE("an acknowledgement that comes too late is told by flush") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(1);
    auto consumer = queue.consumer({.ttl = 20ms});
    auto job = consumer.lease();
    REQUIRE(eventually([&] { return queue.stats().lapses == 1; }));
    job.ack();
    CHECK(code_of([&] { consumer.flush(); }) == errc::lease_lapsed);
    CHECK_NOTHROW(consumer.flush());
}

TEST_CASE("an item of another type is told, and is not lost") {
    World world;
    world.queue<std::string>("jobs").put("no number");
    auto queue = world.queue<int>("jobs");
    auto consumer = queue.consumer();
    CHECK(code_of([&] { (void)consumer.lease(); }) == errc::wrong_type);
    CHECK(eventually([&] { return queue.stats().releases == 1; }));
}

TEST_CASE("a waiting consumer ends when stopped, and in time") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto consumer = queue.consumer();
    CHECK_FALSE(consumer.try_lease());
    CHECK_FALSE(consumer.try_lease_for(20ms));
    Background waiting{[&](std::stop_token stop) { return consumer.lease(stop).over(); }};
    waiting.stop();
    CHECK_FALSE(waiting.result());
    queue.close();
    CHECK(consumer.lease().over());
    CHECK(consumer.lease().over());
}

TEST_CASE("a stream of a destroyed queue says so") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto producer = queue.producer();
    auto consumer = queue.consumer();
    CHECK_FALSE(consumer.try_lease_for(5ms));
    world.client().destroy_queue("jobs");
    CHECK(code_of([&] { (void)consumer.lease(); }) == errc::stale_reference);
    producer.send(1);
    CHECK(code_of([&] { producer.flush(); }) == errc::stale_reference);
}

TEST_CASE("streams go on after their manager has come back") {
    if (handoff::test::durable())
        HANDOFF_SKIP("its queues have lost nothing: see durable_test.cpp");
    Config config;
    config.client.reconnect_min = 5ms;
    config.client.reconnect_max = 20ms;
    World world{World::Later{}, config};
    world.start_manager();
    auto queue = world.queue<int>("jobs");
    auto producer = queue.producer();
    auto consumer = queue.consumer();
    producer.send(1);
    auto job = consumer.lease();
    CHECK(*job == 1);
    world.stop_manager();
    world.start_manager();
    CHECK(code_of([&] { (void)consumer.lease(); }) == errc::manager_restarted);
    job.ack();
    CHECK(code_of([&] { consumer.flush(); }) == errc::session_lost);
    producer.send(2);
    CHECK(*consumer.lease() == 2);
}

TEST_CASE("windows and credits out of range are refused") {
    World world;
    auto queue = world.queue<int>("jobs");
    CHECK(code_of([&] { return queue.producer({.window = 0}); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.producer({.window_bytes = 0}); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.consumer({.credit = 0}); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.consumer({.credit = 1u << 25}); }) == errc::invalid_argument);
    CHECK(code_of([&] { return queue.consumer({.ttl = 0ms}); }) == errc::invalid_argument);
    CHECK(text_of([&] { return queue.consumer({.credit = 0}); }).find("\"jobs\"") !=
          std::string::npos);
    auto producer = queue.producer();
    auto moved = std::move(producer);
    CHECK(code_of([&] { producer.send(1); }) == errc::inert);
    moved.send(1);
    moved.flush();
}

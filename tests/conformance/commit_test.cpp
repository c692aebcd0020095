// Acknowledgements and puts that happen all together or not at all.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Commit;
using handoff::errc;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::patience;
using handoff::test::puts_wait;
using handoff::test::time_of;
using handoff::test::World;

TEST_CASE("ack_and_put takes the job away and adds the result") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<std::string>("results");
    jobs.put(7);
    auto job = jobs.lease();
    job.ack_and_put(results, std::string("seven"));
    CHECK_FALSE(job);
    CHECK(code_of([&] { job.ack(); }) == errc::inert);
    CHECK(jobs.stats().unfinished() == 0);
    CHECK(jobs.stats().acks == 1);
    CHECK(results.get() == "seven");
}

TEST_CASE("ack_and_put waits as a whole while the target is full") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results", {.capacity = 1});
    jobs.put(7);
    results.put(0);
    auto job = jobs.lease();
    Background moving{[&](std::stop_token stop) {
        job.ack_and_put(results, 8, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(results, 1));
    CHECK(jobs.stats().leased == 1);
    CHECK(results.get() == 0);
    CHECK(moving.result());
    CHECK(jobs.stats().unfinished() == 0);
    CHECK(results.get() == 8);
}

TEST_CASE("a stopped ack_and_put does neither, and the lease is as it was") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results", {.capacity = 1});
    jobs.put(7);
    results.put(0);
    auto job = jobs.lease();
    Background moving{[&](std::stop_token stop) {
        job.ack_and_put(results, 8, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(results, 1));
    moving.stop();
    CHECK(moving.code() == errc::cancelled);
    CHECK(results.try_get_many(9) == std::vector{0});
    REQUIRE(job);
    job.ack();
    CHECK(jobs.stats().acks == 1);
}

TEST_CASE("a commit with one closed target does nothing") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto open = world.queue<int>("open");
    auto closed = world.queue<int>("closed");
    jobs.put(7);
    closed.close();
    auto job = jobs.lease();
    Commit commit;
    commit.put(open, 1);
    commit.ack(job);
    commit.put(closed, 1);
    CHECK(code_of([&] { commit.run(); }) == errc::closed);
    CHECK(code_of([&] { job.ack_and_put(closed, 8); }) == errc::closed);
    CHECK(open.empty());
    REQUIRE(job);
    CHECK(jobs.stats().leased == 1);
    job.release();
    CHECK(jobs.get() == 7);
}

TEST_CASE("a commit that waits for room ends when its target is closed") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results", {.capacity = 1});
    jobs.put(7);
    results.put(0);
    auto job = jobs.lease();
    Background moving{[&](std::stop_token stop) {
        job.ack_and_put(results, 8, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(results, 1));
    results.close();
    CHECK(moving.code() == errc::closed);
    CHECK(job);
    CHECK(jobs.stats().leased == 1);
}

TEST_CASE("a commit with a lapsed lease does nothing at all") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results");
    jobs.put_many({1, 2});
    auto lapsed = jobs.lease({.ttl = 50ms});
    auto held = jobs.lease();
    REQUIRE(eventually([&] { return jobs.size() == 1; }));
    Commit commit;
    commit.ack(held);
    commit.ack(lapsed);
    commit.put(results, 3);
    CHECK(code_of([&] { commit.run(); }) == errc::lease_lapsed);
    CHECK(code_of([&] { lapsed.ack_and_put(results, 4); }) == errc::lease_lapsed);
    CHECK(results.empty());
    CHECK(jobs.stats().acks == 0);
    REQUIRE(held);
    held.ack();
}

TEST_CASE("a lease does not lapse while its commit waits for room") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results", {.capacity = 1});
    jobs.put(7);
    results.put(0);
    auto job = jobs.lease({.ttl = 500ms});
    Background moving{[&](std::stop_token stop) {
        job.ack_and_put(results, 8, {}, stop);
        return true;
    }};
    REQUIRE(puts_wait(results, 1));
    CHECK_FALSE(jobs.try_lease_for(700ms));
    CHECK(results.get() == 0);
    CHECK(moving.result());
    CHECK(results.get() == 8);
    CHECK(jobs.stats().lapses == 0);
}

TEST_CASE("ack_and_put may put to the queue that it takes from, even where that is full") {
    World world;
    auto jobs = world.queue<int>("jobs", {.capacity = 2});
    jobs.put_many({1, 2});
    jobs.lease().ack_and_put(jobs, 3);
    CHECK(jobs.try_get_many(9) == std::vector{2, 3});
}

TEST_CASE("a commit acknowledges and puts on several queues at once") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto more = world.queue<std::string>("more");
    auto numbers = world.queue<int>("numbers");
    auto texts = world.queue<std::string>("texts");
    jobs.put_many({1, 2});
    more.put("three");
    auto first = jobs.lease();
    auto second = jobs.lease();
    auto third = more.lease();
    Commit commit;
    commit.ack(first);
    commit.ack(second);
    commit.ack(third);
    commit.put(numbers, 10);
    commit.put(texts, std::string("ten"));
    commit.put(numbers, 20);
    commit.run();
    CHECK_FALSE(first);
    CHECK_FALSE(third);
    CHECK(jobs.stats().acks == 2);
    CHECK(more.stats().acks == 1);
    CHECK(numbers.try_get_many(9) == std::vector{10, 20});
    CHECK(texts.get() == "ten");
}

TEST_CASE("a commit with one full target puts nothing to the others") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto roomy = world.queue<int>("roomy");
    auto full = world.queue<int>("full", {.capacity = 1});
    jobs.put(1);
    full.put(0);
    auto job = jobs.lease();
    Commit commit;
    commit.put(roomy, 1);
    commit.ack(job);
    commit.put(full, 1);
    CHECK(time_of([&] { CHECK_FALSE(commit.try_run_for(100ms)); }) >= 100ms);
    CHECK(roomy.empty());
    CHECK(full.size() == 1);
    CHECK(jobs.stats().leased == 1);
    REQUIRE(job);
    job.ack();
}

TEST_CASE("a commit that can never fit is refused at once and does nothing") {
    World world;
    auto open = world.queue<int>("open");
    auto small = world.queue<std::string>("small", {.capacity_bytes = 1000});
    auto few = world.queue<int>("few", {.capacity = 2});
    Commit large;
    large.put(open, 1);
    large.put(small, std::string(2000, 'a'));
    CHECK(code_of([&] { large.run(); }) == errc::too_large);
    Commit many;
    many.put(open, 1);
    for (int i = 0; i < 3; ++i) many.put(few, i);
    CHECK(code_of([&] { return many.try_run_for(patience); }) == errc::too_large);
    CHECK(open.empty());
    CHECK(few.empty());
}

TEST_CASE("the puts of a commit heed their options") {
    World world;
    auto queue = world.queue<int>("jobs", {.order = handoff::Order::priority});
    Commit commit;
    commit.put(queue, 1, {.priority = 1});
    commit.put(queue, 2, {.priority = 2});
    commit.put(queue, 3, {.delay = 1h});
    commit.run();
    CHECK(queue.try_get_many(9) == std::vector{2, 1});
    CHECK(queue.stats().delayed == 1);
}

TEST_CASE("a commit does not reach over to another manager") {
    World here;
    World there;
    auto jobs = here.queue<int>("jobs");
    auto results = there.queue<int>("results");
    jobs.put(7);
    auto job = jobs.lease();
    CHECK(code_of([&] { job.ack_and_put(results, 8); }) == errc::invalid_argument);
    CHECK(results.empty());
    CHECK(jobs.stats().leased == 1);
    REQUIRE(job);
    job.ack();
}

TEST_CASE("many workers move every job once") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<int>("results", {.capacity = 10});
    constexpr int count = 200;
    std::vector<Background<int>> workers;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back([&](std::stop_token stop) {
            int moved = 0;
            while (auto job = jobs.lease({}, stop)) {
                if (++moved % 7 == 0)
                    job.release();
                else
                    job.ack_and_put(results, *job, {}, stop);
            }
            return moved;
        });
    }
    for (int i = 0; i < count; ++i) jobs.put(i);
    jobs.close();
    std::vector<bool> seen(count, false);
    for (int i = 0; i < count; ++i) {
        const auto result = results.try_get_for(patience);
        REQUIRE(result.has_value());
        REQUIRE_FALSE(seen.at(static_cast<std::size_t>(*result)));
        seen.at(static_cast<std::size_t>(*result)) = true;
    }
    for (auto& worker : workers) CHECK(worker.result() > 0);
    CHECK(results.empty());
}

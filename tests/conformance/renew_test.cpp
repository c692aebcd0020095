// Leases that are renewed for as long as their holder lives.
#include <optional>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Consumer;
using handoff::errc;
using handoff::Lease;
using handoff::test::code_of;
using handoff::test::patience;
using handoff::test::World;

TEST_CASE("a renewed lease does not lapse, and settles as any other") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    auto lease = queue.lease({.ttl = 400ms, .renew = true});
    CHECK_FALSE(queue.try_lease_for(1s));
    CHECK(queue.stats().lapses == 0);
    lease.ack();
    CHECK(queue.stats().acks == 1);
    CHECK(queue.stats().unfinished() == 0);
}

TEST_CASE("leases that come together are renewed together, for the queue's lease time") {
    World world;
    auto queue = world.queue<int>("jobs", {.lease = 400ms});
    queue.put_many({1, 2, 3});
    auto leases = queue.lease_many(3, {.renew = true});
    REQUIRE(leases.size() == 3);
    leases[1].ack();
    CHECK_FALSE(queue.try_lease_for(1s));
    leases[0].release();
    CHECK(queue.get() == 1);
    CHECK(queue.stats().lapses == 0);
}

TEST_CASE("a renewed lease that is dropped goes back at once") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    static_cast<void>(queue.lease({.ttl = 1h, .renew = true}));
    CHECK(queue.try_get_for(patience) == 7);
}

TEST_CASE("a renewed lease goes back with its client") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    std::optional<Lease<int>> lease;
    {
        const auto other = world.another_client();
        lease = other->queue<int>("jobs").lease({.ttl = 400ms, .renew = true});
    }
    CHECK(queue.try_get_for(patience) == 7);
    CHECK(code_of([&] { lease->ack(); }) != errc::ok);
}

TEST_CASE("what a consumer takes is renewed until it is settled") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2});
    Consumer<int> consumer = queue.consumer({.credit = 2, .ttl = 400ms, .renew = true});
    Lease<int> first = consumer.lease();
    Lease<int> second = consumer.lease();
    CHECK_FALSE(queue.try_lease_for(1s));
    first.ack();
    second.ack();
    consumer.flush();
    CHECK(queue.stats().acks == 2);
    CHECK(queue.stats().lapses == 0);
}

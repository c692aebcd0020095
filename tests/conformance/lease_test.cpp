// Borrowed items: acknowledged, released, extended, lapsed, forgotten.
#include <utility>
#include <vector>

#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::ItemState;
using handoff::Lease;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::gets_wait;
using handoff::test::patience;
using handoff::test::time_of;
using handoff::test::World;

TEST_CASE("a leased item is nobody else's until it is acknowledged") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    auto lease = queue.lease();
    REQUIRE(lease);
    CHECK(*lease == 7);
    CHECK(queue.stats().leased == 1);
    CHECK(queue.empty());
    CHECK_FALSE(queue.try_lease());
    lease.ack();
    CHECK_FALSE(lease);
    CHECK(queue.stats().leased == 0);
    CHECK(queue.stats().acks == 1);
    CHECK_FALSE(queue.try_lease());
}

TEST_CASE("a lease waits for an item, or for its time") {
    World world;
    auto queue = world.queue<int>("jobs");
    CHECK(time_of([&] { CHECK_FALSE(queue.try_lease_for(100ms)); }) >= 100ms);
    Background leasing{[&](std::stop_token stop) { return queue.lease({}, stop); }};
    REQUIRE(gets_wait(queue, 1));
    queue.put(7);
    auto lease = leasing.result();
    REQUIRE(lease);
    CHECK(*lease == 7);
    lease.ack();
}

TEST_CASE("a released item comes again, first to those who wait") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    queue.lease().release();
    auto again = queue.try_lease();
    REQUIRE(again);
    CHECK(*again == 7);
    CHECK(queue.stats().releases == 1);
    Background taking{[&](std::stop_token stop) { return queue.get(stop); }};
    REQUIRE(gets_wait(queue, 1));
    again.release();
    CHECK(taking.result() == 7);
}

TEST_CASE("a lease counts the deliveries of its item") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    for (std::uint32_t i = 1; i <= 5; ++i) {
        auto lease = queue.lease();
        CHECK(lease.deliveries() == i);
        lease.release();
    }
    const auto stats = queue.stats();
    CHECK(stats.deliveries == 5);
    CHECK(stats.redeliveries == 4);
}

TEST_CASE("a token grows with each delivery, of whatever queue") {
    World world;
    auto queue = world.queue<int>("jobs");
    auto other = world.queue<int>("more");
    queue.put_many({1, 2});
    other.put(3);
    auto first = queue.lease();
    auto second = other.lease();
    auto third = queue.lease();
    CHECK(first.token() < second.token());
    CHECK(second.token() < third.token());
    const auto before = third.token();
    first.release();
    first = queue.lease();
    CHECK(first.token() > before);
}

TEST_CASE("an item keeps its number and its time over its deliveries") {
    World world;
    auto queue = world.queue<int>("jobs");
    const auto now = std::chrono::system_clock::now();
    queue.put_many({1, 2});
    auto first = queue.lease();
    const auto second = queue.lease();
    CHECK(first.id() < second.id());
    CHECK(first.put_at() > now - 10s);
    CHECK(first.put_at() < now + patience);
    const auto id = first.id();
    const auto put_at = first.put_at();
    first.release();
    first = queue.lease();
    CHECK(first.id() == id);
    CHECK(first.put_at() == put_at);
}

TEST_CASE("a lease that is destroyed or overwritten without a word gives its item back at once") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2});
    {
        const auto lease = queue.lease();
        CHECK(*lease == 1);
    }
    CHECK(queue.peek(9) == std::vector{1, 2});
    auto lease = queue.lease();
    lease = queue.lease();
    CHECK(*lease == 2);
    CHECK(queue.peek(9) == std::vector{1});
    lease.ack();
}

TEST_CASE("a lease that was moved from holds nothing") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    auto from = queue.lease();
    Lease<int> to = std::move(from);
    CHECK_FALSE(from);
    CHECK(code_of([&] { from.ack(); }) == errc::inert);
    CHECK(*to == 7);
    to.ack();
    CHECK(queue.stats().acks == 1);
}

TEST_CASE("acknowledging twice is refused", "[python]") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    auto lease = queue.lease();
    lease.ack();
    CHECK(code_of([&] { lease.ack(); }) == errc::inert);
    CHECK(code_of([&] { lease.release(); }) == errc::inert);
    CHECK(code_of([&] { lease.bury("late"); }) == errc::inert);
    CHECK(code_of([&] { lease.extend(); }) == errc::inert);
    CHECK(queue.stats().acks == 1);
}

TEST_CASE("a lease that was released or buried is over") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({1, 2});
    auto released = queue.lease();
    auto buried = queue.lease();
    released.release();
    buried.bury("broken");
    CHECK_FALSE(released);
    CHECK_FALSE(buried);
    CHECK(code_of([&] { released.ack(); }) == errc::inert);
    CHECK(code_of([&] { buried.ack(); }) == errc::inert);
    CHECK(queue.size() == 1);
    CHECK(queue.stats().dead == 1);
}

TEST_CASE("a lapsed item comes again") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    const auto lease = queue.lease({.ttl = 60ms});
    auto again = queue.try_lease_for(patience);
    REQUIRE(again);
    CHECK(*again == 7);
    CHECK(again.deliveries() == 2);
    CHECK(again.token() > lease.token());
    CHECK(queue.stats().lapses == 1);
    again.ack();
}

TEST_CASE("the queue's lease time holds where none is given") {
    World world;
    auto queue = world.queue<int>("jobs", {.lease = 60ms});
    queue.put(7);
    const auto lapsing = queue.lease();
    auto longer = queue.try_lease_for(patience, {.ttl = 1h});
    REQUIRE(longer);
    CHECK_FALSE(queue.try_lease_for(200ms));
    longer.ack();
}

TEST_CASE("a word that comes after the lease lapsed is refused, and harms nobody") {
    World world;
    auto queue = world.queue<int>("jobs", {.lease = 50ms});
    queue.put_many({1, 2, 3, 4});
    std::vector<Lease<int>> leases;
    for (int i = 0; i < 4; ++i) leases.push_back(queue.lease());
    REQUIRE(eventually([&] { return queue.size() == 4; }));
    auto next = queue.lease({.ttl = 1h});
    CHECK(*next == 1);
    CHECK(code_of([&] { leases[0].ack(); }) == errc::lease_lapsed);
    CHECK(code_of([&] { leases[1].release(); }) == errc::lease_lapsed);
    CHECK(code_of([&] { leases[2].bury("late"); }) == errc::lease_lapsed);
    CHECK(code_of([&] { leases[3].extend(); }) == errc::lease_lapsed);
    CHECK(queue.peek(9) == std::vector{2, 3, 4});
    CHECK(queue.stats().leased == 1);
    next.ack();
    CHECK(queue.stats().acks == 1);
    CHECK(queue.stats().dead == 0);
}

TEST_CASE("an extension sets the end of a lease anew, later or sooner") {
    World world;
    auto queue = world.queue<int>("jobs", {.lease = 500ms});
    queue.put(7);
    auto lease = queue.lease();
    lease.extend(1h);
    CHECK_FALSE(queue.try_lease_for(700ms));
    CHECK(queue.stats().lapses == 0);
    lease.extend(50ms);
    CHECK(queue.try_get_for(patience) == 7);
    CHECK(queue.stats().lapses == 1);
}

TEST_CASE("a lease extended again and again lives on the queue's lease time") {
    World world;
    auto queue = world.queue<int>("jobs", {.lease = 1200ms});
    queue.put(7);
    auto lease = queue.lease();
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(queue.try_lease_for(300ms));
        lease.extend();
    }
    lease.ack();
    CHECK(queue.stats().lapses == 0);
}

TEST_CASE("leases end in any order") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put_many({0, 1, 2, 3, 4, 5});
    std::vector<Lease<int>> leases;
    for (int i = 0; i < 6; ++i) leases.push_back(queue.lease());
    for (const std::size_t i : {3u, 0u, 5u}) leases[i].ack();
    for (const std::size_t i : {4u, 1u, 2u}) leases[i].release();
    CHECK(queue.try_get_many(9) == std::vector{1, 2, 4});
}

TEST_CASE("a lease may be settled in another thread than took it") {
    World world;
    auto queue = world.queue<int>("jobs");
    queue.put(7);
    auto lease = queue.lease();
    Background settling{[&](std::stop_token) {
        lease.ack();
        return true;
    }};
    CHECK(settling.result());
    CHECK(queue.stats().acks == 1);
}

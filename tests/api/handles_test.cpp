// Handles that refer to nothing.
#include <string>
#include <type_traits>
#include <utility>

#include "handoff/handoff.hpp"
#include "support/catch.hpp"

using handoff::Client;
using handoff::Commit;
using handoff::errc;
using handoff::Error;
using handoff::Lease;
using handoff::Manager;
using handoff::Queue;

namespace {

template <typename Call>
bool is_inert(Call call) {
    try {
        static_cast<void>(call());
    } catch (const Error& error) {
        return error.code() == errc::inert;
    }
    return false;
}

}  // namespace

static_assert(std::is_copy_constructible_v<Queue<int>> && std::is_copy_assignable_v<Queue<int>>);
static_assert(std::is_nothrow_default_constructible_v<Queue<int>>);
static_assert(!std::is_copy_constructible_v<Lease<int>>);
static_assert(std::is_nothrow_move_constructible_v<Lease<std::string>>);
static_assert(std::is_aggregate_v<handoff::PutOptions>);
static_assert(!std::is_move_constructible_v<Client> && !std::is_copy_constructible_v<Client>);
static_assert(!std::is_move_constructible_v<Manager> && !std::is_copy_constructible_v<Manager>);

TEST_CASE("a queue that was never opened is inert") {
    Queue<int> queue;
    const std::chrono::milliseconds limit{1};
    CHECK(is_inert([&] { return queue.name(); }));
    CHECK(is_inert([&] { queue.put(1); }));
    CHECK(is_inert([&] { return queue.try_put(1); }));
    CHECK(is_inert([&] { return queue.try_put_for(1, limit); }));
    CHECK(is_inert([&] { queue.put_many({1, 2}); }));
    CHECK(is_inert([&] { return queue.get(); }));
    CHECK(is_inert([&] { return queue.try_get(); }));
    CHECK(is_inert([&] { return queue.try_get_for(limit); }));
    CHECK(is_inert([&] { return queue.get_many(2); }));
    CHECK(is_inert([&] { return queue.lease(); }));
    CHECK(is_inert([&] { return queue.try_lease(); }));
    CHECK(is_inert([&] { queue.close(); }));
    CHECK(is_inert([&] { queue.close_now(); }));
    CHECK(is_inert([&] { queue.join(); }));
    CHECK(is_inert([&] { return queue.size(); }));
    CHECK(is_inert([&] { return queue.empty(); }));
    CHECK(is_inert([&] { return queue.full(); }));
    CHECK(is_inert([&] { return queue.stats(); }));
    CHECK(is_inert([&] { return queue.peek(); }));
    CHECK(is_inert([&] { return queue.purge(); }));
    CHECK(is_inert([&] { return queue.kick(); }));
}

TEST_CASE("a queue that was never opened can be copied, moved and assigned") {
    Queue<int> queue;
    Queue<int> copy = queue;
    Queue<int> moved = std::move(queue);
    copy = moved;
    CHECK(is_inert([&] { return copy.size(); }));
}

TEST_CASE("a lease of nothing holds nothing") {
    Lease<int> lease;
    CHECK_FALSE(lease);
    CHECK(is_inert([&] { lease.ack(); }));
    CHECK(is_inert([&] { lease.release(); }));
    CHECK(is_inert([&] { lease.bury("reason"); }));
    CHECK(is_inert([&] { lease.extend(); }));
    CHECK(is_inert([&] { lease.ack_and_put(Queue<int>(), 1); }));
    Lease<int> moved = std::move(lease);
    CHECK_FALSE(moved);
}

TEST_CASE("a commit with nothing that it could refer to is inert") {
    Commit acknowledging;
    Lease<int> lease;
    CHECK(is_inert([&] {
        acknowledging.ack(lease);
        acknowledging.run();
    }));
    Commit putting;
    CHECK(is_inert([&] {
        putting.put(Queue<int>(), 1);
        putting.run();
    }));
}

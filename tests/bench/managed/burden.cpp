#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <vector>

#include "bench/managed/contenders.hpp"
#include "bench/managed/in_turn.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/client.hpp"

// One operation after the other, at a manager that has much to remember meanwhile.
namespace handoff::bench {

namespace {

using namespace std::chrono_literals;

/// A session may ask for some thousand things at once, so many who wait are of several.
constexpr unsigned waiters_of_a_client = 2500;

/// What a manager remembers meanwhile has a deadline, which nobody lives to see.
constexpr auto long_time = 1h;

template <typename T>
std::vector<Lease<T>> lease_so_many(Queue<T>& queue, const Setting& setting) {
    Items<T> items(0, setting.size, batch_of(setting));
    std::vector<Lease<T>> leases;
    leases.reserve(setting.many);
    while (leases.size() < setting.many) {
        const std::vector<T>& batch = items.next_many(setting.many - leases.size());
        queue.put_many(batch);
        for (std::size_t left = batch.size(); left > 0;) {
            std::vector<Lease<T>> part =
                queue.lease_many(static_cast<std::uint32_t>(left), {.ttl = long_time});
            left -= part.size();
            std::move(part.begin(), part.end(), std::back_inserter(leases));
        }
    }
    return leases;
}

/// With so many leases of the same queue.
template <typename T>
void among_leases(const Setting& setting, Board& board) {
    std::vector<Lease<T>> leases;  // outlives its client, whose goodbye returns all at once
    Client holder(client_config(board));
    Client client(client_config(board));
    Queue<T> queue = holder.queue<T>("bench", boundless());
    leases = lease_so_many(queue, setting);
    std::vector<Queue<T>> queues{client.queue<T>("bench")};
    in_turn(setting, queues, board);
}

/// With so many calls that wait for items of another queue.
template <typename T>
void among_waiters(const Setting& setting, Board& board) {
    std::vector<std::unique_ptr<Client>> idle;
    for (unsigned begun = 0; begun < setting.many;) {
        idle.push_back(std::make_unique<Client>(client_config(board)));
        Queue<T> queue = idle.back()->template queue<T>("empty");
        const unsigned end = std::min(setting.many, begun + waiters_of_a_client);
        for (; begun < end; ++begun) queue.async_try_get_for(long_time).then([](auto&&) {});
    }
    Client client(client_config(board));
    Queue<T> empty = client.queue<T>("empty");
    while (empty.stats().waiting_gets < setting.many) {
    }
    std::vector<Queue<T>> queues{client.queue<T>("bench")};
    in_turn(setting, queues, board);
}

}  // namespace

std::vector<Role> managed_leases(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {manager_role(setting),
                {"client", [setting](Board& board) { among_leases<T>(setting, board); }}};
    });
}

std::vector<Role> managed_waiters(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {manager_role(setting),
                {"client", [setting](Board& board) { among_waiters<T>(setting, board); }}};
    });
}

}  // namespace handoff::bench

#include <string>
#include <vector>

#include "bench/managed/contenders.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/client.hpp"
#include "handoff/commit.hpp"
#include "handoff/error.hpp"

namespace handoff::bench {

namespace {

using Clock = Board::Clock;

template <typename T>
void put_all(const Setting& setting, std::uint32_t producer, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench");
    Items<T> items(producer, setting.size, batch_of(setting));
    board.ready();
    board.begins();
    for (std::uint64_t left = setting.share(); left > 0;) {
        const std::vector<T>& batch = items.next_many(left);
        queue.put_many(batch);
        left -= batch.size();
    }
    // Consumers that share a queue learn from its end that there is no more.
    if (board.one_more_done() == setting.producers) queue.close();
    board.wait_for_end();
}

/// Gets up to so many items and tells the tally; 0: there will be no more.
template <typename T>
std::size_t get_some(Queue<T>& queue, std::uint32_t items_max, Tally& tally) {
    try {
        const std::vector<T> items = queue.get_many(items_max);
        for (const T& item : items) tally.take(view_of(item));
        return items.size();
    } catch (const Error& error) {
        if (error.code() == errc::closed) return 0;
        throw;
    }
}

/// The same; items are acknowledged when all of them have been seen.
template <typename T>
std::size_t lease_some(Queue<T>& queue, std::uint32_t items_max, Tally& tally) {
    std::vector<Lease<T>> jobs = queue.lease_many(items_max);
    if (jobs.empty()) return 0;
    Commit commit;
    for (Lease<T>& job : jobs) {
        tally.take(view_of(*job));
        commit.ack(job);
    }
    commit.run();
    return jobs.size();
}

template <typename T, typename Some>
void take_all(const Setting& setting, Board& board, Some some) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench");
    Tally tally(setting.producers, setting.size);
    board.ready();
    Clock::time_point last = Clock::now();
    while (some(queue, batch_of(setting), tally) > 0) last = Clock::now();
    board.arrived(tally, last);
    board.wait_for_end();
}

template <typename T, typename Some>
std::vector<Role> roles_of(const Setting& setting, Some some) {
    std::vector<Role> roles{manager_role(setting)};
    for (std::uint32_t id = 0; id < setting.producers; ++id) {
        roles.push_back({"producer", [=](Board& board) { put_all<T>(setting, id, board); }});
    }
    for (unsigned id = 0; id < setting.consumers; ++id) {
        roles.push_back({"consumer", [=](Board& board) { take_all<T>(setting, board, some); }});
    }
    return roles;
}

}  // namespace

std::vector<Role> put_many_get_many(const Setting& setting) {
    return with_type(setting,
                     [&]<typename T>(const T&) { return roles_of<T>(setting, get_some<T>); });
}

std::vector<Role> put_many_lease_many(const Setting& setting) {
    return with_type(setting,
                     [&]<typename T>(const T&) { return roles_of<T>(setting, lease_some<T>); });
}

}  // namespace handoff::bench

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <string>

#include "bench/managed/contenders.hpp"
#include "bench/managed/in_turn.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/client.hpp"

// What changes with the number of items, queues or clients: nothing should.
namespace handoff::bench {

namespace {

using Clock = Board::Clock;

template <typename T>
void put_so_many(Queue<T>& queue, Items<T>& items, std::uint64_t count) {
    while (count > 0) {
        const std::vector<T>& batch = items.next_many(count);
        queue.put_many(batch);
        count -= batch.size();
    }
}

template <typename T>
void get_so_many(Queue<T>& queue, const Setting& setting, std::uint64_t count, Tally& tally) {
    while (count > 0) {
        const auto batch = std::min<std::uint64_t>(count, batch_of(setting));
        const std::vector<T> items = queue.get_many(static_cast<std::uint32_t>(batch));
        for (const T& item : items) tally.take(view_of(item));
        count -= items.size();
    }
}

/// Fills the queue, says so, and puts as many more as are timed. The time ends when both sides are
/// done, as either may be the slower one.
template <typename T>
void fill_and_put(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench", boundless());
    Items<T> items(0, setting.size, batch_of(setting));
    put_so_many(queue, items, setting.already);
    Items<T> more(0, setting.size, batch_of(setting), setting.already);
    board.ready();
    board.begins();
    put_so_many(queue, more, setting.count);
    board.arrived(Tally(1, setting.size), Clock::now());
    board.wait_for_end();
}

/// Gets as many as are timed; then the rest, to verify it.
template <typename T>
void get_and_drain(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench", boundless());
    Tally tally(1, setting.size);
    board.ready();
    board.begins();
    get_so_many(queue, setting, setting.count, tally);
    const Clock::time_point last = Clock::now();
    get_so_many(queue, setting, setting.already, tally);
    board.arrived(tally, last);
    board.wait_for_end();
}

/// Memory before and after; then gets the items back, to verify them.
template <typename T>
void weigh(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench", boundless());
    Items<T> items(0, setting.size, batch_of(setting));
    Tally tally(1, setting.size);
    board.ready();
    const std::uint64_t before = manager_memory(board);
    board.begins();
    put_so_many(queue, items, setting.count);
    const Clock::time_point last = Clock::now();
    const std::uint64_t after = std::max(before, manager_memory(board));
    board.note_memory(static_cast<double>(after - before) / static_cast<double>(setting.count));
    get_so_many(queue, setting, setting.count, tally);
    board.arrived(tally, last);
    board.wait_for_end();
}

template <typename T>
void many_queues(const Setting& setting, Board& board) {
    Client client(client_config(board));
    std::vector<Queue<T>> queues;
    for (unsigned i = 0; i < setting.many; ++i) {
        queues.push_back(client.queue<T>("bench." + std::to_string(i)));
    }
    in_turn(setting, queues, board);
}

/// As many descriptors as the system lets us have: each client has a few.
void raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

template <typename T>
void many_clients(const Setting& setting, Board& board) {
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<Queue<T>> queues;
    const Config config = client_config(board);
    for (unsigned i = 0; i < setting.many; ++i) {
        clients.push_back(std::make_unique<Client>(config));
        queues.push_back(clients.back()->template queue<T>("bench"));
    }
    in_turn(setting, queues, board);
}

using Play = void (*)(const Setting&, Board&);

std::vector<Role> with_manager(const Setting& setting, std::initializer_list<Play> plays) {
    raise_descriptor_limit();  // here, as a manager of many clients needs them as well
    std::vector<Role> roles{manager_role(setting)};
    for (const Play play : plays) {
        roles.push_back({"client", [=](Board& board) { play(setting, board); }});
    }
    return roles;
}

}  // namespace

std::vector<Role> managed_depth(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) {
        return with_manager(setting, {fill_and_put<T>, get_and_drain<T>});
    });
}

std::vector<Role> managed_queues(const Setting& setting) {
    return with_type(setting,
                     [&]<typename T>(const T&) { return with_manager(setting, {many_queues<T>}); });
}

std::vector<Role> managed_clients(const Setting& setting) {
    return with_type(
        setting, [&]<typename T>(const T&) { return with_manager(setting, {many_clients<T>}); });
}

std::vector<Role> managed_memory(const Setting& setting) {
    return with_type(setting,
                     [&]<typename T>(const T&) { return with_manager(setting, {weigh<T>}); });
}

}  // namespace handoff::bench

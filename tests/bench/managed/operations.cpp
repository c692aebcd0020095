#include <stdexcept>
#include <string>
#include <vector>

#include "bench/frame/stopwatch.hpp"
#include "bench/managed/contenders.hpp"
#include "bench/managed/in_turn.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/client.hpp"

// One operation after the other: what counts is the time of each.
namespace handoff::bench {

namespace {

/// Puts an item there and gets it from the other queue, where the same one must arrive.
template <typename T>
void ping(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> there = client.queue<T>("there");
    Queue<T> back = client.queue<T>("back");
    Items<T> items(0, setting.size, 1);
    Tally tally(1, setting.size);
    Stopwatch watch(setting.count);
    board.ready();
    board.begins();
    for (std::uint64_t i = 0; i < setting.count; ++i) {
        const T& item = items.next();
        watch.start();
        there.put(item);
        const T echo = back.get();
        watch.stop();
        tally.take(view_of(echo));
    }
    watch.tell(board, tally);
    there.close();
    board.wait_for_end();
}

/// Sends what it gets back, until there is no more.
template <typename T>
void pong(Board& board) {
    Client client(client_config(board));
    Queue<T> there = client.queue<T>("there");
    Queue<T> back = client.queue<T>("back");
    board.ready();
    for (;;) {
        try {
            back.put(there.get());
        } catch (const Error& error) {
            if (error.code() != errc::closed) throw;
            break;
        }
    }
    board.wait_for_end();
}

/// Puts and takes back, always at the same queue.
template <typename T, typename Take>
void put_and_take(const Setting& setting, Board& board, Take take) {
    Client client(client_config(board));
    std::vector<Queue<T>> queues{client.queue<T>("bench")};
    in_turn(setting, queues, board, take);
}

template <typename T>
void by_lease(Queue<T>& queue, Tally& tally) {
    Lease<T> job = queue.lease();
    tally.take(view_of(*job));
    job.ack();
}

}  // namespace

std::vector<Role> managed_roundtrip(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {manager_role(setting),
                {"ping", [setting](Board& board) { ping<T>(setting, board); }},
                {"pong", [](Board& board) { pong<T>(board); }}};
    });
}

std::vector<Role> managed_sync(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {manager_role(setting), {"client", [setting](Board& board) {
                                            put_and_take<T>(setting, board, by_get<T>);
                                        }}};
    });
}

std::vector<Role> managed_sync_lease(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {manager_role(setting), {"client", [setting](Board& board) {
                                            put_and_take<T>(setting, board, by_lease<T>);
                                        }}};
    });
}

}  // namespace handoff::bench

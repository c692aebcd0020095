#include <string>

#include "bench/managed/contenders.hpp"
#include "bench/managed/in_threads.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/client.hpp"

// Many threads that share a client, each with one call at a time.
namespace handoff::bench {

namespace {

using Clock = Board::Clock;

/// Each thread is a producer by itself.
template <typename T>
void put_in_threads(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench");
    board.ready();
    board.begins();
    in_threads(setting.producers, board, [&](std::uint32_t id) {
        Items<T> items(id, setting.size, 1);
        for (std::uint64_t i = 0; i < setting.share(); ++i) queue.put(items.next());
    });
    queue.close();
    board.wait_for_end();
}

template <typename T>
void get_in_threads(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench");
    board.ready();
    in_threads(setting.consumers, board, [&](std::uint32_t) {
        Tally tally(setting.producers, setting.size);
        Clock::time_point last = Clock::now();
        try {
            for (;;) {
                const T item = queue.get();
                last = Clock::now();
                tally.take(view_of(item));
            }
        } catch (const Error& error) {
            if (error.code() != errc::closed) throw;
        }
        board.arrived(tally, last);
    });
    board.wait_for_end();
}

}  // namespace

std::vector<Role> plain_threads(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {manager_role(setting),
                {"putting threads", [=](Board& board) { put_in_threads<T>(setting, board); }},
                {"getting threads", [=](Board& board) { get_in_threads<T>(setting, board); }}};
    });
}

}  // namespace handoff::bench

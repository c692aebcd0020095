#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "bench/frame/stopwatch.hpp"
#include "bench/managed/contenders.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/stream.hpp"

// Queues that outlive their manager: what a put costs until it is on the disk. What was put is
// taken again afterwards, to verify it.
namespace handoff::bench {

namespace {

using Clock = Board::Clock;

QueueOptions lasting(const Setting& setting) {
    QueueOptions options = boundless();
    options.durability = setting.durability;
    return options;
}

template <typename T>
Tally take_all(Queue<T>& queue, const Setting& setting) {
    Tally tally(setting.producers, setting.size);
    while (tally.count() < setting.count) {
        for (const T& item : queue.get_many(batch_of(setting))) tally.take(view_of(item));
    }
    return tally;
}

/// Of those since there were `before`.
void note_syncs(const Setting& setting, Board& board, std::uint64_t before) {
    const auto bytes = static_cast<double>(setting.count * setting.size);
    const auto syncs = static_cast<double>(board.syncs() - before);
    if (syncs > 0) board.note_sync_bytes(bytes / syncs);
}

template <typename T>
void stream_in(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench", lasting(setting));
    Producer<T> producer = queue.producer();
    Items<T> items(0, setting.size, 1);
    board.ready();
    const std::uint64_t before = board.syncs();
    board.begins();
    for (std::uint64_t i = 0; i < setting.count; ++i) producer.send(items.next());
    producer.flush();
    const Clock::time_point last = Clock::now();
    note_syncs(setting, board, before);
    board.arrived(take_all(queue, setting), last);
    board.wait_for_end();
}

/// Each client is a thread with one put at a time.
template <typename T>
void put_in_turn(const Setting& setting, Board& board) {
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<Queue<T>> queues;
    for (unsigned id = 0; id < setting.producers; ++id) {
        clients.push_back(std::make_unique<Client>(client_config(board)));
        queues.push_back(clients.back()->queue<T>("bench", lasting(setting)));
    }
    Stopwatch watch(setting.share());
    board.ready();
    const std::uint64_t before = board.syncs();
    const Clock::time_point begin = Clock::now();
    board.begins();
    const auto put_all = [&](std::uint32_t id, auto start, auto stop) {
        Items<T> items(id, setting.size, 1);
        for (std::uint64_t i = 0; i < setting.share(); ++i) {
            const T& item = items.next();
            start();
            queues[id].put(item);
            stop();
        }
    };
    {
        std::vector<std::jthread> others;
        for (unsigned id = 1; id < setting.producers; ++id) {
            others.emplace_back([&, id] {
                try {
                    put_all(
                        id, [] {}, [] {});
                } catch (const std::exception& error) {
                    board.fail(error.what());
                }
            });
        }
        put_all(
            0, [&] { watch.start(); }, [&] { watch.stop(); });
    }
    board.note_seconds(std::chrono::duration<double>(Clock::now() - begin).count());
    note_syncs(setting, board, before);
    watch.tell(board, take_all(queues.front(), setting));
    board.wait_for_end();
}

/// A manager that begins with all that an earlier one has left.
template <typename T>
void recover(const Setting& setting, Board& board) {
    Config config;
    config.manager.listen = {setting.address("manager")};
    config.manager.data = setting.data();
    config.queues["bench"] = lasting(setting);
    {
        const Manager manager(config);
        Config mine;
        mine.client.connect = {manager.endpoints().front()};
        Client client(mine);
        Queue<T> queue = client.queue<T>("bench");
        Items<T> items(0, setting.size, batch_of(setting));
        for (std::uint64_t left = setting.count; left > 0;) {
            const std::vector<T>& batch = items.next_many(left);
            queue.put_many(batch);
            left -= batch.size();
        }
    }
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(setting.data())) {
        bytes += file.file_size();
    }
    board.note_memory(static_cast<double>(bytes) / static_cast<double>(setting.count));
    board.ready();
    board.begins();
    auto manager = std::make_unique<Manager>(config);
    const Clock::time_point last = Clock::now();
    Config mine;
    mine.client.connect = {manager->endpoints().front()};
    {
        Client client(mine);
        Queue<T> queue = client.queue<T>("bench");
        board.arrived(take_all(queue, setting), last);
    }
    manager.reset();
    std::filesystem::remove_all(setting.data());
    board.wait_for_end();
}

using Play = void (*)(const Setting&, Board&);

std::vector<Role> with_manager(const Setting& setting, Play play) {
    return {manager_role(setting), {"client", [=](Board& board) { play(setting, board); }}};
}

}  // namespace

std::vector<Role> durable_stream(const Setting& setting) {
    return with_type(setting,
                     [&]<typename T>(const T&) { return with_manager(setting, stream_in<T>); });
}

std::vector<Role> durable_puts(const Setting& setting) {
    return with_type(setting,
                     [&]<typename T>(const T&) { return with_manager(setting, put_in_turn<T>); });
}

std::vector<Role> durable_recovery(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {{"manager", [=](Board& board) { recover<T>(setting, board); }}};
    });
}

}  // namespace handoff::bench

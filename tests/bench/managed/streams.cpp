#include <string>

#include "bench/frame/stopwatch.hpp"
#include "bench/managed/contenders.hpp"
#include "bench/managed/manager_role.hpp"
#include "bench/managed/typed.hpp"
#include "handoff/client.hpp"
#include "handoff/stream.hpp"

// The streaming ends: nobody waits for an answer to each item.
namespace handoff::bench {

namespace {

using Clock = Board::Clock;

template <typename T>
void send_all(const Setting& setting, std::uint32_t id, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench");
    Producer<T> producer = queue.producer();
    Items<T> items(id, setting.size, 1);
    board.ready();
    board.begins();
    for (std::uint64_t i = 0; i < setting.share(); ++i) producer.send(items.next());
    producer.flush();
    if (board.one_more_done() == setting.producers) queue.close();
    board.wait_for_end();
}

/// Each item is acknowledged by name, or by asking for the next.
enum class Ack { named, automatic };

template <typename T>
void consume_all(const Setting& setting, Ack ack, Board& board) {
    Client client(client_config(board));
    Queue<T> queue = client.queue<T>("bench");
    Consumer<T> consumer = queue.consumer({.auto_ack = ack == Ack::automatic});
    Tally tally(setting.producers, setting.size);
    // Who is alone knows which item is the last, and need not read the clock for each.
    const bool alone = setting.consumers == 1;
    board.ready();
    Clock::time_point last = Clock::now();
    for (Lease<T>& job : consumer) {
        tally.take(view_of(*job));
        if (ack == Ack::named) job.ack();
        if (!alone || tally.count() == setting.count) last = Clock::now();
    }
    consumer.flush();
    board.arrived(tally, last);
    board.wait_for_end();
}

/// Sends an item there and takes it from the other queue. Each side confirms what it took with the
/// next thing that it sends.
template <typename T>
void stream_ping(const Setting& setting, Board& board) {
    Client client(client_config(board));
    Queue<T> there = client.queue<T>("there");
    Producer<T> producer = there.producer();
    Consumer<T> consumer = client.queue<T>("back").consumer();
    Items<T> items(0, setting.size, 1);
    Tally tally(1, setting.size);
    Stopwatch watch(setting.count);
    board.ready();
    board.begins();
    for (std::uint64_t i = 0; i < setting.count; ++i) {
        const T& item = items.next();
        watch.start();
        producer.send(item);
        Lease<T> echo = consumer.lease();
        tally.take(view_of(*echo));
        echo.ack();
        watch.stop();
    }
    watch.tell(board, tally);
    there.close();
    board.wait_for_end();
}

template <typename T>
void stream_pong(Board& board) {
    Client client(client_config(board));
    Producer<T> producer = client.queue<T>("back").producer();
    Consumer<T> consumer = client.queue<T>("there").consumer();
    board.ready();
    for (Lease<T>& job : consumer) {
        producer.send(*job);
        job.ack();
    }
    board.wait_for_end();
}

}  // namespace

std::vector<Role> streams_roundtrip(const Setting& setting) {
    return with_type(setting, [&]<typename T>(const T&) -> std::vector<Role> {
        return {manager_role(setting),
                {"ping", [setting](Board& board) { stream_ping<T>(setting, board); }},
                {"pong", [](Board& board) { stream_pong<T>(board); }}};
    });
}

namespace {

std::vector<Role> acknowledged(const Setting& setting, Ack ack) {
    return with_type(setting, [&]<typename T>(const T&) {
        std::vector<Role> roles{manager_role(setting)};
        for (std::uint32_t id = 0; id < setting.producers; ++id) {
            roles.push_back({"producer", [=](Board& board) { send_all<T>(setting, id, board); }});
        }
        for (unsigned id = 0; id < setting.consumers; ++id) {
            roles.push_back(
                {"consumer", [=](Board& board) { consume_all<T>(setting, ack, board); }});
        }
        return roles;
    });
}

}  // namespace

std::vector<Role> streams(const Setting& setting) {
    return acknowledged(setting, Ack::named);
}
std::vector<Role> streams_auto_ack(const Setting& setting) {
    return acknowledged(setting, Ack::automatic);
}

}  // namespace handoff::bench

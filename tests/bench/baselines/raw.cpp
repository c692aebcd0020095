#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/baselines/contenders.hpp"
#include "bench/baselines/roundtrip.hpp"
#include "bench/baselines/stream_socket.hpp"

// What the kernel can do: a stream of items, each behind its length.
namespace handoff::bench {

namespace {

using Length = std::uint32_t;

constexpr std::size_t write_bytes = 64 << 10;

void write_items(const StreamSocket& socket, const Setting& setting, Board& board) {
    const Maker maker(0, setting.size);
    const auto length = static_cast<Length>(setting.size);
    const std::size_t step = sizeof length + setting.size;
    const std::size_t at_a_time = std::max<std::size_t>(1, write_bytes / step);
    std::string buffer(at_a_time * step, '\0');
    for (std::size_t i = 0; i < at_a_time; ++i) {
        std::memcpy(buffer.data() + i * step, &length, sizeof length);
        maker.write(buffer.data() + i * step + sizeof length, 0);
    }
    board.ready();
    board.begins();
    for (std::uint64_t number = 0; number < setting.count;) {
        const std::size_t items = std::min<std::uint64_t>(at_a_time, setting.count - number);
        for (std::size_t i = 0; i < items; ++i) {
            maker.renumber(buffer.data() + i * step + sizeof length, number++);
        }
        socket.write_all(buffer.data(), items * step);
    }
    board.wait_for_end();
}

/// Takes the whole items at the beginning of `data`; returns their bytes.
std::size_t take_items(std::string_view data, Tally& tally) {
    std::size_t used = 0;
    Length length = 0;
    while (data.size() - used >= sizeof length) {
        std::memcpy(&length, data.data() + used, sizeof length);
        if (data.size() - used < sizeof length + length) break;
        tally.take(data.substr(used + sizeof length, length));
        used += sizeof length + length;
    }
    return used;
}

void read_items(const StreamSocket& socket, const Setting& setting, Board& board) {
    Tally tally(1, setting.size);
    std::string buffer(4 * write_bytes + sizeof(Length) + setting.size, '\0');
    std::size_t filled = 0;
    board.ready();
    while (tally.count() < setting.count) {
        const std::size_t got = socket.read_some(buffer.data() + filled, buffer.size() - filled);
        if (got == 0) throw std::runtime_error("the writer has gone");
        filled += got;
        const std::size_t used = take_items({buffer.data(), filled}, tally);
        filled -= used;
        std::memmove(buffer.data(), buffer.data() + used, filled);
    }
    board.arrived(tally, Board::Clock::now());
    board.wait_for_end();
}

/// Reads and writes on until the other side has gone.
void relay(const StreamSocket& from, const StreamSocket& to) {
    std::string buffer(2 * write_bytes, '\0');
    while (const std::size_t got = from.read_some(buffer.data(), buffer.size())) {
        to.write_all(buffer.data(), got);
    }
}

void ping(const StreamSocket& socket, const Setting& setting, Board& board) {
    std::string reply(setting.size, '\0');
    exchange_all(setting, board, [&](const std::string& item, Stopwatch& watch) {
        watch.start();
        socket.write_all(item.data(), item.size());
        socket.read_all(reply.data(), reply.size());
        watch.stop();
        return std::string_view(reply);
    });
    board.wait_for_end();
}

}  // namespace

std::vector<Role> raw_socket(const Setting& setting) {
    return {{"writer",
             [=](Board& board) {
                 write_items(StreamSocket::connect(setting, board, "items"), setting, board);
             }},
            {"reader", [=](Board& board) {
                 read_items(StreamSocket::accept(setting, board, "items"), setting, board);
             }}};
}

std::vector<Role> raw_relay(const Setting& setting) {
    return {{"writer",
             [=](Board& board) {
                 write_items(StreamSocket::connect(setting, board, "in"), setting, board);
             }},
            {"relay",
             [=](Board& board) {
                 const StreamSocket in = StreamSocket::accept(setting, board, "in");
                 const StreamSocket out = StreamSocket::connect(setting, board, "out");
                 board.ready();
                 relay(in, out);
                 board.wait_for_end();
             }},
            {"reader", [=](Board& board) {
                 read_items(StreamSocket::accept(setting, board, "out"), setting, board);
             }}};
}

std::vector<Role> raw_roundtrip(const Setting& setting) {
    return {{"ping",
             [=](Board& board) {
                 ping(StreamSocket::connect(setting, board, "items"), setting, board);
             }},
            {"pong", [=](Board& board) {
                 const StreamSocket socket = StreamSocket::accept(setting, board, "items");
                 board.ready();
                 relay(socket, socket);
             }}};
}

}  // namespace handoff::bench

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "bench/baselines/contenders.hpp"
#include "bench/baselines/roundtrip.hpp"
#include "bench/baselines/socket.hpp"

// A queue in a process between, as one writes it in an afternoon: a ROUTER, a deque, one message an
// item, and a word for each item that has come. A message is a letter, the number of the queue (two
// are enough here), and the item.
namespace handoff::bench {

namespace {

constexpr char put_letter = 'P';   ///< also of the item on its way to the consumer
constexpr char done_letter = 'A';  ///< the answer to each put
constexpr char want_letter = 'G';  ///< so many more items, in four bytes
constexpr char seen_letter = 'K';  ///< the oldest item that was sent to this consumer is done

constexpr std::size_t head_bytes = 2;

zmq::socket_t make_boundless(zmq::socket_type type) {
    zmq::socket_t socket = make_socket(type, 1);
    socket.set(zmq::sockopt::sndhwm, 0);  // what is under way is limited by words, not by marks
    socket.set(zmq::sockopt::rcvhwm, 0);
    return socket;
}

/// Keeps items until their consumer, one for each queue, has said that they are done.
class Broker {
public:
    explicit Broker(zmq::socket_t socket) : socket_(std::move(socket)) {}

    void serve(Board& board) {
        zmq::message_t from;
        zmq::message_t message;
        while (receive_until_over(socket_, from, board)) {
            if (!socket_.recv(message)) return;
            take(from, message);
        }
    }

private:
    struct Queue {
        std::deque<zmq::message_t> ready;
        std::deque<zmq::message_t> sent;
        std::string consumer;
        std::uint32_t wanted = 0;
    };

    void take(zmq::message_t& from, zmq::message_t& message) {
        const char* head = message.data<char>();
        Queue& queue = queues_.at(static_cast<std::size_t>(head[1]));
        if (head[0] == put_letter) {
            queue.ready.push_back(std::move(message));
            socket_.send(from, zmq::send_flags::sndmore);
            socket_.send(zmq::buffer(&done_letter, 1));
        } else if (head[0] == want_letter) {
            std::uint32_t more = 0;
            std::memcpy(&more, head + head_bytes, sizeof more);
            queue.wanted += more;
            if (queue.consumer.empty()) queue.consumer = from.to_string();
        } else {
            queue.sent.pop_front();
        }
        hand_out(queue);
    }

    void hand_out(Queue& queue) {
        for (; queue.wanted > 0 && !queue.ready.empty(); --queue.wanted) {
            socket_.send(zmq::buffer(queue.consumer), zmq::send_flags::sndmore);
            zmq::message_t copy;
            copy.copy(queue.ready.front());
            queue.sent.push_back(std::move(queue.ready.front()));
            queue.ready.pop_front();
            socket_.send(copy, zmq::send_flags::none);
        }
    }

    zmq::socket_t socket_;
    std::array<Queue, 2> queues_;
};

Role broker(const Setting& setting) {
    return {"router", [=](Board& board) {
                zmq::socket_t socket = make_boundless(zmq::socket_type::router);
                bind(socket, setting, board, "router");
                board.ready();
                Broker(std::move(socket)).serve(board);
            }};
}

/// The client's side.
class Peer {
public:
    Peer(const Setting& setting, Board& board)
        : board_(board),
          socket_(make_boundless(zmq::socket_type::dealer)),
          buffer_(head_bytes + setting.size, '\0') {
        connect(socket_, board, "router");
    }

    void put(char queue, std::string_view item) {
        buffer_[0] = put_letter;
        buffer_[1] = queue;
        std::memcpy(buffer_.data() + head_bytes, item.data(), item.size());
        socket_.send(zmq::buffer(buffer_));
    }
    void want(char queue, std::uint32_t items) {
        std::array<char, head_bytes + sizeof items> message{want_letter, queue};
        std::memcpy(message.data() + head_bytes, &items, sizeof items);
        socket_.send(zmq::buffer(message));
    }
    void say_seen(char queue) {
        const std::array<char, head_bytes> message{seen_letter, queue};
        socket_.send(zmq::buffer(message));
    }

    /// The answer to a put.
    void wait_until_done() { receive(socket_, message_, board_); }
    /// The next item; answers to puts that come before it are left aside.
    std::string_view item() {
        do {
            receive(socket_, message_, board_);
        } while (message_.data<char>()[0] != put_letter);
        return message_.to_string_view().substr(head_bytes);
    }
    /// The next item of a process that was put by another one; empty: the run is over.
    std::string_view item_until_over() {
        do {
            if (!receive_until_over(socket_, message_, board_)) return {};
        } while (message_.data<char>()[0] != put_letter);
        return message_.to_string_view().substr(head_bytes);
    }

private:
    Board& board_;
    zmq::socket_t socket_;
    zmq::message_t message_;
    std::string buffer_;
};

/// Items that may be under way on each side.
std::uint32_t window_of(const Setting& setting) {
    return static_cast<std::uint32_t>(std::clamp<std::size_t>((16 << 20) / setting.size, 8, 1000));
}

void put_all(const Setting& setting, Board& board) {
    Peer peer(setting, board);
    const Maker maker(0, setting.size);
    std::string item(setting.size, '\0');
    maker.write(item.data(), 0);
    std::uint32_t open = 0;
    board.ready();
    board.begins();
    for (std::uint64_t number = 0; number < setting.count; ++number) {
        maker.renumber(item.data(), number);
        if (open == window_of(setting)) {
            peer.wait_until_done();
            --open;
        }
        peer.put(0, item);
        ++open;
    }
    for (; open > 0; --open) peer.wait_until_done();
    board.wait_for_end();
}

void get_all(const Setting& setting, Board& board) {
    Peer peer(setting, board);
    Tally tally(1, setting.size);
    const std::uint32_t half = window_of(setting) / 2;
    board.ready();
    peer.want(0, 2 * half);
    while (tally.count() < setting.count) {
        tally.take(peer.item());
        peer.say_seen(0);
        if (tally.count() % half == 0) peer.want(0, half);
    }
    board.arrived(tally, Board::Clock::now());
    board.wait_for_end();
}

/// Each side puts into its own queue and has asked for enough of the other one at the start.
void ping(const Setting& setting, Board& board) {
    Peer peer(setting, board);
    peer.want(1, static_cast<std::uint32_t>(setting.count));
    exchange_all(setting, board, [&](const std::string& item, Stopwatch& watch) {
        watch.start();
        peer.put(0, item);
        const std::string_view reply = peer.item();
        peer.say_seen(1);
        watch.stop();
        return reply;
    });
    board.wait_for_end();
}

void pong(const Setting& setting, Board& board) {
    Peer peer(setting, board);
    peer.want(0, static_cast<std::uint32_t>(setting.count));
    board.ready();
    for (;;) {
        const std::string_view item = peer.item_until_over();
        if (item.empty()) return;
        peer.put(1, item);
        peer.say_seen(0);
    }
}

void put_and_get(const Setting& setting, Board& board) {
    Peer peer(setting, board);
    exchange_all(setting, board, [&](const std::string& item, Stopwatch& watch) {
        watch.start();
        peer.put(0, item);
        peer.wait_until_done();
        peer.want(0, 1);
        const std::string_view got = peer.item();
        peer.say_seen(0);
        watch.stop();
        return got;
    });
    board.wait_for_end();
}

}  // namespace

std::vector<Role> router_queue(const Setting& setting) {
    return {broker(setting),
            {"producer", [=](Board& board) { put_all(setting, board); }},
            {"consumer", [=](Board& board) { get_all(setting, board); }}};
}

std::vector<Role> router_roundtrip(const Setting& setting) {
    return {broker(setting),
            {"ping", [=](Board& board) { ping(setting, board); }},
            {"pong", [=](Board& board) { pong(setting, board); }}};
}

std::vector<Role> router_sync(const Setting& setting) {
    return {broker(setting), {"client", [=](Board& board) { put_and_get(setting, board); }}};
}

}  // namespace handoff::bench

#include <algorithm>
#include <string_view>
#include <thread>

#include "bench/baselines/contenders.hpp"
#include "bench/baselines/socket.hpp"

// One socket to another, without anything between.
namespace handoff::bench {

namespace {

using Clock = Board::Clock;

/// Sends the items in messages of `pack` of them.
void send_all(zmq::socket_t& socket, const Setting& setting, std::size_t pack, Board& board) {
    const Maker maker(0, setting.size);
    std::string packed(pack * setting.size, '\0');
    for (std::size_t i = 0; i < pack; ++i) maker.write(packed.data() + i * setting.size, 0);
    board.ready();
    board.begins();
    for (std::uint64_t number = 0; number < setting.count;) {
        const std::size_t items = std::min<std::uint64_t>(pack, setting.count - number);
        for (std::size_t i = 0; i < items; ++i) {
            maker.renumber(packed.data() + i * setting.size, number++);
        }
        socket.send(zmq::buffer(packed.data(), items * setting.size));
    }
    board.wait_for_end();
}

void receive_all(zmq::socket_t& socket, const Setting& setting, Board& board) {
    Tally tally(1, setting.size);
    zmq::message_t message;
    board.ready();
    while (tally.count() < setting.count) {
        receive(socket, message, board);
        std::string_view items = message.to_string_view();
        for (; items.size() >= setting.size; items.remove_prefix(setting.size)) {
            tally.take(items.substr(0, setting.size));
        }
    }
    board.arrived(tally, Clock::now());
    board.wait_for_end();
}

std::vector<Role> one_way(const Setting& setting, zmq::socket_type from, zmq::socket_type to,
                          std::size_t pack) {
    return {{"sender",
             [=](Board& board) {
                 zmq::socket_t socket = make_socket(from, pack * setting.size);
                 connect(socket, board, "items");
                 send_all(socket, setting, pack, board);
             }},
            {"receiver", [=](Board& board) {
                 zmq::socket_t socket = make_socket(to, pack * setting.size);
                 bind(socket, setting, board, "items");
                 receive_all(socket, setting, board);
             }}};
}

}  // namespace

std::vector<Role> push_pull(const Setting& setting) {
    return one_way(setting, zmq::socket_type::push, zmq::socket_type::pull, 1);
}

std::vector<Role> packed_push_pull(const Setting& setting) {
    return one_way(setting, zmq::socket_type::push, zmq::socket_type::pull, 100);
}

std::vector<Role> pair(const Setting& setting) {
    return one_way(setting, zmq::socket_type::pair, zmq::socket_type::pair, 1);
}

std::vector<Role> proxied_push_pull(const Setting& setting) {
    std::vector<Role> roles{{"proxy", [=](Board& board) {
                                 zmq::socket_t in =
                                     make_socket(zmq::socket_type::pull, setting.size);
                                 zmq::socket_t out =
                                     make_socket(zmq::socket_type::push, setting.size);
                                 zmq::socket_t control(context(), zmq::socket_type::pair);
                                 control.bind("inproc://control");
                                 bind(in, setting, board, "in");
                                 bind(out, setting, board, "out");
                                 std::jthread stopper([&] {
                                     zmq::socket_t stop(context(), zmq::socket_type::pair);
                                     stop.connect("inproc://control");
                                     try {
                                         board.ready();
                                         board.wait_for_end();
                                     } catch (const std::exception& error) {
                                         board.fail(error.what());
                                     }
                                     stop.send(zmq::str_buffer("TERMINATE"));
                                 });
                                 zmq::proxy_steerable(in, out, zmq::socket_ref(), control);
                             }}};
    roles.push_back({"sender", [=](Board& board) {
                         zmq::socket_t socket = make_socket(zmq::socket_type::push, setting.size);
                         connect(socket, board, "in");
                         send_all(socket, setting, 1, board);
                     }});
    roles.push_back({"receiver", [=](Board& board) {
                         zmq::socket_t socket = make_socket(zmq::socket_type::pull, setting.size);
                         connect(socket, board, "out");
                         receive_all(socket, setting, board);
                     }});
    return roles;
}

}  // namespace handoff::bench

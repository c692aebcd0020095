#include "bench/baselines/contenders.hpp"
#include "bench/baselines/roundtrip.hpp"
#include "bench/baselines/socket.hpp"

// There and back between two bare sockets of ZeroMQ, or over two pairs of them.
namespace handoff::bench {

namespace {

/// Sends by one socket and receives by another, which may be the same one.
void ping(const Setting& setting, Board& board, zmq::socket_t& out, zmq::socket_t& in) {
    zmq::message_t reply;
    exchange_all(setting, board, [&](const std::string& item, Stopwatch& watch) {
        watch.start();
        out.send(zmq::buffer(item));
        receive(in, reply, board);
        watch.stop();
        return reply.to_string_view();
    });
    board.wait_for_end();
}

void pong(Board& board, zmq::socket_t& in, zmq::socket_t& out) {
    zmq::message_t message;
    board.ready();
    while (receive_until_over(in, message, board)) out.send(message, zmq::send_flags::none);
}

/// Two sockets that talk both ways.
std::vector<Role> both_ways(const Setting& setting, zmq::socket_type asks,
                            zmq::socket_type answers) {
    return {{"ping",
             [=](Board& board) {
                 zmq::socket_t socket = make_socket(asks, setting.size);
                 connect(socket, board, "items");
                 ping(setting, board, socket, socket);
             }},
            {"pong", [=](Board& board) {
                 zmq::socket_t socket = make_socket(answers, setting.size);
                 bind(socket, setting, board, "items");
                 pong(board, socket, socket);
             }}};
}

}  // namespace

std::vector<Role> req_rep(const Setting& setting) {
    return both_ways(setting, zmq::socket_type::req, zmq::socket_type::rep);
}

std::vector<Role> pair_roundtrip(const Setting& setting) {
    return both_ways(setting, zmq::socket_type::pair, zmq::socket_type::pair);
}

std::vector<Role> push_pull_roundtrip(const Setting& setting) {
    return {{"ping",
             [=](Board& board) {
                 zmq::socket_t out = make_socket(zmq::socket_type::push, setting.size);
                 zmq::socket_t in = make_socket(zmq::socket_type::pull, setting.size);
                 connect(out, board, "there");
                 connect(in, board, "back");
                 ping(setting, board, out, in);
             }},
            {"pong", [=](Board& board) {
                 zmq::socket_t in = make_socket(zmq::socket_type::pull, setting.size);
                 zmq::socket_t out = make_socket(zmq::socket_type::push, setting.size);
                 bind(in, setting, board, "there");
                 bind(out, setting, board, "back");
                 pong(board, in, out);
             }}};
}

}  // namespace handoff::bench

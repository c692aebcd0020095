#include "bench/baselines/socket.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/baselines/contenders.hpp"

namespace handoff::bench {

zmq::context_t& context() {
    static auto* context = new zmq::context_t;
    return *context;
}

zmq::socket_t make_socket(zmq::socket_type type, std::size_t message_bytes) {
    zmq::socket_t socket(context(), type);
    // Room for 10,000 messages, as far as these are 16 MiB or less.
    const std::size_t messages = std::clamp<std::size_t>((16 << 20) / message_bytes, 16, 10'000);
    socket.set(zmq::sockopt::sndhwm, static_cast<int>(messages));
    socket.set(zmq::sockopt::rcvhwm, static_cast<int>(messages));
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, 200);
    return socket;
}

std::string zmq_version() {
    const auto [major, minor, patch] = zmq::version();
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

void bind(zmq::socket_t& socket, const Setting& setting, Board& board, const std::string& name) {
    socket.bind(setting.address(name));
    board.publish(name, socket.get(zmq::sockopt::last_endpoint));
}

void connect(zmq::socket_t& socket, Board& board, const std::string& name) {
    socket.connect(board.look_up(name));
}

void receive(zmq::socket_t& socket, zmq::message_t& message, Board& board) {
    if (!receive_until_over(socket, message, board)) throw std::runtime_error("ended too early");
}

bool receive_until_over(zmq::socket_t& socket, zmq::message_t& message, Board& board) {
    while (!socket.recv(message)) {
        if (board.over()) return false;
    }
    return true;
}

}  // namespace handoff::bench

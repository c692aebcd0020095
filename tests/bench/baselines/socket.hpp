#pragma once

#include <string>

#include <zmq.hpp>

#include "bench/frame/run.hpp"

/// What the baselines on ZeroMQ share: one way to make a socket.
namespace handoff::bench {

/// One context a process, never ended: a run's processes leave without winding up.
zmq::context_t& context();

/// A socket of that kind for messages of that size, whose receipts give up now and then, to see
/// whether the run is over.
zmq::socket_t make_socket(zmq::socket_type type, std::size_t message_bytes);

/// Binds it where this setting says and tells the board.
void bind(zmq::socket_t& socket, const Setting& setting, Board& board, const std::string& name);

/// Connects it to where that was bound.
void connect(zmq::socket_t& socket, Board& board, const std::string& name);

/// Waits for a message; throws when the run has failed meanwhile.
void receive(zmq::socket_t& socket, zmq::message_t& message, Board& board);

/// The same for whoever serves until the end: false when the run is over.
bool receive_until_over(zmq::socket_t& socket, zmq::message_t& message, Board& board);

}  // namespace handoff::bench

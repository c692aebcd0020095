#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/frame/board.hpp"
#include "handoff/config.hpp"
#include "handoff/endpoint.hpp"

namespace handoff::bench {

/// What a run is to do. A work sets what it means; the rest stays as it is.
struct Setting {
    Scheme transport = Scheme::ipc;
    Engine engine = Engine::managed;  ///< of ours
    bool curve = false;               ///< with keys
    std::size_t size = 100;           ///< bytes of an item
    std::uint64_t count = 0;          ///< items, or operations, that are timed
    std::uint64_t already = 0;        ///< items that are put before the time begins
    unsigned producers = 1;
    unsigned consumers = 1;
    Durability durability = Durability::memory;  ///< of our queues
    std::size_t batch = 0;  ///< bytes of one synced write, where a baseline is told
    unsigned many = 1;      ///< queues or clients or threads, where the work is about these
    bool text = false;      ///< Queue<std::string> rather than Queue<Bytes>
    std::string folder;     ///< for sockets in the file system; empty when the run begins
    std::string name;       ///< of the run, no other has it

    /// Where a manager or a baseline keeps what lasts.
    [[nodiscard]] std::string data() const { return folder + "/" + name + "-data"; }
    /// Where a socket of this transport listens; tcp takes a free port.
    [[nodiscard]] std::string address(const std::string& socket) const;
    /// Items of one producer.
    [[nodiscard]] std::uint64_t share() const noexcept { return count / producers; }
};

/// One of those who take part in a run: a process, or a thread over inproc.
struct Role {
    std::string name;
    std::function<void(Board&)> play;
    bool serves = false;  ///< leaves when all others have left
};

/// One way to do the work.
struct Contender {
    std::string name;
    std::function<std::vector<Role>(const Setting&)> roles;
    Setting setting;
    unsigned arrivals = 1;        ///< roles that call Board::arrived()
    bool gives_back = false;      ///< items may change hands meanwhile: order is not looked at
    bool checked_itself = false;  ///< another program, which compares each item on its own
};

/// Runs it once and verifies what arrived. Throws std::runtime_error if a role failed, if it took
/// longer than `limit`, or if an item is missing, double, damaged or out of order.
Outcome run(const Contender& contender, std::chrono::seconds limit);

/// Set by a signal handler: runs end at once, with an exception.
extern std::atomic<bool> interrupted;

}  // namespace handoff::bench

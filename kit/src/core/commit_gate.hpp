#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/messages.hpp"

namespace handoff::core {

/// A connection as the network room numbers them; never used again. 0: none.
using ConnectionId = std::uint64_t;

/// A message on its way out.
struct Outgoing {
    ConnectionId to = 0;
    Reply reply;
};

/// One run of the manager's loop. Changes of a turn are stored together.
using Turn = std::uint64_t;

/// Holds back what rests on durable changes that the store has not committed yet. What rests on
/// memory alone passes at once: a memory queue never waits for a disk.
///
/// Thread safety: none; one owner.
class CommitGate {
public:
    /// The turn that is being computed now; begins at 1.
    [[nodiscard]] Turn turn() const noexcept { return turn_; }

    /// Sends `message` as soon as turn `rests_on` is committed; 0: at once.
    void send(Outgoing message, Turn rests_on = 0);

    /// Ends the turn and begins the next; returns the number of the one that ended.
    Turn end_turn() noexcept { return turn_++; }

    /// The store has everything up to and including `turn`.
    void committed(Turn turn);

    /// A commit failed: what waits will never leave.
    void drop_waiting() noexcept { waiting_.clear(); }

    /// What may leave now, in the order in which it was allowed to.
    std::vector<Outgoing> take_ready() noexcept;

    [[nodiscard]] std::size_t waiting() const noexcept;

private:
    Turn turn_ = 1;
    Turn committed_ = 0;
    std::vector<Outgoing> ready_;
    std::map<Turn, std::vector<Outgoing>> waiting_;
};

}  // namespace handoff::core

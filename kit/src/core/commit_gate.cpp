#include "core/commit_gate.hpp"

#include <iterator>
#include <utility>

namespace handoff::core {

void CommitGate::send(Outgoing message, Turn rests_on) {
    if (rests_on > committed_) {
        waiting_[rests_on].push_back(std::move(message));
    } else {
        ready_.push_back(std::move(message));
    }
}

void CommitGate::committed(Turn turn) {
    if (turn <= committed_) return;
    committed_ = turn;
    const auto end = waiting_.upper_bound(turn);
    for (auto it = waiting_.begin(); it != end; ++it) {
        std::move(it->second.begin(), it->second.end(), std::back_inserter(ready_));
    }
    waiting_.erase(waiting_.begin(), end);
}

std::vector<Outgoing> CommitGate::take_ready() noexcept {
    return std::exchange(ready_, {});
}

std::size_t CommitGate::waiting() const noexcept {
    std::size_t messages = 0;
    for (const auto& [turn, held] : waiting_) messages += held.size();
    return messages;
}

}  // namespace handoff::core

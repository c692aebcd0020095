#include "core/manager_stored.hpp"

#include <algorithm>

namespace handoff::core::manager {
namespace {

/// Numbers are set aside ahead of their use, so that no delivery waits for it: more than one turn
/// can give.
constexpr Token tokens_ahead = Token{1} << 32;
constexpr QueueHandle handles_ahead = 1u << 16;

void reserve(State& state) {
    if (!state.settings.store) return;
    const bool enough = state.reserved.tokens_below - state.next_token > tokens_ahead / 2 &&
                        state.reserved.handles_below - state.next_queue > handles_ahead / 2;
    if (enough) return;
    state.reserved = {state.next_token + tokens_ahead, state.next_queue + handles_ahead};
    state.journal.add(Durability::fsync, state.reserved);
}

}  // namespace

void write_down(State& state, Desk& desk) {
    const Durability level = desk.queue.settings().durability;
    desk.queue.write_to(ItemJournal(state.journal, desk.handle, level));
}

void restore(State& state, const Recovered& recovered) {
    state.next_token = std::max(state.next_token, recovered.reserved.tokens_below);
    state.next_queue = std::max(state.next_queue, recovered.reserved.handles_below);
    // So that all of it counts as used up.
    state.reserved = {state.next_token, state.next_queue};
    for (const Recovered::Queue& queue : recovered.queues) {
        const QueueHandle handle = queue.made.queue;
        Desk& desk = state.desks
                         .try_emplace(handle, handle, queue.made.name,
                                      QueueSettings::from(queue.made.options))
                         .first->second;
        state.names.emplace(queue.made.name, handle);
        desk.queue.restore(queue, state.now());
        write_down(state, desk);
        look_at(state, desk);
    }
}

std::optional<Changes> take_changes(State& state) {
    reserve(state);
    state.store_room -= std::min<std::uint64_t>(state.store_room, state.journal.bytes());
    return state.journal.take(state.gate.turn());
}

}  // namespace handoff::core::manager

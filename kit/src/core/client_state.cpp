#include "core/client_state.hpp"

#include <cassert>

namespace handoff::core::client {

QueueState& queue_of(State& state, QueueRef ref) {
    assert(ref != 0 && ref <= state.queues.size());
    return state.queues[ref - 1];
}

const QueueState& queue_of(const State& state, QueueRef ref) {
    assert(ref != 0 && ref <= state.queues.size());
    return state.queues[ref - 1];
}

QueueState* find_queue(State& state, QueueHandle handle) {
    const auto found = state.handles.find(handle);
    return found == state.handles.end() ? nullptr : &queue_of(state, found->second);
}

Call* find_sent(State& state, RequestId request) {
    const auto found = state.sent.find(request);
    return found == state.sent.end() ? nullptr : &state.calls.at(found->second);
}

}  // namespace handoff::core::client

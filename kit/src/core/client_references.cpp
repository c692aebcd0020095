#include "core/client_references.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/client_calls.hpp"
#include "core/client_queues.hpp"
#include "core/objects/packed.hpp"

namespace handoff::core::client {
namespace {

constexpr std::size_t pairs_max = 4096;

/// One at a time: what is let go meanwhile goes together.
void send_let_go(State& state) {
    if (state.letting_go != 0 || state.loose.empty()) return;
    LetGo all;
    while (!state.loose.empty() && all.objects.size() < 2 * pairs_max) {
        const auto first = state.loose.extract(state.loose.begin());
        all.objects.push_back(first.key());
        all.objects.push_back(first.mapped());
    }
    Call& call = begin_call(state, Owner::machine, std::move(all), {});
    state.letting_go = call.id;
    enlist(state, call);
}

void loosen(State& state, ObjectHandle handle, std::uint64_t told) {
    if (told == 0) return;
    state.loose[handle] += told;
    send_let_go(state);
}

}  // namespace

void hold(State& state, const objects::Reference& object, std::uint64_t generation,
          std::uint64_t told) {
    HeldObject& held = state.held[{object.manager, object.object}];
    ++held.handles;
    if (generation == state.generation) held.told += told;
    const auto open = state.anonymous.find({object.manager, object.object});
    if (open != state.anonymous.end()) held.numbers.insert(open->second);
}

QueueRef refer(State& state, const objects::Reference& object) {
    const QueueRef ref = know_anonymous(state, object.kind, object.manager, object.object);
    hold(state, object, state.generation, 0);
    return ref;
}

void let_go(State& state, const objects::Reference& object, std::uint64_t handles) {
    const auto known = state.held.find({object.manager, object.object});
    if (known == state.held.end()) return;
    HeldObject& held = known->second;
    held.handles -= std::min(held.handles, handles);
    if (held.handles > 0) return;
    const HeldObject last = std::move(held);
    state.held.erase(known);
    for (const QueueRef ref : last.numbers) spare_number(state, queue_of(state, ref));
    loosen(state, object.object, last.told);
}

void told_in_vain(State& state, const Results& results) {
    for (const objects::Result& result : results.results) {
        for (const objects::Packed& value : result.values) {
            for (const objects::Reference& each :
                 objects::references_told(objects::payload_of(value))) {
                if (each.anonymous) loosen(state, each.object, 1);
            }
        }
    }
}

void told_in_vain(State& state, const ObjectOpened& opened) {
    loosen(state, opened.object, 1);
}

void let_go_done(State& state) {
    state.letting_go = 0;
    send_let_go(state);
}

void forget_told(State& state) {
    state.loose.clear();
    state.letting_go = 0;
    for (auto& [key, held] : state.held) held.told = 0;
    for (const QueueState& queue : state.queues) {
        if (queue.gone && queue.anonymous != 0) {
            state.anonymous.erase({queue.manager, queue.anonymous});
        }
    }
}

std::optional<objects::Reference> reference_of(const State& state, QueueRef ref) {
    const QueueState& queue = queue_of(state, ref);
    if (queue.handle == 0) return std::nullopt;
    return objects::Reference{queue.kind, queue.anonymous != 0, state.link.manager, queue.handle,
                              queue.name};
}

}  // namespace handoff::core::client

#include "core/client_queues.hpp"

#include <string_view>
#include <utility>

#include "core/client_calls.hpp"
#include "core/client_text.hpp"
#include "core/name.hpp"

namespace handoff::core::client {
namespace {

/// Calls `use` with the name of each option and both its values.
template <typename Options, typename Use>
void for_each_option(Options& one, const QueueOptions& other, Use use) {
    use("capacity", one.capacity, other.capacity);
    use("capacity_bytes", one.capacity_bytes, other.capacity_bytes);
    use("order", one.order, other.order);
    use("lease", one.lease, other.lease);
    use("deliveries_max", one.deliveries_max, other.deliveries_max);
    use("dead_letter", one.dead_letter, other.dead_letter);
    use("durability", one.durability, other.durability);
    use("key_window", one.key_window, other.key_window);
    use("keys_max", one.keys_max, other.keys_max);
}

/// The first option that both have set, and differently; empty if there is none.
std::string_view contradiction(const QueueOptions& one, const QueueOptions& other) {
    std::string_view found;
    for_each_option(one, other, [&](std::string_view name, const auto& mine, const auto& theirs) {
        if (found.empty() && mine && theirs && *mine != *theirs) found = name;
    });
    return found;
}

void add_options(QueueOptions& known, const QueueOptions& more) {
    for_each_option(known, more, [](std::string_view, auto& mine, const auto& theirs) {
        if (theirs) mine = theirs;
    });
}

QueueRef new_queue(State& state, const std::string& name) {
    const QueueRef ref = state.queues.size() + 1;
    state.queues.emplace_back().ref = ref;
    state.queues.back().name = name;
    state.queues.back().create = false;
    state.names.emplace(name, ref);
    return ref;
}

/// The queue of that name is another one than it was: handles to the old one are to notice.
QueueState& replace(State& state, QueueState& old) {
    queue_gone(state, old);
    QueueState& fresh = queue_of(state, new_queue(state, old.name));
    fresh.wanted = old.wanted;
    fresh.create = old.create;
    return fresh;
}

}  // namespace

QueueRef know_queue(State& state, const std::string& name, const QueueOptions& options,
                    bool create) {
    check_name(name);
    const auto known = state.names.find(name);
    QueueState& queue =
        queue_of(state, known != state.names.end() ? known->second : new_queue(state, name));
    if (std::exchange(queue.refused, false)) {  // that was somebody else's wish
        queue.wanted = {};
        queue.create = false;
    }
    // Of an open queue only the manager knows what is in force: somebody may have destroyed it.
    const std::string_view option =
        queue.handle != 0 ? std::string_view() : contradiction(queue.wanted, options);
    if (!option.empty()) {
        throw Error(errc::queue_mismatch, describe(state, Open{name, {}, create}) + ": its " +
                                              std::string(option) +
                                              " is not what this program has opened it with");
    }
    if (!queue.agreed) add_options(queue.wanted, options);
    queue.create = queue.create || create;
    return queue.ref;
}

void queue_gone(State& state, QueueState& queue) {
    queue.gone = true;
    const auto known = state.names.find(queue.name);
    if (known != state.names.end() && known->second == queue.ref) state.names.erase(known);
}

void check_queues(const State& state, const RequestBody& body) {
    for_each_queue(body, [&](QueueRef ref) {
        if (ref != 0 && ref <= state.queues.size()) return;
        throw Error(errc::invalid_argument,
                    "queue number " + std::to_string(ref) + " is none of this client's");
    });
}

void queue_opened(State& state, const Open& open, CallId by, const Opened& opened) {
    const auto known = state.names.find(open.name);
    if (known == state.names.end()) return;
    QueueState& asked = queue_of(state, known->second);
    if (asked.opener == by) asked.opener = 0;
    const bool replaced = asked.handle != 0 && asked.handle != opened.queue;
    QueueState& queue = replaced ? replace(state, asked) : asked;
    queue.agreed = true;
    queue.refused = false;
    add_options(queue.wanted, open.options);
    queue.handle = opened.queue;
    queue.in_force = opened.options;
    queue.in_memory = opened.options.durability.value_or(Durability::memory) == Durability::memory;
    state.handles[opened.queue] = queue.ref;
    for (const CallId id : std::exchange(queue.waiting, {})) {
        Call& call = state.calls.at(id);
        call.waits_for = 0;
        enlist(state, call);
    }
}

void queue_not_opened(State& state, const Open& open, CallId by, const Failed& why) {
    const auto known = state.names.find(open.name);
    if (known == state.names.end()) return;
    QueueState& queue = queue_of(state, known->second);
    if (queue.opener != by) return;
    queue.opener = 0;
    if (!queue.agreed && why.code == errc::queue_mismatch) {
        queue.wanted = {};  // it is there, and whoever asks next is not to suffer for it
    } else if (!queue.agreed) {
        // Those who have it go on asking for what they wanted: without its options it could be
        // made in memory, although it was to be durable.
        queue.refused = true;
    }
    if (queue.handle != 0) return;
    std::set<CallId> ended = queue.waiting;
    ended.insert(queue.line.begin(), queue.line.end());
    for (const CallId id : ended) {
        Call& call = state.calls.at(id);
        if (call.owner == Owner::nobody) ++state.refused_detached;
        complete(state, call, refused(state, call, why.code, why.text));
    }
}

}  // namespace handoff::core::client

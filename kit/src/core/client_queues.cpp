#include "core/client_queues.hpp"

#include <algorithm>
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

template <typename Options, typename Use>
void for_each_option(Options& one, const ObjectOptions& other, Use use) {
    use("count", one.count, other.count);
    use("ttl", one.ttl, other.ttl);
    use("action", one.action, other.action);
    use("entries_max", one.entries_max, other.entries_max);
    use("bytes_max", one.bytes_max, other.bytes_max);
    use("durability", one.durability, other.durability);
}

/// The first option that both have set, and differently; empty if there is none.
template <typename Options>
std::string_view contradiction(const Options& one, const Options& other) {
    std::string_view found;
    for_each_option(one, other, [&](std::string_view name, const auto& mine, const auto& theirs) {
        if (found.empty() && mine && theirs && *mine != *theirs) found = name;
    });
    return found;
}

template <typename Options>
void add_options(Options& known, const Options& more) {
    for_each_option(known, more, [](std::string_view, auto& mine, const auto& theirs) {
        if (theirs) mine = theirs;
    });
}

bool names(const RequestBody& body, QueueRef ref) {
    bool found = false;
    for_each_queue(body, [&](QueueRef each) { found = found || each == ref; });
    const auto* open = std::get_if<OpenObject>(&body);
    return found || (open != nullptr && open->object == ref);
}

/// A number that was spared, if no call that is left has it; else a new one.
QueueState& blank_queue(State& state) {
    if (!state.spare.empty()) {
        const QueueRef oldest = state.spare.front();
        state.spare.pop_front();
        const bool in_use =
            std::any_of(state.calls.begin(), state.calls.end(),
                        [&](const auto& each) { return names(each.second.body, oldest); });
        if (!in_use) {
            QueueState& queue = queue_of(state, oldest);
            const auto handle = state.handles.find(queue.handle);
            if (handle != state.handles.end() && handle->second == oldest) {
                state.handles.erase(handle);
            }
            queue = QueueState{};
            queue.ref = oldest;
            return queue;
        }
        state.spare.push_back(oldest);  // not to be in the way of others
    }
    QueueState& queue = state.queues.emplace_back();
    queue.ref = state.queues.size();
    return queue;
}

QueueRef new_queue(State& state, ObjectKind kind, const std::string& name) {
    const QueueRef ref = state.queues.size() + 1;
    QueueState& queue = state.queues.emplace_back();
    queue.ref = ref;
    queue.kind = kind;
    queue.name = name;
    queue.create = false;
    state.names.emplace(std::pair(kind, name), ref);
    return ref;
}

/// The queue of that name, which may be new.
QueueState& named(State& state, ObjectKind kind, const std::string& name) {
    const auto known = state.names.find({kind, name});
    QueueState& queue =
        queue_of(state, known != state.names.end() ? known->second : new_queue(state, kind, name));
    if (std::exchange(queue.refused, false)) {  // that was somebody else's wish
        queue.wanted = {};
        queue.object_wanted = {};
        queue.create = false;
    }
    return queue;
}

/// For what was found to be gone while it was asked for: what has come has its name now.
QueueState& another(State& state, ObjectKind kind, const std::string& name, bool create) {
    QueueState& queue = named(state, kind, name);
    queue.create = create;
    return queue;
}

/// Somebody wants it with these options as well, which have not been looked at yet if it is open:
/// of an open one only the manager knows what is in force, as somebody may have destroyed it.
template <typename Options>
void want(const State& state, QueueState& queue, Options& wanted, const Options& more,
          const RequestBody& open, errc mismatch) {
    const std::string_view option =
        queue.handle != 0 ? std::string_view() : contradiction(wanted, more);
    if (!option.empty()) {
        throw Error(mismatch, describe(state, open) + ": its " + std::string(option) +
                                  " is not what this program has opened it with");
    }
    if (!queue.agreed) add_options(wanted, more);
}

/// The queue of that name is another one than it was: handles to the old one are to notice.
QueueState& replace(State& state, QueueState& old) {
    queue_gone(state, old);
    QueueState& fresh = queue_of(state, new_queue(state, old.kind, old.name));
    fresh.wanted = old.wanted;
    fresh.object_wanted = old.object_wanted;
    fresh.create = old.create;
    return fresh;
}

/// It has this handle now; returns it, or the one that has taken its place.
QueueState& take_handle(State& state, QueueState& asked, CallId by, QueueHandle handle) {
    if (asked.opener == by) asked.opener = 0;
    const bool replaced = asked.handle != 0 && asked.handle != handle;
    QueueState& queue = replaced ? replace(state, asked) : asked;
    queue.agreed = true;
    queue.refused = false;
    queue.handle = handle;
    // One that was destroyed may be back after a loss of power, with what it knew of our puts.
    if (const QueueState* earlier = find_queue(state, handle)) {
        queue.next_position = std::max(queue.next_position, earlier->next_position);
    }
    state.handles[handle] = queue.ref;
    return queue;
}

void let_calls_go(State& state, QueueState& queue) {
    for (const CallId id : std::exchange(queue.waiting, {})) {
        Call& call = state.calls.at(id);
        call.waits_for = 0;
        enlist(state, call);
    }
}

}  // namespace

QueueRef know_queue(State& state, const std::string& name, const QueueOptions& options,
                    bool create) {
    check_name(name);
    QueueState& queue = named(state, ObjectKind::queue, name);
    want(state, queue, queue.wanted, options, Open{name, {}, create}, errc::queue_mismatch);
    queue.create = queue.create || create;
    return queue.ref;
}

QueueRef know_object(State& state, const std::string& name, ObjectKind kind,
                     const ObjectOptions& options, bool create) {
    const OpenObject open{name, kind, {}, create, 0};
    const std::string_view fault = name_fault(name);
    if (!fault.empty()) {
        throw Error(errc::invalid_argument,
                    describe(state, open) + ": the name of an object " + std::string(fault));
    }
    QueueState& object = named(state, kind, name);
    want(state, object, object.object_wanted, options, open, errc::object_mismatch);
    object.create = object.create || create;
    return object.ref;
}

QueueRef know_anonymous(State& state, ObjectKind kind, const ManagerId& manager,
                        ObjectHandle handle) {
    const auto known = state.anonymous.find({manager, handle});
    if (known != state.anonymous.end()) return known->second;
    QueueState& object = blank_queue(state);
    object.kind = kind;
    object.create = false;
    object.anonymous = handle;
    object.manager = manager;
    state.anonymous.emplace(ObjectKey{manager, handle}, object.ref);
    return object.ref;
}

void spare_number(State& state, QueueState& object) {
    queue_gone(state, object);
    state.spare.push_back(object.ref);
}

bool is_over(const State& state, const QueueState& queue) {
    if (queue.handle != 0) return false;
    return queue.gone || (queue.anonymous != 0 && queue.manager != state.link.manager);
}

void queue_gone(State& state, QueueState& queue) {
    queue.gone = true;
    if (queue.anonymous != 0) state.anonymous.erase({queue.manager, queue.anonymous});
    const auto known = state.names.find({queue.kind, queue.name});
    if (known != state.names.end() && known->second == queue.ref) state.names.erase(known);
}

void check_queues(const State& state, const RequestBody& body) {
    for_each_queue(body, [&](QueueRef ref) {
        if (ref != 0 && ref <= state.queues.size()) return;
        throw Error(errc::invalid_argument,
                    "queue number " + std::to_string(ref) + " is none of this client's");
    });
}

QueueState* asked_for(State& state, const RequestBody& body) {
    auto known = state.names.end();
    if (const auto* open = std::get_if<Open>(&body)) {
        known = state.names.find({ObjectKind::queue, open->name});
    } else if (const auto* object = std::get_if<OpenObject>(&body)) {
        if (object->object != 0) return &queue_of(state, object->object);
        known = state.names.find({object->kind, object->name});
    }
    return known == state.names.end() ? nullptr : &queue_of(state, known->second);
}

void queue_opened(State& state, const Open& open, CallId by, const Opened& opened) {
    QueueState* asked = asked_for(state, open);
    if (asked == nullptr) asked = &another(state, ObjectKind::queue, open.name, open.create);
    QueueState& queue = take_handle(state, *asked, by, opened.queue);
    add_options(queue.wanted, open.options);
    queue.in_force = opened.options;
    queue.in_memory = opened.options.durability.value_or(Durability::memory) == Durability::memory;
    let_calls_go(state, queue);
}

void object_opened(State& state, const OpenObject& open, CallId by, const ObjectOpened& opened) {
    QueueState* asked = asked_for(state, open);
    if (open.name.empty() && asked == nullptr) {
        asked =
            &queue_of(state, know_anonymous(state, open.kind, state.link.manager, opened.object));
    }
    if (asked == nullptr && open.object == 0) {
        asked = &another(state, open.kind, open.name, open.create);
    }
    if (asked == nullptr) return;
    QueueState& object = take_handle(state, *asked, by, opened.object);
    add_options(object.object_wanted, open.options);
    object.object_in_force = opened.options;
    object.in_memory = opened.options.durability.value_or(Durability::memory) == Durability::memory;
    let_calls_go(state, object);
}

void queue_not_opened(State& state, const RequestBody& body, CallId by, const Failed& why) {
    QueueState* asked = asked_for(state, body);
    if (asked == nullptr || asked->opener != by) return;
    QueueState& queue = *asked;
    queue.opener = 0;
    if (queue.anonymous != 0) return queue_gone(state, queue);
    if (!queue.agreed && (why.code == errc::queue_mismatch || why.code == errc::object_mismatch)) {
        queue.wanted = {};  // it is there, and whoever asks next is not to suffer for it
        queue.object_wanted = {};
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

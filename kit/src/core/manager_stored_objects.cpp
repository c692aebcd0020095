#include "core/manager_stored_objects.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/manager_objects.hpp"

namespace handoff::core::manager {
namespace {

using objects::Method;
using objects::Result;

/// What is stored of an object may have so many bytes more than twice those of its content.
constexpr std::size_t slack_bytes = 64u << 10;

Durability level_of(const Stand& stand) {
    return stand.options.durability.value_or(Durability::memory);
}

std::size_t bytes_of(const objects::Call& call) {
    constexpr std::size_t overhead = 48;
    std::size_t bytes = overhead + call.numbers.size() * sizeof(std::int64_t);
    for (const objects::Packed& value : call.values) bytes += sizeof(std::uint32_t) + value.size();
    return bytes;
}

void add(State& state, Stand& stand, std::uint64_t version, Time at, objects::Call call) {
    stand.stored_bytes += bytes_of(call);
    state.journal.object_changed(level_of(stand), {stand.handle, version, at, std::move(call)});
}

/// In place of all that was stored of it. The object skips the versions that this takes.
void store_anew(State& state, Stand& stand, Time at) {
    std::uint64_t version = stand.stored->version();
    state.journal.add(level_of(stand), ObjectRemade{stand.handle, version});
    stand.stored_bytes = 0;
    for (objects::Call& call : stand.stored->remake(at)) {
        add(state, stand, version++, at, std::move(call));
    }
    stand.stored->set_version(version);
}

/// It had this version before the call.
void note_change(State& state, Stand& stand, std::uint64_t version, Time at, objects::Call call) {
    if (stand.stored->version() == version) return;
    stand.changed_in = state.gate.turn();
    add(state, stand, version, at, std::move(call));
    const std::size_t content = stand.stored->report(0).bytes;
    if (stand.stored_bytes > 2 * content + slack_bytes) store_anew(state, stand, at);
}

/// Why there is no room for the values of a call; empty if there is.
std::optional<Result> no_room(State& state, const objects::Call& call) {
    if (call.values.empty()) return std::nullopt;
    if (state.journal.bytes() + bytes_of(call) <= state.store_room) return std::nullopt;
    state.journal.ask_for(Durability::os);  // whoever stores then says how much room there is
    return objects::failure(errc::store_full,
                            "no room is left where it is stored, but for the reserve");
}

}  // namespace

void store_object(State& state, Stand& stand) {
    if (level_of(stand) == Durability::memory) return;
    stand.stored = dynamic_cast<objects::Watched*>(stand.object.get());
    stand.changed_in = state.gate.turn();
    state.journal.add(level_of(stand),
                      ObjectMade{stand.handle, stand.name, stand.kind, stand.options});
}

void forget_object(State& state, const Stand& stand) {
    if (stand.stored == nullptr) return;
    state.journal.add(level_of(stand), ObjectGone{stand.handle});
    state.queue_gone_in = state.gate.turn();
}

std::optional<Result> call_stored(State& state, Stand& stand, objects::Context& context,
                                  const objects::Caller& caller, const objects::Call& call) {
    if (auto full = no_room(state, call)) return full;
    objects::Call kept;
    try {
        kept = stand.stored->to_store(context, call);
    } catch (const Error& error) {
        return objects::failure(error.code(), error.what());
    }
    const std::uint64_t version = stand.stored->version();
    std::optional<Result> result = stand.object->call(context, caller, call);
    note_change(state, stand, version, context.now.wall, std::move(kept));
    return result;
}

void advance_stored(State& state, Stand& stand, objects::Context& context) {
    const std::uint64_t version = stand.stored == nullptr ? 0 : stand.stored->version();
    stand.object->advance(context);
    if (stand.stored == nullptr) return;
    note_change(state, stand, version, context.now.wall, {stand.handle, Method::size, {}, {}});
}

void make_again(State& state, Stand& stand, const Recovered::Object& known) {
    stand.stored = dynamic_cast<objects::Watched*>(stand.object.get());
    objects::Context context = context_of(state);
    for (const ObjectChanged& change : known.changes) {
        stand.stored->set_version(change.version);
        context.now.wall = change.at;
        const auto result = stand.object->call(context, {0, 0, false}, change.call);
        stand.stored_bytes += bytes_of(change.call);
        if (result && result->code == errc::ok) continue;
        throw Error(errc::store_failed, describe(stand) + " cannot be made again from the store: " +
                                            (result ? result->text : "a call waits"));
    }
    stand.stored->set_version(std::max(stand.stored->version(), known.version));
    state.ended.clear();
}

}  // namespace handoff::core::manager

#include "core/manager_state.hpp"

#include <cassert>
#include <utility>

#include "core/name.hpp"

namespace handoff::core::manager {

Desk* find_desk(State& state, QueueHandle handle) {
    const auto it = state.desks.find(handle);
    return it == state.desks.end() ? nullptr : &it->second;
}

bool is_durable(const Desk& desk) noexcept {
    return desk.queue.settings().durability != Durability::memory;
}

Session& session_of(State& state, Holder number) {
    const auto it = state.sessions.find(number);
    assert(it != state.sessions.end());
    return it->second;
}

Visitor& visit(Session& session, Desk& desk) {
    const auto [it, first_time] = desk.visitors.try_emplace(session.number);
    if (first_time) session.visited.insert(desk.handle);
    return it->second;
}

void look_at(State& state, Desk& desk) {
    state.to_look_at.insert(desk.handle);
}

void changed(State& state, Desk& desk) {
    look_at(state, desk);
    if (is_durable(desk)) {
        desk.changed_in = state.gate.turn();
        state.journal.ask_for(desk.queue.settings().durability);
    }
}

void count_bytes(State& state, Desk& desk, std::uint64_t bytes) {
    state.items_bytes += bytes - std::exchange(desk.bytes, bytes);
}

namespace {

void send_what_was_kept(State& state, Holder session) {
    const auto kept = state.unhurried.extract(session);
    if (kept.empty()) return;
    state.unhurried_ends.erase(session);
    for (State::Unhurried& each : kept.mapped()) {
        state.gate.send(std::move(each.out), each.rests_on);
    }
}

}  // namespace

void send_unhurried(State& state, const Session& session, Reply reply, Turn rests_on,
                    Millis patience) {
    if (session.connection == 0) return;
    std::vector<State::Unhurried>& kept = state.unhurried[session.number];
    if (kept.empty()) {
        state.unhurried_ends.set(session.number, later(state.now().boot, patience));
    }
    kept.push_back({{session.connection, std::move(reply)}, rests_on});
}

void send_overdue(State& state) {
    while (const std::optional<Holder> session = state.unhurried_ends.pop_due(state.now().boot)) {
        send_what_was_kept(state, *session);
    }
}

void send(State& state, const Session& session, Reply reply, Turn rests_on) {
    if (session.connection == 0) return;
    if (!state.unhurried.empty()) send_what_was_kept(state, session.number);
    state.gate.send({session.connection, std::move(reply)}, rests_on);
}

std::string describe(const Desk& desk) {
    return "queue " + core::quoted(desk.name);
}

}  // namespace handoff::core::manager

#include "core/manager_leases.hpp"

#include "core/manager_answers.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_items.hpp"

namespace handoff::core::manager {
namespace {

SettleResult carry_out(State& state, Queue& queue, Holder holder, const Settle& settle,
                       Range tokens) {
    switch (settle.verb) {
        case Verb::ack: return queue.ack(holder, tokens);
        case Verb::release: return queue.release(holder, tokens, settle.delay, state.now());
        case Verb::bury: return queue.bury(holder, tokens, settle.reason, state.now());
        case Verb::extend: return queue.extend(holder, tokens, settle.lease, state.now());
        case Verb::giveback: return queue.give_back(holder, tokens, state.now());
    }
    return {0, {tokens}};
}

/// A lease may come and go without being stored; what becomes of an item may not.
bool changes_items(Verb verb) {
    return verb != Verb::extend && verb != Verb::giveback;
}

/// Whoever is told that he has an item for longer has it after a restart as well.
Turn turn_of_extension(State& state, const Desk& desk) {
    if (!is_durable(desk)) return 0;
    state.journal.ask_for(Durability::os);
    return state.gate.turn();
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request&, const Settle& settle) {
    Desk* desk = find_desk(state, settle.queue);
    if (desk == nullptr) return no_such_queue(state, settle.queue);
    if (!in_order(settle.tokens)) return failed(errc::invalid_argument, "tokens out of order");
    if (!sane(settle.delay, Millis{0})) return failed(errc::invalid_argument, "delay out of range");
    if (!sane(settle.lease)) return failed(errc::invalid_argument, "lease out of range");
    if (settle.cursor) move_cursor(state, session, *settle.cursor);

    Settled settled;
    settled.level = desk->queue.settings().durability;
    std::uint64_t done = 0;
    for (const Range tokens : settle.tokens) {
        const SettleResult result = carry_out(state, desk->queue, session.number, settle, tokens);
        done += result.done;
        settled.refused.insert(settled.refused.end(), result.refused.begin(), result.refused.end());
    }
    const auto visitor = desk->visitors.find(session.number);
    if (visitor != desk->visitors.end()) {
        forget_recall(*desk, visitor->second);
        if (settle.verb == Verb::giveback) note_giveback(visitor->second);
        if (done > 0) visitor->second.gave_back = settle.verb == Verb::giveback;
        review(state, *desk, session);
    }
    look_at(state, *desk);
    if (done > 0 && changes_items(settle.verb)) changed(state, *desk);
    Turn rests_on = desk->changed_in;
    if (done > 0 && settle.verb == Verb::extend) {
        rests_on = std::max(rests_on, turn_of_extension(state, *desk));
    }
    return Answer{std::move(settled), rests_on};
}

std::optional<Answer> handle(State& state, Session& session, const Request&,
                             const Heartbeat& heartbeat) {
    for (const Cursor& cursor : heartbeat.cursors) move_cursor(state, session, cursor);
    forget_answered(session, heartbeat.answered);
    return Answer{Alive{}, 0};
}

bool in_order(const std::vector<Range>& tokens) noexcept {
    Token last = 0;
    for (const Range range : tokens) {
        if (range.first <= last || range.last < range.first) return false;
        last = range.last;
    }
    return true;
}

}  // namespace handoff::core::manager

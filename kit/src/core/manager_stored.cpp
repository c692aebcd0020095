#include "core/manager_stored.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "core/manager_answers.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_objects.hpp"

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

std::optional<Failed> cannot_store(const State& state) {
    if (!state.settings.store_failure.empty()) {
        return Failed{errc::store_failed, state.settings.store_failure};
    }
    if (state.settings.store) return std::nullopt;
    return Failed{errc::unsupported,
                  "this manager keeps all in memory only: [manager] data names no folder"};
}

void write_down(State& state, Desk& desk) {
    const Durability level = desk.queue.settings().durability;
    desk.queue.write_to(ItemJournal(state.journal, desk.handle, level));
}

Turn ends_with_manager(State& state, Session& session) {
    session.never_stored = true;
    if (!session.stored) return session.known_in;
    // At a loss of power as well: what it has in memory is gone then.
    forget_session(state, session, Durability::fsync);
    return session.known_in = state.gate.turn();
}

Turn know_session(State& state, Session& session, const Desk& desk) {
    if (!is_durable(desk)) return ends_with_manager(state, session);
    if (session.stored || session.never_stored) return session.known_in;
    session.stored = true;
    session.known_in = state.gate.turn();
    state.journal.add(desk.queue.settings().durability,
                      SessionBegun{session.number, session.id, session.who});
    return state.gate.turn();
}

void forget_session(State& state, Session& session, Durability level) {
    if (!session.stored) return;
    session.stored = false;
    state.journal.add(level, SessionOver{session.number});
}

void puts_change(State& state, const Session& session, Desk& desk) {
    if (!session.stored || !is_durable(desk)) return;
    state.puts_changed.emplace(desk.handle, session.number);
    state.journal.ask_for(desk.queue.settings().durability);
    desk.changed_in = state.gate.turn();
}

void note_answer(State& state, Session& session, RequestId id, const KnownRequest& known,
                 Turn rests_on) {
    if (!session.stored || rests_on != state.gate.turn()) return;
    Answered answered{session.number, id, {}};
    if (const auto* handed = std::get_if<HandedOut>(&known.state)) {
        answered.answer = *handed;
    } else {
        const ReplyBody& body = std::get<Answer>(known.state).body;
        if (const auto* done = std::get_if<Done>(&body)) {
            answered.answer = *done;
        } else if (const auto* settled = std::get_if<Settled>(&body)) {
            answered.answer = *settled;
        } else {
            return;
        }
    }
    if (session.answers_over < session.done_below) {
        session.answers_over = session.done_below;
        state.journal.add(Durability::os, AnswersOver{session.number, session.done_below});
    }
    state.journal.add(Durability::os, std::move(answered));
}

namespace {

void note_puts(State& state) {
    for (const auto& [handle, holder] : state.puts_changed) {
        Desk* desk = find_desk(state, handle);
        const auto session = state.sessions.find(holder);
        if (desk == nullptr || session == state.sessions.end() || !session->second.stored) continue;
        const auto visitor = desk->visitors.find(holder);
        if (visitor == desk->visitors.end()) continue;
        PutsSeen seen = visitor->second.positions.seen();
        seen.session = holder;
        seen.queue = handle;
        state.journal.add(desk->queue.settings().durability, std::move(seen));
    }
    state.puts_changed.clear();
}

void restore_session(State& state, const Recovered::Session& known) {
    const Holder number = known.begun.session;
    state.next_session = std::max(state.next_session, number + 1);
    Session& session = state.sessions[number];
    session.number = number;
    session.id = known.begun.id;
    session.who = known.begun.who;
    session.heard = state.now().boot;
    session.stored = true;
    state.session_ids.emplace(session.id, number);
    state.session_ends.set(number, later(session.heard, state.limits().session_limit));
    for (const PutsSeen& puts : known.puts) {
        Desk* desk = find_desk(state, puts.queue);
        if (desk == nullptr) continue;
        Positions& positions = visit(session, *desk).positions;
        positions.restore(puts);
        session.refusals += positions.refusals();
    }
    for (auto& [handle, desk] : state.desks) {
        if (desk.queue.outstanding(number).items == 0) continue;
        visit(session, desk);
        desk.borrowers.insert(number);
        review(state, desk, session);
    }
    for (const Answered& answered : known.answers) remember_answer(session, answered);
}

}  // namespace

void restore(State& state, const Recovered& recovered) {
    state.next_token = std::max(state.next_token, recovered.reserved.tokens_below);
    state.next_queue = std::max(state.next_queue, recovered.reserved.handles_below);
    // So that all of it counts as used up.
    state.reserved = {state.next_token, state.next_queue};
    std::set<Holder> holders;
    for (const auto& each : recovered.sessions) holders.insert(each.begun.session);
    for (const Recovered::Queue& queue : recovered.queues) {
        const QueueHandle handle = queue.made.queue;
        Desk& desk = state.desks
                         .try_emplace(handle, handle, queue.made.name,
                                      QueueSettings::from(queue.made.options))
                         .first->second;
        state.names.emplace(queue.made.name, handle);
        desk.queue.restore(queue, holders, state.now());
        // Of sessions that are not known any more the store may still know what they were lent:
        // nobody is to have their numbers.
        for (const ItemsIn& in : queue.items) {
            state.next_session = std::max(state.next_session, in.loan.holder + 1);
        }
        write_down(state, desk);
        look_at(state, desk);
    }
    for (const Recovered::Object& object : recovered.objects) restore_object(state, object);
    for (const Recovered::Session& session : recovered.sessions) restore_session(state, session);
}

std::optional<Changes> take_changes(State& state) {
    reserve(state);
    note_puts(state);
    state.store_room -= std::min<std::uint64_t>(state.store_room, state.journal.bytes());
    return state.journal.take(state.gate.turn());
}

}  // namespace handoff::core::manager

#include "core/manager_answers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/manager_gets.hpp"
#include "core/manager_stored.hpp"
#include "core/manager_waiting.hpp"

namespace handoff::core::manager {
namespace {

/// What remembering any answer costs, in bytes, besides what it holds.
constexpr std::size_t answer_overhead = 256;

/// The longest that an answer is kept back.
constexpr Millis patience_max{1000};

std::size_t bytes_of(const ReplyBody& body) {
    if (const auto* failure = std::get_if<Failed>(&body)) return failure->text.size();
    if (const auto* settled = std::get_if<Settled>(&body)) {
        return settled->refused.size() * sizeof(Range);
    }
    if (const auto* results = std::get_if<Results>(&body)) {
        std::size_t bytes = 0;
        for (const objects::Result& each : results->results) {
            bytes += sizeof each + each.numbers.size() * sizeof(std::int64_t) + each.text.size();
            for (const Slice& value : each.values) bytes += value.owner_bytes();
        }
        return bytes;
    }
    if (const auto* opened = std::get_if<Opened>(&body)) {
        return opened->options.dead_letter ? opened->options.dead_letter->size() : 0;
    }
    return 0;
}

/// Items that were lent are remembered by their tokens: the queue still has the items themselves.
/// Those of one frame are consecutive.
HandedOut handed_out(const Deliver& deliver) {
    const Part& last = deliver.parts.back();
    return {
        deliver.queue, {deliver.parts.front().token, last.token + last.count - 1}, deliver.lease};
}

void forget(Session& session, std::map<RequestId, KnownRequest>::iterator known) {
    session.answer_bytes -= known->second.bytes;
    session.requests.erase(known);
}

void remember(Session& session, RequestId id, KnownRequest known) {
    const auto earlier = session.requests.find(id);
    if (earlier != session.requests.end()) forget(session, earlier);
    session.answer_bytes += known.bytes;
    session.requests.emplace(id, std::move(known));
}

}  // namespace

Answer failed(errc code, std::string text) {
    return {Failed{code, std::move(text)}, 0};
}

Answer no_such_queue(const State& state, QueueHandle handle) {
    return {Failed{errc::stale_reference,
                   "there is no queue " + std::to_string(handle) + "; it may have been destroyed"},
            state.queue_gone_in};
}

void answer(State& state, Session& session, RequestId id, Answer given, Millis patience) {
    KnownRequest known;
    known.bytes = answer_overhead + bytes_of(given.body);
    if (const auto* deliver = std::get_if<Deliver>(&given.body)) {
        known.state = handed_out(*deliver);
    } else {
        known.state = given;
    }
    if (session.stored) note_answer(state, session, id, known, given.rests_on);
    remember(session, id, std::move(known));
    const auto* settled = std::get_if<Settled>(&given.body);
    if (settled != nullptr && settled->refused.empty() && patience > Millis{0}) {
        send_unhurried(state, session, {id, std::move(given.body)}, given.rests_on,
                       std::min(patience, patience_max));
    } else {
        send(state, session, {id, std::move(given.body)}, given.rests_on);
    }
}

void remember_answer(Session& session, const Answered& answered) {
    KnownRequest known;
    known.bytes = answer_overhead;
    if (const auto* handed = std::get_if<HandedOut>(&answered.answer)) {
        known.state = *handed;
    } else if (const auto* settled = std::get_if<Settled>(&answered.answer)) {
        known.bytes += bytes_of(*settled);
        known.state = Answer{*settled, 0};
    } else {
        known.state = Answer{std::get<Done>(answered.answer), 0};
    }
    remember(session, answered.id, std::move(known));
}

void answer_harmless(State& state, Session& session, RequestId id, Answer given) {
    remember(session, id, {Harmless{}, answer_overhead});
    send(state, session, {id, std::move(given.body)}, given.rests_on);
}

bool answered_before(State& state, Session& session, RequestId id) {
    const auto known = session.requests.find(id);
    if (known == session.requests.end()) return false;
    const auto& what = known->second.state;
    if (std::holds_alternative<Ticket>(what)) return true;
    if (const auto* given = std::get_if<Answer>(&what)) {
        send(state, session, {id, given->body}, given->rests_on);
        return true;
    }
    const auto* handed = std::get_if<HandedOut>(&what);
    if (handed != nullptr && hand_out_again(state, session, id, *handed)) return true;
    forget(session, known);
    return false;
}

bool can_remember(const State& state, const Session& session) {
    return session.requests.size() < state.limits().requests_max &&
           session.answer_bytes < state.limits().session_bytes_max;
}

void forget_below(State& state, Session& session, RequestId id) {
    if (id <= session.done_below) return;
    session.done_below = id;
    while (!session.requests.empty() && session.requests.begin()->first < id) {
        const auto known = session.requests.begin();
        const auto* ticket = std::get_if<Ticket>(&known->second.state);
        if (ticket != nullptr) leave(state, *ticket);
        forget(session, known);
    }
}

void forget_answered(Session& session, const std::vector<Range>& ids) {
    for (const Range& range : ids) {
        auto known = session.requests.lower_bound(range.first);
        while (known != session.requests.end() && known->first <= range.last) {
            const auto it = known++;
            if (!std::holds_alternative<Ticket>(it->second.state)) forget(session, it);
        }
    }
}

}  // namespace handoff::core::manager

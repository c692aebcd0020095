#include "core/client_answers.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "core/client_calls.hpp"
#include "core/client_endings.hpp"
#include "core/client_objects.hpp"
#include "core/client_puts.hpp"
#include "core/client_queues.hpp"
#include "core/client_references.hpp"
#include "core/client_renewals.hpp"
#include "core/client_session.hpp"
#include "core/client_text.hpp"
#include "core/overload.hpp"

namespace handoff::core::client {
namespace {

/// So many are remembered. They are few: each was broken by somebody by hand.
constexpr std::size_t broken_holds_max = 1024;

/// A queue that is the only one of its call is the one that the manager does not know any more.
void note_stale(State& state, const Call& call, errc code) {
    if (code != errc::stale_reference || opens(call.body)) return;
    const std::vector<QueueRef> queues = queues_of(call.body);
    if (queues.size() == 1) queue_gone(state, queue_of(state, queues.front()));
}

void complete_refused(State& state, Call& call, errc code, const std::string& text) {
    note_stale(state, call, code);
    count_refused(state, call);
    complete(state, call, refused(state, call, code, text));
}

// ------------------------------------------------------------------ puts

void refuse_puts(State& state, const std::vector<Call*>& calls, const Failed& failed) {
    std::vector<CallId> ids;
    for (const Call* call : calls) ids.push_back(call->id);
    for (const CallId id : ids) {
        const auto call = state.calls.find(id);  // which may have gone with the one before it
        if (call != state.calls.end()) {
            complete_refused(state, call->second, failed.code, failed.text);
        }
    }
}

/// So often a put is sent again because something before it is missing, though nothing is.
constexpr unsigned gaps_max = 3;

/// The manager misses something that comes before these puts; it is as if they had not come. If
/// there is nothing before them any more, saying so is all that is needed. Else the way is free
/// when what is before them has ended; but a put that must not wait does not wait for that either.
void take_gap(State& state, const std::vector<Call*>& calls) {
    QueueState& queue = queue_of(state, put_of(*calls.front()).queue);
    if (is_front(state, *calls.front())) {
        if (++calls.front()->put.gaps <= gaps_max) return rewind_puts(state, queue);
        return refuse_puts(state, calls, {errc::gap, {}});
    }
    queue.gapped = true;
    for (Call* call : calls) {
        const bool hurries = call->wait.try_once && call->stage == Stage::sent;
        if (hurries) complete_refused(state, *call, errc::full, {});
    }
}

/// A message with puts was refused as a whole.
void take_refusal_of_puts(State& state, RequestId message, const Failed& failed) {
    const std::vector<Call*> calls = puts_in(state, message);
    if (calls.empty()) return;
    confirm(state.link, calls.front()->first_sent);
    if (failed.code == errc::gap) return take_gap(state, calls);
    refuse_puts(state, calls, failed);
}

void complete_put(State& state, Call& call) {
    for (const PutDone::Outcome& outcome : call.put.outcomes) {
        if (outcome.code == errc::ok) continue;
        const bool unknown = outcome.code == errc::outcome_unknown;
        return complete_refused(
            state, call, outcome.code,
            unknown ? "its queue was destroyed, perhaps after it had come in" : "");
    }
    complete(state, call, {errc::ok, {}, outcomes_for_caller(call)});
}

/// With a queue goes what its manager knew of its puts: what is sent again may have been in it.
PutDone::Outcome as_known(const Call& call, PutDone::Outcome outcome) {
    if (outcome.code == errc::stale_reference && call.put.repeated) {
        outcome.code = errc::outcome_unknown;
    }
    return outcome;
}

void take_outcome(State& state, QueueState& queue, const PutDone::Outcome& outcome) {
    if (outcome.code == errc::stale_reference) queue_gone(state, queue);
    auto it = queue.puts.upper_bound(outcome.positions.first);
    if (it != queue.puts.begin()) --it;
    while (it != queue.puts.end() && it->first <= outcome.positions.last) {
        Call& call = state.calls.at(it->second);
        const Position next = end_of(call);
        if (next > outcome.positions.first) {
            confirm(state.link, call.first_sent);
            note_outcome(call, as_known(call, outcome));
            if (has_all_outcomes(call)) complete_put(state, call);
        }
        it = queue.puts.lower_bound(next);  // that call may be gone, and others with it
    }
}

/// WITHDRAW is answered. Puts that its answer said nothing of never came.
void take_withdrawal(State& state, Call& withdrawal) {
    const Withdraw asked = std::get<Withdraw>(withdrawal.body);
    confirm(state.link, withdrawal.first_sent);
    forget(state, withdrawal);
    const QueueState& queue = queue_of(state, asked.queue);
    auto it = queue.puts.lower_bound(asked.positions.first);
    while (it != queue.puts.end() && it->first <= asked.positions.last) {
        Call& call = state.calls.at(it->second);
        const Position next = end_of(call);
        if (call.stage != Stage::sent) complete_refused(state, call, errc::cancelled, {});
        it = queue.puts.lower_bound(next);  // that call may be gone, and others with it
    }
}

void take_put_done(State& state, RequestId id, const PutDone& done) {
    // Handles and positions begin anew with a session, so an answer may be too late for its own.
    if (id < state.first_of_session) return;
    QueueState* queue = find_queue(state, done.queue);
    for (const PutDone::Outcome& outcome : done.outcomes) {
        if (queue == nullptr || queue->handle != done.queue) break;  // destroyed, and opened again
        if (outcome.code == errc::gap) return take_refusal_of_puts(state, id, {errc::gap, {}});
        take_outcome(state, *queue, outcome);
    }
    Call* call = find_sent(state, id);
    if (call != nullptr && std::holds_alternative<Withdraw>(call->body)) {
        take_withdrawal(state, *call);
    }
}

// ------------------------------------------------------------------ everything else

/// Items that nobody here waits for go back.
void give_back(State& state, const Deliver& delivery, Verb verb) {
    const QueueState* queue = find_queue(state, delivery.queue);
    if (queue == nullptr) return;
    Settle settle;
    settle.verb = verb;
    settle.queue = queue->ref;
    for (const Part& part : delivery.parts) {
        const Range tokens{part.token, part.token + part.count - 1};
        if (!settle.tokens.empty() && settle.tokens.back().last + 1 == tokens.first) {
            settle.tokens.back().last = tokens.last;
        } else {
            settle.tokens.push_back(tokens);
        }
    }
    enlist(state, begin_call(state, Owner::machine, std::move(settle), {}));
}

/// What comes by itself, if credit was said for its queue; false if not.
template <typename Body>
bool take_unsolicited(State& state, Body&& body) {
    const QueueState* queue = find_queue(state, body.queue);
    if (queue == nullptr || !queue->streams) return false;
    state.unsolicited.push_back({queue->ref, std::forward<Body>(body), state.silences});
    return true;
}

/// A stream ends under the number of the CREDIT that was answered long ago.
void take_end_of_stream(State& state, RequestId id, const Failed& failed) {
    for (QueueState& queue : state.queues) {
        if (queue.credit_request != id) continue;
        if (failed.code == errc::stale_reference) queue_gone(state, queue);
        state.unsolicited.push_back({queue.ref, failed, state.silences});
    }
}

/// The answer came so late that the leases in it are over.
bool wants_repeat(const Call& call, errc code) {
    return call.stage == Stage::sent && code == errc::lease_lapsed &&
           std::holds_alternative<Get>(call.body);
}

void take_refusal(State& state, Call& call, const Failed& failed) {
    if (wants_repeat(call, failed.code)) return begin_again(state, call);
    queue_not_opened(state, call.body, call.id, failed);
    if (std::holds_alternative<LetGo>(call.body)) let_go_done(state);
    note_refused(state, call, failed.code);
    complete_refused(state, call, failed.code, failed.text);
}

void take_results(State& state, Call& call, Results& results) {
    for (const objects::Result& result : results.results) {
        state.answered_bytes += result.text.size() + result.numbers.size() * sizeof(std::int64_t);
        for (const objects::Packed& value : result.values) state.answered_bytes += value.size();
    }
    const Calls& calls = std::get<Calls>(call.body);
    if (call.stage == Stage::abandoned) {
        give_back(state, calls, results);
        told_in_vain(state, results);
    }
    explain_results(call, results);
    const std::size_t count = std::min(calls.calls.size(), results.results.size());
    for (std::size_t at = 0; at < count; ++at) {
        const bool gone = results.results[at].code == errc::stale_reference &&
                          calls.calls[at].method != objects::Method::page;
        if (gone) queue_gone(state, queue_of(state, calls.calls[at].object));
    }
}

void take_answer(State& state, Call& call, ReplyBody body) {
    if (!answers(body, call.body)) {
        take_refusal(state, call, {errc::protocol, "the manager's answer is to another question"});
        return;
    }
    if (const Opened* opened = std::get_if<Opened>(&body)) {
        queue_opened(state, std::get<Open>(call.body), call.id, *opened);
    }
    if (const ObjectOpened* opened = std::get_if<ObjectOpened>(&body)) {
        const OpenObject& open = std::get<OpenObject>(call.body);
        const bool wanted = call.stage != Stage::abandoned;
        if (wanted || asked_for(state, open)) object_opened(state, open, call.id, *opened);
        if (!wanted && open.name.empty()) told_in_vain(state, *opened);
    }
    if (std::holds_alternative<LetGo>(call.body)) let_go_done(state);
    if (Results* results = std::get_if<Results>(&body)) take_results(state, call, *results);
    if (const Deliver* delivery = std::get_if<Deliver>(&body)) {
        if (call.stage == Stage::abandoned) give_back(state, *delivery, Verb::release);
    }
    if (const Destroy* destroy = std::get_if<Destroy>(&call.body)) {
        queue_gone(state, queue_of(state, destroy->queue));
    }
    if (const Settled* settled = std::get_if<Settled>(&body)) {
        if (!settled->refused.empty()) count_refused(state, call);
    }
    note_settled(state, call, body);
    for_each_queue(body, [&](std::uint64_t& handle) {
        const QueueState* queue = find_queue(state, handle);
        handle = queue == nullptr ? 0 : queue->ref;
    });
    if (ObjectOpened* opened = std::get_if<ObjectOpened>(&body)) {
        const QueueState* object = find_queue(state, opened->object);
        opened->object = object == nullptr ? 0 : object->ref;
    }
    complete(state, call, {errc::ok, {}, std::move(body)});
}

void take_failed(State& state, RequestId id, const Failed& failed) {
    if (failed.code == errc::not_welcomed) {
        // Another connection had taken our place, or the manager has forgotten this one.
        if (state.link.state == LinkState::welcomed) greet_again(state);
        return;
    }
    if (id == 0) {
        if (state.link.state == LinkState::greeting) end_refused(state, failed);
        return;
    }
    if (state.messages.count(id) > 0) return take_refusal_of_puts(state, id, failed);
    if (Call* call = find_sent(state, id)) {
        confirm(state.link, call->first_sent);
        take_refusal(state, *call, failed);
        return;
    }
    take_end_of_stream(state, id, failed);
}

void take_other(State& state, RequestId id, ReplyBody body) {
    Call* call = find_sent(state, id);
    if (call == nullptr) return;
    confirm(state.link, call->first_sent);
    take_answer(state, *call, std::move(body));
}

void take_event(State& state, const Event& event) {
    if (event.kind != Event::hold_broken || event.token == 0) return;
    state.broken_holds.insert(event.token);
    // Who has not asked about the oldest by now hears of it from the manager.
    if (state.broken_holds.size() > broken_holds_max) {
        state.broken_holds.erase(state.broken_holds.begin());
    }
}

void take_heartbeat_answer(State& state) {
    if (state.link.heartbeat) confirm(state.link, *state.link.heartbeat);
    state.link.heartbeat.reset();
}

}  // namespace

void take_reply(State& state, Reply reply) {
    state.link.heard = state.now;
    const RequestId id = reply.id;
    std::visit(Overload{
                   [&](Welcome& welcome) { take_welcome(state, welcome); },
                   [&](Failed& failed) { take_failed(state, id, failed); },
                   [&](PutDone& done) { take_put_done(state, id, done); },
                   [&](Alive& alive) {
                       if (id == 0) return take_heartbeat_answer(state);
                       take_other(state, id, alive);
                   },
                   [&](Deliver& delivery) {
                       if (id != 0) return take_other(state, id, std::move(delivery));
                       if (take_unsolicited(state, std::move(delivery))) return;
                       give_back(state, delivery, Verb::giveback);
                   },
                   [&](Recall& recall) { take_unsolicited(state, recall); },
                   [&](Event& event) { take_event(state, event); },
                   [&](auto& other) { take_other(state, id, std::move(other)); },
               },
               reply.body);
}

}  // namespace handoff::core::client

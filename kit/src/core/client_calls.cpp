#include "core/client_calls.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/client_puts.hpp"

namespace handoff::core::client {
namespace {

Share share_of(State& state, const Call& call) {
    if (const Put* put = std::get_if<Put>(&call.body)) {
        // One PUT of each queue may always be out. So a queue without room never keeps the items
        // of another from the manager, nor a commit that comes behind them.
        return queue_of(state, put->queue).puts.empty() ? Share::quick : Share::puts;
    }
    return may_wait(call.body) && !call.wait.try_once ? Share::waits : Share::quick;
}

/// What is said of credit and given back, and a question for a sign of life: with the session all
/// of that is void.
bool dies_with_session(const RequestBody& body) {
    const auto* settle = std::get_if<Settle>(&body);
    return std::holds_alternative<Credit>(body) || std::holds_alternative<Heartbeat>(body) ||
           (settle != nullptr && settle->verb == Verb::giveback);
}

bool is_counted(const Call& call) {
    return call.owner != Owner::machine && !dies_with_session(call.body);
}

void become_ready(State& state, Call& call) {
    set_aside(state, call);
    if (call.waits_for != 0) return;
    bool first = true;
    for_each_line(call.body, [&](QueueRef ref) {
        first = first && *queue_of(state, ref).line.begin() == call.id;
    });
    if (!first) return;
    call.ready_in = share_of(state, call);
    state.ready[static_cast<std::size_t>(*call.ready_in)].insert(call.id);
}

/// The caller has been told, or nobody waits.
void close_account(State& state, Call& call) {
    if (call.deadline != never) state.deadlines.erase({call.deadline, call.id});
    call.deadline = never;
    state.owed.erase(call.id);
    if (call.stage != Stage::abandoned && is_counted(call)) --state.pending;
}

/// No answer to this number is waited for any more.
void note_answered(State& state, RequestId request) {
    state.sent.erase(request);
    state.again.erase(request);
    if (state.sent.empty()) return forget_answered(state);
    const RequestId oldest = state.sent.begin()->first;
    if (request > oldest) state.answered.insert(request);
    for (std::set<RequestId>* ids : {&state.answered, &state.told}) {
        ids->erase(ids->begin(), ids->lower_bound(oldest));
    }
}

}  // namespace

void forget_answered(State& state) {
    state.answered.clear();
    state.told.clear();
    state.answered_bytes = 0;
}

Call& begin_call(State& state, Owner owner, RequestBody body, const Wait& wait) {
    const CallId id = state.next_call++;
    Call& call = state.calls[id];
    call.id = id;
    call.owner = owner;
    call.body = std::move(body);
    call.wait = wait;
    if (owner != Owner::caller) call.wait.until.reset();  // it is sent until it is answered
    call.begun = state.now;
    if (is_counted(call)) ++state.pending;
    if (owner == Owner::caller) {
        state.owed.insert(id);
        if (wait.until) {
            call.deadline = *wait.until;
            state.deadlines.emplace(call.deadline, id);
        }
    }
    return call;
}

void enlist(State& state, Call& call) {
    for_each_line(call.body, [&](QueueRef ref) { queue_of(state, ref).line.insert(call.id); });
    become_ready(state, call);
}

void look_at_line(State& state, QueueState& queue) {
    if (!queue.line.empty()) become_ready(state, state.calls.at(*queue.line.begin()));
}

void set_aside(State& state, Call& call) {
    if (call.ready_in) state.ready[static_cast<std::size_t>(*call.ready_in)].erase(call.id);
    call.ready_in.reset();
}

void leave_lines(State& state, Call& call) {
    set_aside(state, call);
    if (call.waits_for != 0) {
        queue_of(state, call.waits_for).waiting.erase(call.id);
        call.waits_for = 0;
    }
    for_each_line(call.body, [&](QueueRef ref) {
        QueueState& queue = queue_of(state, ref);
        queue.line.erase(call.id);
        look_at_line(state, queue);
    });
}

void complete(State& state, Call& call, Outcome outcome) {
    if (call.owner == Owner::caller && call.stage != Stage::abandoned) {
        state.completions.push_back(
            {call.id, std::move(outcome), state.generation, state.silences});
    }
    forget(state, call);
}

void complete_unanswered(State& state, Call& call, Outcome outcome) {
    if (call.stage == Stage::unsent) return complete(state, call, std::move(outcome));
    if (call.owner == Owner::caller) {
        state.completions.push_back(
            {call.id, std::move(outcome), state.generation, state.silences});
    }
    close_account(state, call);
    call.stage = Stage::abandoned;
    Put* put = std::get_if<Put>(&call.body);
    if (put == nullptr) return;
    put->items.bytes = {};
    if (is_front(state, call)) forget(state, call);
}

void begin_again(State& state, Call& call) {
    note_answered(state, call.request);
    call.request = 0;
    call.stage = Stage::unsent;
    enlist(state, call);
}

void forget(State& state, Call& call) {
    const CallId id = call.id;
    close_account(state, call);
    if (call.stage == Stage::unsent) {
        leave_lines(state, call);
    } else if (std::holds_alternative<Put>(call.body)) {
        put_is_over(state, call);
    } else {
        note_answered(state, call.request);
    }
    state.calls.erase(id);
}

}  // namespace handoff::core::client

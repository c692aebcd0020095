#include "core/client_endings.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/client_calls.hpp"
#include "core/client_references.hpp"
#include "core/client_renewals.hpp"
#include "core/client_sending.hpp"
#include "core/client_text.hpp"

namespace handoff::core::client {
namespace {

constexpr const char* restarted_text =
    "the manager has begun anew; what it kept in memory only is gone";

void end_call(State& state, Call& call, const Cause& cause) {
    complete_unanswered(state, call, unanswered(state, call, cause));
}

Cause why_stopped(const State& state, const Call& call, Ending ending) {
    const bool sent = call.stage != Stage::unsent;
    if (ending == Ending::cancelled) {
        return {ending, errc::cancelled, sent ? "cancelled, and no answer came" : "cancelled"};
    }
    if (sent) return {ending, errc::unreachable, "no answer came in time"};
    if (state.link.state == LinkState::welcomed) {
        return {ending, errc::unreachable, "no answer came in time: calls before it are not done"};
    }
    return {ending, errc::unreachable,
            "no answer came in time: there is no connection to a manager; is one running there?"};
}

void set_deadline(State& state, Call& call, Time deadline) {
    if (call.deadline != never) state.deadlines.erase({call.deadline, call.id});
    call.deadline = deadline;
    state.deadlines.emplace(deadline, call.id);
}

Cause refusal_of(const State& state) {
    const Failed& refusal = state.link.refusal;
    return {Ending::refused, refusal.code, "the manager refuses this client: " + refusal.text};
}

/// Whether `call` can tell its caller that the content of a queue is lost.
bool can_tell(const State& state, const Call& call) {
    if (call.owner != Owner::caller || call.stage == Stage::abandoned) return false;
    if (opens(call.body)) return false;
    const std::vector<QueueRef> queues = queues_of(call.body);
    return std::any_of(queues.begin(), queues.end(),
                       [&](QueueRef ref) { return queue_of(state, ref).must_tell; });
}

/// Calls of a session that is gone. What is only asked for is asked again in the next one.
void end_with_session(State& state, Call& call, const Cause& cause) {
    const bool goes_on = call.stage == Stage::unsent ? !settles(call.body) : opens(call.body);
    if (call.owner == Owner::machine || call.stage == Stage::abandoned) {
        forget(state, call);
    } else if (goes_on && !can_tell(state, call)) {
        call.stage = Stage::unsent;
        call.request = 0;
        call.waits_for = 0;
    } else {
        count_refused(state, call);
        complete(state, call, unanswered(state, call, cause));
    }
}

void forget_manager(State& state) {
    for (QueueState& queue : state.queues) {
        QueueState fresh;
        fresh.ref = queue.ref;
        fresh.kind = queue.kind;
        fresh.name = std::move(queue.name);
        fresh.wanted = std::move(queue.wanted);
        fresh.object_wanted = queue.object_wanted;
        fresh.agreed = queue.agreed;
        fresh.refused = queue.refused;
        fresh.create = queue.create;
        fresh.gone = queue.gone || (queue.anonymous != 0 && queue.agreed);
        fresh.anonymous = queue.anonymous;
        fresh.manager = queue.manager;
        fresh.in_memory = queue.in_memory;
        fresh.must_tell = queue.must_tell;
        queue = std::move(fresh);
    }
    state.handles.clear();
    forget_told(state);
    state.first_of_session = state.next_request;
    state.sent.clear();
    forget_answered(state);
    state.again.clear();
    for (std::set<CallId>& share : state.ready) share.clear();
}

}  // namespace

void stop_call(State& state, Call& call, Ending why) {
    if (call.stage == Stage::abandoned || call.owner != Owner::caller) return;
    if (call.stage == Stage::unsent) {
        end_call(state, call, why_stopped(state, call, why));
        return;
    }
    if (call.stage == Stage::asked) return;
    call.stage = Stage::asked;
    call.asked_for = why;
    set_deadline(state, call, later(state.now, state.settings.cancel_grace));
    send_inquiry(state, call);
}

void end_overdue(State& state) {
    while (!state.deadlines.empty() && state.deadlines.begin()->first <= state.now) {
        Call& call = state.calls.at(state.deadlines.begin()->second);
        if (call.stage == Stage::asked) {
            end_call(state, call, why_stopped(state, call, call.asked_for));
        } else {
            stop_call(state, call, Ending::deadline);
        }
    }
}

Time unreachable_at(const State& state) {
    if (state.owed.empty()) return never;
    const Call& oldest = state.calls.at(*state.owed.begin());
    return later(std::max(state.link.heard, oldest.begun), state.settings.unreachable_after);
}

void end_unreachable(State& state) {
    while (unreachable_at(state) <= state.now) {
        Call& oldest = state.calls.at(*state.owed.begin());
        // Should the manager be there after all, it need not do what nobody waits for any more.
        if (oldest.stage == Stage::sent) send_inquiry(state, oldest);
        end_call(state, oldest, {Ending::unreachable, errc::unreachable, text_of_silence(state)});
    }
}

void end_refused(State& state, const Failed& refusal) {
    state.log.write(LogLevel::error, "the manager refuses this client: " + refusal.text);
    state.link.state = LinkState::refused;
    state.link.refusal = refusal;
    while (!state.owed.empty()) refuse_call(state, state.calls.at(*state.owed.begin()));
}

void refuse_call(State& state, Call& call) {
    end_call(state, call, refusal_of(state));
}

void count_refused(State& state, const Call& call) {
    const auto* settle = std::get_if<Settle>(&call.body);
    const bool gives_back = settle != nullptr && settle->verb == Verb::giveback;
    if (call.owner == Owner::nobody && !gives_back) ++state.refused_detached;
}

bool tell_of_restart(State& state, Call& call) {
    if (!can_tell(state, call)) return false;
    for_each_queue(call.body, [&](QueueRef ref) { queue_of(state, ref).must_tell = false; });
    complete(state, call, refused(state, call, errc::manager_restarted, restarted_text));
    return true;
}

void forget_memory(State& state) {
    for (QueueState& queue : state.queues) {
        const bool lost = std::exchange(queue.in_memory, false) && !queue.gone;
        queue.must_tell = queue.must_tell || lost;
    }
}

void tell_unsent_of_restart(State& state) {
    std::set<QueueRef> told;
    for (auto it = state.calls.begin(); it != state.calls.end();) {
        Call& call = it->second;
        ++it;  // as this one may be gone
        if (call.stage != Stage::unsent || !can_tell(state, call)) continue;
        for_each_queue(call.body, [&](QueueRef ref) { told.insert(ref); });
        complete(state, call, refused(state, call, errc::manager_restarted, restarted_text));
    }
    for (const QueueRef ref : told) queue_of(state, ref).must_tell = false;
}

void end_session(State& state, bool manager_restarted) {
    ++state.generation;
    forget_renewals(state);
    const Cause cause =
        manager_restarted
            ? Cause{Ending::session_lost, errc::manager_restarted, restarted_text}
            : Cause{Ending::session_lost, errc::session_lost,
                    "the manager had not heard from this client for too long and ended its "
                    "session; what it held went back"};
    state.log.write(LogLevel::warning, cause.text);
    if (manager_restarted) forget_memory(state);
    std::set<QueueRef> told;
    for (auto it = state.calls.begin(); it != state.calls.end();) {
        const CallId id = it->first;  // which may be gone soon, and others with it
        // One that may have been done says only that.
        const Call& call = it->second;
        const bool tells =
            can_tell(state, call) && unanswered(state, call, cause).code == errc::manager_restarted;
        if (tells) {
            for_each_queue(it->second.body, [&](QueueRef ref) { told.insert(ref); });
        }
        end_with_session(state, it->second, cause);
        it = state.calls.upper_bound(id);
    }
    for (const QueueRef ref : told) queue_of(state, ref).must_tell = false;
    forget_manager(state);
    for (auto& [id, call] : state.calls) enlist(state, call);
}

}  // namespace handoff::core::client

#include "core/client_renewals.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/client_calls.hpp"

namespace handoff::core::client {
namespace {

using Entry = std::map<std::pair<QueueRef, Token>, Renewal>::iterator;

/// The most ranges of one message.
constexpr std::size_t ranges_max = 65'536;

Time span_of(const State& state, QueueRef queue, std::optional<Millis> lease) {
    const Millis of_queue = queue_of(state, queue).in_force.lease.value_or(Millis{0});
    return std::max<Time>(lease.value_or(of_queue), Millis{1});
}

/// `never`: it is under way, or over.
void set_due(State& state, Entry entry, Time due) {
    const auto& [queue, token] = entry->first;
    if (entry->second.due != never) state.renewals.erase({entry->second.due, queue, token});
    if (due != never) state.renewals.insert({due, queue, token});
    entry->second.due = due;
}

template <typename Use>
void for_each_renewed(State& state, QueueRef queue, const std::vector<Range>& tokens, Use use) {
    if (state.renewed.empty()) return;
    for (const Range& range : tokens) {
        Entry entry = state.renewed.lower_bound({queue, range.first});
        while (entry != state.renewed.end() && entry->first.first == queue &&
               entry->first.second <= range.last) {
            use(entry++);
        }
    }
}

void end_renewal(State& state, Entry entry) {
    set_due(state, entry, never);
    state.renewed.erase(entry);
}

void end_renewals(State& state, QueueRef queue, const std::vector<Range>& tokens) {
    for_each_renewed(state, queue, tokens, [&](Entry entry) { end_renewal(state, entry); });
}

/// Those of the first one's queue and time that are due, or will be before long.
Settle due_together(State& state, QueueRef queue, std::optional<Millis> lease) {
    const Time soon = later(state.now, span_of(state, queue, lease) / 6);
    Settle extend;
    extend.verb = Verb::extend;
    extend.queue = queue;
    extend.lease = lease;
    Entry entry = state.renewed.lower_bound({queue, 0});
    for (; entry != state.renewed.end() && entry->first.first == queue; ++entry) {
        if (entry->second.lease != lease || entry->second.due > soon) continue;
        const Token token = entry->first.second;
        const bool adjoins = !extend.tokens.empty() && extend.tokens.back().last + 1 == token;
        if (!adjoins && extend.tokens.size() == ranges_max) break;
        if (adjoins) {
            extend.tokens.back().last = token;
        } else {
            extend.tokens.push_back({token, token});
        }
        set_due(state, entry, never);  // one message about it at a time
    }
    return extend;
}

void note_extended(State& state, const Settle& extend, Time asked_at) {
    for_each_renewed(state, extend.queue, extend.tokens, [&](Entry entry) {
        entry->second.lease = extend.lease;
        const Time span = span_of(state, extend.queue, extend.lease);
        set_due(state, entry, later(asked_at, span / 3));
    });
}

}  // namespace

void renew_leases(State& state, QueueRef queue, Range tokens, std::optional<Millis> lease) {
    const Time due = later(state.now, span_of(state, queue, lease) / 3);
    for (Token token = tokens.first; token <= tokens.last; ++token) {
        const auto [entry, is_new] = state.renewed.insert({{queue, token}, {lease, never}});
        if (is_new) set_due(state, entry, due);
    }
}

void send_renewals(State& state) {
    if (state.link.state != LinkState::welcomed) return;
    while (renewals_due(state) <= state.now) {
        const auto [due, queue, token] = *state.renewals.begin();
        const std::optional<Millis> lease = state.renewed.at({queue, token}).lease;
        enlist(state, begin_call(state, Owner::machine, due_together(state, queue, lease), {}));
    }
}

Time renewals_due(const State& state) {
    // Without a connection nothing can be said; what is overdue is said with the next one.
    if (state.renewals.empty() || state.link.state != LinkState::welcomed) return never;
    return std::get<Time>(*state.renewals.begin());
}

void note_settled(State& state, const Call& call, const ReplyBody& answer) {
    if (state.renewed.empty()) return;
    if (const auto* commit = std::get_if<Commit>(&call.body)) {
        for (const Commit::Acks& acks : commit->acks) {
            end_renewals(state, acks.queue, acks.tokens);
        }
    } else if (const auto* settle = std::get_if<Settle>(&call.body)) {
        if (settle->verb != Verb::extend) return end_renewals(state, settle->queue, settle->tokens);
        note_extended(state, *settle, call.first_sent);
        if (const auto* settled = std::get_if<Settled>(&answer)) {
            end_renewals(state, settle->queue, settled->refused);
        }
    }
}

void note_refused(State& state, const Call& call, errc code) {
    const auto* settle = std::get_if<Settle>(&call.body);
    const bool ours = settle != nullptr && call.owner == Owner::machine;
    if (!ours || settle->verb != Verb::extend) return;
    if (code == errc::stale_reference) return end_renewals(state, settle->queue, settle->tokens);
    // It was not looked at, for a limit, say; there is time for another try.
    note_extended(state, *settle, state.now);
}

void forget_renewals(State& state) {
    state.renewed.clear();
    state.renewals.clear();
}

}  // namespace handoff::core::client

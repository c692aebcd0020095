#include "core/manager_object_stats.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "core/manager_rights.hpp"

namespace handoff::core::manager {
namespace {

constexpr std::uint32_t in_reply_max = 1000;

/// What one entry takes besides its texts, roughly.
constexpr std::size_t entry_bytes = 64;

std::string who_is(const State& state, Holder session) {
    const auto known = state.sessions.find(session);
    return known == state.sessions.end() ? std::string() : known->second.who;
}

Millis span(Time from, Time to) {
    return std::chrono::duration_cast<Millis>(std::max(to - from, Time::zero()));
}

ObjectStats::Hold hold_of(const State& state, const objects::Holding& holding) {
    const Time now = state.now().boot;
    ObjectStats::Hold hold;
    hold.session = holding.session;
    hold.who = who_is(state, holding.session);
    hold.token = holding.token;
    hold.count = holding.count;
    hold.shared = holding.shared;
    if (holding.since != never) hold.held_for = span(holding.since, now);
    if (holding.ends != never) hold.ttl_left = span(now, holding.ends);
    return hold;
}

/// The call at which its CALL has come to stand.
objects::Method method_of(const WaitingCalls& all) {
    return all.calls.calls[all.results.size()].method;
}

ObjectStats stats_of(const State& state, const Stand& stand, std::size_t people_max) {
    ObjectStats stats;
    stats.name = stand.name;
    stats.object = stand.handle;
    stats.kind = stand.kind;
    stats.options = stand.options;
    const objects::Report report = stand.object->report(people_max);
    stats.version = report.version;
    stats.count = report.count;
    stats.bytes = report.bytes;
    stats.held = report.held;
    stats.waiting = stand.waiting.size();
    for (const objects::Holding& holding : report.holders) {
        stats.holders.push_back(hold_of(state, holding));
    }
    for (const Ticket ticket : stand.waiting) {
        if (stats.waiters.size() >= people_max) break;
        const WaitingCall& call = state.waiting.at(ticket);
        stats.waiters.push_back({call.session, who_is(state, call.session),
                                 method_of(std::get<WaitingCalls>(call.what)),
                                 span(call.since, state.now().boot)});
    }
    return stats;
}

std::size_t bytes_of(const ObjectStats& stats) {
    std::size_t bytes = entry_bytes + stats.name.size();
    for (const auto& hold : stats.holders) bytes += entry_bytes + hold.who.size();
    for (const auto& wait : stats.waiters) bytes += entry_bytes + wait.who.size();
    return bytes;
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request&,
                             const Objects& wanted) {
    const std::size_t people_max = std::min(wanted.people_max, in_reply_max);
    ObjectsReply reply;
    if (!wanted.name.empty()) {
        const auto named = state.stand_names.find(wanted.name);
        if (named == state.stand_names.end()) return Answer{std::move(reply), 0};
        const Stand& stand = state.stands.at(named->second);
        if (may_know(state, session, stand)) {
            reply.objects.push_back(stats_of(state, stand, people_max));
        }
        return Answer{std::move(reply), 0};
    }
    const std::size_t most = std::clamp(wanted.objects_max, 1u, in_reply_max);
    std::size_t bytes = 0;
    auto next = state.stands.upper_bound(wanted.after);
    for (; next != state.stands.end() && reply.objects.size() < most; ++next) {
        if (bytes > state.limits().frame_bytes_max) break;
        if (!may_know(state, session, next->second)) continue;
        reply.objects.push_back(stats_of(state, next->second, people_max));
        bytes += bytes_of(reply.objects.back());
    }
    reply.more = next != state.stands.end();
    return Answer{std::move(reply), 0};
}

}  // namespace handoff::core::manager

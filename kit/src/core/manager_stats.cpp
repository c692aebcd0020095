#include "core/manager_stats.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_rights.hpp"

namespace handoff::core::manager {
namespace {

constexpr std::uint32_t queues_in_reply_max = 1000;

void add(StatsReply& reply, Turn& rests_on, const Desk& desk) {
    reply.queues.push_back(queue_stats(desk));
    rests_on = std::max(rests_on, desk.changed_in);
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request&, const Stats& stats) {
    if (stats.queues.size() > queues_in_reply_max) {
        return failed(errc::limit_exceeded, "STATS: more than 1000 queues");
    }
    StatsReply reply;
    Turn rests_on = 0;
    reply.manager = manager_stats(state);
    for (const QueueHandle handle : stats.queues) {
        const Desk* desk = find_desk(state, handle);
        if (desk != nullptr && may_know(state, session, *desk)) add(reply, rests_on, *desk);
    }
    if (stats.queues.empty()) {
        const std::size_t queues_max = std::clamp(stats.queues_max, 1u, queues_in_reply_max);
        auto next = state.names.upper_bound(stats.after);
        for (; next != state.names.end() && reply.queues.size() < queues_max; ++next) {
            const Desk& desk = *find_desk(state, next->second);
            if (may_know(state, session, desk)) add(reply, rests_on, desk);
        }
        reply.more = next != state.names.end();
    }
    return Answer{std::move(reply), rests_on};
}

ManagerStats manager_stats(const State& state) {
    ManagerStats stats;
    stats.manager = state.settings.id;
    stats.epoch = state.settings.epoch;
    stats.sessions = state.sessions.size();
    stats.sessions_lost = state.sessions_lost;
    stats.queues = state.desks.size();
    stats.objects = state.stands.size();
    stats.requests = state.requests;
    stats.frames_dropped = state.frames_dropped;
    stats.requests_refused = state.requests_refused;
    stats.uptime = std::chrono::duration_cast<Millis>(state.clock.uptime());
    return stats;
}

QueueStats queue_stats(const Desk& desk) {
    QueueStats stats = desk.queue.stats();
    stats.name = desk.name;
    stats.queue = desk.handle;
    stats.waiting_gets = desk.gets.size();
    stats.waiting_puts = desk.entrance.size();
    return stats;
}

}  // namespace handoff::core::manager

#include "public_stats.hpp"

#include <string>

#include "core/objects/make.hpp"

namespace handoff {
namespace {

std::string hexadecimal(const core::ManagerId& id) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : id) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

}  // namespace

QueueStats public_stats(const core::QueueStats& stats) {
    QueueStats queue;
    queue.name = stats.name;
    queue.options = stats.options;
    queue.closed = stats.closed;
    queue.ready = stats.ready;
    queue.leased = stats.leased;
    queue.delayed = stats.delayed;
    queue.dead = stats.dead;
    queue.bytes = stats.bytes;
    queue.waiting_gets = stats.waiting_gets;
    queue.waiting_puts = stats.waiting_puts;
    queue.puts = stats.puts;
    queue.deliveries = stats.deliveries;
    queue.redeliveries = stats.redeliveries;
    queue.acks = stats.acks;
    queue.releases = stats.releases;
    queue.lapses = stats.lapses;
    queue.buried = stats.buried;
    queue.expired = stats.expired;
    queue.purged = stats.purged;
    queue.dead_lettered = stats.dead_lettered;
    queue.duplicates = stats.duplicates;
    return queue;
}

ManagerStats public_stats(const core::StatsReply& reply) {
    ManagerStats manager;
    manager.manager = hexadecimal(reply.manager.manager);
    manager.epoch = reply.manager.epoch;
    manager.sessions = reply.manager.sessions;
    manager.sessions_lost = reply.manager.sessions_lost;
    manager.requests = reply.manager.requests;
    manager.frames_dropped = reply.manager.frames_dropped;
    manager.uptime = reply.manager.uptime;
    manager.objects = reply.manager.objects;
    manager.requests_refused = reply.manager.requests_refused;
    manager.queues.reserve(reply.queues.size());
    for (const core::QueueStats& queue : reply.queues)
        manager.queues.push_back(public_stats(queue));
    return manager;
}

ObjectStats public_stats(const core::ObjectStats& stats) {
    ObjectStats object;
    object.name = stats.name;
    object.kind = stats.kind;
    object.options = stats.options;
    object.version = stats.version;
    object.count = stats.count;
    object.bytes = stats.bytes;
    object.held = stats.held;
    object.waiting = stats.waiting;
    for (const core::ObjectStats::Hold& hold : stats.holders) {
        object.holders.push_back({hold.session, hold.who, hold.token, hold.count, hold.shared,
                                  hold.held_for, hold.ttl_left});
    }
    for (const core::ObjectStats::Wait& wait : stats.waiters) {
        object.waiters.push_back({wait.session, wait.who,
                                  std::string(core::objects::to_string(wait.method)), wait.waited});
    }
    return object;
}

}  // namespace handoff

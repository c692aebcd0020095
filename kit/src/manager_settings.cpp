#include "manager_settings.hpp"

#include <algorithm>

#include "os/host.hpp"

namespace handoff {

core::ManagerSettings manager_settings(const Config& config) {
    core::ManagerSettings settings;
    settings.id = random_id();
    settings.limits.heartbeat = config.manager.heartbeat;
    settings.limits.session_limit = config.manager.session_limit;
    // Longer than a client that is well is ever silent: else what it fetched and does not take yet
    // would go to and fro with each of its heartbeats.
    settings.limits.hold = std::max(std::min(core::Millis{2000}, config.manager.session_limit / 2),
                                    config.manager.heartbeat * 3 / 2);
    settings.limits.item_bytes_max = config.manager.item_bytes_max;
    settings.limits.frame_bytes_max = config.manager.frame_bytes_max;
    settings.limits.requests_max = config.manager.requests_max;
    settings.limits.session_bytes_max = config.manager.session_bytes_max;
    settings.sessions_max = config.manager.sessions_max;
    settings.queues_max = config.manager.queues_max;
    settings.watches_processes = config.manager.same_host;
    settings.objects_max = config.manager.objects_max;
    settings.waiters_max = config.manager.waiters_max;
    settings.key_sessions_max = config.manager.key_sessions_max;
    settings.items_bytes_max = config.manager.items_bytes_max;
    settings.queues = config.queues;
    settings.roles = config.roles;
    return settings;
}

net::RouterLimits router_limits(const Config& config) {
    // Beside its items, a message has a head; the longest have many ranges.
    constexpr std::size_t head_bytes_max = 1u << 20;
    net::RouterLimits limits;
    limits.message_bytes_max =
        std::max(config.manager.item_bytes_max, config.manager.frame_bytes_max) + head_bytes_max;
    // A connection has its own limit, and there is at least one.
    limits.unfinished_bytes_max = static_cast<std::size_t>(
        std::max<std::uint64_t>(config.manager.unfinished_bytes_max, limits.unfinished_of_one()));
    limits.handshake = config.manager.handshake_limit;
    limits.outbox_bytes_max = limits.message_bytes_max + config.manager.session_bytes_max;
    limits.silence_max = std::max(limits.silence_max, config.manager.session_limit);
    return limits;
}

wire::DecodeLimits decode_limits(const net::RouterLimits& limits) {
    wire::DecodeLimits decode;
    // What came through the socket may be too large for a queue; that is the machine's to say, as
    // only it can tell the producer which of its items are refused.
    decode.item_bytes_max = limits.message_bytes_max;
    return decode;
}

}  // namespace handoff

#include "config_roles.hpp"
#include "config_sources.hpp"
#include "config_values.hpp"
#include "core/name.hpp"
#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "queue_options.hpp"
#include "units.hpp"

namespace handoff {

namespace settings {

namespace {

/// Of two settings that contradict each other, the origin of the one that is to blame: the first,
/// unless only the second was given.
std::string where_of_two(const Origins& origins, const std::string& first,
                         const std::string& second) {
    const bool second_only = origins.contains(second) && !origins.contains(first);
    return where(origins, second_only ? second : first);
}

/// `name` is that of a queue or a role, in sections that have names.
void check_values(const Config& config, const Origins& origins, std::string_view section,
                  const std::string& name = {}) {
    for (const Key& key : keys()) {
        if (key.access.get == nullptr || key.section != section) continue;
        const std::string why = fault(key, key.access.get(config, name));
        if (why.empty()) continue;
        refuse(where(origins, setting_text(key, name)), why);
    }
}

/// Every producer of every direct queue needs an address of its own.
void check_routes(const Config& config, const Origins& origins) {
    std::map<std::string, std::string> taken;
    for (const auto& [name, route] : config.routes) {
        const std::string section = section_text("queues", name);
        const bool direct = route.engine == Engine::direct;
        if (direct && route.bind.empty()) {
            refuse(where(origins, section + " engine"),
                   "a direct queue needs addresses for its producers; name them in bind");
        }
        if (!direct && !route.bind.empty()) {
            refuse(where(origins, section + " bind"),
                   "only the producers of a direct queue bind; set engine = \"direct\" as well");
        }
        if (direct && !route.connect.empty()) {
            refuse(where(origins, section + " connect"),
                   "a direct queue has no manager; its producers serve at the addresses in bind");
        }
        for (const std::string& address : route.bind) {
            const auto [other, fresh] = taken.emplace(Endpoint::parse(address).text(), name);
            if (fresh) continue;
            refuse(where(origins, section + " bind"),
                   core::quoted(address) + " is an address of queue " +
                       core::quoted(other->second) +
                       " already; each producer of each queue needs one of its own");
        }
    }
}

void check_queues(const Config& config, const Origins& origins) {
    for (const std::string& name : queue_names(config)) {
        const std::string_view why = core::name_fault(name);
        if (!why.empty()) {
            refuse("[queues." + key_text(name) + "]", "the name of a queue " + std::string(why));
        }
        check_values(config, origins, "queues", name);
        const auto options = config.queues.find(name);
        if (options != config.queues.end() && options->second.dead_letter == name) {
            refuse(where(origins, section_text("queues", name) + " dead_letter"),
                   "a queue cannot be its own dead-letter queue");
        }
    }
}

void check_heartbeat(const ManagerConfig& manager, const Origins& origins) {
    const bool given = origins.contains("[manager] heartbeat");
    const auto heartbeat = given ? manager.heartbeat : fitting_heartbeat(manager);
    if (manager.session_limit >= 3 * heartbeat) return;
    refuse(where_of_two(origins, "[manager] session_limit", "[manager] heartbeat"),
           "session_limit (" + format_duration(manager.session_limit) +
               ") must be at least three times heartbeat (" + format_duration(heartbeat) + ")");
}

void check_session_bytes(const ManagerConfig& manager, const Origins& origins) {
    const auto check = [&](const std::string& name, std::uint64_t bytes) {
        if (bytes <= manager.session_bytes_max) return;
        refuse(where_of_two(origins, "[manager] session_bytes_max", "[manager] " + name),
               "session_bytes_max (" + format_size(manager.session_bytes_max) +
                   ") must be at least " + name + " (" + format_size(bytes) + ")");
    };
    check("item_bytes_max", manager.item_bytes_max);
    check("frame_bytes_max", manager.frame_bytes_max);
}

void check_reconnect(const ClientConfig& client, const Origins& origins) {
    if (client.reconnect_min <= client.reconnect_max) return;
    refuse(where_of_two(origins, "[client] reconnect_max", "[client] reconnect_min"),
           "reconnect_max (" + format_duration(client.reconnect_max) +
               ") must be at least reconnect_min (" + format_duration(client.reconnect_min) + ")");
}

void check_reach(const Config& config, const Origins& origins) {
    if (config.security.insecure) return;
    const auto check = [&](const std::string& setting, const std::vector<std::string>& addresses) {
        for (const std::string& address : addresses) {
            if (Endpoint::parse(address).local()) continue;
            refuse(where(origins, setting),
                   core::quoted(address) +
                       " can be reached from other hosts and nothing protects it; listen on ipc "
                       "or a loopback address, set mechanism = \"curve\" in [security], or accept "
                       "that by insecure = true there");
        }
    };
    if (config.security.mechanism == Mechanism::null) {
        check("[manager] listen", config.manager.listen);
    }
    // Producers that serve a queue themselves know no keys.
    for (const auto& [name, route] : config.routes) {
        check(section_text("queues", name) + " bind", route.bind);
    }
}

}  // namespace

std::string where(const Origins& origins, const std::string& setting) {
    const auto found = origins.find(setting);
    return found == origins.end() ? setting : found->second;
}

std::chrono::milliseconds fitting_heartbeat(const ManagerConfig& manager) {
    const bool by_default = manager.heartbeat == ManagerConfig{}.heartbeat;
    if (!by_default || manager.session_limit >= 3 * manager.heartbeat) return manager.heartbeat;
    return manager.session_limit / 4;
}

void check(const Config& config, const Origins& origins) {
    for (const std::string_view section : sections()) {
        if (!has_names(section)) check_values(config, origins, section);
    }
    check_queues(config, origins);
    for (const auto& [name, role] : config.roles) check_values(config, origins, "roles", name);
    check_roles(config, origins);
    check_routes(config, origins);
    check_heartbeat(config.manager, origins);
    check_session_bytes(config.manager, origins);
    check_reconnect(config.client, origins);
    check_reach(config, origins);
}

}  // namespace settings

void check_queue(const std::string& name, const QueueOptions& options) {
    Config config;
    config.queues.emplace(name, options);
    try {
        settings::check(config, {});
    } catch (const Error& error) {
        throw Error(errc::invalid_argument, error.what());
    }
}

}  // namespace handoff

#include "config_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include "config_roles.hpp"

namespace handoff::settings {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

template <typename Field>
Value to_value(const Field& field) {
    if constexpr (std::is_enum_v<Field>) {
        return static_cast<std::uint64_t>(field);
    } else {
        return field;
    }
}

template <typename Field>
Value to_value(const std::optional<Field>& field) {
    return field ? to_value(*field) : Value{};
}

template <typename Field>
void from_value(const Value& value, Field& field) {
    if constexpr (std::is_enum_v<Field>) {
        field = static_cast<Field>(std::get<std::uint64_t>(value));
    } else {
        field = std::get<Field>(value);
    }
}

template <typename Field>
void from_value(const Value& value, std::optional<Field>& field) {
    from_value(value, field.emplace());
}

/// A field of one of Config's sections.
template <auto Section, auto Field>
Value get_in(const Config& config, const std::string&) {
    return to_value(config.*Section.*Field);
}

template <auto Section, auto Field>
void set_in(Config& config, const std::string&, const Value& value) {
    from_value(value, config.*Section.*Field);
}

/// A field that each queue has.
template <auto Field>
Value get_of_queue(const Config& config, const std::string& name) {
    const auto found = config.queues.find(name);
    return found == config.queues.end() ? Value{} : to_value(found->second.*Field);
}

template <auto Field>
void set_of_queue(Config& config, const std::string& name, const Value& value) {
    from_value(value, config.queues[name].*Field);
}

/// The same, of how the queue travels.
template <auto Field>
Value get_of_route(const Config& config, const std::string& name) {
    const auto found = config.routes.find(name);
    if (found == config.routes.end() || found->second.*Field == decltype(QueueRoute{}.*Field){}) {
        return {};
    }
    return to_value(found->second.*Field);
}

template <auto Field>
void set_of_route(Config& config, const std::string& name, const Value& value) {
    QueueRoute& route = config.routes[name];
    from_value(value, route.*Field);
    // Said or not, it is the same.
    if (route == QueueRoute{.engine = Engine::managed}) config.routes.erase(name);
}

template <auto Field>
constexpr Access manager{get_in<&Config::manager, Field>, set_in<&Config::manager, Field>};
template <auto Field>
constexpr Access client{get_in<&Config::client, Field>, set_in<&Config::client, Field>};
template <auto Field>
constexpr Access security{get_in<&Config::security, Field>, set_in<&Config::security, Field>};
template <auto Field>
constexpr Access queue{get_of_queue<Field>, set_of_queue<Field>, true};
template <auto Field>
constexpr Access route{get_of_route<Field>, set_of_route<Field>};

constexpr Range between(std::uint64_t low, std::uint64_t high) {
    return {low, high};
}

constexpr Range between(milliseconds low, milliseconds high) {
    return {static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count())};
}

constexpr std::uint64_t kib = std::uint64_t{1} << 10;
constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

constexpr std::array<std::string_view, 3> orders{"fifo", "lifo", "priority"};
constexpr std::array<std::string_view, 3> durabilities{"memory", "os", "fsync"};
constexpr std::array<std::string_view, 3> engines{"managed", "direct", "nats"};
constexpr std::array<std::string_view, 2> mechanisms{"null", "curve"};

// clang-format off: a line for what a setting is, then one for each thing to know of it
constexpr std::array every_key{
    Key{.section = "manager",
        .name = "listen",
        .kind = Kind::listen,
        .access = manager<&ManagerConfig::listen>,
        .initial = "the default address",
        .meaning = "where the manager serves, one address or an array of them"},
    Key{.section = "manager",
        .name = "heartbeat",
        .kind = Kind::duration,
        .range = between(10ms, 60s),
        .access = manager<&ManagerConfig::heartbeat>,
        .meaning = "how often a client that has nothing else to say says that it lives"},
    Key{.section = "manager",
        .name = "session_limit",
        .kind = Kind::duration,
        .range = between(40ms, 24h),
        .access = manager<&ManagerConfig::session_limit>,
        .meaning = "a session silent for longer is dead, and what it held goes back"},
    Key{.section = "manager",
        .name = "item_bytes_max",
        .kind = Kind::size,
        .range = between(1, gib),
        .access = manager<&ManagerConfig::item_bytes_max>,
        .meaning = "the largest item; a larger one is refused"},
    Key{.section = "manager",
        .name = "frame_bytes_max",
        .kind = Kind::size,
        .range = between(4 * kib, 64 * mib),
        .access = manager<&ManagerConfig::frame_bytes_max>,
        .meaning = "how much is packed into one frame; a larger item travels alone"},
    Key{.section = "manager",
        .name = "sessions_max",
        .kind = Kind::count,
        .range = between(1, 1'000'000),
        .access = manager<&ManagerConfig::sessions_max>,
        .meaning = "sessions at once; further clients are refused"},
    Key{.section = "manager",
        .name = "requests_max",
        .kind = Kind::count,
        .range = between(1, 1'000'000),
        .access = manager<&ManagerConfig::requests_max>,
        .meaning = "unanswered requests of one session"},
    Key{.section = "manager",
        .name = "session_bytes_max",
        .kind = Kind::size,
        .range = between(64 * kib, 64 * gib),
        .access = manager<&ManagerConfig::session_bytes_max>,
        .meaning = "bytes that may wait in the manager for one session"},
    Key{.section = "manager",
        .name = "queues_max",
        .kind = Kind::count,
        .range = between(1, 10'000'000),
        .access = manager<&ManagerConfig::queues_max>,
        .meaning = "queues at once"},
    Key{.section = "manager",
        .name = "objects_max",
        .kind = Kind::count,
        .range = between(1, 10'000'000),
        .access = manager<&ManagerConfig::objects_max>,
        .meaning = "shared objects at once"},
    Key{.section = "manager",
        .name = "waiters_max",
        .kind = Kind::count,
        .range = between(1, 10'000'000),
        .access = manager<&ManagerConfig::waiters_max>,
        .meaning = "calls that wait at one queue or object"},
    Key{.section = "manager",
        .name = "key_sessions_max",
        .kind = Kind::count,
        .range = between(1, 1'000'000),
        .access = manager<&ManagerConfig::key_sessions_max>,
        .meaning = "sessions at once of clients that show one key"},
    Key{.section = "manager",
        .name = "items_bytes_max",
        .kind = Kind::size,
        .range = between(1, unlimited),
        .access = manager<&ManagerConfig::items_bytes_max>,
        .meaning = "payloads of all queues together; what would be more is refused"},
    Key{.section = "manager",
        .name = "unfinished_bytes_max",
        .kind = Kind::size,
        .range = between(1, unlimited),
        .access = manager<&ManagerConfig::unfinished_bytes_max>,
        .meaning = "bytes of messages that are not whole, in all tcp and ws connections together, "
                   "beyond which whoever sent most of them is cut; one connection may have twice "
                   "a frame's limit all the same"},
    Key{.section = "manager",
        .name = "handshake_limit",
        .kind = Kind::duration,
        .range = between(10ms, 10min),
        .access = manager<&ManagerConfig::handshake_limit>,
        .meaning = "a connection that has not said who it is within this is cut"},
    Key{.section = "manager",
        .name = "workers",
        .kind = Kind::count,
        .range = between(1, 1024),
        .access = manager<&ManagerConfig::workers>,
        .meaning = "threads that run methods of registered types, made when they are needed"},
    Key{.section = "manager",
        .name = "spin",
        .kind = Kind::flag,
        .access = manager<&ManagerConfig::spin>,
        .meaning = "wait awake for the next message while they come in quick succession"},
    Key{.section = "manager",
        .name = "same_host",
        .kind = Kind::flag,
        .access = manager<&ManagerConfig::same_host>,
        .meaning = "watch client processes of this host, whose deaths are noticed at once then"},
    Key{.section = "manager",
        .name = "data",
        .kind = Kind::folder,
        .access = manager<&ManagerConfig::data>,
        .initial = "none: in memory only",
        .meaning = "the folder in which durable queues are kept; it is made if need be"},
    Key{.section = "manager",
        .name = "data_reserve",
        .kind = Kind::size,
        .range = between(0, 64 * gib),
        .access = manager<&ManagerConfig::data_reserve>,
        .meaning = "room there that new items may not take, so that others can be acknowledged"},

    Key{.section = "client",
        .name = "connect",
        .kind = Kind::connect,
        .access = client<&ClientConfig::connect>,
        .initial = "what `listen` names, else the default address",
        .meaning = "where the manager is, one address or an array of alternatives"},
    Key{.section = "client",
        .name = "unreachable_after",
        .kind = Kind::duration,
        .range = between(10ms, 24h),
        .access = client<&ClientConfig::unreachable_after>,
        .meaning = "calls that wait fail when the manager has been silent for so long"},
    Key{.section = "client",
        .name = "linger",
        .kind = Kind::duration,
        .range = between(0ms, 24h),
        .access = client<&ClientConfig::linger>,
        .meaning = "how long a client that is destroyed goes on sending what it accepted"},
    Key{.section = "client",
        .name = "cancel_grace",
        .kind = Kind::duration,
        .range = between(0ms, 1h),
        .access = client<&ClientConfig::cancel_grace>,
        .meaning = "how long a call past its deadline asks whether it was done"},
    Key{.section = "client",
        .name = "reconnect_min",
        .kind = Kind::duration,
        .range = between(1ms, 1h),
        .access = client<&ClientConfig::reconnect_min>,
        .meaning = "the first pause between attempts to connect"},
    Key{.section = "client",
        .name = "reconnect_max",
        .kind = Kind::duration,
        .range = between(1ms, 1h),
        .access = client<&ClientConfig::reconnect_max>,
        .meaning = "the longest pause between attempts to connect"},
    Key{.section = "client",
        .name = "spin",
        .kind = Kind::flag,
        .access = client<&ClientConfig::spin>,
        .meaning = "the same for calls that wait for a manager over inproc"},

    Key{.section = "security",
        .name = "mechanism",
        .kind = Kind::word,
        .words = mechanisms,
        .words_supported = mechanisms.size(),
        .access = security<&SecurityConfig::mechanism>,
        .initial = "\"null\"",
        .meaning = "how the two sides of a tcp or ws connection prove who they are"},
    Key{.section = "security",
        .name = "manager_key",
        .kind = Kind::file,
        .access = security<&SecurityConfig::manager_key>,
        .initial = "none",
        .meaning = "the manager's secret key, which only the manager reads"},
    Key{.section = "security",
        .name = "manager_public_key",
        .kind = Kind::file,
        .access = security<&SecurityConfig::manager_public_key>,
        .initial = "none",
        .meaning = "its public key, by which clients know that they reach it"},
    Key{.section = "security",
        .name = "client_key",
        .kind = Kind::file,
        .access = security<&SecurityConfig::client_key>,
        .initial = "none",
        .meaning = "the client's secret key, which only clients read"},
    Key{.section = "security",
        .name = "clients",
        .kind = Kind::folder,
        .access = security<&SecurityConfig::clients>,
        .initial = "none",
        .meaning = "with the public keys (*.pub) of the clients that the manager lets in"},
    Key{.section = "security",
        .name = "insecure",
        .kind = Kind::flag,
        .access = security<&SecurityConfig::insecure>,
        .meaning = "accept listeners that other hosts can reach and nothing protects"},

    Key{.section = "queues",
        .name = "capacity",
        .kind = Kind::count,
        .range = between(1, unlimited),
        .access = queue<&QueueOptions::capacity>,
        .initial = "1_000_000",
        .meaning = "items, ready or not; a full queue makes its producers wait"},
    Key{.section = "queues",
        .name = "capacity_bytes",
        .kind = Kind::size,
        .range = between(1, unlimited),
        .access = queue<&QueueOptions::capacity_bytes>,
        .initial = "\"1GiB\"",
        .meaning = "the same in bytes of payload"},
    Key{.section = "queues",
        .name = "order",
        .kind = Kind::word,
        .words = orders,
        .words_supported = orders.size(),
        .access = queue<&QueueOptions::order>,
        .initial = "\"fifo\"",
        .meaning = "which ready item is handed out first"},
    Key{.section = "queues",
        .name = "lease",
        .kind = Kind::duration,
        .range = between(1ms, 365 * 24h),
        .access = queue<&QueueOptions::lease>,
        .initial = "\"30s\"",
        .meaning = "how long an item is lent unless the borrower says"},
    Key{.section = "queues",
        .name = "deliveries_max",
        .kind = Kind::count,
        .range = between(1, unlimited),
        .access = queue<&QueueOptions::deliveries_max>,
        .initial = "16",
        .meaning = "an item delivered so often and not acknowledged is dead"},
    Key{.section = "queues",
        .name = "dead_letter",
        .kind = Kind::queue,
        .access = queue<&QueueOptions::dead_letter>,
        .initial = "none: they stay",
        .meaning = "the queue to which dead items move"},
    Key{.section = "queues",
        .name = "durability",
        .kind = Kind::word,
        .words = durabilities,
        .words_supported = durabilities.size(),
        .access = queue<&QueueOptions::durability>,
        .initial = "\"memory\"",
        .meaning = "what a confirmed put survives"},
    Key{.section = "queues",
        .name = "key_window",
        .kind = Kind::duration,
        .range = between(1ms, 365 * 24h),
        .access = queue<&QueueOptions::key_window>,
        .initial = "\"10m\"",
        .meaning = "how long the key of a put is remembered; put again, it adds nothing"},
    Key{.section = "queues",
        .name = "keys_max",
        .kind = Kind::count,
        .range = between(1, 10'000'000),
        .access = queue<&QueueOptions::keys_max>,
        .initial = "100_000",
        .meaning = "how many keys are remembered, the newest; each costs its length and 150 bytes"},
    Key{.section = "queues",
        .name = "engine",
        .kind = Kind::word,
        .words = engines,
        .words_supported = 2,
        .access = route<&QueueRoute::engine>,
        .initial = "\"managed\"",
        .meaning = "what carries the queue"},
    Key{.section = "queues",
        .name = "bind",
        .kind = Kind::connect,
        .access = route<&QueueRoute::bind>,
        .initial = "none",
        .meaning = "where the producers of a direct queue serve"},
    Key{.section = "queues",
        .name = "connect",
        .kind = Kind::connect,
        .access = route<&QueueRoute::connect>,
        .initial = "that of `[client]`",
        .meaning = "where clients find the manager that has this queue, where there are several"},
    Key{.section = "queues",
        .name = "relax",
        .meaning = "promises that the queue's engine need not keep"},
};
// clang-format on

}  // namespace

std::span<const Key> keys() {
    static const std::vector<Key> all = [] {
        std::vector<Key> joined(every_key.begin(), every_key.end());
        joined.insert(joined.end(), role_keys().begin(), role_keys().end());
        return joined;
    }();
    return all;
}

/// Made before there are threads: a child that is forked while another thread of its parent makes
/// them would wait for that thread for ever.
[[maybe_unused]] const std::span<const Key> made_early = keys();

const Key* find_key(std::string_view section, std::string_view name) {
    const std::span<const Key> all = keys();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Key& key) {
        return key.section == section && key.name == name;
    });
    return found == all.end() ? nullptr : &*found;
}

bool has_names(std::string_view section) {
    return section == "queues" || section == "roles";
}

std::set<std::string> names_in(std::string_view section, const Config& config) {
    if (section == "queues") return queue_names(config);
    std::set<std::string> names;
    for (const auto& [name, role] : config.roles) names.insert(name);
    return names;
}

std::set<std::string> queue_names(const Config& config) {
    std::set<std::string> names;
    for (const auto& [name, options] : config.queues) names.insert(name);
    for (const auto& [name, route] : config.routes) names.insert(name);
    return names;
}

std::vector<std::string_view> sections() {
    std::vector<std::string_view> names;
    for (const Key& key : keys()) {
        if (names.empty() || names.back() != key.section) names.push_back(key.section);
    }
    return names;
}

}  // namespace handoff::settings

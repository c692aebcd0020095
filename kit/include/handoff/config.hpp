#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handoff {

/// Where a number has no upper bound it is this word, never 0 or -1 ("unlimited" in a file).
inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// The order in which a queue hands out what is ready.
enum class Order : std::uint8_t {
    fifo = 0,      ///< oldest first
    lifo = 1,      ///< newest first
    priority = 2,  ///< greatest priority first, oldest first within a priority
};

/// What a confirmed put survives.
enum class Durability : std::uint8_t {
    memory = 0,  ///< the death of its clients
    os = 1,      ///< also the death of the manager
    fsync = 2,   ///< also the loss of power
};

/// "memory", "os", "fsync".
[[nodiscard]] std::string_view to_string(Durability durability) noexcept;

/// What carries a queue.
enum class Engine : std::uint8_t { managed = 0, direct = 1, nats = 2 };

/// Settings of one queue. An unset field is no opinion: the manager's file decides, then the first
/// client to open the queue, then the default. A field that is set and differs from what is in
/// force is errc::queue_mismatch at open.
struct QueueOptions {
    std::optional<std::uint64_t> capacity{};           ///< items, ready or not; default 1,000,000
    std::optional<std::uint64_t> capacity_bytes{};     ///< payload bytes; default 1 GiB
    std::optional<Order> order{};                      ///< default fifo
    std::optional<std::chrono::milliseconds> lease{};  ///< a lease's time unless said; default 30 s
    std::optional<std::uint64_t> deliveries_max{};     ///< at this many an item is dead; default 16
    std::optional<std::string> dead_letter{};          ///< where dead items go; default: they stay
    std::optional<Durability> durability{};            ///< default memory
    /// A put whose key came in so recently is done already and adds no item; default 10 min.
    std::optional<std::chrono::milliseconds> key_window{};
    std::optional<std::uint64_t> keys_max{};  ///< keys remembered, the newest; default 100,000

    bool operator==(const QueueOptions&) const = default;
};

/// What carries a queue and where: a matter of the configuration alone, never of the code that
/// opens the queue.
struct QueueRoute {
    std::optional<Engine> engine{};  ///< default managed
    /// Engine::direct: where its producers serve, an address for each of them.
    std::vector<std::string> bind{};
    /// Engine::managed: alternative addresses of the manager that has the queue, where that is not
    /// the one of `[client] connect`.
    std::vector<std::string> connect{};

    bool operator==(const QueueRoute&) const = default;
};

/// `[manager]`: the server's side.
struct ManagerConfig {
    /// Endpoints to serve, any number at once; empty: default_endpoint().
    std::vector<std::string> listen{};
    /// How often a silent client says that it lives. Where three of the default do not fit into
    /// session_limit, Config::effective() takes a quarter of that instead.
    std::chrono::milliseconds heartbeat{1000};
    std::chrono::milliseconds session_limit{10000};  ///< a session silent for longer is dead
    std::uint64_t item_bytes_max = 16u << 20;        ///< a larger item is errc::too_large
    std::uint64_t frame_bytes_max = 256u << 10;      ///< clients pack items up to here
    std::uint64_t sessions_max = 4096;               ///< further clients are refused
    std::uint64_t requests_max = 4096;               ///< unanswered requests of one session
    std::uint64_t session_bytes_max = 64u << 20;     ///< bytes that wait here for one session
    std::uint64_t queues_max = 65536;                ///< queues of this manager
    std::uint64_t objects_max = 65536;               ///< shared objects of this manager
    std::uint64_t waiters_max = 65536;               ///< waiting calls of one queue or object
    std::uint64_t key_sessions_max = 1024;           ///< sessions of clients with one key
    std::uint64_t items_bytes_max = unlimited;       ///< payloads in all queues together
    /// Of messages that are not whole, in all tcp and ws connections; whoever sent most is cut.
    std::uint64_t unfinished_bytes_max = 256u << 20;
    std::chrono::milliseconds handshake_limit{5000};  ///< a connection says who it is within this
    std::uint64_t workers = 8;                        ///< threads for methods of registered types
    /// While messages come in quick succession, the manager's thread waits for the next one awake,
    /// for at most 150 µs at a time. Never where there is one core only, or others need this one.
    bool spin = true;
    /// Client processes of this host are watched, and missed within milliseconds of their death.
    /// False: as clients of other hosts, they are missed when silent for session_limit.
    bool same_host = true;
    std::string data{};                      ///< folder of durable queues; empty: there are none
    std::uint64_t data_reserve = 64u << 20;  ///< room there that is not for new items

    bool operator==(const ManagerConfig&) const = default;
};

/// `[client]`: everybody else's side.
struct ClientConfig {
    /// Alternative addresses of one manager; empty: every address of [manager] listen that a client
    /// can go to, and without one default_endpoint().
    std::vector<std::string> connect{};
    std::chrono::milliseconds unreachable_after{10000};  ///< silence that ends waiting calls
    std::chrono::milliseconds linger{5000};              ///< a destroyed client flushes so long
    std::chrono::milliseconds cancel_grace{500};         ///< so long a late call asks its outcome
    std::chrono::milliseconds reconnect_min{50};         ///< first pause between attempts
    std::chrono::milliseconds reconnect_max{2000};       ///< longest pause between attempts
    bool spin = true;  ///< as in ManagerConfig, of calls that wait over inproc

    bool operator==(const ClientConfig&) const = default;
};

/// How the two sides of a tcp or ws connection prove who they are.
enum class Mechanism : std::uint8_t {
    null = 0,  ///< not at all, and what they say is not encrypted
    curve = 1  ///< each by its key; whoever listens in learns and changes nothing (CurveZMQ)
};

/// `[security]`: who may reach a manager over a network; docs/security.md.
struct SecurityConfig {
    Mechanism mechanism = Mechanism::null;
    std::string manager_key{};         ///< file with the manager's secret key; manager only
    std::string manager_public_key{};  ///< file with its public key; clients only
    std::string client_key{};          ///< file with the secret key of this client; clients only
    /// Folder with the public keys (`*.pub`) of those who are let in; manager only. Changes count
    /// within a second.
    std::string clients{};
    /// Accepts a listener that other hosts can reach although nothing protects it.
    bool insecure = false;

    bool operator==(const SecurityConfig&) const = default;
};

/// `[roles.NAME]`: what clients with one of these keys may do. Names of queues and of shared
/// objects are patterns, in which `*` stands for any characters. With the first role, what no role
/// allows is refused to every client that has a key; without any, each may do all. docs/security.md
struct RoleOptions {
    /// Names of files in [security] clients, without `.pub`, also as patterns; or public keys.
    std::vector<std::string> keys{};
    std::vector<std::string> put{};      ///< put items, say that no more come; change objects
    std::vector<std::string> get{};      ///< take items and look at them; read objects
    std::vector<std::string> create{};   ///< make queues and objects
    std::vector<std::string> destroy{};  ///< destroy them
    std::vector<std::string> admin{};    ///< drop and revive items, take a lock from its holder

    bool operator==(const RoleOptions&) const = default;
};

/// All settings of a deployment: one TOML file that every host may share. The sources are, each
/// stronger than the one before: the values set in code, the file, the HANDOFF_* environment. Every
/// setting, its range and its meaning: docs/configuration.md.
///
/// Thread safety: as a plain value. load() reads the environment, which no other thread may be
/// changing meanwhile.
struct Config {
    ManagerConfig manager{};
    ClientConfig client{};
    SecurityConfig security{};
    std::map<std::string, QueueOptions> queues{};
    std::map<std::string, QueueRoute> routes{};  ///< of queues that are not simply the manager's
    std::map<std::string, RoleOptions> roles{};

    /// Reads `file` over the defaults, then the environment over both. Throws Error
    /// (errc::config_invalid) naming file, line and the nearest valid key; nothing else is touched.
    static Config load(const std::filesystem::path& file);

    /// The same over values set in code.
    static Config load(const std::filesystem::path& file, Config base);

    /// As load(file), with the file that HANDOFF_CONFIG names; without it, defaults and
    /// environment.
    static Config load();

    /// The same over values set in code.
    static Config load(Config base);

    /// Reads text as if it were the file called `name`; the environment is not consulted.
    static Config parse(const std::string& text, const std::string& name = "<text>");

    /// Throws errc::config_invalid if a value is out of range, an endpoint is malformed or two
    /// settings contradict each other, so that settings made in code get the errors of a file.
    void check() const;

    /// What Manager and Client go by: this, checked, with what it leaves open filled in. That is
    /// `manager.listen`, `client.connect`, and a heartbeat that fits the session limit.
    [[nodiscard]] Config effective() const;

    bool operator==(const Config&) const = default;
};

/// `ipc://$XDG_RUNTIME_DIR/handoff/main.sock`, else the same name in a directory of mode 0700 of
/// the user's own below the system's temporary directory. Creates nothing.
std::string default_endpoint();

}  // namespace handoff

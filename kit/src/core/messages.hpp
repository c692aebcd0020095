#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/objects/call.hpp"
#include "core/run.hpp"
#include "core/slice.hpp"
#include "core/time.hpp"
#include "handoff/config.hpp"
#include "handoff/error.hpp"

/// Every message of protocol version 1 as a plain struct. docs/protocol.md says what each means and
/// which answers it can get; wire/ turns bytes into these structs and back. Times on the wire are
/// milliseconds.
namespace handoff::core {

using SessionId = std::array<std::uint8_t, 16>;  ///< random; appears in HELLO only
using ManagerId = std::array<std::uint8_t, 16>;  ///< random, of one life of a manager
using RequestId = std::uint64_t;                 ///< 1, 2, 3 … within a session; 0: no request
using QueueHandle = std::uint64_t;  ///< one incarnation of a queue; never used again. 0: none
using Token = std::uint64_t;        ///< one delivery of one item; only grows
using Position = std::uint64_t;     ///< 1, 2, 3 … of a session's puts to one queue

inline constexpr std::uint32_t protocol_version = 1;

/// What an item may bring besides its payload, in bytes.
inline constexpr std::size_t key_bytes_max = 1024;
inline constexpr std::size_t headers_bytes_max = 64u << 10;
inline constexpr std::size_t trace_bytes_max = 1024;

/// First to last, both included.
struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool operator==(const Range&) const = default;
    [[nodiscard]] std::uint64_t count() const noexcept { return last - first + 1; }
};

// ------------------------------------------------------------------ client to manager

struct Hello {
    std::uint32_t role = 1;  ///< 1: client
    std::uint32_t version_min = protocol_version;
    std::uint32_t version_max = protocol_version;
    std::uint64_t features_optional = 0;
    std::uint64_t features_required = 0;
    std::optional<SessionId> resume;      ///< the session to go on with, if there is one
    SessionId fresh{};                    ///< the id of a new one, should that not be possible
    std::uint32_t connection_number = 0;  ///< grows with each HELLO of a client
    std::string boot_id;                  ///< of the client's machine; empty: not told
    std::uint64_t pid_namespace = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_time = 0;  ///< of the process, in clock ticks since boot
    std::string name;              ///< for people: shown in stats
    std::string user{};            ///< the key that its connection has shown; not sent, but seen
    std::vector<std::string> user_names{};  ///< of the files that hold that key; likewise
    bool operator==(const Hello&) const = default;
};

/// Tokens of one queue up to and including which the application has taken held items.
struct Cursor {
    QueueHandle queue = 0;
    Token token = 0;
    bool operator==(const Cursor&) const = default;
};

struct Heartbeat {
    std::vector<Cursor> cursors;
    std::vector<Range> answered{};  ///< ids whose answers have come, above `done_below`
    bool operator==(const Heartbeat&) const = default;
};
struct Goodbye {
    bool operator==(const Goodbye&) const = default;
};
struct Cancel {
    RequestId target = 0;
    bool operator==(const Cancel&) const = default;
};

struct Open {
    std::string name;
    QueueOptions options;
    bool create = true;  ///< false: errc::stale_reference if there is no such queue
    bool operator==(const Open&) const = default;
};

/// One set of columns holds for all items of a PUT.
struct Columns {
    std::int32_t priority = 0;
    Millis delay{0};
    std::optional<Millis> time_to_live;
    std::string key;  ///< idempotence key; then the PUT has one item. Empty: none
    Slice headers;    ///< a msgpack map, passed through untouched. Empty: none
    Slice trace;      ///< trace context, passed through untouched. Empty: none
    bool operator==(const Columns&) const = default;

    /// What each item brings besides its payload, in bytes.
    [[nodiscard]] std::size_t notes_bytes() const noexcept {
        return key.size() + headers.size() + trace.size();
    }
};

struct Put {
    QueueHandle queue = 0;
    Position first = 0;
    Position lowest_unconfirmed = 0;  ///< below it the client waits for no answer
    Columns columns;
    Run items;
    bool operator==(const Put&) const = default;
};
/// Takes back what still waits of these positions; answered by PUT_DONE.
struct Withdraw {
    QueueHandle queue = 0;
    Range positions;
    bool operator==(const Withdraw&) const = default;
};

struct Get {
    std::vector<QueueHandle> queues;
    std::uint32_t items_max = 1;
    std::optional<Millis> lease;  ///< else the queue's
    bool operator==(const Get&) const = default;
};
/// Sets what a streaming consumer may hold: items are delivered until its session has so many of
/// this queue unacknowledged, in whatever way it got them.
struct Credit {
    QueueHandle queue = 0;
    std::uint32_t items = 0;  ///< 0: no more deliveries
    std::uint64_t bytes = 0;
    std::optional<Millis> lease;
    std::optional<Cursor> cursor;
    bool operator==(const Credit&) const = default;
};

/// What can be done with delivered items, by ranges of their tokens.
enum class Verb : std::uint8_t {
    ack,       ///< done: the item leaves
    release,   ///< back to its old place, after `delay`
    bury,      ///< dead, for `reason`
    extend,    ///< the lease runs for `lease` from now
    giveback,  ///< held and never taken by the application: back, uncounted
};
struct Settle {
    Verb verb = Verb::ack;
    QueueHandle queue = 0;
    std::vector<Range> tokens;
    Millis delay{0};
    std::optional<Millis> lease;
    std::string reason;
    std::optional<Cursor> cursor;
    bool operator==(const Settle&) const = default;
};

/// Acks and puts on queues of this manager, done wholly or not at all.
struct Commit {
    struct Acks {
        QueueHandle queue = 0;
        std::vector<Range> tokens;
        bool operator==(const Acks&) const = default;
    };
    struct Puts {
        QueueHandle queue = 0;
        Columns columns;
        Run items;
        bool operator==(const Puts&) const = default;
    };
    std::vector<Acks> acks;
    std::vector<Puts> puts;
    bool operator==(const Commit&) const = default;
};

struct Close {
    QueueHandle queue = 0;
    bool now = false;  ///< also drop what is ready, delayed or waiting
    bool operator==(const Close&) const = default;
};
/// Waits until nothing is ready, leased or delayed; errc::empty if that does not happen in time.
struct Join {
    QueueHandle queue = 0;
    bool operator==(const Join&) const = default;
};

/// The state of an item within its queue.
enum class ItemState : std::uint8_t { ready = 0, leased = 1, delayed = 2, dead = 3 };

struct Peek {
    QueueHandle queue = 0;
    ItemState state = ItemState::ready;
    std::uint32_t items_max = 1;
    bool operator==(const Peek&) const = default;
};
/// Removes what is ready, delayed and (if `dead`) dead; leased items stay.
struct Purge {
    QueueHandle queue = 0;
    bool dead = true;
    bool operator==(const Purge&) const = default;
};
/// Makes dead items ready again, oldest first.
struct Kick {
    QueueHandle queue = 0;
    std::uint64_t items_max = unlimited;
    bool operator==(const Kick&) const = default;
};
struct Destroy {
    QueueHandle queue = 0;
    bool operator==(const Destroy&) const = default;
};
struct Stats {
    std::vector<QueueHandle> queues;  ///< empty: every queue whose name comes after `after`
    std::string after;
    std::uint32_t queues_max = 1000;
    bool operator==(const Stats&) const = default;
};
/// The handle of a shared object, which is made if there is none.
struct OpenObject {
    std::string name;  ///< empty: an anonymous one
    ObjectKind kind = ObjectKind::lock;
    ObjectOptions options;
    bool create = true;
    objects::ObjectHandle object = 0;  ///< not 0: the one that a reference names
    bool operator==(const OpenObject&) const = default;
};
/// What shared objects there are: numbers for people and monitors.
struct Objects {
    std::string name;  ///< this one alone; empty: every one whose handle is above `after`
    objects::ObjectHandle after = 0;
    std::uint32_t objects_max = 1000;
    std::uint32_t people_max = 16;  ///< of each object, holders and calls that wait
    bool operator==(const Objects&) const = default;
};
/// Calls of methods, carried out one after the other.
struct Calls {
    std::vector<objects::Call> calls;
    bool stop = false;  ///< when one fails, those behind it are not done
    bool operator==(const Calls&) const = default;
};
/// Flat: the handle of an object that the client has no use of any more, and how often it was told
/// of it since it let it go last.
struct LetGo {
    std::vector<std::uint64_t> objects;
    bool operator==(const LetGo&) const = default;
};
/// An opcode that this version does not know; answered errc::unsupported.
struct UnknownRequest {
    std::uint64_t opcode = 0;
    bool operator==(const UnknownRequest&) const = default;
};

using RequestBody = std::variant<Hello, Heartbeat, Goodbye, Cancel, Open, Put, Withdraw, Get,
                                 Credit, Settle, Commit, Close, Join, Peek, Purge, Kick, Destroy,
                                 Stats, OpenObject, Objects, Calls, LetGo, UnknownRequest>;

struct Request {
    RequestId id = 0;
    RequestId done_below = 0;         ///< the client waits for no answer below this id
    std::optional<Millis> remaining;  ///< how long to wait; absent: without limit; 0: not at all
    Slice trace;                      ///< trace context of the request itself. Empty: none
    RequestBody body;
    bool operator==(const Request&) const = default;
};

// ------------------------------------------------------------------ manager to client

/// What a client must know of its manager.
struct Limits {
    Millis heartbeat{1000};
    Millis session_limit{10000};
    Millis hold{2000};
    std::uint64_t item_bytes_max = 16u << 20;
    std::uint64_t frame_bytes_max = 256u << 10;
    std::uint64_t requests_max = 4096;
    std::uint64_t session_bytes_max = 64u << 20;
    bool operator==(const Limits&) const = default;
};

struct Welcome {
    std::uint32_t version = protocol_version;
    std::uint64_t features = 0;
    ManagerId manager{};
    std::uint64_t epoch = 0;
    bool resumed = false;
    std::uint32_t connection_number = 0;  ///< of the HELLO that this answers
    Limits limits;
    bool operator==(const Welcome&) const = default;
};
/// Answers HEARTBEAT.
struct Alive {
    bool operator==(const Alive&) const = default;
};
/// It is done. `count` items were concerned, where that means something.
struct Done {
    std::uint64_t count = 0;
    bool operator==(const Done&) const = default;
};
/// It is surely not done.
struct Failed {
    errc code = errc::ok;
    std::string text;
    bool operator==(const Failed&) const = default;
};
struct Opened {
    QueueHandle queue = 0;
    QueueOptions options;  ///< in force, every field set
    bool operator==(const Opened&) const = default;
};
/// What became of these puts; positions that still wait are not in it.
struct PutDone {
    struct Outcome {
        Range positions;
        errc code = errc::ok;
        Durability level = Durability::memory;
        bool operator==(const Outcome&) const = default;
    };
    QueueHandle queue = 0;
    std::vector<Outcome> outcomes;
    bool operator==(const PutDone&) const = default;
};

/// Neighbouring items that share all their columns; their bytes are the next of the run. Tokens and
/// ids are consecutive.
struct Part {
    Token token = 0;       ///< of the first item; 0 in PEEKED
    std::uint64_t id = 0;  ///< of the first item: its place in the queue
    std::uint32_t count = 0;
    std::uint32_t deliveries = 0;  ///< this one included, for items handed out by GET
    std::int32_t priority = 0;
    Millis put_at{0};  ///< wall clock, since 1970
    std::string key;
    std::string reason;  ///< why it is dead
    Slice headers;
    Slice trace;
    bool operator==(const Part&) const = default;
};
/// Answers GET (id of the request) or comes by credit (id 0, items are held).
struct Deliver {
    QueueHandle queue = 0;
    Millis lease{0};
    std::vector<Part> parts;
    std::vector<Slice> runs;  ///< one for each part
    bool operator==(const Deliver&) const = default;
};
struct Peeked {
    std::vector<Part> parts;
    std::vector<Slice> runs;
    bool operator==(const Peeked&) const = default;
};
/// Answers a Settle: these tokens were not held by this session; the others are done.
struct Settled {
    std::vector<Range> refused;
    Durability level = Durability::memory;
    bool operator==(const Settled&) const = default;
};
/// Asks a streaming consumer to give back so many held items, newest first.
struct Recall {
    QueueHandle queue = 0;
    std::uint32_t items = 0;
    bool operator==(const Recall&) const = default;
};

struct QueueStats {
    std::string name;
    QueueHandle queue = 0;
    QueueOptions options;
    bool closed = false;
    std::uint64_t ready = 0, leased = 0, delayed = 0, dead = 0, bytes = 0;
    std::uint64_t waiting_gets = 0, waiting_puts = 0;  ///< calls, not items
    std::uint64_t puts = 0, deliveries = 0, redeliveries = 0, acks = 0, releases = 0, lapses = 0;
    std::uint64_t buried = 0, expired = 0, purged = 0, dead_lettered = 0;
    std::uint64_t duplicates = 0;  ///< puts that were recognised by their keys
    bool operator==(const QueueStats&) const = default;
};
struct ManagerStats {
    ManagerId manager{};
    std::uint64_t epoch = 0;
    std::uint64_t sessions = 0, sessions_lost = 0, queues = 0, requests = 0;
    std::uint64_t frames_dropped = 0;  ///< malformed, or of a connection that is no longer current
    Millis uptime{0};
    std::uint64_t objects = 0;
    std::uint64_t requests_refused = 0;  ///< that roles do not allow
    bool operator==(const ManagerStats&) const = default;
};
struct StatsReply {
    ManagerStats manager;
    std::vector<QueueStats> queues;
    bool more = false;  ///< ask again with `after` the last name
    bool operator==(const StatsReply&) const = default;
};
struct ObjectOpened {
    objects::ObjectHandle object = 0;
    ObjectKind kind = ObjectKind::lock;
    ObjectOptions options;  ///< in force, every field set that the kind has
    bool operator==(const ObjectOpened&) const = default;
};
/// A shared object at one moment, with some of those who hold it or wait for it.
struct ObjectStats {
    struct Hold {
        std::uint64_t session = 0;
        std::string who;
        Token token = 0;          ///< 0: it has none of its own
        std::uint64_t count = 1;  ///< how deep, or how many permits
        bool shared = false;
        std::optional<Millis> held_for;  ///< absent: not known
        std::optional<Millis> ttl_left;
        bool operator==(const Hold&) const = default;
    };
    struct Wait {
        std::uint64_t session = 0;
        std::string who;
        objects::Method method{};
        Millis waited{0};
        bool operator==(const Wait&) const = default;
    };
    std::string name;
    objects::ObjectHandle object = 0;
    ObjectKind kind = ObjectKind::lock;
    ObjectOptions options;  ///< in force
    std::uint64_t version = 0;
    std::uint64_t count = 0;  ///< see objects::Report
    std::uint64_t bytes = 0;
    std::uint64_t held = 0;
    std::uint64_t waiting = 0;
    std::vector<Hold> holders;
    std::vector<Wait> waiters;
    bool operator==(const ObjectStats&) const = default;
};
struct ObjectsReply {
    std::vector<ObjectStats> objects;
    bool more = false;  ///< ask again with `after` the last handle
    bool operator==(const ObjectsReply&) const = default;
};
/// Answers Calls, one for each.
struct Results {
    std::vector<objects::Result> results;
    bool operator==(const Results&) const = default;
};
/// Something that a client did not ask about.
struct Event {
    static constexpr std::uint64_t hold_broken = 1;  ///< somebody took what it held, under `token`
    std::uint64_t kind = 0;                          ///< others are none of ours
    Token token = 0;
    bool operator==(const Event&) const = default;
};

using ReplyBody =
    std::variant<Welcome, Alive, Done, Failed, Opened, PutDone, Deliver, Settled, Recall, Peeked,
                 StatsReply, ObjectOpened, Results, ObjectsReply, Event>;

struct Reply {
    RequestId id = 0;  ///< of the request that this answers; 0: none
    ReplyBody body;
    bool operator==(const Reply&) const = default;
};

}  // namespace handoff::core

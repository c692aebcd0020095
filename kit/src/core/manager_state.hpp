#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "core/commit_gate.hpp"
#include "core/journal.hpp"
#include "core/log_book.hpp"
#include "core/manager_agenda.hpp"
#include "core/manager_clock.hpp"
#include "core/manager_machine.hpp"
#include "core/manager_positions.hpp"
#include "core/messages.hpp"
#include "core/objects/object.hpp"
#include "core/objects/registered.hpp"
#include "core/objects/watched.hpp"
#include "core/queue.hpp"
#include "core/rights.hpp"

/// The rooms of ManagerMachine. This one has all of its data; each of the others is a handful of
/// functions on it: sessions, answers, puts, commits, gets, credit, leases, queues, follow-up.
///
/// A message goes one way through them: apply() finds the session, a function called handle()
/// carries the request out and returns its answer (or makes it wait), and follow_up() does what
/// follows from it for others. Whoever changes a queue says so with changed(), and need not think
/// of who might be waiting for it.
namespace handoff::core::manager {

// ------------------------------------------------------------------ calls that wait

struct WaitingGet {
    Get get;
};

/// What did not fit of a PUT. Several pieces, if some of its positions were withdrawn.
struct WaitingPut {
    struct Piece {
        Position first = 0;
        Run items;
        [[nodiscard]] Range positions() const noexcept { return {first, first + items.count - 1}; }
    };
    QueueHandle queue = 0;
    Columns columns;
    std::vector<Piece> pieces;
};

/// What a commit needs in one of the queues that it puts to.
struct Demand {
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;
};

/// It waits as a whole, in the entrance of each queue that it puts to.
struct WaitingCommit {
    Commit commit;
    std::map<QueueHandle, Demand> demands;
};

struct WaitingJoin {
    QueueHandle queue = 0;
};

/// One of several calls of methods waits, at one object; those behind it wait for it.
struct WaitingCalls {
    Calls calls;
    std::vector<objects::Result> results;  ///< of those before it
    objects::ObjectHandle object = 0;      ///< at which it waits
    bool may_wait = true;                  ///< false: its time has passed
    bool cancelled = false;
    Turn rests_on = 0;  ///< of the results
};

struct WaitingCall {
    Holder session = 0;
    RequestId id = 0;
    Time until = never;
    std::size_t bytes = 0;  ///< of its session's allowance for calls that wait
    std::variant<WaitingGet, WaitingPut, WaitingCommit, WaitingJoin, WaitingCalls> what;
    Time since{};
};

// ------------------------------------------------------------------ sessions

/// The answer to a request. `rests_on` is the turn whose changes it tells of, should they have to
/// be stored before anybody hears of them; 0: none.
struct Answer {
    ReplyBody body;
    Turn rests_on = 0;
};

/// A request that was answered and changes nothing: if it comes again it is carried out again.
struct Harmless {};

/// What is known of a request until the client is done with it: that it waits, or its answer.
struct KnownRequest {
    std::variant<Ticket, Answer, HandedOut, Harmless> state;
    std::size_t bytes = 0;  ///< of its session's allowance for answers
};

/// One client. It outlives connections.
struct Session {
    Holder number = 0;
    SessionId id{};
    std::string who;  ///< for people: session, program, process
    Principal user;   ///< whose key it is that its connection showed
    Rights rights;

    ConnectionId connection = 0;  ///< 0: none at the moment
    std::uint32_t connection_number = 0;
    std::vector<ConnectionId> superseded;  ///< earlier ones that may not be gone yet

    Time heard{};          ///< when its last message came
    Time died = never;     ///< when its process was seen to have ended
    bool watched = false;  ///< whoever has this machine was asked to look after its process
    bool silent = false;   ///< for longer than its prefetched items may lie with it

    RequestId done_below = 0;
    std::map<RequestId, KnownRequest> requests;
    std::set<Ticket> waiting;        ///< all its calls that wait
    std::size_t waiting_bytes = 0;   ///< of calls that wait
    std::size_t answer_bytes = 0;    ///< of remembered answers
    std::size_t refusals = 0;        ///< ranges of refused puts that are remembered
    std::set<QueueHandle> visited;   ///< queues in which it has anything
    std::set<QueueHandle> holds_in;  ///< queues of which it holds prefetched items

    std::set<objects::ObjectHandle> objects;  ///< shared objects in which it may have anything
    /// Anonymous objects that it was told of and has not let go, and how often it was told.
    std::map<objects::ObjectHandle, std::uint64_t> told;

    bool stored = false;         ///< it goes on after a restart of the manager
    bool never_stored = false;   ///< it does not, as it has queues that are gone then
    Turn known_in = 0;           ///< when either of these was decided
    RequestId answers_over = 0;  ///< no answer to an earlier request is stored
};

// ------------------------------------------------------------------ queues

/// What one session has to do with one queue.
struct Visitor {
    Positions positions;

    // As a streaming consumer:
    Credit credit;
    RequestId credit_request = 0;
    unsigned recalls_unanswered = 0;  ///< each is answered by a GIVEBACK
    bool to_answer_farewell = false;  ///< which is the last of those recalls
    /// It has a new connection, and only it knows what arrived on the old one: nothing is delivered
    /// until it says CREDIT again.
    bool paused = false;
    /// It was asked for items and gave some back: until its application shows that it moves on (by
    /// a settlement, its cursor or a new CREDIT) it is not thought to be in want. Else two busy
    /// consumers would hand an item to and fro.
    bool gave_back = false;

    // As review() left it:
    Ticket place = 0;  ///< in one of the two lines; 0: in none
    std::uint64_t held = 0;
    std::uint64_t recalled = 0;  ///< asked back, and not heard of yet
};

/// Who waits in a line: a consumer, or (0) the GET that its ticket names.
using Line = std::map<Ticket, Holder>;

/// A queue, and everybody who has to do with it.
struct Desk {
    Desk(QueueHandle given, std::string named, QueueSettings settings)
        : handle(given), name(std::move(named)), queue(std::move(settings)) {}

    QueueHandle handle;
    std::string name;
    Queue queue;
    std::map<Holder, Visitor> visitors;
    std::set<Holder> borrowers;  ///< sessions with leases; some may have lapsed unnoticed

    std::set<Ticket> entrance;  ///< waiting puts and commits: nothing passes them
    std::set<Ticket> gets;      ///< waiting GETs, also of sessions that cannot be reached now
    std::set<Ticket> joins;
    std::set<Holder> consumers;  ///< sessions with credit

    /// Those in want: GETs, and consumers that hold nothing untaken. Items go to them first, and
    /// for them items are recalled.
    Line in_want;
    /// Consumers with credit left that have something at hand, or just gave it back.
    Line topping_up;

    /// Who holds how many items untaken and can be asked for them; the richest last.
    std::set<std::pair<std::uint64_t, Holder>> hoards;
    std::uint64_t recalled = 0;  ///< items asked back, and not heard of yet

    std::set<QueueHandle> feeders;  ///< queues whose dead wait for room here

    Turn changed_in = 0;      ///< the last turn that changed it; 0 for queues that are not stored
    std::uint64_t bytes = 0;  ///< as they are counted in State::items_bytes
};

// ------------------------------------------------------------------ shared objects

/// A shared object, and who waits for it.
struct Stand {
    objects::ObjectHandle handle = 0;
    std::string name;
    ObjectKind kind = ObjectKind::lock;
    ObjectOptions options;  ///< in force
    std::unique_ptr<objects::Object> object;
    std::set<Ticket> waiting;
    std::set<Holder> callers;  ///< sessions that may have anything in it

    std::string made_by;  ///< an anonymous one: the key of the client that made it

    // An anonymous object lives while one of these is not 0.
    std::size_t held_by = 0;   ///< sessions
    std::size_t referred = 0;  ///< references in stored values

    std::map<objects::ObjectHandle, std::size_t> refers_to;    ///< and how often
    std::map<objects::ObjectHandle, std::size_t> referred_by;  ///< likewise
    std::size_t level = 0;  ///< of a container: below that of all within it

    objects::Watched* stored = nullptr;  ///< the object, if it is durable
    std::size_t stored_bytes = 0;        ///< of the calls that make it
    Turn changed_in = 0;                 ///< the last turn that changed it, if it is durable
};

struct Referring;

/// Stored values that refer to objects: those that are there, and what the others referred to.
struct LooseReferences {
    struct Gone {
        objects::ObjectHandle from = 0;
        std::vector<objects::ObjectHandle> to;
    };
    std::unordered_map<const void*, const Referring*> known;  ///< by the owners of their slices
    std::vector<Gone> gone;
};

// ------------------------------------------------------------------ everything

struct State {
    State(ManagerSettings given, Now now)
        : settings(std::move(given)),
          clock(now, settings.limits.session_limit),
          next_token(settings.first_token) {}

    ManagerSettings settings;
    Clock clock;
    CommitGate gate;
    Journal journal;
    std::set<std::pair<QueueHandle, Holder>> puts_changed;  ///< in this turn, of stored sessions
    std::uint64_t store_room = unlimited;  ///< bytes that may be put after this turn began
    Reserved reserved;                     ///< what the store knows of numbers that may be given
    Token next_token;
    Ticket next_ticket = 1;
    Holder next_session = 1;
    QueueHandle next_queue = 1;

    std::map<Holder, Session> sessions;
    std::map<SessionId, Holder> session_ids;
    std::map<std::string, std::size_t> key_sessions;       ///< how many clients with a key have one
    std::unordered_map<ConnectionId, Holder> connections;  ///< current and superseded ones

    std::map<QueueHandle, Desk> desks;
    std::map<std::string, QueueHandle, std::less<>> names;
    Turn queue_gone_in = 0;  ///< the last turn in which a durable one was destroyed

    std::vector<objects::Errand> errands;  ///< what registered types want done
    std::map<objects::ObjectHandle, Stand> stands;
    std::map<std::string, objects::ObjectHandle, std::less<>> stand_names;
    std::vector<objects::Ended> ended;  ///< calls of methods that wait no longer; see tell_ended()

    /// Shared with the values, which may go later than all else here.
    std::shared_ptr<LooseReferences> references = std::make_shared<LooseReferences>();
    std::set<objects::ObjectHandle> to_sweep;  ///< by settle_references()
    std::uint64_t times_told = 0;              ///< that a session was told of an anonymous object

    std::map<Ticket, WaitingCall> waiting;
    std::set<QueueHandle> to_look_at;  ///< by follow_up()

    // Boottime. The first two are looked at again when they come: a message that renews a session
    // need not touch them.
    Agenda<Holder> session_ends;
    Agenda<Holder> hold_ends;
    Agenda<Ticket> call_ends;
    Agenda<QueueHandle> queue_boot;
    Agenda<QueueHandle> queue_wall;
    Agenda<objects::ObjectHandle> object_boot;
    Agenda<objects::ObjectHandle> object_wall;

    /// Answers that nobody waits for, of sessions to which nothing else has gone since.
    struct Unhurried {
        Outgoing out;
        Turn rests_on = 0;
    };
    std::map<Holder, std::vector<Unhurried>> unhurried;
    Agenda<Holder> unhurried_ends;

    std::vector<Watch> watches;  ///< what was asked and not taken yet

    LogBook log;
    Sparsely malformed;
    Sparsely refused;
    std::map<std::string, Sparsely> forbidden;  ///< requests that roles do not allow, by key

    std::uint64_t requests = 0;
    std::uint64_t frames_dropped = 0;
    std::uint64_t sessions_lost = 0;
    std::uint64_t requests_refused = 0;
    std::uint64_t items_bytes = 0;  ///< in all queues

    [[nodiscard]] Now now() const noexcept { return clock.now(); }
    [[nodiscard]] const Limits& limits() const noexcept { return settings.limits; }
};

/// Null if there is no such queue (any more).
[[nodiscard]] Desk* find_desk(State& state, QueueHandle handle);
/// Whether it outlives the manager.
[[nodiscard]] bool is_durable(const Desk& desk) noexcept;
[[nodiscard]] Session& session_of(State& state, Holder number);

/// What `session` has to do with the queue; from the first time on it is remembered.
Visitor& visit(Session& session, Desk& desk);

/// Something about the queue is not what it was: follow_up() will look at it.
void look_at(State& state, Desk& desk);
/// Its items are not what they were: follow_up() will look at it, and whoever is told of the queue
/// from now on is told once that is stored. (Who has a lease is not stored.)
void changed(State& state, Desk& desk);

/// So many bytes of the total are from now on those of this queue.
void count_bytes(State& state, Desk& desk, std::uint64_t bytes);

/// To where the session is now; nowhere if it has no connection: then it will ask again.
void send(State& state, const Session& session, Reply reply, Turn rests_on = 0);
/// The same within `patience`: with the next thing that goes there, so that nobody is woken for it.
void send_unhurried(State& state, const Session& session, Reply reply, Turn rests_on,
                    Millis patience);
/// Those for which the time has come.
void send_overdue(State& state);

/// Longest time that a delay, a lease or a time to live may last: a year.
inline constexpr Millis duration_max = std::chrono::hours{365 * 24};

/// "queue "jobs"", for the texts of errors.
[[nodiscard]] std::string describe(const Desk& desk);

}  // namespace handoff::core::manager

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/client_link.hpp"
#include "core/client_machine.hpp"
#include "core/client_rules.hpp"
#include "core/log_book.hpp"
#include "core/messages.hpp"
#include "core/time.hpp"

/// The rooms of ClientMachine. This one has all of its data; each of the others is a handful of
/// functions on it: calls, queues, puts, sending, answers, endings. Link and rules know nothing of
/// this state.
///
/// A call goes one way through them: it is begun and enlisted (calls), leaves in a request when
/// nothing before it stands in its way (sending, puts), and completes with its answer (answers) or
/// without one (endings). What was sent stays in `sent` until it is answered.
namespace handoff::core::client {

using objects::ObjectHandle;
using Wait = ClientMachine::Wait;

enum class Stage : std::uint8_t {
    unsent,     ///< surely not done
    sent,       ///< waits for its answer
    asked,      ///< the same; it should have ended, and CANCEL or WITHDRAW asks what became of it
    abandoned,  ///< completed without its answer, which may still come
};

/// Who wants to know how a call ends.
enum class Owner : std::uint8_t {
    caller,   ///< gets a Completion
    nobody,   ///< detached: sent until answered, refusals are counted
    machine,  ///< our own OPEN, or what we give back; the application does not know of it
};

/// What may go out of the unsent calls, apart from the limits below. The parts are chosen so that
/// calls that wait long never use up what those need that end quickly.
enum class Share : std::uint8_t { puts, waits, quick };
inline constexpr std::size_t shares = 3;

/// What only puts have. One that is abandoned keeps its positions, without the items, until they
/// are answered or nothing before them is waited for.
struct PutProgress {
    Position first = 0;      ///< its items have the positions from here on. 0: none yet
    RequestId message = 0;   ///< in which it went out last
    std::uint64_t cost = 0;  ///< of what may wait in the manager for this session
    unsigned gaps = 0;       ///< how often the manager missed something before it
    bool repeated = false;   ///< sent again on a later connection: it may have been done before
    std::vector<PutDone::Outcome> outcomes;  ///< known ones, in order and without overlap
};

struct Call {
    CallId id = 0;
    Owner owner = Owner::caller;
    RequestBody body;  ///< with QueueRefs for handles
    Wait wait;
    Time begun{};
    Stage stage = Stage::unsent;
    RequestId request = 0;  ///< its number in `sent`. 0: none yet, or a put
    Time first_sent{};
    ConnectionNumber sent_on = 0;         ///< the last connection on which it was sent
    std::optional<Share> ready_in;        ///< unsent: the part of `ready` that it is in
    QueueRef waits_for = 0;               ///< the queue that has to be open before it can go
    Time deadline = never;                ///< as in `deadlines`
    Ending asked_for = Ending::deadline;  ///< when asked: why
    PutProgress put;
};

/// A queue, or a shared object, as this client uses it.
struct QueueState {
    QueueRef ref = 0;
    ObjectKind kind = ObjectKind::queue;
    std::string name;
    QueueOptions wanted;
    ObjectOptions object_wanted;  ///< of a shared object, in place of `wanted`
    bool agreed = false;          ///< the manager has accepted `wanted` at least once
    bool refused = false;         ///< `wanted` was; who names the queue next begins anew
    bool create = true;
    bool gone = false;       ///< destroyed; its name may belong to another queue now
    bool in_memory = false;  ///< this manager has its content, or may have, and nobody else
    bool must_tell = false;  ///< its content went with an earlier manager, and nobody was told yet

    /// An object without a name, of this life of a manager and with this handle. 0: it has a name.
    /// It is known for as long as the session that opened it.
    ObjectHandle anonymous = 0;
    ManagerId manager{};

    // In this session:
    QueueHandle handle = 0;  ///< 0: not open
    QueueOptions in_force;
    ObjectOptions object_in_force;
    CallId opener = 0;         ///< the OPEN that is under way. 0: none
    std::set<CallId> waiting;  ///< calls that cannot go before it is open
    std::set<CallId> line;     ///< unsent calls that keep their order here

    bool streams = false;          ///< credit was said for it: items come by themselves
    RequestId credit_request = 0;  ///< that said it last; the end of the stream has its number
    Token taken = 0;               ///< the application has taken held items up to here …
    Token told = 0;  ///< … and the manager was told so on this connection. 0: nothing

    Position next_position = 1;
    std::map<Position, CallId> puts;  ///< sent and not fully answered; the first is not abandoned
    bool gapped = false;              ///< some of them were refused for what is missing before them
};

/// An anonymous object, see core/client_references.hpp.
using ObjectKey = std::pair<ManagerId, ObjectHandle>;
struct HeldObject {
    std::uint64_t handles = 0;  ///< that the application has
    std::uint64_t told = 0;  ///< how often this session was told of it, and the application knows
    std::set<QueueRef> numbers{};  ///< under which it was opened, in this session and earlier ones
};

/// A lease that is renewed, see core/client_renewals.hpp.
struct Renewal {
    std::optional<Millis> lease;  ///< for so long each time; unset: as the queue says
    Time due = never;             ///< never: it is being extended
};

/// Puts of `queue` from position `first` on that went out together.
struct PutMessage {
    QueueRef queue = 0;
    Position first = 0;
    std::size_t calls = 0;  ///< that are not over
};

struct State {
    State(ClientSettings given, Now start) : settings(std::move(given)), now(start.boot) {
        link.heard = now;
    }

    ClientSettings settings;
    Time now;  ///< boottime of the last event
    Limits limits;
    Link link;
    std::uint64_t generation = 0;
    std::uint64_t silences = 0;  ///< see ClientMachine

    std::deque<QueueState> queues;  ///< by QueueRef - 1; references stay valid
    std::map<std::pair<ObjectKind, std::string>, QueueRef> names;
    std::map<QueueHandle, QueueRef> handles;  ///< of this session

    std::map<ObjectKey, QueueRef> anonymous;  ///< that can be used
    std::map<ObjectKey, HeldObject> held;     ///< of which the application has handles
    std::map<ObjectHandle, std::uint64_t>
        loose;                   ///< of which it has none, to be let go: times told
    CallId letting_go = 0;       ///< the LET_GO that is under way. 0: none
    std::deque<QueueRef> spare;  ///< numbers that nobody uses any more

    std::map<CallId, Call> calls;
    CallId next_call = 1;
    RequestId next_request = 1;      ///< never used again, in no later session either
    RequestId first_of_session = 1;  ///< an answer to an earlier one is too late

    std::array<std::set<CallId>, shares> ready;  ///< unsent, with nothing before them

    // The manager remembers what it has answered until `done_below` has passed it, or it is told
    // that the answer has come; and counts it among the requests of this session. Puts are known by
    // their positions instead.
    std::map<RequestId, CallId> sent;  ///< not answered
    std::set<RequestId> answered;  ///< behind the first of them, and the manager was not told …
    std::set<RequestId> told;      ///< … or was, if this connection lasts
    std::uint64_t answered_bytes = 0;  ///< that the manager may remember of `answered`
    std::map<RequestId, PutMessage> messages;
    std::set<RequestId> again;   ///< of `sent` and `messages`: to be sent again before all else
    std::uint64_t put_cost = 0;  ///< of all puts that were sent

    std::set<CallId> owed;  ///< calls that owe a Completion, oldest first
    std::set<std::pair<Time, CallId>> deadlines;
    std::size_t pending = 0;
    std::uint64_t refused_detached = 0;

    LogBook log;

    std::map<std::pair<QueueRef, Token>, Renewal> renewed;
    std::set<std::tuple<Time, QueueRef, Token>> renewals;  ///< those that are not under way

    std::optional<Time> untold_since;  ///< since when a cursor may have moved and not been told

    std::set<Token> broken_holds;  ///< on locks: what we were told that was taken from us

    std::vector<Request> outbox;
    std::vector<Completion> completions;
    std::vector<Unsolicited> unsolicited;
};

[[nodiscard]] QueueState& queue_of(State& state, QueueRef ref);
[[nodiscard]] const QueueState& queue_of(const State& state, QueueRef ref);

/// The queue or object that has this handle in this session; null if none has.
[[nodiscard]] QueueState* find_queue(State& state, QueueHandle handle);

/// The unanswered call with this number; null if there is none.
[[nodiscard]] Call* find_sent(State& state, RequestId request);

}  // namespace handoff::core::client

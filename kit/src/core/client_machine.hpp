#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/log_book.hpp"
#include "core/messages.hpp"
#include "core/objects/reference.hpp"
#include "core/time.hpp"

namespace handoff::core {

namespace client {
struct State;  // core/client_state.hpp
}

/// A call of the application, as its client numbers them; never used again. 0: none.
using CallId = std::uint64_t;

/// A queue as the client numbers those it uses: 1, 2, 3 … It outlives sessions; the manager's
/// handle does not. Bodies passed to ClientMachine::call carry these where messages carry handles,
/// and so do the replies that complete a call (0: a queue that this client has not asked for).
/// Shared objects have numbers of the same series.
using QueueRef = std::uint64_t;

struct ClientSettings {
    Millis unreachable_after{10'000};
    Millis cancel_grace{500};
    Hello identity;        ///< boot id, pid, name …; sessions and connection number are filled in
    std::string endpoint;  ///< for the text of errors
    /// What to look at when no manager answers.
    std::string advice = "is one running there? `handoff serve` starts one";
};

/// How a call ended.
struct Outcome {
    /// errc::ok: `reply` holds the answer. errc::outcome_unknown: it may have been done. Any other:
    /// surely not done.
    errc code = errc::ok;
    /// Unless ok: what was attempted, on which queue and endpoint, why it failed and what to do.
    std::string text;
    /// A put that failed has one as well: PutDone, with what is known of each item.
    ReplyBody reply;
};

/// What the manager sent of a stream without being asked for just that: Deliver or Recall by
/// credit, or Failed when the stream has ended.
struct Unsolicited {
    QueueRef queue = 0;
    ReplyBody body;
    std::uint64_t silences = 0;  ///< see ClientMachine::silences(), when it came
};

struct Completion {
    CallId call = 0;
    Outcome outcome;
    /// In which it ended. Another may have begun before anybody takes the completion.
    std::uint64_t session_generation = 0;
    std::uint64_t silences = 0;  ///< see ClientMachine::silences(), likewise
};

/// The client's end of the protocol as a pure machine: one session with one manager. It numbers
/// requests and puts, keeps each until it is answered, sends again what a lost connection may have
/// swallowed, asks about calls past their deadline, and knows how long its session surely lives.
///
/// Driven by its owner: link_up / link_down / receive / tick from the network side, call / cancel
/// from the application; after each, take_outbox() goes to the socket and take_completions() to the
/// callers. Requests are made when they are taken: what gathered since the last time shares
/// messages.
///
/// How a call ends when its session is lost: what was never sent goes on in the next session,
/// except for settlements; of what was sent, puts, commits and what changes shared objects are
/// errc::outcome_unknown, all else errc::session_lost or errc::manager_restarted. When nobody
/// answers: what may have changed something is errc::outcome_unknown if it was sent; else a put
/// that was to end in time is errc::full, a get errc::empty, and anything errc::unreachable or
/// errc::cancelled.
///
/// Thread safety: none; one owner (who holds a mutex).
class ClientMachine {
public:
    ClientMachine(ClientSettings settings, Now now);
    ~ClientMachine();
    ClientMachine(const ClientMachine&) = delete;
    ClientMachine& operator=(const ClientMachine&) = delete;

    // ---- from the application

    /// The number of this queue in this client; asks for it at the manager when it is first used in
    /// a session. The same name gives the same number, until the queue turns out to be destroyed:
    /// then the number stays that of the destroyed one, and the name gets another. Throws
    /// errc::queue_mismatch if the options contradict those given before for a queue that is not
    /// open yet; errc::invalid_argument for a name that no queue can have.
    QueueRef queue(const std::string& name, const QueueOptions& options, bool create = true);

    /// The same for a shared object. Throws errc::object_mismatch.
    QueueRef object(const std::string& name, ObjectKind kind, const ObjectOptions& options,
                    bool create = true);

    /// The number under which an anonymous object can be opened (OpenObject, `object`). Counts as a
    /// handle that the application has of it.
    QueueRef refer(const objects::Reference& object);
    /// The application was told of an anonymous object by a session with this generation, `told`
    /// times, and has one handle more of it. When it has none any more, the session lets it go.
    void hold(const objects::Reference& object, std::uint64_t generation, std::uint64_t told);
    /// It has so many handles fewer.
    void let_go(const objects::Reference& object, std::uint64_t handles, Now now);
    /// How values refer to this queue or object; empty: it is not open in this session.
    [[nodiscard]] std::optional<objects::Reference> reference_of(QueueRef ref) const;

    /// How a call waits.
    struct Wait {
        /// Boottime at which the call ends; absent: while the manager answers.
        std::optional<Time> until;
        /// Do not wait in the manager at all (try_put, try_get). `until` still bounds the answer.
        bool try_once = false;
        /// Nobody listens for its end (the acknowledgement of get(), a lease that was dropped). It
        /// has no deadline and is sent again until answered; a refusal is counted.
        bool detached = false;
        /// Of a settlement: its answer may come a little later, with the next one. Those that are
        /// detached are so anyway.
        bool unhurried = false;
    };

    /// Begins a call. The body is one of Open, Get, Credit, Settle, Commit, Close, Join, Peek,
    /// Purge, Kick, Destroy, Stats, Heartbeat, OpenObject, Calls, with QueueRefs for handles; else,
    /// or for a number that queue() has not given, errc::invalid_argument is thrown. Calls reach
    /// the manager in the order in which they were begun, but pass those that wait for a queue to
    /// be opened, and gets and settlements pass puts that are too many to be sent yet. An Open
    /// names a queue that queue() was asked for; it asks the manager even if the queue is open, and
    /// so finds the new one where the old one was destroyed.
    CallId call(RequestBody body, const Wait& wait, Now now);

    /// Begins a put of all items of `items` (at most frame_bytes_max bytes, or one item). Its
    /// completion comes when every item has its answer: reply PutDone with positions counted from 1
    /// within this call.
    CallId put(QueueRef queue, const Columns& columns, Run items, const Wait& wait, Now now);

    /// The caller does not want it any more: asks the manager, and completes with errc::cancelled
    /// or with what has happened already; within cancel_grace. Nothing happens if the call has
    /// ended or is detached.
    void cancel(CallId call, Now now);

    /// The application holds these leases of the present session, given for `lease` (unset: the
    /// queue's time): they are extended again and again, until they end.
    void renew(QueueRef queue, Range tokens, std::optional<Millis> lease);

    // ---- from the network

    /// A connection is writable. `fresh` is the id of a new session, if one is needed: 128 random
    /// bits, different at each call.
    void link_up(const SessionId& fresh, Now now);
    /// It is not any more; what was taken from the outbox may be lost.
    void link_down(Now now);
    /// A message came. Those of one connection in their order, and none of an earlier connection
    /// after the WELCOME of a later one.
    void receive(Reply reply, Now now);

    // ---- for streams, see ConsumerMachine

    /// The application has taken what is held of `queue` up to this token. The manager is told with
    /// the next message about the queue, or the next heartbeat.
    void taken_up_to(QueueRef queue, Token token);
    /// What came of queues for which credit was said, on the present connection.
    std::vector<Unsolicited> take_unsolicited();
    /// The number of the present connection, or of the last one; 0 before the first.
    [[nodiscard]] std::uint32_t connection() const noexcept;
    /// Grows when something comes after the manager's `hold` has passed without an answer: what was
    /// held before that the manager may have taken back meanwhile.
    [[nodiscard]] std::uint64_t silences() const noexcept;
    /// Until this boottime what is held is surely ours, and may be handed out; unless it was held
    /// before the last silence.
    [[nodiscard]] Time hold_ends() const noexcept;

    // ---- time

    /// Heartbeats, deadlines, unreachable managers.
    void tick(Now now);
    /// Boottime at which tick() has something to do next.
    [[nodiscard]] Time next_deadline() const;

    // ---- out

    std::vector<Request> take_outbox();
    std::vector<Completion> take_completions();
    [[nodiscard]] bool has_completions() const noexcept;
    /// What happened to the session, for those who keep a log.
    std::vector<LogEntry> take_log();

    // ---- what is known

    /// This session surely lives at `now`: counted from the sending of the last request that was
    /// answered. If not, ask (call Heartbeat) before handing out an item.
    [[nodiscard]] bool surely_alive(Now now) const noexcept;
    /// From 0 on; grows each time a session is lost. What was leased under an older one is not held
    /// any more.
    [[nodiscard]] std::uint64_t session_generation() const noexcept;
    /// Whether the manager has said that this hold on a lock was taken from us.
    [[nodiscard]] bool hold_is_broken(Token token) const;
    [[nodiscard]] bool welcomed() const noexcept;
    [[nodiscard]] const Limits& limits() const noexcept;
    /// The settings in force of a queue; empty until it is open in this session.
    [[nodiscard]] const QueueOptions* in_force(QueueRef queue) const noexcept;
    /// The same of a shared object.
    [[nodiscard]] const ObjectOptions* object_in_force(QueueRef object) const noexcept;
    /// Calls begun and not completed, detached ones included; but for those that are void with the
    /// session: CREDIT, GIVEBACK and HEARTBEAT.
    [[nodiscard]] std::size_t pending() const noexcept;
    /// Detached calls that were refused, or lost with their session.
    [[nodiscard]] std::uint64_t refused_detached() const noexcept;

private:
    std::unique_ptr<client::State> state_;
};

}  // namespace handoff::core

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "core/commit_gate.hpp"
#include "core/journal.hpp"
#include "core/messages.hpp"
#include "simulation/promises/violation.hpp"

namespace handoff::core::sim {

struct World;
class ClientHost;

/// Bugs that a manager or a client could have, each of which breaks a promise.
enum class KnownBug : std::uint8_t {
    none,
    no_deduplication,       ///< a PUT that comes again is put again
    lost_waiter,            ///< the manager forgets a GET that waits
    no_recall,              ///< nobody is asked for what it prefetched and does not take
    requeue_at_tail,        ///< a released item goes behind all others
    resend_in_new_session,  ///< what a lost session left unanswered is sent again in the next
    second_success,         ///< the acknowledgement of a former holder succeeds
    lost_item,              ///< something that was confirmed is dropped
    undead,                 ///< a session that is silent for too long lives on
    no_clock,               ///< a client does not notice that time passes
    overfull,               ///< a queue takes more than its capacity
    false_death,            ///< when a process ends, another one's session is thought to be dead
    death_unheeded,         ///< that a process has ended means nothing to the manager
    open_gate,              ///< what rests on a commit is told before there is one
    unstored_positions,     ///< the store does not know which puts came
    unstored_loans,         ///< after a restart what was lent is ready again at once
    unstored_acks,          ///< the store does not know of one acknowledgement in ten
    unsynced,               ///< nothing is ever synced
    torn_commit,            ///< of what a turn changed, the puts alone are stored
    unstored_changes,       ///< the store misses one change of an object in ten
    unstored_remake,        ///< what is to make an object again is not stored
    version_again,          ///< a version that an object had before a restart comes again
    unsynced_objects,       ///< a turn that changes an object is not synced
    stale_read,             ///< an object answers what it has answered before
    shared_lock,            ///< a lock is taken from its holder for the next one
    shared_writer,          ///< a writer gets a read-write lock as readers do
    overtaking,             ///< an acquire that waits is passed by the next of its session
    old_term,               ///< a leader is told the token of the term before
    lost_acquire,           ///< the manager forgets an acquire that waits
    hasty_let_go,           ///< what is let go is gone, although a reference is on its way
    kept_reference,         ///< what is let go is kept
};

struct BugInfo {
    KnownBug bug;
    std::string_view name;
    Promise breaks;
};
[[nodiscard]] const std::vector<BugInfo>& known_bugs();

/// Puts a known bug into a run, at the edges of the machines: by changing what they hear and say.
/// The witness stands outside, and takes the machine and the saboteur together for the product.
class Saboteur {
public:
    Saboteur(World& world, KnownBug bug) : world_(world), bug_(bug) {}

    using Arrivals = std::vector<std::pair<ConnectionId, Request>>;
    /// What the manager hears instead of this.
    Arrivals at_the_door(ConnectionId from, Request request);
    /// False: it is not sent.
    bool on_the_way_out(Outgoing& out);
    /// Whose processes the manager is told have ended, when it is this session's.
    [[nodiscard]] std::vector<Holder> whose_end(Holder session) const;
    [[nodiscard]] bool leaves_gate_open() const noexcept { return bug_ == KnownBug::open_gate; }
    void before_store(Changes& changes);
    void before_restore(Recovered& recovered) const;
    [[nodiscard]] bool hides_end_of_connection() const noexcept { return bug_ == KnownBug::undead; }

    void client_sends(ClientHost& client, const Request& request);
    void before_client_receives(ClientHost& client, const Reply& reply);
    [[nodiscard]] bool forgets_time(std::size_t client) const noexcept;

private:
    /// Puts of a session to a queue, as the manager knows them: in the order of their arrival.
    struct Renumbered {
        struct Piece {
            Position at_manager = 0, at_client = 0;
            std::uint64_t count = 0;
        };
        std::vector<Piece> pieces;
        Position next = 1;
    };
    struct Handed {
        QueueHandle queue = 0;
        std::int32_t priority = 0;
        Slice item;
    };
    struct Sent {
        QueueHandle queue = 0;
        Position first = 0;
        Columns columns;
        Run items;
    };
    using PerSession = std::pair<SessionId, std::uint64_t>;

    void renumber(const SessionId& session, Put& put);
    void renumber_back(const SessionId& session, PutDone& done);
    void withdraw_renumbered(const SessionId& session, Withdraw& withdraw);
    void move_to_tail(const SessionId& session, Request& request);
    void note_handed(Deliver& deliver);
    /// False: it is held back.
    bool change_acquire(ConnectionId from, const SessionId& session, Request& request);
    void change_results(const SessionId& session, RequestId id, Results& results);
    void send_again(ClientHost& client);

    World& world_;
    const KnownBug bug_;
    std::map<ConnectionId, Hello> hellos_;
    std::map<ConnectionId, SessionId> sessions_;
    std::map<PerSession, Renumbered> renumbered_;
    std::map<PerSession, Settle> asked_;
    std::map<Token, Handed> handed_;
    std::map<std::pair<QueueHandle, std::uint64_t>, std::uint64_t> places_;
    std::map<std::size_t, std::vector<Sent>> sent_;
    objects::Result read_before_;
    std::map<objects::ObjectHandle, ObjectKind> kinds_;
    std::map<ConnectionId, Request> held_back_;
    std::map<std::pair<SessionId, RequestId>, objects::ObjectHandle> campaigns_;
    std::map<objects::ObjectHandle, std::int64_t> terms_;
    RequestId own_requests_ = RequestId{1} << 40;
};

}  // namespace handoff::core::sim

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/manager_machine.hpp"
#include "simulation/promises/ledger.hpp"

namespace handoff::core::sim {

struct World;

/// Stands at the manager's door, sees what goes in and out, and knows from that alone what the
/// manager may do: to whom an item may be given, in which order, whose token is worth something.
/// Throws a Violation when it does something else.
///
/// Times are the manager's. A manager that stood still gives everybody more time than is counted
/// here, so what is demanded holds for it as well.
class Witness {
public:
    explicit Witness(World& world) : world_(world) {}

    void manager_begins(std::uint64_t life);
    void took(ConnectionId from, const Request& request, Now now);
    void heard_gone(ConnectionId connection) { connections_.erase(connection); }
    void said(ConnectionId to, const Reply& reply, Now now);
    /// The manager is told, and it is true. From now on nothing is owed to the process's sessions.
    void saw_end(const ClientProcess& process);
    void turn_ended(ManagerMachine& machine, Now now);

    /// Items of a queue that somebody may hold who may be alive.
    [[nodiscard]] std::size_t may_be_leased(QueueHandle queue, Now now) const;
    /// Items of a queue that were fetched, and of which nobody has said that he takes them.
    [[nodiscard]] std::size_t untaken(QueueHandle queue, Now now) const;
    /// What the session on this connection may have of a queue.
    [[nodiscard]] std::size_t may_hold(ConnectionId connection, const std::string& queue) const;
    /// Who may have items of a queue, for people.
    [[nodiscard]] std::string holders(QueueHandle queue, Now now) const;
    /// Looks at all that STATS tells.
    void check_counts(const StatsReply& report) const;

private:
    struct Queue {
        std::string name;
        QueueOptions options;
        std::map<ItemNumber, std::uint64_t> places;
        /// What came back and is surely ready, by its place in line.
        std::set<std::pair<std::int64_t, std::uint64_t>> returned;
        /// By priority, where that counts: the place of the last item handed out a first time.
        std::map<std::int32_t, std::uint64_t> last_first;
        std::map<Maker, std::map<std::uint64_t, std::uint64_t>> places_by_sequence;
    };
    struct Session {
        SessionId id{};
        ClientProcess process;
        bool process_over = false;
        ConnectionId connection = 0;
        Time heard{};
        bool over = false;
        bool doubtful = false;  ///< was silent for so long that the manager may have ended it
        RequestId done_below = 0;
        std::set<RequestId> known;
        std::map<RequestId, RequestBody> asked;
        std::map<std::pair<QueueHandle, Position>, ItemNumber> puts;
    };
    using SessionNumber = std::size_t;
    struct Delivery {
        ItemNumber item = 0;
        SessionNumber session = 0;
        QueueHandle queue = 0;
        std::uint64_t place = 0;
        ConnectionId connection = 0;
        bool held = false;
        bool over = false;
        bool doubtful = false;  ///< may have gone back unseen
        Millis lease{0};
        Time lapses = never;  ///< not before
        std::uint64_t counted = 0;
        Time delay_ends{};  ///< with which it was released, if it was. Wall clock
        Time not_before{};  ///< the same, once the manager has said so
    };
    /// One item of a DELIVER.
    struct Handed {
        const Deliver& deliver;
        const Part& part;
        std::uint32_t index = 0;
        ItemNumber item = 0;
        bool held = false;
        [[nodiscard]] Token token() const { return part.token + index; }
        [[nodiscard]] std::uint64_t place() const { return part.id + index; }
    };

    Session* session_at(ConnectionId connection);
    void take_welcome(ConnectionId to, const Welcome& welcome, Now now);
    void take_request(Session& session, SessionNumber number, const Request& request, Now now);
    void take_settle(SessionNumber number, const Settle& settle, Now now);
    void take_cursor(SessionNumber number, const std::optional<Cursor>& cursor, Now now);
    void take_credit(SessionNumber number, const Credit& credit, Now now);
    void hear(Session& session, SessionNumber number, Now now);
    void doubt_held(SessionNumber number);
    void start_lease(Delivery& delivery, Now now);
    void may_drop(QueueHandle queue, bool forgets_keys = false);
    template <typename Use>
    void for_each_delivery(SessionNumber session, Range tokens, Use use);

    void answer_put(Session& session, const PutDone& done);
    void answer_settle(SessionNumber number, const Settle& settle, const Settled& settled, Now now);
    void answer_commit(SessionNumber number, const Commit& commit);
    void enter(ItemNumber number);
    void accept_ack(SessionNumber number, Token token);
    void came_back(const Settle& settle, Token token, Delivery& delivery);

    void hand_out(SessionNumber number, const Handed& what, Now now);
    void check_reason(const Item& item, SessionNumber to, Now now);
    void check_time(const Item& item, const Handed& what, Now now) const;
    void check_order(Queue& queue, const Item& item, const Handed& what);
    [[nodiscard]] std::pair<std::int64_t, std::uint64_t> rank(const Queue& queue, const Item& item,
                                                              std::uint64_t place) const;
    [[nodiscard]] bool may_be_dead(const Session& session, Now now) const;

    World& world_;
    std::uint64_t life_ = 0;
    std::deque<Session> sessions_;
    std::map<SessionId, SessionNumber> session_ids_;
    std::map<ConnectionId, SessionNumber> connections_;
    std::map<ConnectionId, Hello> hellos_;
    std::map<QueueHandle, Queue> queues_;
    std::map<Token, Delivery> deliveries_;
    Token last_token_ = 0;
    std::uint64_t turns_ = 0;
};

}  // namespace handoff::core::sim

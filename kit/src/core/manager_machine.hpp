#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/commit_gate.hpp"
#include "core/journal.hpp"
#include "core/log_book.hpp"
#include "core/messages.hpp"
#include "core/objects/registered.hpp"
#include "core/rights.hpp"
#include "core/time.hpp"

namespace handoff::core {
namespace manager {
struct State;
}

/// What a manager is, apart from its sockets.
struct ManagerSettings {
    ManagerId id{};           ///< random, of this life
    std::uint64_t epoch = 1;  ///< grows with each life on the same data
    Token first_token = 1;    ///< larger than any that an earlier life may have given
    Limits limits;
    std::uint64_t sessions_max = 4096;
    std::uint64_t queues_max = 65536;
    bool watches_processes = true;  ///< false: who is dead is known by silence alone
    std::uint64_t objects_max = 65536;
    std::uint64_t waiters_max = 65536;           ///< waiting calls on one queue or object
    std::uint64_t key_sessions_max = 1024;       ///< sessions of one key
    std::uint64_t items_bytes_max = unlimited;   ///< in all queues
    std::map<std::string, QueueOptions> queues;  ///< what the manager's file says of queues
    Roles roles;                                 ///< likewise, of clients with keys
    bool store = false;         ///< queues can be durable: somebody stores what each turn changed
    std::string store_failure;  ///< why there is no store, where there should be one
};

/// The process of a client, as its HELLO names it.
struct ClientProcess {
    std::string boot_id;  ///< of its machine
    std::uint64_t pid_namespace = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_time = 0;  ///< clock ticks since boot
    bool operator==(const ClientProcess&) const = default;
};

/// A process to look after on behalf of a session; empty: the session is over.
struct Watch {
    Holder session = 0;
    std::optional<ClientProcess> process;
    bool operator==(const Watch&) const = default;
};

/// The manager as a pure machine: (message, now) in, messages out. Sessions, queues, waiting calls,
/// de-duplication, commits, deadlines; no socket, no thread, no clock.
///
/// A turn: apply() what has arrived, tick(), end_turn(); after the store has the turn, committed();
/// then take_outgoing(). Input is applied before deadlines fire.
///
/// Thread safety: none; one owner.
class ManagerMachine {
public:
    /// `recovered` is what its store knows.
    ManagerMachine(ManagerSettings settings, Now now, const Recovered& recovered = {});
    ~ManagerMachine();
    ManagerMachine(const ManagerMachine&) = delete;
    ManagerMachine& operator=(const ManagerMachine&) = delete;
    ManagerMachine& operator=(ManagerMachine&&) noexcept;

    /// One message of a connection.
    void apply(ConnectionId from, Request request, Now now);

    /// A frame that could not be read: answered with FAILED and counted.
    void malformed(ConnectionId from, RequestId id, errc code, const std::string& text);

    /// A connection is gone. Only a hint: nothing is freed, its session lives on until its limit.
    void disconnected(ConnectionId connection, Now now);

    /// Sessions whose processes somebody could look after, and those that are over since; the
    /// latter were told of before.
    std::vector<Watch> take_watches();
    /// The process of that session has ended. Not a hint: the session ends within milliseconds.
    void process_ended(Holder session, Now now);
    /// The sessions of clients with keys for whom there is a reason end: a key may not be let in
    /// any more, or be of another name and so of other roles. Empty: there is none.
    using ReasonToEnd = std::function<std::string(const Principal&)>;
    void end_sessions_of(const ReasonToEnd& reason, Now now);

    /// What clients with keys may do from now on, also those that have a session: what they wait
    /// for and may not have any more ends with errc::not_authorised.
    void set_roles(Roles roles, Now now);

    // ---- registered types, whose methods its owner runs beside it

    /// From now on there is a registered type of this name; calls of its methods wait until it
    /// begins. Throws errc::invalid_argument, errc::limit_exceeded, and errc::object_mismatch if
    /// the name is in use.
    objects::ObjectHandle expose(const std::string& name);
    void begin_type(objects::ObjectHandle type, const objects::TypeSettings& settings);
    void withdraw_type(objects::ObjectHandle type, Now now);
    /// What is to be done for them.
    std::vector<objects::Errand> take_errands();
    /// The result of a method stays and becomes an object without a name, on which methods are run
    /// as on a registered type; its caller is told a reference to it. Returns its handle; 0: there
    /// is none. If nobody refers to it, the errands say at once that it goes.
    objects::ObjectHandle object_returned(objects::ObjectHandle type, std::uint64_t number,
                                          const objects::TypeSettings& settings, Now now);
    /// A method was run, or was not begun as its errand was stopped.
    void method_done(objects::ObjectHandle type, std::uint64_t number, objects::Result result,
                     Now now);

    /// Fires the deadlines that are due. After a gap of this process's own (it was stopped, or the
    /// machine suspended) longer than a quarter of the session limit, every boottime deadline first
    /// moves by that gap.
    void tick(Now now);

    /// The manager is about to end, and nobody will answer later: who ever said CREDIT hears of
    /// what is closed and drained, and shows that this, and all before it, has arrived.
    void say_farewell(Now now);
    [[nodiscard]] bool farewell_is_answered() const;

    /// When tick() has something to do next; as times of the clocks given to it.
    [[nodiscard]] Deadlines next_deadline() const;

    /// What the turn changed of what is to outlive the manager, before it ends; empty if it rests
    /// on nothing that has to be stored. committed() is owed for those that are not.
    [[nodiscard]] std::optional<Changes> take_changes();
    /// So many bytes may still be put into durable queues; what puts of earlier turns will take is
    /// counted as taken.
    void set_store_room(std::uint64_t bytes);
    /// Ends the turn.
    Turn end_turn();
    void committed(Turn turn);
    std::vector<Outgoing> take_outgoing();
    /// What happened to sessions and strangers, for those who keep a log.
    std::vector<LogEntry> take_log();

    /// All that STATS could tell, in one piece. For the manager's owner, so that what is not stored
    /// yet is in it.
    [[nodiscard]] StatsReply report(Now now);

private:
    std::unique_ptr<manager::State> state_;
};

}  // namespace handoff::core

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/client_machine.hpp"
#include "simulation/applications/referrers.hpp"
#include "simulation/applications/sharers.hpp"
#include "simulation/applications/streamers.hpp"
#include "simulation/promises/ledger.hpp"
#include "simulation/world/plan.hpp"

namespace handoff::core::sim {

struct World;
class ClientHost;

/// What a process does with its client: calls of every kind, drawn by lot, and what their ends mean
/// is noted in the ledger.
class Application {
public:
    Application(World& world, ClientHost& host, const Habits& habits);

    /// One thing, drawn by lot.
    void act();
    /// Of every call, also those of streams, before anything else is made of it.
    void note_end(const Completion& completion);
    void ended(const Completion& completion);
    /// After whatever came in; checks that nothing is overdue.
    void look();
    /// Nobody will ever know how its open calls end.
    void died();

    // ---- at the end of a run
    void cancel_all();
    void settle_all();
    /// Makes the dead ready, takes whatever there is, and acknowledges it.
    void drain();
    [[nodiscard]] bool idle() const;
    /// What keeps it from that, for people.
    [[nodiscard]] std::string unfinished() const;

    /// What a call waits for that has not ended.
    enum class For : std::uint8_t { items, room, an_answer, others };
    struct Waiting {
        CallId call = 0;
        For what = For::others;
        std::vector<std::size_t> queues;
    };
    [[nodiscard]] std::vector<Waiting> waiting() const;
    [[nodiscard]] std::size_t waiting_gets() const { return count(Kind::get); }
    [[nodiscard]] bool surely_has(ItemNumber item) const;
    [[nodiscard]] Streamers& streamers() noexcept { return streamers_; }

    [[nodiscard]] Sharers& sharers() noexcept { return sharers_; }
    [[nodiscard]] Referrers& referrers() noexcept { return referrers_; }

    // ---- for its streamers, sharers and referrers
    using Wait = ClientMachine::Wait;
    Wait draw_wait();
    CallId share(RequestBody calls, const Wait& wait);
    QueueRef ref_of(std::size_t queue);
    [[nodiscard]] Columns draw_columns(std::size_t queue);
    /// Nobody waits for the answer.
    void release(QueueRef queue, Token token, Millis delay);

private:
    struct Lease {
        ItemNumber item = 0;
        std::size_t queue = 0;
        QueueRef ref = 0;
        Token token = 0;
        std::uint64_t generation = 0;
        std::uint64_t life = 0;  ///< of the manager that gave it
        Time surely_until{};
    };
    enum class Kind : std::uint8_t { put, get, settle, commit, confirm, shared, other };
    struct Call {
        Kind kind = Kind::other;
        std::vector<std::size_t> queues;
        Time begun{};
        Time until = never;
        Time cancelled = never;
        std::vector<ItemNumber> puts;
        std::vector<Lease> acks;
        std::vector<Lease> delivered;  ///< to be handed out if the session lives
    };
    [[nodiscard]] std::size_t count(Kind kind) const;
    CallId call(Kind kind, RequestBody body, const Wait& wait, std::vector<std::size_t> queues);
    Call& remember(CallId id, Kind kind, const Wait& wait, std::vector<std::size_t> queues);
    std::optional<Lease> draw_lease();
    void detached(Verb verb, const Lease& lease);
    void release_or_ack(Verb verb, QueueRef queue, Token token, Millis delay);

    void put();
    void put_items(std::size_t queue, const std::vector<ItemNumber>& items, const Columns& columns);
    void get();
    void settle();
    void ack(const Lease& lease);
    void commit();
    void ask();
    void administer();
    void end_queue(std::size_t queue);
    void cancel();

    void put_ended(const Call& call, const Outcome& outcome);
    void get_ended(const Call& call, const Completion& completion);
    void hand_out(const std::vector<Lease>& leases);
    void settle_ended(const Call& call, const Outcome& outcome);
    void commit_ended(const Call& call, const Outcome& outcome);
    void check_size(const Call& call, const StatsReply& stats);
    void check_told_of_restart(const Call& call, errc code);

    World& world_;
    ClientHost& host_;
    const Habits habits_;
    Streamers streamers_;
    Sharers sharers_;
    Referrers referrers_;
    std::map<CallId, Call> calls_;
    std::vector<Lease> leases_;
    std::vector<Maker> makers_;  ///< by queue
    std::vector<std::uint64_t> made_;
    /// By queue: the life in which it answered last. 0: none, or it was said to be gone.
    std::vector<std::uint64_t> lives_;
};

}  // namespace handoff::core::sim

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/arena.hpp"
#include "core/extent.hpp"
#include "core/journal.hpp"
#include "core/key_window.hpp"
#include "core/messages.hpp"
#include "core/time.hpp"

namespace handoff::core {

/// The settings in force of one queue.
struct QueueSettings {
    std::uint64_t capacity = 1'000'000;
    std::uint64_t capacity_bytes = 1u << 30;
    Order order = Order::fifo;
    Millis lease{30'000};
    std::uint64_t deliveries_max = 16;
    std::string dead_letter;
    Durability durability = Durability::memory;
    Millis key_window{600'000};
    std::uint64_t keys_max = 100'000;

    /// `wanted` over the defaults.
    static QueueSettings from(const QueueOptions& wanted);
    /// With every field set.
    [[nodiscard]] QueueOptions options() const;
};

/// What a take should get.
struct Borrow {
    Holder holder = 0;
    std::uint32_t items_max = 1;
    std::uint64_t bytes_max = unlimited;  ///< at least one item comes, however large
    std::optional<Millis> lease;          ///< else the queue's
    bool held = false;     ///< prefetched: lease time and delivery count start with taken_up_to()
    bool lasting = false;  ///< who gets it goes on after a restart of the manager, and so does this
};

/// What a take got: as messages.hpp describes a part, with the bytes of its items.
struct Lent {
    Part part;
    Slice run;
};

/// What a settlement did.
struct SettleResult {
    std::uint64_t done = 0;
    std::vector<Range> refused;  ///< tokens that this holder does not hold
};

/// One queue: its items, their order, their leases, their deadlines. Knows nothing of sessions,
/// requests or who waits; the manager's machine (and each producer of the direct engine) drives it.
///
/// An item is ready, leased, delayed or dead; until it is acknowledged it counts against both
/// capacities, with the bytes of its payload, its length header, its key, headers and trace.
///
/// Every operation costs O(log n) at most in the number of extents and leases, and O(1) per item
/// concerned. What is stored keeps at most four times its size alive. Tokens given to one queue
/// must grow. Durations must not be negative. Time is passed in.
///
/// Thread safety: none; one owner.
class Queue {
public:
    explicit Queue(QueueSettings settings);

    [[nodiscard]] const QueueSettings& settings() const noexcept { return settings_; }

    // ---- what outlives the manager

    /// What becomes of its items is written there from now on.
    void write_to(ItemJournal journal);

    /// Before anything else: what an earlier life of the manager left, by the order of its ids.
    /// Items that were lent to `holders` are so again, with all of their lease before them.
    void restore(const Recovered::Queue& known, const std::set<Holder>& holders, Now now);

    // ---- room and puts

    /// How many leading items of `run` fit now; all of them or fewer. `freed` items and bytes are
    /// counted as gone already (a commit acknowledges before it puts).
    struct Freed {
        std::uint64_t items = 0;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] std::uint32_t fits(const Run& run, Freed freed) const noexcept;
    [[nodiscard]] std::uint32_t fits(const Run& run) const noexcept { return fits(run, {}); }
    /// The same for items with a key, headers or a trace, which those above do not know of.
    [[nodiscard]] std::uint32_t fits(const Run& run, const Columns& columns,
                                     Freed freed) const noexcept;

    /// Whether an item of so many bytes (its length header, key, headers and trace included) could
    /// ever fit.
    [[nodiscard]] bool can_ever_fit(std::uint64_t item_bytes) const noexcept;

    /// Whether an item with this key came in within the key window, whatever became of it. A put
    /// of such a key is done without another item; who asks decides that, and says recognised().
    [[nodiscard]] bool remembers(const std::string& key, Now now) const;
    void recognised() noexcept { ++counters_.duplicates; }

    /// Takes all of `run`, which must fit and hold whole items. Small runs are copied into the
    /// queue's own storage, large ones are kept as they came. An item whose time to live is shorter
    /// than its delay leaves when that ends. A key is remembered from now on.
    void put(const Columns& columns, const Run& run, Now now);

    /// Takes items that died in another queue; they must fit. They come as new: put now, not yet
    /// delivered, without time to live; but with their reason, key, headers and trace. Here their
    /// keys are not remembered.
    void adopt(Extent dead, Now now);

    // ---- taking

    /// Lends what is ready, best first, in as few parts as columns and storage allow. Takes as many
    /// tokens from `next_token` as it lends items. Empty if nothing is ready. What has expired is
    /// not lent, even before advance() has seen it.
    std::vector<Lent> take(const Borrow& borrow, Token& next_token, Now now);

    /// What the range still holds for `holder`, in items and bytes.
    [[nodiscard]] Freed lent_to(Holder holder, Range tokens) const noexcept;
    /// What take() lent `holder` within the range, once more: as it was, in parts that may be
    /// smaller, and without what has ended since. The range must not begin or end within a part.
    [[nodiscard]] std::vector<Lent> lent(Holder holder, Range tokens) const;

    // ---- settling; tokens that `holder` does not hold are refused, the others are done
    //
    // Any range will do, at a cost of this holder's own leases; one that is reversed is refused as
    // it is. Whoever settles a held item has taken it, except by give_back(). An item that comes
    // back, in whatever way, is dropped if it has expired or the queue was closed now, and dead if
    // it has been delivered `deliveries_max` times.

    SettleResult ack(Holder holder, Range tokens);
    /// Back to their old place, at once or after `delay`.
    SettleResult release(Holder holder, Range tokens, Millis delay, Now now);
    /// Dead, also in a queue that was closed now. The first 1024 bytes of the reason are kept.
    SettleResult bury(Holder holder, Range tokens, const std::string& reason, Now now);
    /// The lease runs for `lease`, else for the queue's lease time, from now.
    SettleResult extend(Holder holder, Range tokens, std::optional<Millis> lease, Now now);
    /// Held items that the application never took go back uncounted; taken ones are refused.
    SettleResult give_back(Holder holder, Range tokens, Now now);

    /// The application of `holder` has taken held items up to and including `token`: their lease
    /// and their delivery count start now.
    void taken_up_to(Holder holder, Token token, Now now);

    /// While pinned, a lease does not lapse: its commit waits for room. It lasts one lease time
    /// more once it is unpinned as often as it was pinned: several commits may wait with it. A held
    /// item counts as taken with this: commits are of taken items.
    void pin(Holder holder, Range tokens, bool pinned, Now now);

    /// Returns all that `holder` has. Its leases have been delivered, its held items have not; but
    /// if it died and had no lease, the first of them counts: it may have been taken without a
    /// word, and be what killed it.
    void return_all(Holder holder, bool died, Now now);

    /// Returns the held items of `holder` uncounted; its leases stay. If it is silent, and has no
    /// lease, the first of them counts, as above.
    void return_held(Holder holder, bool silent, Now now);

    /// Held (prefetched, not yet taken) items of `holder`.
    [[nodiscard]] std::uint64_t held_by(Holder holder) const noexcept;
    /// All that `holder` has not settled: leased and held.
    [[nodiscard]] Freed outstanding(Holder holder) const noexcept;

    // ---- the dead

    /// Removes up to `items_max` of the oldest dead items as one extent, for another queue to
    /// adopt; empty if there are none. They count as dead-lettered.
    std::optional<Extent> take_dead(std::uint32_t items_max);
    /// The oldest dead items that share their columns, still in place; null if there are none.
    [[nodiscard]] const Extent* oldest_dead() const noexcept;
    /// Makes up to `items_max` dead items ready again, oldest first, their deliveries and reasons
    /// forgotten. Drops the expired ones that it meets; returns how many are ready now.
    std::uint64_t kick(std::uint64_t items_max, Now now);

    // ---- the whole queue

    void close() noexcept { closed_ = true; }
    /// Also drops what is ready or delayed, and what comes back later; the dead stay. Returns how
    /// many went now.
    std::uint64_t close_now();
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// It was closed now: what comes back is dropped.
    [[nodiscard]] bool discards() const noexcept { return discard_; }
    /// Nothing is ready or delayed, and nobody but `holder` has a lease that might come back.
    [[nodiscard]] bool drained_for(Holder holder) const noexcept;

    /// Drops what is ready or delayed, and what is dead if so wanted. Returns how many went.
    std::uint64_t purge(bool also_dead);

    /// The first items of a state, without tokens: ready ones in the order of their delivery,
    /// delayed ones by when that ends, dead ones oldest first, leased ones by token.
    [[nodiscard]] std::vector<Lent> peek(ItemState state, std::uint32_t items_max) const;

    /// Ready, leased and delayed items: what join waits for.
    [[nodiscard]] std::uint64_t unfinished() const noexcept;
    [[nodiscard]] std::uint64_t ready() const noexcept { return ready_count_; }
    /// What the item weighs that would be taken next; 0 if none is ready.
    [[nodiscard]] std::uint64_t next_weight() const noexcept {
        return ready_.empty() ? 0 : ready_.begin()->second.weight(1);
    }

    /// Counts and counters; name, handle and waiting calls are the manager's to fill in.
    /// `deliveries` counts what was handed to an application, held items once they are taken;
    /// `redeliveries` those of them that had been delivered before; `releases` what was returned by
    /// its holder, also at a holder's goodbye; `lapses` what a deadline or a death returned;
    /// `buried` what became dead, for whichever reason; `purged` also what a close-now dropped;
    /// `duplicates` puts, not items.
    [[nodiscard]] QueueStats stats() const;
    /// As in the statistics.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

    // ---- time

    /// When advance() has something to do next.
    [[nodiscard]] Deadlines next_deadline() const noexcept;
    /// Leases lapse, delays end, times to live run out, keys are forgotten: all that is due.
    void advance(Now now);

private:
    /// Where an item stands among the ready: smaller comes first. It never changes, so what comes
    /// back takes its old place.
    struct Place {
        std::int64_t rank = 0;
        std::uint64_t id = 0;
        auto operator<=>(const Place&) const = default;
    };
    struct Lease {
        Extent extent;
        Time deadline = never;  ///< boottime; never while held or pinned
        Millis duration{0};
        bool held = false;
        bool lasting = false;
        std::uint32_t pins = 0;  ///< commits that wait with it
    };
    using Leases = std::map<Token, Lease>;  ///< by the token of the extent's first item
    /// All that one holder has.
    struct Hand {
        Leases leases;
        std::uint64_t items = 0;
        std::uint64_t bytes = 0;
        std::uint64_t held = 0;
        Token untaken = 0;  ///< no held item has a smaller token
    };
    struct Due {
        Time at{};
        Holder holder = 0;
        Token token = 0;
        auto operator<=>(const Due&) const = default;
    };

    // Putting and taking
    Extent fresh(const Columns& columns, std::uint32_t count, Now now);
    bool joins_last(const Extent& extent, std::string_view bytes);
    void put_new(Extent extent, Millis delay, Now now);
    [[nodiscard]] Place place_of(const Extent& extent) const noexcept;
    void make_ready(Extent extent);
    void insert_ready(Extent extent);
    Extent pop_ready(std::uint32_t n);
    Lent lend(Extent extent, const Borrow& borrow, Token token, Now now);
    static Lent describe(const Extent& extent, Token token);

    // Leases
    void add_lease(Holder holder, Hand& hand, Token token, Lease lease);
    void lend_again(const ItemsIn& in, Now now);
    Lease cut_lease(Holder holder, Hand& hand, Leases::iterator& it, Range piece);
    void keep_front(Holder holder, Hand& hand, Token token, Lease lease);
    template <class Wanted, class Action>
    SettleResult settle(Holder holder, Range tokens, Wanted wanted, Action action);
    void take_up(Lease& lease);
    static void start_clock(Lease& lease, Now now) noexcept;
    void lapse(const Due& due, Now now);

    // Where an item goes
    void count_delivery(Extent& extent);
    void come_back(Extent extent, Millis delay, Now now);
    [[nodiscard]] bool only_holds(Holder holder) const noexcept;
    void come_back_untaken(Extent extent, bool& suspect, Now now);
    void set_aside(Extent extent, Time until);
    void die(Extent extent, std::string_view reason);
    Extent pop_dead(std::uint64_t items_max);
    void drop(const Extent& extent, std::uint64_t& counter);
    std::uint64_t drop_waiting();
    [[nodiscard]] std::vector<Lent> peek_leased(std::uint32_t items_max) const;

    QueueSettings settings_;
    ItemJournal journal_;
    Arena arena_;
    KeyWindow keys_;
    std::map<Place, Extent> ready_;
    std::multimap<Time, Extent> delayed_;     ///< by when they leave: due, or expired before; wall
    std::map<std::uint64_t, Extent> dead_;    ///< by the id of the first item
    std::unordered_map<Holder, Hand> hands_;  ///< none is empty
    std::set<Due> lapses_;                    ///< lease deadlines, boottime
    std::set<std::pair<Time, Place>> expiries_;  ///< of ready extents with a time to live, wall
    std::uint64_t next_id_ = 1;
    std::uint64_t items_ = 0;  ///< everything not acknowledged
    std::uint64_t bytes_ = 0;  ///< the weight of it
    std::uint64_t ready_count_ = 0;
    std::uint64_t leased_count_ = 0;
    std::uint64_t delayed_count_ = 0;
    std::uint64_t dead_count_ = 0;
    bool closed_ = false;
    bool discard_ = false;  ///< closed now: what comes back is dropped
    QueueStats counters_;   ///< only the counters are kept here; stats() fills in the rest
};

}  // namespace handoff::core

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/journal.hpp"
#include "simulation/world/schedule.hpp"
#include "storekeeper.hpp"
#include "support/known.hpp"

namespace handoff::core::sim {

struct World;

/// Transactions as the disk counts them, over all lives of the manager.
using Transaction = std::uint64_t;

/// The manager's data and what can happen to them. What its turns changed is written in groups, one
/// after the other; each is there wholly or not at all. It takes its time, and several turns share
/// a group when they come meanwhile. The system has what was written, the platter what was synced.
class Disk {
public:
    explicit Disk(World& world);

    // ---- for the manager, as its storekeeper
    /// What is there; a new epoch begins. Throws errc::store_failed if it cannot be trusted,
    /// errc::store_full now and then if it is full.
    Recovered open();
    void store(Changes turn);
    [[nodiscard]] bool has_news() const noexcept { return news_; }
    [[nodiscard]] Storekeeper::Report report();
    /// Its process is gone, or begins anew: what was being written may be there or not.
    void close();

    // ---- what happens to it
    /// After close(): of what was not synced, the newest may be gone.
    void lose_power();
    void fill_up_until(Time when) { full_until_ = when; }
    void slow_down_until(Time when) { slow_until_ = when; }
    void fail_next_commit() { fails_commit_ = true; }
    void fail_next_sync() { fails_sync_ = true; }
    void flip_bit() { flipped_ = true; }
    /// An operator writes the files anew, and brings back from elsewhere what is damaged.
    void mend();

    // ---- for those who look on
    [[nodiscard]] bool idle() const noexcept { return !writing_ && waiting_.empty() && !news_; }
    /// The last transaction that the manager was told of.
    [[nodiscard]] Transaction told() const noexcept { return told_; }
    /// When the first of those turns ended of which the last report told.
    [[nodiscard]] Time told_since() const noexcept { return told_since_; }
    [[nodiscard]] bool is_full() const;
    /// Since when there has been room.
    [[nodiscard]] Time room_since() const noexcept { return full_until_; }
    [[nodiscard]] bool sync_failed() const noexcept { return sync_failed_; }
    struct Loss {
        Transaction left = 0;  ///< all after it are gone
    };
    /// What was lost since this was asked.
    [[nodiscard]] std::optional<Loss> take_loss() { return std::exchange(loss_, std::nullopt); }

private:
    struct Group {
        Transaction number = 0;
        std::vector<Changes> turns;
        Time since{};
        Durability level = Durability::memory;
        bool written = false;
    };

    void write_next();
    void written(std::uint64_t opening);
    void synced(std::uint64_t opening);
    void done();
    void fail(errc code, const char* why);
    void sync_all();
    void lose_some();
    [[nodiscard]] Time draw_delay() const;

    World& world_;
    test::Known platter_;
    std::uint64_t epoch_ = 0;
    std::deque<Group> unsynced_;
    std::deque<Changes> waiting_;
    Time waiting_since_{};
    Time done_since_ = never;  ///< of what is not told yet
    Time told_since_{};
    std::optional<Group> writing_;
    std::uint64_t opening_ = 0;  ///< what an earlier one began does not go on
    Transaction last_ = 0;
    Transaction told_ = 0;
    Storekeeper::Report report_;
    bool news_ = false;
    bool open_ = false;
    Time full_until_{};
    Time slow_until_{};
    bool fails_commit_ = false;
    bool fails_sync_ = false;
    bool sync_failed_ = false;
    bool flipped_ = false;
    std::optional<Loss> loss_;
};

}  // namespace handoff::core::sim

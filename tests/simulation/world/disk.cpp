#include "simulation/world/disk.hpp"

#include <algorithm>
#include <utility>

#include "simulation/world/wording.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

namespace {
constexpr const char* the_disk = "disk";
constexpr std::uint64_t plenty = 1u << 30;
}  // namespace

Disk::Disk(World& world) : world_(world) {}

Recovered Disk::open() {
    if (flipped_) {
        throw Error(errc::store_failed, "the store is damaged: a fact does not match its sum");
    }
    if (sync_failed_) throw Error(errc::store_failed, "a sync of the store failed");
    if (is_full() && world_.lots.one_in(2)) {
        throw Error(errc::store_full, "there is no room to write down that an epoch begins");
    }
    // The new epoch is synced, and so is all before it.
    sync_all();
    ++opening_;
    open_ = true;
    report_ = {};
    report_.room = is_full() ? 0 : plenty;
    news_ = true;
    Recovered recovered = test::recovered_of(platter_);
    recovered.epoch = ++epoch_;
    return recovered;
}

bool Disk::is_full() const {
    return world_.schedule.now() < full_until_;
}

Time Disk::draw_delay() const {
    const bool slow = world_.schedule.now() < slow_until_;
    return world_.lots.within(slow ? 50 * world_.plan.disk_delay_max : world_.plan.disk_delay_max);
}

// ------------------------------------------------------------------ writing

void Disk::store(Changes turn) {
    if (report_.failure) return;
    world_.trace.tell(world_.schedule.now(), the_disk, [&] { return "gets " + in_words(turn); });
    if (waiting_.empty()) waiting_since_ = world_.schedule.now();
    waiting_.push_back(std::move(turn));
    if (!writing_) write_next();
}

void Disk::write_next() {
    if (waiting_.empty()) return;
    writing_ = Group{++last_, {}, waiting_since_, Durability::memory, false};
    for (Changes& turn : std::exchange(waiting_, {})) {
        writing_->level = std::max(writing_->level, turn.level);
        writing_->turns.push_back(std::move(turn));
    }
    world_.schedule.after(draw_delay(), [this, opening = opening_] { written(opening); });
}

void Disk::written(std::uint64_t opening) {
    if (opening != opening_ || !open_) return;
    if (std::exchange(fails_commit_, false)) return fail(errc::store_full, "a commit fails");
    writing_->written = true;
    unsynced_.push_back(*writing_);
    if (writing_->level != Durability::fsync) return done();
    world_.schedule.after(draw_delay(), [this, opening] { synced(opening); });
}

void Disk::synced(std::uint64_t opening) {
    if (opening != opening_ || !open_) return;
    if (std::exchange(fails_sync_, false)) {
        sync_failed_ = true;
        return fail(errc::store_failed, "a sync fails");
    }
    sync_all();
    done();
}

void Disk::sync_all() {
    for (const Group& group : std::exchange(unsynced_, {})) {
        for (const Changes& turn : group.turns) platter_.apply(turn);
    }
}

void Disk::done() {
    world_.trace.tell(world_.schedule.now(), the_disk, [&] {
        return "has transaction " + std::to_string(writing_->number) + ", turns up to " +
               std::to_string(writing_->turns.back().turn) +
               (writing_->level == Durability::fsync ? ", synced" : "");
    });
    report_.committed = writing_->turns.back().turn;
    report_.room = is_full() ? 0 : plenty;
    news_ = true;
    done_since_ = std::min(done_since_, writing_->since);
    writing_.reset();
    world_.manager.hear_of_store();
    write_next();
}

void Disk::fail(errc code, const char* why) {
    world_.trace.tell(world_.schedule.now(), the_disk, [&] { return why; });
    report_.failure = Error(code, why);
    news_ = true;
    writing_.reset();
    waiting_.clear();
    world_.manager.hear_of_store();
}

Storekeeper::Report Disk::report() {
    news_ = false;
    told_since_ = std::min(std::exchange(done_since_, never), world_.schedule.now());
    if (!report_.failure) told_ = writing_ ? writing_->number - 1 : last_;
    return report_;
}

// ------------------------------------------------------------------ what happens to it

void Disk::close() {
    if (writing_ && !writing_->written && world_.lots.one_in(2)) unsynced_.push_back(*writing_);
    writing_.reset();
    waiting_.clear();
    open_ = false;
    news_ = false;
}

void Disk::lose_power() {
    lose_some();
    world_.trace.tell(world_.schedule.now(), the_disk, [&] {
        return "loses power, and has all up to transaction " + std::to_string(loss_->left);
    });
}

/// The log may be torn at any transaction: what lies behind it is nobody's.
void Disk::lose_some() {
    const std::size_t left = world_.lots.below(unsynced_.size() + 1);
    const Transaction last =
        left < unsynced_.size() ? unsynced_[left].number - 1 : std::max(last_, told_);
    unsynced_.erase(unsynced_.begin() + static_cast<std::ptrdiff_t>(left), unsynced_.end());
    loss_ = Loss{loss_ ? std::min(loss_->left, last) : last};
}

void Disk::mend() {
    flipped_ = false;
    full_until_ = std::min(full_until_, world_.schedule.now());
    slow_until_ = {};
    fails_commit_ = fails_sync_ = false;
    if (!std::exchange(sync_failed_, false)) return;
    lose_some();
    world_.trace.tell(world_.schedule.now(), the_disk, [&] {
        return "is compacted, and has all up to transaction " + std::to_string(loss_->left);
    });
}

}  // namespace handoff::core::sim

#include "chaos/field/field.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "handoff/client.hpp"

namespace chaos {

using namespace std::chrono_literals;

namespace {

constexpr Nanoseconds stuck_after = 45 * second;  // longer than all faults of one moment together
constexpr Nanoseconds drained_within = 60 * second;

/// The handler does nothing: the signal wakes the one who waits for it.
void wait_for_a_child(Nanoseconds at_most) {
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    const timespec limit{0, at_most};
    ::sigtimedwait(&child, nullptr, &limit);
}

}  // namespace

Field::Field(const Settings& settings, const std::filesystem::path& folder)
    : settings_{settings}, folder_{folder}, random_{settings.seed} {
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child, nullptr);
    make_house("fsync", 2, true);
    make_house("memory", 0, false);
    make_small_disk();
}

Field::~Field() {
    houses_.clear();
    if (small_ != nullptr) ::umount2((folder_ / "disk").c_str(), MNT_DETACH);
}

void Field::make_house(const std::string& name, std::uint8_t durability, bool mortal) {
    auto house = std::make_unique<House>();
    house->name = name;
    house->durability = durability;
    house->mortal = mortal;
    house->folder = folder_ / name;
    std::filesystem::create_directory(house->folder);
    if (durability > 0) house->data = (house->folder / "data").string();
    house->proxy = std::make_unique<Proxy>();
    for (const char* queue : {"flow", "line"}) {
        for (const Role role : {Role::producer, Role::consumer}) {
            for (int i = 0; i < (std::string{queue} == "flow" ? 2 : 1); ++i) {
                Slot slot;
                slot.role = role;
                slot.queue = queue;
                house->slots.push_back(std::move(slot));
            }
        }
    }
    case_.ordered.push_back(name + "/line");
    houses_.push_back(std::move(house));
}

/// A file system of its own, which goes with the last process that sees it.
void Field::make_small_disk() {
    const std::filesystem::path disk = folder_ / "disk";
    std::filesystem::create_directory(disk);
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("chaos", disk.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=96m") != 0) {
        tally_.skipped["the disk is full"] =
            std::string("no small file system can be made here: ") + std::strerror(errno);
        make_house("os", 1, true);
        return;
    }
    make_house("os", 1, true);
    small_ = houses_.back().get();
    small_->data = (disk / "data").string();
    small_->data_reserve = 16u << 20;
}

void Field::start_worker(House& house, Slot& slot) {
    Orders orders = house.orders(slot.role);
    slot.by_tcp = dice(2) == 0;
    if (slot.by_tcp) orders.endpoint = house.tcp();
    orders.queue = slot.queue;
    orders.number = next_number_++;
    const TakeMode fastest = slot.queue == "flow" ? TakeMode::stream : TakeMode::many;
    if (draining_) {
        orders.mode = static_cast<std::uint8_t>(fastest);
    } else if (slot.role == Role::producer) {
        constexpr PutMode modes[] = {PutMode::stream, PutMode::stream, PutMode::stream,
                                     PutMode::many,   PutMode::single, PutMode::keyed};
        orders.mode = static_cast<std::uint8_t>(modes[dice(6)]);
    } else if (slot.queue == "flow") {
        constexpr TakeMode modes[] = {TakeMode::stream, TakeMode::stream, TakeMode::stream,
                                      TakeMode::many,   TakeMode::single, TakeMode::get};
        orders.mode = static_cast<std::uint8_t>(modes[dice(6)]);
    } else {
        orders.mode = static_cast<std::uint8_t>(dice(4) == 0 ? TakeMode::single : TakeMode::many);
    }
    orders.history = house.folder / ("worker-" + std::to_string(orders.number));
    slot.progress_seen = 0;
    slot.stuck = false;
    slot.actor = std::make_unique<Actor>(std::move(orders));
    ++tally_.processes;
}

void Field::bury_worker(House& house, Slot& slot, bool killed) {
    case_.tales.push_back(house.tell(slot, killed));
    slot.actor.reset();
}

void Field::violate(const std::string& text) {
    std::fprintf(stderr, "chaos: VIOLATION: %s\n", text.c_str());
    tally_.violations.push_back(text);
}

void Field::run() {
    begin_ = now_ns();
    next_kill_ = begin_ + second;
    next_harm_ = begin_ + second;
    for (auto& house : houses_) {
        house->progress_at = begin_;
        house->start_manager();
        for (Slot& slot : house->slots) start_worker(*house, slot);
    }
    const Nanoseconds end = begin_ + std::chrono::nanoseconds{settings_.time}.count();
    while (now_ns() < end || tally_.kills < settings_.kills_min) {
        tick();
        harm();
    }
    drain();
    for (auto& house : houses_) case_.managers[house->name] = house->faults;
}

Verdict Field::verdict() const {
    return judge(case_);
}

void Field::tick() {
    wait_for_a_child(5'000'000);
    do_due(false);
    for (auto& house : houses_) look_after(*house);
}

void Field::do_due(bool all) {
    for (std::size_t i = 0; i < due_.size();) {
        if (!all && due_[i].at > now_ns()) {
            ++i;
            continue;
        }
        const auto what = std::move(due_[i].what);
        due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(i));
        what();
    }
}

void Field::look_after(House& house) {
    if (house.manager->has_ended()) {
        violate("the manager of " + house.name + " ended by itself, status " +
                std::to_string(house.manager->status()));
        const Nanoseconds now = now_ns();
        house.faults.push_back({FaultKind::killed, now, now});
        house.start_manager();
    }
    if (!house.ready && house.manager->header().ready.load() != 0) {
        house.ready = true;
        house.proxy->lead_to(static_cast<std::uint16_t>(house.manager->header().port.load()));
        if (!house.faults.empty() && house.faults.back().kind == FaultKind::killed) {
            house.faults.back().to = now_ns();
        }
    }
    std::uint64_t progress = 0;
    for (Slot& slot : house.slots) {
        look_after(house, slot);
        if (!slot.actor) continue;
        const std::uint64_t seen = slot.actor->header().progress.load();
        progress += seen - slot.progress_seen;
        slot.progress_seen = seen;
    }
    note_progress(house, progress);
}

void Field::note_progress(House& house, std::uint64_t progress) {
    const Nanoseconds now = now_ns();
    const Nanoseconds gap = now - house.progress_at;
    if (draining_ && progress == 0) return;
    tally_.gap_longest = std::max(tally_.gap_longest, gap);
    if (progress > 0) {
        house.progress_at = now;
        if (house.ready && house.killed_at != 0) {
            tally_.recovery_longest = std::max(tally_.recovery_longest, now - house.killed_at);
            house.killed_at = 0;
        }
    } else if (gap > stuck_after) {
        violate("nothing goes on at " + house.name + " for " + std::to_string(gap / second) + " s");
        house.progress_at = now;
    }
}

void Field::look_after(House& house, Slot& slot) {
    if (!slot.actor) return;
    const Header& header = slot.actor->header();
    const Nanoseconds since = header.call_since.load();
    const Nanoseconds waited = since == 0 ? 0 : now_ns() - since;
    tally_.call_longest = std::max(tally_.call_longest, waited);
    if (waited > stuck_after && !slot.stuck) {
        slot.stuck = true;
        violate("worker " + std::to_string(slot.actor->orders().number) + " of " + house.name +
                "/" + slot.queue + " waits in a call for " + std::to_string(waited / second) +
                " s");
    }
    if (!slot.actor->has_ended()) return;
    const int status = slot.actor->status();
    if (status != 0) {
        violate("worker " + std::to_string(slot.actor->orders().number) + " of " + house.name +
                "/" + slot.queue + " ended with status " + std::to_string(status));
    }
    bury_worker(house, slot, status != 0);
    if (restarts_) start_worker(house, slot);
}

bool Field::wait_for(Nanoseconds limit, const std::function<bool()>& what) {
    const Nanoseconds end = now_ns() + limit;
    while (!what()) {
        if (now_ns() > end) return false;
        tick();
    }
    return true;
}

bool Field::drained(House& house) {
    try {
        handoff::Config config = house.orders(Role::consumer).config();
        handoff::Client client{config};
        for (const handoff::QueueStats& queue : client.stats().queues) {
            if (queue.unfinished() > 0) return false;
            if (queue.dead > 0) violate(house.name + "/" + queue.name + " has dead items");
        }
        return true;
    } catch (const handoff::Error& error) {
        std::fprintf(stderr, "chaos: %s: %s\n", house.name.c_str(), error.what());
        return false;
    }
}

void Field::for_each(Role role, const std::function<void(House&, Slot&)>& what) {
    for (auto& house : houses_) {
        for (Slot& slot : house->slots) {
            if (slot.role == role && slot.actor) what(*house, slot);
        }
    }
}

void Field::end_all(Role role) {
    for_each(role, [](House&, Slot& slot) { slot.actor->header().told_to_end.store(1); });
    const bool ended = wait_for(drained_within, [&] {
        bool none = true;
        for_each(role, [&](House&, Slot&) { none = false; });
        return none;
    });
    if (!ended) violate("not all workers came to an end");
}

/// All faults are over. Producers end, consumers that take what is left, and then they end as well.
void Field::drain() {
    do_due(true);
    const Nanoseconds from = now_ns();
    draining_ = true;
    wait_for(20 * second, [&] {
        return std::all_of(houses_.begin(), houses_.end(),
                           [](const auto& house) { return house->ready; });
    });
    restarts_ = false;
    end_all(Role::producer);
    restarts_ = true;  // slow consumers give way to fast ones
    for_each(Role::consumer, [](House&, Slot& slot) {
        const auto mode = static_cast<TakeMode>(slot.actor->orders().mode);
        if (mode == TakeMode::single || mode == TakeMode::get) {
            slot.actor->header().told_to_end.store(1);
        }
    });
    for (auto& house : houses_) {  // one may have ended meanwhile, its history full
        for (Slot& slot : house->slots) {
            if (slot.role == Role::consumer && !slot.actor) start_worker(*house, slot);
        }
    }
    for (auto& house : houses_) {
        if (!wait_for(drained_within, [&] { return drained(*house); })) {
            violate(house->name + " was not drained");
        }
    }
    tally_.drain = now_ns() - from;
    restarts_ = false;
    end_all(Role::consumer);
    for (const Role role : {Role::producer, Role::consumer}) {  // who did not, when he should have
        for_each(role, [&](House& house, Slot& slot) {
            slot.actor->kill();
            bury_worker(house, slot, true);
        });
    }
    for (auto& house : houses_) house->manager->kill();
}

}  // namespace chaos

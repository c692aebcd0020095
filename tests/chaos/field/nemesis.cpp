// What befalls the processes of the field, and when.
#include <fcntl.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "chaos/field/field.hpp"

namespace chaos {

namespace {

constexpr Nanoseconds rest = 2 * second;  // of a manager, between two faults

}  // namespace

/// Mostly short, at times long.
Nanoseconds Field::some_time(Nanoseconds least, Nanoseconds most) {
    const double share = static_cast<double>(dice(1'000'001)) / 1e6;
    return least + static_cast<Nanoseconds>(std::pow(share, 4) * static_cast<double>(most - least));
}

void Field::harm() {
    const Nanoseconds now = now_ns();
    if (now >= next_kill_) {
        // A tenth more than is asked for, all of them before the time is over; one that came too
        // late on a busy machine does not delay the others.
        const auto time = std::chrono::nanoseconds{settings_.time}.count();
        next_kill_ += time * 9 / 10 / static_cast<Nanoseconds>(settings_.kills_min * 11 / 10 + 1);
        kill_somebody();
    }
    if (now >= next_harm_) {
        next_harm_ = now + some_time(50 * millisecond, 1500 * millisecond);
        harm_somehow();
    }
}

void Field::kill_somebody() {
    House& house = some_house();
    if (house.mortal && dice(4) == 0 && house.ready && now_ns() > house.calm_until) {
        return kill_manager(house);
    }
    Slot& slot = some_slot(house);
    slot.actor->kill();
    ++tally_.kills;
    ++tally_.faults[slot.role == Role::producer ? "producers killed" : "consumers killed"];
    bury_worker(house, slot, true);
    start_worker(house, slot);
}

void Field::kill_manager(House& house) {
    house.manager->kill();
    ++tally_.kills;
    ++tally_.faults["managers killed"];
    const Nanoseconds now = now_ns();
    house.faults.push_back({FaultKind::killed, now, now});
    house.killed_at = now;
    house.calm_until = now + rest;
    house.start_manager();
}

void Field::harm_somehow() {
    House& house = some_house();
    const bool managers_turn = house.ready && now_ns() > house.calm_until;
    Slot* slot = &some_slot(house);
    switch (dice(12)) {
        case 0:
            if (managers_turn) stop(house, nullptr);
            return;
        case 1:
        case 2:
        case 3: return stop(house, slot);
        case 4:
        case 5:
        case 6: return cut(house);
        case 7: return black_hole(house);
        case 8: return starve(house, slot);
        case 9:
            if (managers_turn) starve(house, nullptr);
            return;
        case 10:
            if (small_ != nullptr && small_->ready && now_ns() > small_->calm_until) fill_disk();
            return;
        default:
            if (house.mortal && house.ready) challenge(house);
            return;
    }
}

/// SIGSTOP for a while. Who is killed meanwhile stays so.
void Field::stop(House& house, Slot* slot) {
    const Nanoseconds now = now_ns();
    const Nanoseconds until = now + some_time(100 * millisecond, 10 * second);
    Actor& actor = slot != nullptr ? *slot->actor : *house.manager;
    (slot != nullptr ? slot->faults : house.faults).push_back({FaultKind::stopped, now, until});
    ++tally_.faults[slot != nullptr ? "workers stopped" : "managers stopped"];
    if (slot == nullptr) house.calm_until = until + rest;
    actor.send(SIGSTOP);
    due_.push_back({until, [&house, slot, pid = actor.pid()] {
                        const auto& same = slot != nullptr ? slot->actor : house.manager;
                        if (same && same->pid() == pid) same->send(SIGCONT);
                    }});
}

void Field::mark_tcp(House& house, Fault fault) {
    for (Slot& slot : house.slots) {
        if (slot.by_tcp) slot.faults.push_back(fault);
    }
}

void Field::cut(House& house) {
    const Nanoseconds now = now_ns();
    house.proxy->cut(static_cast<unsigned>(30 + dice(71)), dice(2) == 0);
    mark_tcp(house, {FaultKind::cut, now, now});
    ++tally_.faults["connections cut"];
}

void Field::black_hole(House& house) {
    const Nanoseconds now = now_ns();
    const Nanoseconds until = now + some_time(200 * millisecond, 8 * second);
    house.proxy->black_hole(true);
    mark_tcp(house, {FaultKind::black_hole, now, until});
    ++tally_.faults["connections black-holed"];
    const bool cuts = dice(2) == 0;
    due_.push_back({until, [&house, cuts] {
                        if (cuts) house.proxy->cut(100, true);
                        house.proxy->black_hole(false);
                    }});
}

void Field::starve(House& house, Slot* slot) {
    const Nanoseconds now = now_ns();
    const Nanoseconds until = now + some_time(500 * millisecond, 5 * second);
    Actor& actor = slot != nullptr ? *slot->actor : *house.manager;
    (slot != nullptr ? slot->faults : house.faults).push_back({FaultKind::starved, now, until});
    ++tally_.faults["processes out of descriptors"];
    if (slot == nullptr) house.calm_until = until + rest;
    actor.allow_descriptors(static_cast<int>(dice(3)));
    // Those who have a connection already do not care, so it is cut.
    house.proxy->cut(100, dice(2) == 0);
    mark_tcp(house, {FaultKind::cut, now, now});
    due_.push_back({until, [&house, slot, pid = actor.pid()] {
                        const auto& same = slot != nullptr ? slot->actor : house.manager;
                        if (same && same->pid() == pid) same->allow_descriptors(-1);
                    }});
}

/// Below the reserve, or to the last byte.
void Field::fill_disk() {
    const std::filesystem::path disk = std::filesystem::path{small_->data}.parent_path();
    const std::filesystem::path filler = disk / "filler";
    if (std::filesystem::exists(filler)) return;
    struct statvfs room {};
    if (::statvfs(disk.c_str(), &room) != 0) return;
    const bool wholly = dice(2) == 0;
    const auto left = static_cast<off_t>(room.f_bavail * room.f_frsize);
    const off_t size = wholly ? left : std::max<off_t>(left - (6 << 20), 0);
    const int fd = ::open(filler.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    static_cast<void>(::posix_fallocate(fd, 0, size));
    ::close(fd);
    const Nanoseconds now = now_ns();
    const Nanoseconds until = now + some_time(500 * millisecond, 5 * second);
    small_->faults.push_back({FaultKind::disk_full, now, until});
    ++tally_.faults[wholly ? "disk full to the last byte" : "disk fuller than its reserve"];
    small_->calm_until = until + rest;
    due_.push_back({until, [filler] { std::filesystem::remove(filler); }});
}

/// A second manager on the same store has to be refused.
void Field::challenge(House& house) {
    Orders orders = house.orders(Role::rival);
    orders.history = house.folder / "rival";
    orders.endpoint = "ipc://" + (house.folder / "rival.sock").string();
    Actor rival{orders};
    const Nanoseconds limit = now_ns() + 10 * second;
    while (!rival.has_ended() && now_ns() < limit) tick();
    ++tally_.faults["second managers on one store"];
    if (!rival.has_ended()) return violate("a second manager of " + house.name + " hangs");
    const int status = rival.status();
    if (WIFEXITED(status) && WEXITSTATUS(status) == ends_refused) {
        ++tally_.rivals_refused;
    } else {
        violate("a second manager of " + house.name + " was not refused: status " +
                std::to_string(status));
    }
}

}  // namespace chaos

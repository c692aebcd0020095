#include "simulation/world/watchman.hpp"

#include <algorithm>

#include "simulation/world/world.hpp"

namespace handoff::core::sim {

namespace {

constexpr std::uint32_t pids = 8;
constexpr const char* machine_here = "this boot";
constexpr std::uint64_t namespace_here = 1;

}  // namespace

ClientProcess Watchman::begin_process(ClientIndex client) {
    const Abode abode = world_.plan.clients[client].abode;
    ClientProcess process;
    if (abode == Abode::untold) return process;
    process.boot_id = abode == Abode::other_machine ? "another boot" : machine_here;
    process.pid_namespace = namespace_here + (abode == Abode::other_namespace ? 1 : 0);
    do last_pid_ = last_pid_ % pids + 1;
    while (living_.contains(last_pid_));
    process.pid = last_pid_;
    const auto ticks = static_cast<std::uint64_t>(world_.schedule.now() / Millis{10});
    last_start_ = std::max(last_start_ + 1, ticks);
    process.start_time = last_start_;
    if (is_here(process)) living_[process.pid] = process.start_time;
    return process;
}

bool Watchman::is_here(const ClientProcess& process) const {
    return process.boot_id == machine_here && process.pid_namespace == namespace_here;
}

void Watchman::end_process(const ClientProcess& process) {
    if (!is_here(process)) return;
    living_.erase(process.pid);
    world_.schedule.after(world_.lots.within(world_.plan.watch_delay_max), [this, process] {
        for (auto it = watched_.begin(); it != watched_.end();) {
            if (it->second == process) {
                ended_.emplace_back(*it);
                it = watched_.erase(it);
            } else {
                ++it;
            }
        }
        if (!ended_.empty()) world_.manager.hear_of_ends();
    });
}

bool Watchman::watch(Holder session, const ClientProcess& process) {
    if (!is_here(process)) return true;
    const auto living = living_.find(process.pid);
    if (living == living_.end() || living->second != process.start_time) return false;
    if (world_.plan.watch_fails && world_.lots.one_in(3)) return true;
    watched_[session] = process;
    return true;
}

void Watchman::forget_all() {
    watched_.clear();
    ended_.clear();
}

std::vector<std::pair<Holder, ClientProcess>> Watchman::take_ended() {
    return std::exchange(ended_, {});
}

}  // namespace handoff::core::sim

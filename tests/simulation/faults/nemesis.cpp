#include "simulation/faults/nemesis.hpp"

#include <utility>

#include "simulation/world/wording.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

namespace {
constexpr const char* who = "nemesis";
}

void Nemesis::begin() {
    const FaultPlan& plan = world_.plan.faults;
    now_and_then(plan.cuts, [this] { cut(); });
    now_and_then(plan.pauses, [this] { pause(); });
    now_and_then(plan.kills, [this] { kill(); });
    now_and_then(plan.silences, [this] { silence(); });
    now_and_then(plan.manager_pauses, [this] { pause_manager(); });
    now_and_then(plan.manager_kills, [this] { kill_manager(); });
    now_and_then(plan.clock_jumps, [this] { jump_clock(); });
    if (world_.plan.store) now_and_then(plan.disk_faults, [this] { trouble_disk(); });
}

void Nemesis::now_and_then(Time mean, std::function<void()> fault) {
    if (mean == never) return;
    world_.schedule.after(world_.lots.within(2 * mean),
                          [this, mean, fault = std::move(fault)]() mutable {
                              if (world_.ending) return;
                              if (!world_.quiet) fault();
                              now_and_then(mean, std::move(fault));
                          });
}

ClientHost& Nemesis::somebody() {
    return world_.clients[world_.lots.below(world_.clients.size())];
}

/// Now and then longer than a session lives.
Time Nemesis::draw_pause() {
    return world_.lots.within(Time(world_.plan.limits.session_limit) * 5 / 2);
}

void Nemesis::cut() {
    ClientHost& victim = somebody();
    const bool manager_hears = world_.lots.one_in(2);
    world_.trace.tell(world_.schedule.now(), who, [&] {
        return "cuts the connection of " + victim.name() +
               (manager_hears ? "" : ", and the manager does not hear of it");
    });
    world_.network.cut(victim.index(), manager_hears);
}

void Nemesis::pause() {
    somebody().stop_until(world_.schedule.now() + draw_pause());
}

void Nemesis::kill() {
    ClientHost& victim = somebody();
    if (!victim.is_up()) return;
    world_.lots.one_in(5) ? victim.leave() : victim.kill();
    world_.schedule.after(world_.lots.within(1500ms), [&victim] { victim.start(); });
}

void Nemesis::silence() {
    ClientHost& victim = somebody();
    const Time span = draw_pause();
    const std::size_t way = world_.lots.below(3);
    world_.trace.tell(world_.schedule.now(), who, [&] {
        return "silences " + victim.name() +
               (way == 0   ? " towards the manager"
                : way == 1 ? " from the manager"
                           : " both ways") +
               " for " + in_words(span);
    });
    world_.network.silence(victim.index(), way != 1, way != 0, world_.schedule.now() + span);
}

void Nemesis::pause_manager() {
    world_.manager.stop_until(world_.schedule.now() + draw_pause());
}

void Nemesis::kill_manager() {
    if (!world_.manager.is_up()) return;
    world_.manager.kill();
    if (world_.plan.store && world_.lots.one_in(3)) cut_power();
    world_.schedule.after(world_.lots.within(2000ms), [this] { start_manager(); });
}

/// Of the manager's machine, and so of all that run there.
void Nemesis::cut_power() {
    world_.trace.tell(world_.schedule.now(), who, [] { return "cuts the power"; });
    world_.disk.lose_power();
    for (ClientHost& client : world_.clients) {
        const Abode abode = world_.plan.clients[client.index()].abode;
        if (abode != Abode::here && abode != Abode::other_namespace) continue;
        client.kill();
        world_.schedule.after(world_.lots.within(2500ms), [&client] { client.start(); });
    }
}

/// If it refuses to start, an operator looks after its data, and starts it again.
void Nemesis::start_manager() {
    world_.manager.start();
    if (world_.manager.is_up()) return;
    world_.schedule.after(world_.lots.within(1000ms), [this] {
        if (world_.manager.is_up()) return;
        world_.disk.mend();
        world_.manager.start();
    });
}

void Nemesis::trouble_disk() {
    const Time until = world_.schedule.now() + world_.lots.within(1500ms);
    switch (world_.lots.below(7)) {
        case 0:
        case 1:
            world_.trace.tell(world_.schedule.now(), who, [] { return "fills the disk up"; });
            return world_.disk.fill_up_until(until);
        case 2:
        case 3:
            world_.trace.tell(world_.schedule.now(), who, [] { return "slows the disk down"; });
            return world_.disk.slow_down_until(until);
        case 4: return world_.disk.fail_next_commit();
        case 5: return world_.disk.fail_next_sync();
        default: return world_.disk.flip_bit();
    }
}

void Nemesis::jump_clock() {
    const Time by = world_.lots.within(6000ms) - 3000ms;
    world_.trace.tell(world_.schedule.now(), who,
                      [&] { return "sets the manager's wall clock by " + in_words(by); });
    world_.manager.jump_clock(by);
}

void Nemesis::make_peace() {
    world_.trace.tell(world_.schedule.now(), who, [] { return "keeps a truce"; });
    world_.network.heal();
    // What it has without its store is nobody's; an operator starts it again.
    if (world_.manager.misses_store()) world_.manager.kill();
    world_.disk.mend();
    world_.manager.start();
    world_.manager.resume();
    for (ClientHost& client : world_.clients) {
        client.start();
        client.resume();
    }
}

}  // namespace handoff::core::sim

#include "simulation/world/plan.hpp"

#include <algorithm>

#include "simulation/world/wording.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

namespace {

QueueOptions draw_options(Lots& lots, bool is_first) {
    QueueOptions options;
    options.capacity = lots.one_in(3) ? lots.between(2, 6) : lots.between(10, 200);
    if (lots.one_in(4)) options.capacity_bytes = lots.between(60, 1500);
    // The first is plain, so that in every run something can be checked most strictly.
    if (!is_first && lots.one_in(3)) options.order = lots.one_in(3) ? Order::lifo : Order::priority;
    options.lease = lots.between(400ms, 3000ms);
    options.deliveries_max = lots.one_in(3) ? lots.between(2, 5) : unlimited;
    return options;
}

QueuePlan draw_queue(Lots& lots, std::size_t index) {
    const bool is_first = index == 0;
    QueuePlan queue;
    queue.name = "q" + std::to_string(index);
    queue.options = draw_options(lots, is_first);
    queue.delays = lots.one_in(3);
    queue.expires = !is_first && lots.one_in(4);
    queue.priorities = queue.options.order == Order::priority || lots.one_in(5);
    queue.keys = lots.one_in(3);
    queue.purged = !is_first && lots.one_in(5);
    queue.closes = !is_first && lots.one_in(5);
    return queue;
}

std::vector<QueuePlan> draw_queues(Lots& lots) {
    std::vector<QueuePlan> queues;
    for (std::size_t i = 0, count = lots.between(1, 4); i < count; ++i) {
        queues.push_back(draw_queue(lots, i));
    }
    if (lots.one_in(3)) {
        QueuePlan dead;
        dead.name = "dead";
        dead.options.capacity = lots.one_in(2) ? lots.between(1, 4) : 100;
        dead.options.lease = 1000ms;
        dead.options.deliveries_max = unlimited;
        queues.front().options.deliveries_max = lots.between(1, 4);
        for (QueuePlan& queue : queues) {
            if (lots.one_in(2) || &queue == &queues.front()) queue.options.dead_letter = dead.name;
        }
        queues.push_back(dead);
    }
    return queues;
}

/// A session goes on after a restart if all of its queues are durable; so in half of these plans
/// they are.
void draw_durability(Lots& lots, std::vector<QueuePlan>& queues) {
    const bool all = lots.one_in(2);
    Durability highest = Durability::memory;
    for (QueuePlan& queue : queues) {
        const std::size_t lot = lots.below(all ? 2 : 3);
        queue.options.durability = lot == 0   ? Durability::fsync
                                   : lot == 1 ? Durability::os
                                              : Durability::memory;
        highest = std::max(highest, *queue.options.durability);
    }
    // The dead are not less safe than where they lived.
    if (queues.back().name == "dead") queues.back().options.durability = highest;
}

/// Clients that hold several in turn never wait for each other for ever here: all of their waits
/// are limited, or cancelled.
void draw_objects(Lots& lots, Plan& plan) {
    plan.locks.push_back({"lock", ObjectKind::lock, 1});
    if (lots.one_in(2)) {
        plan.locks.push_back({"semaphore", ObjectKind::bounded_semaphore, lots.between(1, 2)});
    }
    if (lots.one_in(3)) plan.locks.push_back({"read-write lock", ObjectKind::rw_lock, 1});
    if (lots.one_in(4)) plan.locks.push_back({"election", ObjectKind::election, 1});
    plan.parties = lots.between(2, 3);
    for (Habits& client : plan.clients) client.share = static_cast<unsigned>(lots.below(8));
    if (!plan.store) return;
    for (Durability* level : {&plan.value, &plan.dict}) {
        *level = static_cast<Durability>(lots.below(3));
    }
}

Habits draw_habits(Lots& lots) {
    Habits habits;
    habits.put = static_cast<unsigned>(lots.below(5));
    habits.get = static_cast<unsigned>(lots.below(5));
    habits.settle = habits.get + 1;
    habits.commit = static_cast<unsigned>(lots.below(3));
    habits.admin = lots.one_in(2) ? 1 : 0;
    habits.cancel = lots.one_in(2) ? 1 : 0;
    if (lots.one_in(2)) habits.send = static_cast<unsigned>(lots.below(5));
    if (lots.one_in(2)) {
        habits.receive = static_cast<unsigned>(lots.below(4));
        habits.finish = habits.receive + 1;
    }
    habits.abode = lots.one_in(2)   ? Abode::here
                   : lots.one_in(4) ? Abode::other_namespace
                   : lots.one_in(3) ? Abode::untold
                                    : Abode::other_machine;
    return habits;
}

FaultPlan draw_faults(Lots& lots) {
    FaultPlan faults;
    const auto draw = [&](std::size_t one_in, Millis least, Millis most) {
        return lots.one_in(one_in) ? Time(lots.between(least, most)) : never;
    };
    if (lots.one_in(12)) return faults;  // a good day
    faults.cuts = draw(1, 200ms, 4000ms);
    if (lots.one_in(4)) faults.cuts = never;
    faults.pauses = draw(2, 500ms, 5000ms);
    faults.kills = draw(2, 1500ms, 8000ms);
    faults.silences = draw(3, 800ms, 6000ms);
    faults.manager_pauses = draw(3, 1500ms, 6000ms);
    faults.manager_kills = draw(4, 3000ms, 9000ms);
    faults.clock_jumps = draw(12, 2000ms, 6000ms);
    faults.disk_faults = draw(2, 1000ms, 6000ms);
    return faults;
}

}  // namespace

Plan draw_plan(Lots& lots) {
    Plan plan;
    plan.limits.heartbeat = lots.between(80ms, 300ms);
    plan.limits.session_limit = plan.limits.heartbeat * 4 + lots.between(0ms, 800ms);
    plan.limits.hold = std::max(std::min(plan.limits.session_limit, lots.between(200ms, 1000ms)),
                                plan.limits.heartbeat * 3 / 2);
    plan.limits.frame_bytes_max = lots.one_in(2) ? 100 : 4000;
    plan.limits.item_bytes_max = 300;
    plan.limits.requests_max = lots.one_in(4) ? 64 : 400;
    // What the manager remembers of an answer counts as well, and clients do not know how much.
    constexpr std::uint64_t answer_bytes = 300;
    plan.limits.session_bytes_max =
        plan.limits.requests_max * answer_bytes + (lots.one_in(4) ? 0 : 1u << 20);
    plan.unreachable_after = lots.between(600ms, 5000ms);
    plan.cancel_grace = lots.between(50ms, 500ms);
    plan.queues = draw_queues(lots);
    for (std::size_t i = 0, count = lots.between(2, 5); i < count; ++i) {
        plan.clients.push_back(draw_habits(lots));
    }
    // Somebody puts, and somebody takes.
    plan.clients.front().put += 2;
    plan.clients.back().get += 2;
    plan.clients.back().settle += 2;
    plan.faults = draw_faults(lots);
    plan.store = lots.one_in(2);
    if (plan.store) {
        draw_durability(lots, plan.queues);
        plan.disk_delay_max = lots.one_in(3) ? 8ms : 1ms;
        if (plan.faults.manager_kills == never && lots.one_in(2)) {
            plan.faults.manager_kills = lots.between(1500ms, 6000ms);
        }
    }
    plan.days = lots.between(4000ms, 14000ms);
    plan.between_truces = lots.one_in(2) ? Time(lots.between(2500ms, 6000ms)) : never;
    plan.between_actions = lots.between(4ms, 60ms);
    plan.delay_min = std::chrono::microseconds{lots.between(20, 500)};
    plan.delay_max = plan.delay_min + lots.within(lots.one_in(3) ? 40ms : 3ms);
    plan.nap_max = lots.within(lots.one_in(3) ? 8ms : 1ms);
    plan.arrivals_max = lots.one_in(3) ? 1 : lots.between(2, 50);
    plan.watch_delay_max = lots.one_in(4) ? 300ms : 2ms;
    plan.watch_fails = lots.one_in(4);
    plan.as_bytes = lots.one_in(8);
    plan.late_frames = lots.one_in(2);
    if (lots.one_in(2)) draw_objects(lots, plan);
    return plan;
}

std::string in_words(const Plan& plan) {
    std::string text;
    const auto line = [&](const std::string& what) { text += what + "\n"; };
    const auto mean = [&](const char* what, Time time) {
        if (time != never) line(std::string("  ") + what + ": every " + in_words(time));
    };
    line("heartbeat " + in_words(plan.limits.heartbeat) + ", session_limit " +
         in_words(plan.limits.session_limit) + ", hold " + in_words(plan.limits.hold) +
         ", unreachable_after " + in_words(plan.unreachable_after) + ", cancel_grace " +
         in_words(plan.cancel_grace));
    line("messages take " + in_words(plan.delay_min) + " to " + in_words(plan.delay_max) +
         (plan.as_bytes ? ", as bytes" : "") + "; " + in_words(plan.days) + " of " +
         std::to_string(plan.clients.size()) + " clients");
    std::size_t here = 0;
    for (const Habits& client : plan.clients) here += client.abode == Abode::here ? 1 : 0;
    line("  on the manager's machine: " + std::to_string(here) + " clients, seen to end within " +
         in_words(plan.watch_delay_max) + (plan.watch_fails ? ", or never" : ""));
    for (const QueuePlan& queue : plan.queues) {
        line("  " + queue.name + ":" + in_words(queue.options) + (queue.delays ? " delays" : "") +
             (queue.expires ? " expires" : "") + (queue.keys ? " keys" : "") +
             (queue.purged ? " purged" : "") + (queue.closes ? " closes" : ""));
    }
    for (const LockPlan& lock : plan.locks) {
        line("  " + lock.name + " of " + std::to_string(lock.permits));
    }
    if (!plan.locks.empty()) {
        line("  the value is kept at " + std::string(to_string(plan.value)) + ", the dict at " +
             std::string(to_string(plan.dict)));
    }
    mean("cuts", plan.faults.cuts);
    mean("pauses", plan.faults.pauses);
    mean("kills", plan.faults.kills);
    mean("silences", plan.faults.silences);
    mean("pauses of the manager", plan.faults.manager_pauses);
    mean("restarts of the manager", plan.faults.manager_kills);
    mean("jumps of the clock", plan.faults.clock_jumps);
    if (plan.store) mean("trouble with the disk", plan.faults.disk_faults);
    return text;
}

}  // namespace handoff::core::sim

#include "core/manager_follow_up.hpp"

#include <optional>
#include <utility>

#include "core/manager_commits.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_gets.hpp"
#include "core/manager_items.hpp"
#include "core/manager_objects.hpp"
#include "core/manager_opening.hpp"
#include "core/manager_puts.hpp"
#include "core/manager_queues.hpp"
#include "core/manager_references.hpp"

namespace handoff::core::manager {
namespace {

/// Moves dead items of `desk` to their dead-letter queue, as many as fit there.
void move_dead(State& state, Desk& desk) {
    if (desk.queue.oldest_dead() == nullptr) return;
    Desk* target = dead_letter_desk(state, desk);
    if (target == nullptr || target->queue.closed()) return;
    while (const Extent* dead = desk.queue.oldest_dead()) {
        const std::uint32_t fitting = fits(target->queue, *dead);
        if (fitting == 0) {
            target->feeders.insert(desk.handle);
            return;
        }
        std::optional<Extent> moving = desk.queue.take_dead(fitting);
        if (!moving) return;
        target->queue.adopt(std::move(*moving), state.now());
        changed(state, desk);
        changed(state, *target);
    }
}

/// There may be room for the dead that wait for it, of one queue after the other.
void call_feeders(State& state, Desk& desk) {
    while (!desk.feeders.empty()) {
        const QueueHandle feeder = *desk.feeders.begin();
        desk.feeders.erase(desk.feeders.begin());
        if (Desk* source = find_desk(state, feeder)) move_dead(state, *source);
        if (desk.feeders.contains(feeder)) return;  // full again
    }
}

/// Lets waiting puts and commits in, in their order, as long as the first of them can enter.
void admit(State& state, Desk& desk) {
    while (!desk.entrance.empty()) {
        const Ticket first = *desk.entrance.begin();
        const bool commit = std::holds_alternative<WaitingCommit>(state.waiting.at(first).what);
        if (!(commit ? let_in_commit(state, first) : let_in(state, desk, first))) return;
    }
}

/// Hands out what is ready to those who wait for it, in their order.
void serve(State& state, Desk& desk) {
    while (desk.queue.ready() > 0) {
        const Line& line = desk.in_want.empty() ? desk.topping_up : desk.in_want;
        if (line.empty()) return;
        const auto [ticket, consumer] = *line.begin();
        const bool served = consumer == 0 ? hand_out(state, desk, ticket)
                                          : deliver(state, desk, session_of(state, consumer));
        if (!served) return;
    }
}

void look(State& state, Desk& desk) {
    move_dead(state, desk);
    call_feeders(state, desk);
    admit(state, desk);
    serve(state, desk);
    recall(state, desk);
    tell_closed(state, desk);
    tell_joined(state, desk);
    const Deadlines next = desk.queue.next_deadline();
    state.queue_boot.set(desk.handle, next.boot);
    state.queue_wall.set(desk.handle, next.wall);
    count_bytes(state, desk, desk.queue.bytes());
}

}  // namespace

void follow_up(State& state) {
    do {
        tell_ended(state);
        settle_references(state);
    } while (!state.ended.empty());  // of objects that have gone
    while (!state.to_look_at.empty()) {
        const QueueHandle handle = *state.to_look_at.begin();
        state.to_look_at.erase(state.to_look_at.begin());
        look(state, *find_desk(state, handle));
    }
}

void advance_queues(State& state) {
    const Now now = state.now();
    while (const std::optional<QueueHandle> handle = state.queue_wall.pop_due(now.wall)) {
        Desk& desk = *find_desk(state, *handle);
        desk.queue.advance(now);
        changed(state, desk);
    }
    while (const std::optional<QueueHandle> handle = state.queue_boot.pop_due(now.boot)) {
        Desk& desk = *find_desk(state, *handle);
        desk.queue.advance(now);
        changed(state, desk);
        // Consumers whose leases lapsed have room for more.
        for (const Holder consumer : desk.consumers) {
            review(state, desk, session_of(state, consumer));
        }
    }
}

}  // namespace handoff::core::manager

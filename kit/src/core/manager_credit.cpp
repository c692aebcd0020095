#include "core/manager_credit.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_gets.hpp"
#include "core/manager_items.hpp"

namespace handoff::core::manager {
namespace {

bool has_credit_left(const Desk& desk, const Session& session, const Visitor& visitor) {
    if (visitor.credit.items == 0) return false;
    const Queue::Freed outstanding = desk.queue.outstanding(session.number);
    return outstanding.items < visitor.credit.items && outstanding.bytes < visitor.credit.bytes;
}

bool can_be_reached(const Session& session, const Visitor& visitor) {
    return session.connection != 0 && !session.silent && !visitor.paused;
}

/// The line in which a consumer should stand; null: in none.
Line* line_for(Desk& desk, const Session& session, const Visitor& visitor) {
    if (!can_be_reached(session, visitor) || !has_credit_left(desk, session, visitor)) {
        return nullptr;
    }
    return visitor.held == 0 && !visitor.gave_back ? &desk.in_want : &desk.topping_up;
}

void send_recall(State& state, Desk& desk, Session& session, Visitor& visitor,
                 std::uint64_t items) {
    ++visitor.recalls_unanswered;
    send(state, session, {0, Recall{desk.handle, static_cast<std::uint32_t>(items)}},
         desk.changed_in);
}

void leave_lines(Desk& desk, Visitor& visitor) {
    desk.in_want.erase(visitor.place);
    desk.topping_up.erase(visitor.place);
    visitor.place = 0;
}

void set_credit(Desk& desk, Session& session, Visitor& visitor, Credit credit) {
    visitor.credit = std::move(credit);
    visitor.gave_back = false;
    if (visitor.credit.items > 0) {
        desk.consumers.insert(session.number);
    } else {
        desk.consumers.erase(session.number);
    }
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Credit& credit) {
    Desk* desk = find_desk(state, credit.queue);
    if (desk == nullptr) return no_such_queue(state, credit.queue);
    if (!sane(credit.lease)) return failed(errc::invalid_argument, "CREDIT: lease out of range");
    if (credit.cursor) move_cursor(state, session, *credit.cursor);

    Visitor& visitor = visit(session, *desk);
    if (std::exchange(visitor.paused, false)) {
        // What it had not taken may never have arrived: it comes again.
        desk->queue.return_held(session.number, false, state.now());
    }
    const bool over = desk->queue.closed() && desk->queue.drained_for(session.number);
    set_credit(*desk, session, visitor, over ? Credit{} : credit);
    // However much it asks for, no more than this is on its way to one client.
    visitor.credit.bytes = std::min(visitor.credit.bytes, state.limits().session_bytes_max);
    visitor.credit_request = request.id;
    review(state, *desk, session);
    look_at(state, *desk);
    return over ? drained(*desk) : Answer{Done{}, 0};
}

void review(State& state, Desk& desk, Session& session) {
    const auto found = desk.visitors.find(session.number);
    if (found == desk.visitors.end()) return;
    Visitor& visitor = found->second;

    desk.hoards.erase({visitor.held, session.number});
    visitor.held = desk.queue.held_by(session.number);
    if (visitor.held > 0 && visitor.recalled == 0 && can_be_reached(session, visitor)) {
        desk.hoards.emplace(visitor.held, session.number);
    }
    if (visitor.held == 0) {
        session.holds_in.erase(desk.handle);
    } else {
        if (session.holds_in.empty()) {
            state.hold_ends.set(session.number, later(session.heard, state.limits().hold));
        }
        session.holds_in.insert(desk.handle);
    }

    Line* line = line_for(desk, session, visitor);
    if (line != nullptr && visitor.place != 0 && line->contains(visitor.place)) return;
    leave_lines(desk, visitor);
    if (line == nullptr) return;
    visitor.place = state.next_ticket++;
    line->emplace(visitor.place, session.number);
}

bool deliver(State& state, Desk& desk, Session& session) {
    Visitor& visitor = visit(session, desk);
    const Queue::Freed outstanding = desk.queue.outstanding(session.number);
    const std::uint64_t items = visitor.credit.items - outstanding.items;
    const std::uint64_t bytes = visitor.credit.bytes - outstanding.bytes;
    leave_lines(desk, visitor);  // whoever was served goes to the end
    const std::uint64_t left = state.limits().session_bytes_max -
                               std::min(state.limits().session_bytes_max, outstanding.bytes);
    if (outstanding.items > 0 && desk.queue.next_weight() > left) {
        // Credit may be passed by one item, this limit not: it stands in line again when it has
        // settled something, as review() will see.
        return true;
    }
    visitor.gave_back = false;
    std::optional<Deliver> items_lent =
        lend(state, desk, session,
             {session.number, static_cast<std::uint32_t>(items),
              std::min(bytes, state.limits().frame_bytes_max), visitor.credit.lease, true});
    if (!items_lent) {
        review(state, desk, session);
        return false;
    }
    send(state, session, {0, std::move(*items_lent)}, desk.changed_in);
    return true;
}

void recall(State& state, Desk& desk) {
    if (desk.queue.ready() > 0) return;
    while (desk.recalled < desk.in_want.size() && !desk.hoards.empty()) {
        const auto most = std::prev(desk.hoards.end());
        const auto [held, holder] = *most;
        desk.hoards.erase(most);
        const std::uint64_t items = std::min(held, desk.in_want.size() - desk.recalled);
        Session& session = session_of(state, holder);
        Visitor& visitor = visit(session, desk);
        visitor.recalled = items;
        desk.recalled += items;
        send_recall(state, desk, session, visitor, items);
    }
}

void forget_recall(Desk& desk, Visitor& visitor) {
    desk.recalled -= std::exchange(visitor.recalled, 0);
}

/// Answers come in the order of their recalls. What a consumer gives back unasked may be taken for
/// one, but it has nothing to give once all is acknowledged.
void note_giveback(Visitor& visitor) {
    if (visitor.recalls_unanswered > 0) --visitor.recalls_unanswered;
    if (visitor.recalls_unanswered == 0) visitor.to_answer_farewell = false;
}

void move_cursor(State& state, Session& session, const Cursor& cursor) {
    Desk* desk = find_desk(state, cursor.queue);
    if (desk == nullptr || !session.holds_in.contains(cursor.queue)) return;
    Visitor& visitor = visit(session, *desk);
    desk->queue.taken_up_to(session.number, cursor.token, state.now());
    if (desk->queue.held_by(session.number) == visitor.held) return;
    visitor.gave_back = false;
    forget_recall(*desk, visitor);
    review(state, *desk, session);
    look_at(state, *desk);
}

void end_stream(State& state, Desk& desk, Session& session, Answer why) {
    Visitor& visitor = visit(session, desk);
    set_credit(desk, session, visitor, {});
    review(state, desk, session);
    send(state, session, {visitor.credit_request, std::move(why.body)}, why.rests_on);
}

void say_farewell(State& state, Desk& desk) {
    const bool over = desk.queue.closed() && desk.queue.drained_for(0);
    for (auto& [holder, visitor] : desk.visitors) {
        Session& session = session_of(state, holder);
        if (visitor.credit_request == 0 || session.connection == 0) continue;
        if (over) end_stream(state, desk, session, drained(desk));
        visitor.to_answer_farewell = true;
        send_recall(state, desk, session, visitor, 1);
    }
}

bool farewell_is_answered(State& state, const Desk& desk) {
    return std::none_of(desk.visitors.begin(), desk.visitors.end(), [&](const auto& entry) {
        const auto& [holder, visitor] = entry;
        return visitor.to_answer_farewell && session_of(state, holder).connection != 0;
    });
}

Answer drained(const Desk& desk) {
    // It must not pass by the last items, which may wait to be stored.
    return {Failed{errc::closed, describe(desk) + " is closed and drained"}, desk.changed_in};
}

void take_back_held(State& state, Session& session) {
    session.silent = true;
    const std::set<QueueHandle> visited = session.visited;
    for (const QueueHandle handle : visited) {
        Desk& desk = *find_desk(state, handle);
        Visitor& visitor = visit(session, desk);
        if (visitor.held > 0) desk.queue.return_held(session.number, true, state.now());
        forget_recall(desk, visitor);
        review(state, desk, session);
        look_at(state, desk);
    }
}

void pause_streams(State& state, Session& session) {
    for (const QueueHandle handle : session.visited) {
        Desk& desk = *find_desk(state, handle);
        Visitor& visitor = visit(session, desk);
        visitor.paused = visitor.held > 0 || visitor.credit.items > 0;
        visitor.recalls_unanswered = visitor.to_answer_farewell ? 1 : 0;  // that came too late
        forget_recall(desk, visitor);
        review(state, desk, session);
        look_at(state, desk);
    }
}

}  // namespace handoff::core::manager

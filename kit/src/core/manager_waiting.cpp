#include "core/manager_waiting.hpp"

#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_commits.hpp"
#include "core/manager_objects.hpp"
#include "core/manager_puts.hpp"

namespace handoff::core::manager {
namespace {

// ------------------------------------------------------------------ into the lines

void stand_in_line(State& state, Ticket ticket, const WaitingGet& waiting) {
    for (const QueueHandle handle : waiting.get.queues) {
        Desk& desk = *find_desk(state, handle);
        desk.in_want.emplace(ticket, 0);
        look_at(state, desk);
    }
}

void line_up(State& state, Ticket ticket, const WaitingCall& call, const WaitingGet& waiting) {
    for (const QueueHandle handle : waiting.get.queues) {
        find_desk(state, handle)->gets.insert(ticket);
    }
    if (session_of(state, call.session).connection != 0) stand_in_line(state, ticket, waiting);
}

void line_up(State& state, Ticket ticket, const WaitingCall& call, const WaitingPut& waiting) {
    Desk& desk = *find_desk(state, waiting.queue);
    desk.entrance.insert(ticket);
    Positions& positions = visit(session_of(state, call.session), desk).positions;
    for (const WaitingPut::Piece& piece : waiting.pieces) {
        positions.waits(piece.positions(), ticket);
    }
}

void line_up(State& state, Ticket ticket, const WaitingCall& call, const WaitingCommit& waiting) {
    for (const auto& [handle, demand] : waiting.demands) {
        find_desk(state, handle)->entrance.insert(ticket);
    }
    pin_leases(state, session_of(state, call.session), waiting.commit, true);
}

void line_up(State& state, Ticket ticket, const WaitingCall&, const WaitingJoin& waiting) {
    find_desk(state, waiting.queue)->joins.insert(ticket);
}

/// At its object it stands already; see manager_objects.cpp.
void line_up(State&, Ticket, const WaitingCall&, const WaitingCalls&) {}

// ------------------------------------------------------------------ out of the lines

void step_out(State& state, Ticket ticket, const WaitingCall&, const WaitingGet& waiting) {
    for (const QueueHandle handle : waiting.get.queues) {
        Desk& desk = *find_desk(state, handle);
        desk.gets.erase(ticket);
        desk.in_want.erase(ticket);
    }
}

void step_out(State& state, Ticket ticket, const WaitingCall& call, const WaitingPut& waiting) {
    Desk& desk = *find_desk(state, waiting.queue);
    desk.entrance.erase(ticket);
    look_at(state, desk);
    Positions& positions = visit(session_of(state, call.session), desk).positions;
    for (const WaitingPut::Piece& piece : waiting.pieces) positions.waits_no_more(piece.first);
}

void step_out(State& state, Ticket ticket, const WaitingCall& call, const WaitingCommit& waiting) {
    for (const auto& [handle, demand] : waiting.demands) {
        Desk& desk = *find_desk(state, handle);
        desk.entrance.erase(ticket);
        look_at(state, desk);
    }
    pin_leases(state, session_of(state, call.session), waiting.commit, false);
}

void step_out(State& state, Ticket ticket, const WaitingCall&, const WaitingJoin& waiting) {
    find_desk(state, waiting.queue)->joins.erase(ticket);
}

void step_out(State& state, Ticket ticket, const WaitingCall&, const WaitingCalls& waiting) {
    leave_object(state, ticket, waiting.object);
}

std::string limit_text(const std::string& name, std::uint64_t value) {
    return name + " is " + std::to_string(value);
}

}  // namespace

std::optional<Failed> cannot_wait(const State& state, const Session& session, const Desk& desk,
                                  std::size_t bytes) {
    const std::uint64_t calls_max = state.settings.waiters_max;
    if (desk.gets.size() + desk.entrance.size() + desk.joins.size() >= calls_max) {
        return Failed{errc::limit_exceeded, describe(desk) + ": too many calls wait; " +
                                                limit_text("waiters_max", calls_max)};
    }
    const std::uint64_t bytes_max = state.limits().session_bytes_max;
    if (session.waiting_bytes + bytes > bytes_max) {
        return Failed{errc::limit_exceeded, describe(desk) + ": too much of this session waits; " +
                                                limit_text("session_bytes_max", bytes_max)};
    }
    return std::nullopt;
}

Time wait_until(const State& state, std::optional<Millis> remaining) {
    return remaining ? later(state.now().boot, *remaining) : never;
}

Ticket wait(State& state, WaitingCall call) {
    return wait(state, state.next_ticket++, std::move(call));
}

Ticket wait(State& state, Ticket ticket, WaitingCall call) {
    Session& session = session_of(state, call.session);
    call.since = state.now().boot;
    session.waiting.insert(ticket);
    session.waiting_bytes += call.bytes;
    if (!std::holds_alternative<WaitingPut>(call.what)) {
        session.requests.insert_or_assign(call.id, KnownRequest{ticket, 0});
    }
    state.call_ends.set(ticket, call.until);
    const WaitingCall& kept = state.waiting.emplace(ticket, std::move(call)).first->second;
    std::visit([&](const auto& what) { line_up(state, ticket, kept, what); }, kept.what);
    return ticket;
}

WaitingCall leave(State& state, Ticket ticket) {
    auto node = state.waiting.extract(ticket);
    WaitingCall& call = node.mapped();
    std::visit([&](const auto& what) { step_out(state, ticket, call, what); }, call.what);
    Session& session = session_of(state, call.session);
    session.waiting.erase(ticket);
    session.waiting_bytes -= call.bytes;
    state.call_ends.erase(ticket);
    return std::move(call);
}

void conclude(State& state, Ticket ticket, Answer given) {
    const WaitingCall call = leave(state, ticket);
    answer(state, session_of(state, call.session), call.id, std::move(given));
}

void refuse(State& state, Ticket ticket, errc code, const std::string& text) {
    if (std::holds_alternative<WaitingPut>(state.waiting.at(ticket).what)) {
        refuse_put(state, ticket, code);
    } else {
        conclude(state, ticket, failed(code, text));
    }
}

void refuse_all(State& state, std::set<Ticket> tickets, errc code, const std::string& text) {
    for (const Ticket ticket : tickets) refuse(state, ticket, code, text);
}

namespace {

Answer cancelled() {
    return failed(errc::cancelled, "withdrawn by its caller");
}

/// How a call ends for which nothing came in time.
void end_overdue(State& state, Ticket ticket) {
    const auto& what = state.waiting.at(ticket).what;
    if (std::holds_alternative<WaitingGet>(what)) {
        refuse(state, ticket, errc::empty, "nothing came in time");
    } else if (std::holds_alternative<WaitingCalls>(what)) {
        give_up_calls(state, ticket, errc::empty);
    } else if (std::holds_alternative<WaitingJoin>(what)) {
        refuse(state, ticket, errc::empty, "not everything was acknowledged in time");
    } else {
        refuse(state, ticket, errc::full, "no room came in time");
    }
}

}  // namespace

void end_overdue_calls(State& state) {
    while (const std::optional<Ticket> ticket = state.call_ends.pop_due(state.now().boot)) {
        end_overdue(state, *ticket);
    }
}

void step_aside(State& state, Session& session) {
    for (const Ticket ticket : session.waiting) {
        const auto* get = std::get_if<WaitingGet>(&state.waiting.at(ticket).what);
        if (get == nullptr) continue;
        for (const QueueHandle handle : get->get.queues) {
            find_desk(state, handle)->in_want.erase(ticket);
        }
    }
}

void step_back(State& state, Session& session) {
    for (const Ticket ticket : session.waiting) {
        const auto* get = std::get_if<WaitingGet>(&state.waiting.at(ticket).what);
        if (get != nullptr) stand_in_line(state, ticket, *get);
    }
}

std::optional<Answer> handle(State& state, Session& session, const Request&, const Cancel& cancel) {
    if (cancel.target == 0 || cancel.target < session.done_below) return std::nullopt;
    const auto known = session.requests.find(cancel.target);
    if (known == session.requests.end()) {
        // Lost on its way. Should it still come, it comes too late.
        if (can_remember(state, session)) answer(state, session, cancel.target, cancelled());
    } else if (const auto* ticket = std::get_if<Ticket>(&known->second.state)) {
        if (std::holds_alternative<WaitingCalls>(state.waiting.at(*ticket).what)) {
            give_up_calls(state, *ticket, errc::cancelled);
        } else {
            conclude(state, *ticket, cancelled());
        }
    }
    return std::nullopt;
}

}  // namespace handoff::core::manager

#include "core/manager_puts.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/manager_items.hpp"
#include "core/manager_stored.hpp"
#include "core/manager_waiting.hpp"

namespace handoff::core::manager {
namespace {

using Outcomes = std::vector<PutDone::Outcome>;

Range positions_of(const Put& put) {
    return {put.first, put.first + put.items.count - 1};
}

/// Leaves away the items before position `first`.
void skip_to(Put& put, Position first) {
    const Position skipped = std::min<Position>(first - put.first, put.items.count);
    if (skipped > 0) (void)cut_front(put.items, static_cast<std::uint32_t>(skipped));
    put.first += skipped;
}

void refuse_positions(Session& session, Positions& positions, Range range, errc code) {
    const std::size_t before = positions.refusals();
    positions.refuse(range, code);
    session.refusals += positions.refusals() - before;
}

void confirm_below(Session& session, Positions& positions, Position lowest) {
    const std::size_t before = positions.refusals();
    positions.confirm_below(lowest);
    session.refusals -= before - positions.refusals();
}

/// How these items, which have never come before, fare: some may enter at once, some wait (they
/// have no outcome yet), the others are refused.
Outcomes take_in(State& state, Session& session, Desk& desk, const Request& request, Put& put,
                 std::size_t largest) {
    Positions& positions = visit(session, desk).positions;
    const auto refuse_rest = [&](errc code) {
        refuse_positions(session, positions, positions_of(put), code);
        return PutDone::Outcome{positions_of(put), code, Durability::memory};
    };
    positions.came(positions_of(put));
    if (request.remaining && *request.remaining < Millis{0}) {
        return {refuse_rest(errc::invalid_argument)};
    }
    if (const auto why = cannot_enter(state, desk, put.columns, put.items, largest)) {
        return {refuse_rest(why->code)};
    }
    const Durability level = desk.queue.settings().durability;
    if (desk.queue.remembers(put.columns.key, state.now())) {
        desk.queue.recognised();
        return {{positions_of(put), errc::ok, level}};
    }
    Outcomes outcomes;
    const std::uint32_t fitting =
        desk.entrance.empty() ? desk.queue.fits(put.items, put.columns, {}) : 0;
    if (fitting > 0) {
        outcomes.push_back({{put.first, put.first + fitting - 1}, errc::ok, level});
        desk.queue.put(put.columns, cut_front(put.items, fitting), state.now());
        put.first += fitting;
        changed(state, desk);
    }
    if (put.items.count == 0) return outcomes;

    const std::size_t bytes = waiting_overhead + put.items.bytes.size() + put.columns.notes_bytes();
    if (request.remaining == Millis{0}) {
        outcomes.push_back(refuse_rest(errc::full));
    } else if (cannot_wait(state, session, desk, bytes)) {
        outcomes.push_back(refuse_rest(errc::limit_exceeded));
    } else {
        compact(put.items, put.columns);
        WaitingPut rest{put.queue, std::move(put.columns), {{put.first, std::move(put.items)}}};
        wait(state, {session.number, request.id, wait_until(state, request.remaining), bytes,
                     std::move(rest)});
    }
    return outcomes;
}

/// The first answers to what has come before, which is left away. What has been undone since is
/// taken in like new puts.
Outcomes take_known(State& state, Session& session, Desk& desk, const Request& request, Put& put,
                    std::size_t largest) {
    const Positions& positions = visit(session, desk).positions;
    Outcomes outcomes;
    const auto add = [&](const Outcomes& more) {
        outcomes.insert(outcomes.end(), more.begin(), more.end());
    };
    while (put.items.count > 0 && put.first < positions.next()) {
        const Range known{put.first, std::min(positions_of(put).last, positions.next() - 1)};
        const std::optional<Range> undone = positions.undone_within(known);
        const Position end = undone ? undone->first : known.last + 1;
        if (end > put.first) {
            add(positions.outcomes({put.first, end - 1}, desk.queue.settings().durability));
            skip_to(put, end);
        }
        if (!undone) break;
        Put again{put.queue, put.first, put.lowest_unconfirmed, put.columns, {}};
        again.items = cut_front(put.items, static_cast<std::uint32_t>(undone->count()));
        put.first = undone->last + 1;
        add(take_in(state, session, desk, request, again, largest));
    }
    return outcomes;
}

/// Tells a client what became of its puts, if there is something to tell.
std::optional<Answer> told(const Desk& desk, Outcomes outcomes) {
    if (outcomes.empty()) return std::nullopt;
    return Answer{PutDone{desk.handle, std::move(outcomes)}, desk.changed_in};
}

Answer refused(QueueHandle queue, Range positions, errc code) {
    return {PutDone{queue, {{positions, code, Durability::memory}}}, 0};
}

bool usable(Range positions) {
    return positions.first > 0 && positions.first <= positions.last &&
           positions.last <= Positions::position_max;
}

Answer malformed(const char* what) {
    return {Failed{errc::protocol, what}, 0};
}

/// Whether the key of a put that waits came in meanwhile. Then it is done, and adds nothing.
bool recognised(State& state, Desk& desk, Ticket ticket) {
    const WaitingPut& waiting = std::get<WaitingPut>(state.waiting.at(ticket).what);
    if (!desk.queue.remembers(waiting.columns.key, state.now())) return false;
    desk.queue.recognised();
    const WaitingCall call = leave(state, ticket);
    puts_change(state, session_of(state, call.session), desk);
    PutDone done{desk.handle, {}};
    for (const WaitingPut::Piece& piece : std::get<WaitingPut>(call.what).pieces) {
        done.outcomes.push_back({piece.positions(), errc::ok, desk.queue.settings().durability});
    }
    send(state, session_of(state, call.session), {call.id, std::move(done)}, desk.changed_in);
    return true;
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request& request, Put& put) {
    const std::optional<std::size_t> largest = largest_payload(put.items);
    if (!largest) return malformed("PUT: the run is not made of its items");
    if (!usable(positions_of(put)) || put.lowest_unconfirmed > Positions::position_max) {
        return malformed("PUT: positions out of range");
    }
    Desk* desk = find_desk(state, put.queue);
    if (desk == nullptr) return refused(put.queue, positions_of(put), errc::stale_reference);

    Positions& positions = visit(session, *desk).positions;
    confirm_below(session, positions, put.lowest_unconfirmed);
    if (put.first < positions.lowest()) skip_to(put, positions.lowest());
    if (put.items.count == 0) return std::nullopt;  // nobody waits for an answer
    if (put.first > positions.next()) {
        return refused(put.queue, positions_of(put), errc::gap);
    }
    puts_change(state, session, *desk);
    Outcomes outcomes = take_known(state, session, *desk, request, put, *largest);
    if (put.items.count > 0) {
        if (session.refusals >= state.limits().requests_max) {
            // Not remembered, as that is what there is too much of: it may come again.
            return refused(put.queue, positions_of(put), errc::limit_exceeded);
        }
        const Outcomes fresh = take_in(state, session, *desk, request, put, *largest);
        outcomes.insert(outcomes.end(), fresh.begin(), fresh.end());
    }
    return told(*desk, std::move(outcomes));
}

bool let_in(State& state, Desk& desk, Ticket ticket) {
    if (recognised(state, desk, ticket)) return true;
    if (is_durable(desk) && state.journal.bytes() >= state.store_room) {
        state.journal.ask_for(Durability::os);  // as above: it may have got some
        refuse_put(state, ticket, errc::store_full);
        return true;
    }
    WaitingCall& call = state.waiting.at(ticket);
    WaitingPut& put = std::get<WaitingPut>(call.what);
    Session& session = session_of(state, call.session);
    Positions& positions = visit(session, desk).positions;
    const Durability level = desk.queue.settings().durability;
    Outcomes outcomes;
    while (!put.pieces.empty()) {
        WaitingPut::Piece& piece = put.pieces.front();
        const std::uint32_t fitting = desk.queue.fits(piece.items, put.columns, {});
        if (fitting == 0) break;
        Run front = cut_front(piece.items, fitting);
        outcomes.push_back({{piece.first, piece.first + fitting - 1}, errc::ok, level});
        positions.waits_no_more(piece.first);
        call.bytes -= front.bytes.size();
        session.waiting_bytes -= front.bytes.size();
        desk.queue.put(put.columns, front, state.now());
        if (piece.items.count == 0) {
            put.pieces.erase(put.pieces.begin());
            continue;
        }
        piece.first += fitting;
        piece.items.bytes = piece.items.bytes.compact();
        positions.waits(piece.positions(), ticket);
    }
    if (outcomes.empty()) return false;
    puts_change(state, session, desk);
    changed(state, desk);
    send(state, session, {call.id, PutDone{desk.handle, std::move(outcomes)}}, desk.changed_in);
    if (!put.pieces.empty()) return false;
    leave(state, ticket);
    return true;
}

void refuse_put(State& state, Ticket ticket, errc code) {
    Desk& target = *find_desk(state, std::get<WaitingPut>(state.waiting.at(ticket).what).queue);
    if (code != errc::stale_reference && recognised(state, target, ticket)) return;
    const WaitingCall call = leave(state, ticket);
    const WaitingPut& put = std::get<WaitingPut>(call.what);
    Session& session = session_of(state, call.session);
    Positions& positions = visit(session, target).positions;
    puts_change(state, session, target);
    PutDone done{put.queue, {}};
    for (const WaitingPut::Piece& piece : put.pieces) {
        refuse_positions(session, positions, piece.positions(), code);
        done.outcomes.push_back({piece.positions(), code, Durability::memory});
    }
    send(state, session, {call.id, std::move(done)}, target.changed_in);
}

// ------------------------------------------------------------------ WITHDRAW

namespace {

/// Cuts `positions` out of the piece that holds them all; what is left of it stays in line.
void cut_out(State& state, Session& session, Positions& known, Ticket ticket, Range positions) {
    WaitingCall& call = state.waiting.at(ticket);
    WaitingPut& put = std::get<WaitingPut>(call.what);
    const auto piece = std::find_if(
        put.pieces.begin(), put.pieces.end(),
        [&](const WaitingPut::Piece& each) { return each.positions().last >= positions.first; });
    assert(piece != put.pieces.end());
    known.waits_no_more(piece->first);

    WaitingPut::Piece front{piece->first, {}};
    WaitingPut::Piece back{positions.last + 1, std::move(piece->items)};
    front.items = cut_front(back.items, static_cast<std::uint32_t>(positions.first - front.first));
    const Run gone = cut_front(back.items, static_cast<std::uint32_t>(positions.count()));
    call.bytes -= gone.bytes.size();
    session.waiting_bytes -= gone.bytes.size();

    auto at = put.pieces.erase(piece);
    for (WaitingPut::Piece* left : {&back, &front}) {
        if (left->items.count == 0) continue;
        left->items.bytes = left->items.bytes.compact();
        known.waits(left->positions(), ticket);
        at = put.pieces.insert(at, std::move(*left));
    }
    if (put.pieces.empty()) leave(state, ticket);
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request&,
                             const Withdraw& withdraw) {
    if (!usable(withdraw.positions)) return malformed("WITHDRAW: positions out of range");
    Desk* desk = find_desk(state, withdraw.queue);
    if (desk == nullptr) {
        return refused(withdraw.queue, withdraw.positions, errc::stale_reference);
    }
    Positions& positions = visit(session, *desk).positions;
    puts_change(state, session, *desk);
    // What never came is not for us to take back, and what lies below nobody asks for.
    const Range range{std::max(withdraw.positions.first, positions.lowest()),
                      std::min(withdraw.positions.last, positions.next() - 1)};
    while (range.first <= range.last) {
        const Positions::Waiting waiting = positions.waiting_within(range);
        if (waiting.ticket == 0) break;
        const Range part{std::max(range.first, waiting.positions.first),
                         std::min(range.last, waiting.positions.last)};
        cut_out(state, session, positions, waiting.ticket, part);
        refuse_positions(session, positions, part, errc::cancelled);
    }
    const Durability level = desk->queue.settings().durability;
    return Answer{PutDone{desk->handle, positions.outcomes(range, level)}, desk->changed_in};
}

}  // namespace handoff::core::manager

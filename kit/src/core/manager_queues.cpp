#include "core/manager_queues.hpp"

#include <algorithm>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_items.hpp"
#include "core/manager_objects.hpp"
#include "core/manager_registered.hpp"
#include "core/manager_waiting.hpp"

namespace handoff::core::manager {
namespace {

constexpr std::uint32_t peeked_items_max = 1000;

Answer done(const Desk& desk, std::uint64_t count) {
    return {Done{count}, desk.changed_in};
}

/// What a part carries besides numbers and payloads.
std::uint64_t notes_bytes(const Part& part) {
    return part.key.size() + part.reason.size() + part.headers.size() + part.trace.size();
}

/// Leaves away what would make an answer longer than `bytes_max`; one item stays, however large.
void shorten(std::vector<Lent>& lent, std::uint64_t bytes_max) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < lent.size(); ++i) {
        Lent& each = lent[i];
        const std::uint64_t notes = notes_bytes(each.part);
        const std::uint64_t left = bytes_max - std::min(bytes_max, bytes + notes);
        if (each.run.size() <= left) {
            bytes += notes + each.run.size();
            continue;
        }
        const std::uint32_t fitting =
            items_within(each.run.view(), each.part.count, static_cast<std::size_t>(left));
        const std::uint32_t kept = i == 0 ? std::max(1u, fitting) : fitting;
        each.part.count = kept;
        each.run = each.run.part(0, prefix_bytes(each.run.view(), kept));
        lent.resize(kept == 0 ? i : i + 1);
        return;
    }
}

}  // namespace

std::optional<Answer> handle(State& state, Session&, const Request&, const Close& close) {
    Desk* desk = find_desk(state, close.queue);
    if (desk == nullptr) return no_such_queue(state, close.queue);
    std::uint64_t dropped = 0;
    if (close.now) {
        dropped = desk->queue.close_now();
    } else {
        desk->queue.close();
    }
    changed(state, *desk);
    refuse_all(state, desk->entrance, errc::closed, describe(*desk) + " was closed");
    if (is_durable(*desk)) {
        const bool discards = desk->queue.discards();
        state.journal.add(desk->queue.settings().durability, QueueClosed{close.queue, discards});
    }
    return done(*desk, dropped);
}

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Join& join) {
    Desk* desk = find_desk(state, join.queue);
    if (desk == nullptr) return no_such_queue(state, join.queue);
    if (request.remaining && *request.remaining < Millis{0}) {
        return failed(errc::invalid_argument, "JOIN: remaining time below 0");
    }
    if (desk->queue.unfinished() == 0) return done(*desk, 0);
    if (request.remaining == Millis{0}) {
        return failed(errc::empty, describe(*desk) + ": not everything is acknowledged");
    }
    if (auto why = cannot_wait(state, session, *desk, waiting_overhead)) {
        return Answer{std::move(*why), 0};
    }
    wait(state, {session.number, request.id, wait_until(state, request.remaining), waiting_overhead,
                 WaitingJoin{join.queue}});
    return std::nullopt;
}

std::optional<Answer> handle(State& state, Session&, const Request&, const Peek& peek) {
    Desk* desk = find_desk(state, peek.queue);
    if (desk == nullptr) return no_such_queue(state, peek.queue);
    std::vector<Lent> lent =
        desk->queue.peek(peek.state, std::min(peek.items_max, peeked_items_max));
    shorten(lent, state.limits().frame_bytes_max);
    Peeked peeked;
    for (Lent& each : lent) {
        peeked.parts.push_back(std::move(each.part));
        peeked.runs.push_back(std::move(each.run));
    }
    return Answer{std::move(peeked), desk->changed_in};
}

std::optional<Answer> handle(State& state, Session&, const Request&, const Purge& purge) {
    Desk* desk = find_desk(state, purge.queue);
    if (desk == nullptr) return no_such_queue(state, purge.queue);
    const std::uint64_t dropped = desk->queue.purge(purge.dead);
    changed(state, *desk);
    return done(*desk, dropped);
}

std::optional<Answer> handle(State& state, Session&, const Request&, const Kick& kick) {
    Desk* desk = find_desk(state, kick.queue);
    if (desk == nullptr) return no_such_queue(state, kick.queue);
    const std::uint64_t kicked = desk->queue.kick(kick.items_max, state.now());
    changed(state, *desk);
    return done(*desk, kicked);
}

std::optional<Answer> handle(State& state, Session&, const Request&, const Destroy& destroy) {
    Desk* desk = find_desk(state, destroy.queue);
    if (is_type(state, destroy.queue)) {
        return failed(errc::unsupported, "a registered type belongs to its manager's program");
    }
    if (desk == nullptr && destroy_object(state, destroy.queue)) {
        return Answer{Done{}, state.queue_gone_in};
    }
    if (desk == nullptr) return no_such_queue(state, destroy.queue);
    changed(state, *desk);
    const std::string why = describe(*desk) + " was destroyed";
    std::set<Ticket> waiting = desk->entrance;
    waiting.insert(desk->gets.begin(), desk->gets.end());
    waiting.insert(desk->joins.begin(), desk->joins.end());
    refuse_all(state, std::move(waiting), errc::stale_reference, why);
    for (auto& [number, visitor] : desk->visitors) {
        Session& session = session_of(state, number);
        if (visitor.credit.items > 0) {
            send(state, session, {visitor.credit_request, Failed{errc::stale_reference, why}},
                 desk->changed_in);
        }
        session.refusals -= visitor.positions.refusals();
        session.visited.erase(destroy.queue);
        session.holds_in.erase(destroy.queue);
    }
    const QueueStats stats = desk->queue.stats();
    if (is_durable(*desk)) {
        state.journal.add(desk->queue.settings().durability, QueueGone{destroy.queue});
        state.queue_gone_in = desk->changed_in;
    }
    const Answer answer = done(*desk, stats.ready + stats.leased + stats.delayed + stats.dead);
    for (const QueueHandle feeder : desk->feeders) {
        if (Desk* source = find_desk(state, feeder)) look_at(state, *source);
    }
    state.log.write(LogLevel::debug, describe(*desk) + " is destroyed");
    state.names.erase(desk->name);
    state.queue_boot.erase(destroy.queue);
    state.queue_wall.erase(destroy.queue);
    state.to_look_at.erase(destroy.queue);
    count_bytes(state, *desk, 0);
    state.desks.erase(destroy.queue);
    return answer;
}

void tell_joined(State& state, Desk& desk) {
    if (desk.joins.empty() || desk.queue.unfinished() > 0) return;
    const std::set<Ticket> joins = desk.joins;
    for (const Ticket ticket : joins) conclude(state, ticket, done(desk, 0));
}

}  // namespace handoff::core::manager

#include "core/manager_gets.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_items.hpp"
#include "core/manager_waiting.hpp"

namespace handoff::core::manager {
namespace {

constexpr std::size_t queues_per_get_max = 64;

std::optional<Answer> cannot_ask(State& state, const Request& request, const Get& get) {
    if (get.queues.empty()) return failed(errc::invalid_argument, "GET: no queue");
    if (get.queues.size() > queues_per_get_max) {
        return failed(errc::limit_exceeded, "GET: more than 64 queues");
    }
    if (get.items_max == 0) return failed(errc::invalid_argument, "GET: items_max is 0");
    if (!sane(get.lease)) return failed(errc::invalid_argument, "GET: lease out of range");
    if (request.remaining && *request.remaining < Millis{0}) {
        return failed(errc::invalid_argument, "GET: remaining time below 0");
    }
    for (const QueueHandle handle : get.queues) {
        if (find_desk(state, handle) == nullptr) return no_such_queue(state, handle);
    }
    return std::nullopt;
}

std::optional<Answer> lend_for(State& state, Desk& desk, Session& session, const Get& get) {
    std::optional<Deliver> deliver =
        lend(state, desk, session,
             {session.number, get.items_max, state.limits().frame_bytes_max, get.lease, false});
    if (!deliver) return std::nullopt;
    return Answer{std::move(*deliver), desk.changed_in};
}

/// Whether something is ready and this GET is the next to get it.
bool could_serve(const Desk& desk, Ticket ticket) {
    return desk.queue.ready() > 0 && !desk.in_want.empty() && desk.in_want.begin()->first == ticket;
}

/// Nothing will ever come from any of these queues for this session.
bool all_closed(State& state, const Session& session, const Get& get) {
    return std::all_of(get.queues.begin(), get.queues.end(), [&](QueueHandle handle) {
        const Queue& queue = find_desk(state, handle)->queue;
        return queue.closed() && queue.drained_for(session.number);
    });
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request& request, Get& get) {
    if (auto why = cannot_ask(state, request, get)) return why;
    for (const QueueHandle handle : get.queues) {
        Desk& desk = *find_desk(state, handle);
        if (auto items = lend_for(state, desk, session, get)) {
            look_at(state, desk);
            return items;
        }
    }
    if (all_closed(state, session, get)) return drained(*find_desk(state, get.queues.front()));
    if (request.remaining == Millis{0}) return failed(errc::empty, "nothing is ready");
    for (const QueueHandle handle : get.queues) {
        if (auto why = cannot_wait(state, session, *find_desk(state, handle), waiting_overhead)) {
            return Answer{std::move(*why), 0};
        }
    }
    wait(state, {session.number, request.id, wait_until(state, request.remaining), waiting_overhead,
                 WaitingGet{std::move(get)}});
    return std::nullopt;
}

std::optional<Deliver> lend(State& state, Desk& desk, Session& session, Borrow borrow) {
    if (desk.queue.ready() == 0) return std::nullopt;
    borrow.lasting = session.stored && is_durable(desk);
    std::vector<Lent> lent = desk.queue.take(borrow, state.next_token, state.now());
    if (lent.empty()) return std::nullopt;
    // Nobody hears of a loan that a restart would not know of.
    if (borrow.lasting) desk.changed_in = state.gate.turn();
    visit(session, desk);
    desk.borrowers.insert(session.number);
    review(state, desk, session);
    return delivery(desk, std::move(lent), borrow.lease);
}

bool hand_out(State& state, Desk& desk, Ticket ticket) {
    const WaitingCall& call = state.waiting.at(ticket);
    const Get& get = std::get<WaitingGet>(call.what).get;
    Session& session = session_of(state, call.session);
    // Several of its queues may have got something in one step, and desks are looked at in an order
    // of their own: what counts is the order in which it names them, but for those before it there.
    for (const QueueHandle handle : get.queues) {
        Desk& each = *find_desk(state, handle);
        if (&each != &desk) {
            if (!could_serve(each, ticket)) continue;
            look_at(state, each);
        }
        if (std::optional<Answer> items = lend_for(state, each, session, get)) {
            conclude(state, ticket, std::move(*items));
            return true;
        }
    }
    return false;
}

Deliver delivery(const Desk& desk, std::vector<Lent> lent, std::optional<Millis> lease) {
    Deliver deliver{desk.handle, lease.value_or(desk.queue.settings().lease), {}, {}};
    for (Lent& each : lent) {
        deliver.parts.push_back(std::move(each.part));
        deliver.runs.push_back(std::move(each.run));
    }
    return deliver;
}

bool hand_out_again(State& state, Session& session, RequestId id, const HandedOut& handed) {
    Desk* desk = find_desk(state, handed.queue);
    if (desk == nullptr) return false;
    // What was said before did not arrive: the lease begins now.
    desk->queue.extend(session.number, handed.tokens, handed.lease, state.now());
    std::vector<Lent> lent = desk->queue.lent(session.number, handed.tokens);
    if (lent.empty()) return false;
    send(state, session, {id, delivery(*desk, std::move(lent), handed.lease)}, desk->changed_in);
    return true;
}

void tell_closed(State& state, Desk& desk) {
    if (!desk.queue.closed() || desk.queue.ready() > 0) return;
    if (desk.gets.empty() && desk.consumers.empty()) return;
    // A session whose own leases are all that is left has nothing to wait for either. Of those
    // that borrowed only the sole one can be such; leases that lapsed are struck off on the way.
    auto& borrowers = desk.borrowers;
    while (!borrowers.empty() && desk.queue.outstanding(*borrowers.begin()).items == 0) {
        borrowers.erase(borrowers.begin());
    }
    const bool for_all = desk.queue.drained_for(0);
    const Holder sole = borrowers.empty() ? 0 : *borrowers.begin();
    if (!for_all && !desk.queue.drained_for(sole)) return;

    const std::set<Holder> consumers = desk.consumers;
    for (const Holder holder : consumers) {
        if (!for_all && holder != sole) continue;
        end_stream(state, desk, session_of(state, holder), drained(desk));
    }
    const std::set<Ticket> gets = desk.gets;
    for (const Ticket ticket : gets) {
        const WaitingCall& call = state.waiting.at(ticket);
        if (!for_all && call.session != sole) continue;
        const Get& get = std::get<WaitingGet>(call.what).get;
        if (all_closed(state, session_of(state, call.session), get)) {
            conclude(state, ticket, drained(desk));
        }
    }
}

}  // namespace handoff::core::manager

#include "core/manager_commits.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_items.hpp"
#include "core/manager_leases.hpp"
#include "core/manager_waiting.hpp"

namespace handoff::core::manager {
namespace {

constexpr std::size_t targets_max = 64;

using Demands = std::map<QueueHandle, Demand>;

// ------------------------------------------------------------------ what can be known at once

std::optional<Answer> cannot_ack(State& state, const Commit& commit) {
    std::set<QueueHandle> seen;
    for (const Commit::Acks& acks : commit.acks) {
        if (find_desk(state, acks.queue) == nullptr) return no_such_queue(state, acks.queue);
        if (!seen.insert(acks.queue).second) {
            return failed(errc::invalid_argument, "COMMIT: acks name a queue twice");
        }
        if (!in_order(acks.tokens)) {
            return failed(errc::invalid_argument, "COMMIT: tokens out of order");
        }
    }
    return std::nullopt;
}

std::optional<Answer> cannot_put(State& state, const Commit& commit) {
    for (const Commit::Puts& puts : commit.puts) {
        const std::optional<std::size_t> largest = largest_payload(puts.items);
        if (!largest) {
            return failed(errc::protocol, "COMMIT: the run is not made of its items");
        }
        Desk* desk = find_desk(state, puts.queue);
        if (desk == nullptr) return no_such_queue(state, puts.queue);
        if (auto why = cannot_enter(state, *desk, puts.columns, puts.items, *largest)) {
            return Answer{std::move(*why), 0};
        }
    }
    return std::nullopt;
}

/// Those puts of a commit, by their places, that bring nothing: their queue remembers their key, or
/// an earlier one of them has it.
using Recognised = std::set<std::size_t>;

Recognised recognised_puts(State& state, const Commit& commit) {
    Recognised recognised;
    std::set<std::pair<QueueHandle, std::string_view>> keys;
    for (std::size_t i = 0; i < commit.puts.size(); ++i) {
        const Commit::Puts& puts = commit.puts[i];
        const std::string& key = puts.columns.key;
        if (key.empty()) continue;
        const bool remembered = find_desk(state, puts.queue)->queue.remembers(key, state.now());
        if (remembered || !keys.emplace(puts.queue, key).second) recognised.insert(i);
    }
    return recognised;
}

/// What a commit needs in each of its targets; in some of them that may be nothing.
Demands demands_of(const Commit& commit, const Recognised& recognised) {
    Demands demands;
    for (std::size_t i = 0; i < commit.puts.size(); ++i) {
        const Commit::Puts& puts = commit.puts[i];
        Demand& demand = demands[puts.queue];
        if (recognised.contains(i)) continue;
        demand.items += puts.items.count;
        demand.bytes += puts.items.bytes.size() + puts.items.count * puts.columns.notes_bytes();
    }
    return demands;
}

std::optional<Answer> can_never_fit(State& state, const Demands& demands) {
    if (demands.size() > targets_max) {
        return failed(errc::limit_exceeded, "COMMIT: puts to more than 64 queues");
    }
    for (const auto& [handle, demand] : demands) {
        const Desk& desk = *find_desk(state, handle);
        const QueueSettings& settings = desk.queue.settings();
        if (demand.items > settings.capacity || demand.bytes > settings.capacity_bytes) {
            return failed(errc::too_large,
                          describe(desk) + ": " + std::to_string(demand.items) + " items of " +
                              std::to_string(demand.bytes) + " bytes; capacity is " +
                              std::to_string(settings.capacity) + ", capacity_bytes " +
                              std::to_string(settings.capacity_bytes));
        }
    }
    return std::nullopt;
}

// ------------------------------------------------------------------ what may change meanwhile

/// A put that was recognised when the commit came, and is not any more, may find its queue closed.
std::optional<Answer> closed_by_now(State& state, const Commit& commit,
                                    const Recognised& recognised) {
    for (std::size_t i = 0; i < commit.puts.size(); ++i) {
        const Desk& desk = *find_desk(state, commit.puts[i].queue);
        if (!desk.queue.closed() || recognised.contains(i)) continue;
        return failed(errc::closed, describe(desk) + ": closed");
    }
    return std::nullopt;
}

/// The first token of `tokens`, not all of which this holder has, that it has not.
Token first_missing(const Queue& queue, Holder holder, Range tokens) {
    Range within = tokens;
    while (within.first < within.last) {
        const Range half{within.first, within.first + (within.last - within.first) / 2};
        if (queue.lent_to(holder, half).items < half.count()) {
            within = half;
        } else {
            within.first = half.last + 1;
        }
    }
    return within.first;
}

std::optional<Answer> lapsed(State& state, Holder holder, const Commit& commit) {
    for (const Commit::Acks& acks : commit.acks) {
        const Desk* desk = find_desk(state, acks.queue);
        if (desk == nullptr) return no_such_queue(state, acks.queue);
        for (const Range tokens : acks.tokens) {
            if (desk->queue.lent_to(holder, tokens).items == tokens.count()) continue;
            const Token missing = first_missing(desk->queue, holder, tokens);
            return failed(errc::lease_lapsed,
                          describe(*desk) + ": token " + std::to_string(missing) + " is not held");
        }
    }
    return std::nullopt;
}

/// What the commit's own acks free in a queue.
Demand freed_by(const Desk& desk, Holder holder, const Commit& commit) {
    Demand freed;
    for (const Commit::Acks& acks : commit.acks) {
        if (acks.queue != desk.handle) continue;
        for (const Range tokens : acks.tokens) {
            const Queue::Freed lent = desk.queue.lent_to(holder, tokens);
            freed.items += lent.items;
            freed.bytes += lent.bytes;
        }
    }
    return freed;
}

bool has_room(const Desk& desk, Demand demand, Demand freed) {
    const QueueSettings& settings = desk.queue.settings();
    const QueueStats now = desk.queue.stats();
    const std::uint64_t items = now.ready + now.leased + now.delayed + now.dead - freed.items;
    const std::uint64_t bytes = now.bytes - freed.bytes;
    return items <= settings.capacity && demand.items <= settings.capacity - items &&
           bytes <= settings.capacity_bytes && demand.bytes <= settings.capacity_bytes - bytes;
}

bool fits_everywhere(State& state, Holder holder, const Commit& commit, const Demands& demands) {
    return std::all_of(demands.begin(), demands.end(), [&](const auto& each) {
        const Desk& desk = *find_desk(state, each.first);
        return has_room(desk, each.second, freed_by(desk, holder, commit));
    });
}

/// Nothing can stand in its way any more.
Answer carry_out(State& state, Session& session, const Commit& commit,
                 const Recognised& recognised) {
    Answer answer;
    std::uint64_t count = 0;
    const auto has_changed = [&](Desk& desk) {
        changed(state, desk);
        answer.rests_on = std::max(answer.rests_on, desk.changed_in);
    };
    for (const Commit::Acks& acks : commit.acks) {
        Desk& desk = *find_desk(state, acks.queue);
        for (const Range tokens : acks.tokens) desk.queue.ack(session.number, tokens);
        review(state, desk, session);
        has_changed(desk);
    }
    for (std::size_t i = 0; i < commit.puts.size(); ++i) {
        const Commit::Puts& puts = commit.puts[i];
        Desk& desk = *find_desk(state, puts.queue);
        if (recognised.contains(i)) {
            desk.queue.recognised();
            answer.rests_on = std::max(answer.rests_on, desk.changed_in);
            continue;
        }
        desk.queue.put(puts.columns, puts.items, state.now());
        count += puts.items.count;
        has_changed(desk);
    }
    answer.body = Done{count};
    return answer;
}

/// What is kept while it waits.
std::size_t bytes_of(const Commit& commit, const Demands& demands) {
    std::size_t bytes = waiting_overhead * std::max<std::size_t>(1, demands.size());
    for (const Commit::Acks& acks : commit.acks) {
        bytes += sizeof(acks) + acks.tokens.size() * sizeof(Range);
    }
    for (const Commit::Puts& puts : commit.puts) {
        bytes += sizeof(puts) + puts.items.bytes.size() + puts.columns.notes_bytes();
    }
    return bytes;
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             Commit& commit) {
    if (request.remaining && *request.remaining < Millis{0}) {
        return failed(errc::invalid_argument, "COMMIT: remaining time below 0");
    }
    if (auto why = cannot_ack(state, commit)) return why;
    if (auto why = cannot_put(state, commit)) return why;
    const Recognised recognised = recognised_puts(state, commit);
    Demands demands = demands_of(commit, recognised);
    if (auto why = can_never_fit(state, demands)) return why;
    if (auto why = lapsed(state, session.number, commit)) return why;

    const bool others_wait = std::any_of(demands.begin(), demands.end(), [&](const auto& each) {
        return each.second.items > 0 && !find_desk(state, each.first)->entrance.empty();
    });
    if (!others_wait && fits_everywhere(state, session.number, commit, demands)) {
        return carry_out(state, session, commit, recognised);
    }
    if (request.remaining == Millis{0}) return failed(errc::full, "a target is full");
    const std::size_t bytes = bytes_of(commit, demands);
    for (const auto& [handle, demand] : demands) {
        if (auto why = cannot_wait(state, session, *find_desk(state, handle), bytes)) {
            return Answer{std::move(*why), 0};
        }
    }
    for (Commit::Puts& puts : commit.puts) compact(puts.items, puts.columns);
    wait(state, {session.number, request.id, wait_until(state, request.remaining), bytes,
                 WaitingCommit{std::move(commit), std::move(demands)}});
    return std::nullopt;
}

bool let_in_commit(State& state, Ticket ticket) {
    const WaitingCall& call = state.waiting.at(ticket);
    const auto& waiting = std::get<WaitingCommit>(call.what);
    const bool first =
        std::all_of(waiting.demands.begin(), waiting.demands.end(), [&](const auto& each) {
            return *find_desk(state, each.first)->entrance.begin() == ticket;
        });
    if (!first) return false;
    if (auto why = lapsed(state, call.session, waiting.commit)) {
        conclude(state, ticket, std::move(*why));
        return true;
    }
    // Keys may have been remembered or forgotten meanwhile.
    const Recognised recognised = recognised_puts(state, waiting.commit);
    const Demands demands = demands_of(waiting.commit, recognised);
    auto why = closed_by_now(state, waiting.commit, recognised);
    if (!why) why = can_never_fit(state, demands);
    if (why) {
        conclude(state, ticket, std::move(*why));
        return true;
    }
    if (!fits_everywhere(state, call.session, waiting.commit, demands)) return false;
    const WaitingCall done = leave(state, ticket);
    Session& session = session_of(state, done.session);
    const Commit& commit = std::get<WaitingCommit>(done.what).commit;
    answer(state, session, done.id, carry_out(state, session, commit, recognised));
    return true;
}

void pin_leases(State& state, Session& session, const Commit& commit, bool pinned) {
    for (const Commit::Acks& acks : commit.acks) {
        Desk* desk = find_desk(state, acks.queue);
        if (desk == nullptr) continue;  // destroyed meanwhile
        for (const Range tokens : acks.tokens) {
            desk->queue.pin(session.number, tokens, pinned, state.now());
        }
        review(state, *desk, session);
        look_at(state, *desk);
    }
}

}  // namespace handoff::core::manager

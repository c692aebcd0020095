#include "simulation/promises/witness.hpp"

#include <algorithm>
#include <variant>

#include "core/overload.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

Witness::Session* Witness::session_at(ConnectionId connection) {
    const auto found = connections_.find(connection);
    if (found == connections_.end()) return nullptr;
    Session& session = sessions_[found->second];
    return session.connection == connection && !session.over ? &session : nullptr;
}

/// What waited for the disk may go to a connection that its session has left by then.
Witness::Session* Witness::session_said_to(ConnectionId connection) {
    const auto found = said_to_.find(connection);
    return found == said_to_.end() ? nullptr : &sessions_[found->second];
}

bool Witness::may_be_dead(const Session& session, Now now) const {
    return session.over || session.doubtful || session.process_over ||
           session.heard + world_.plan.limits.session_limit <= now.boot;
}

void Witness::saw_end(const ClientProcess& process) {
    for (Session& session : sessions_) {
        if (session.process == process) session.process_over = true;
    }
}

// ------------------------------------------------------------------ what comes in

void Witness::took(ConnectionId from, const Request& request, Now now) {
    if (const auto* hello = std::get_if<Hello>(&request.body)) {
        hellos_[from] = *hello;
        return;
    }
    Session* session = session_at(from);
    if (session == nullptr) return;
    hear(*session, connections_.at(from), now);
    session->done_below = std::max(session->done_below, request.done_below);
    session->known.erase(session->known.begin(), session->known.lower_bound(session->done_below));
    take_request(*session, connections_.at(from), request, now);
}

void Witness::hear(Session& session, SessionNumber number, Now now) {
    if (session.heard + world_.plan.limits.hold <= now.boot) doubt_held(number);
    if (may_be_dead(session, now)) session.doubtful = true;
    session.heard = now.boot;
}

/// After such a silence what was held may have gone back, although its holder lives.
void Witness::doubt_held(SessionNumber number) {
    sessions_[number].held_doubt_at = world_.schedule.now();
    for (auto& [token, delivery] : deliveries_) {
        if (delivery.session == number && (delivery.held || delivery.maybe_held))
            delivery.doubtful = true;
    }
}

void Witness::take_request(Session& session, SessionNumber number, const Request& request,
                           Now now) {
    // What comes again is answered again, and not done again.
    const auto is_new = [&] {
        return request.id >= session.done_below && session.known.insert(request.id).second;
    };
    const auto ask = [&] { session.asked.emplace(request.id, request.body); };
    std::visit(Overload{
                   [&](const Heartbeat& beat) {
                       for (const Cursor& cursor : beat.cursors) take_cursor(number, cursor, now);
                   },
                   [&](const Goodbye&) { session.over = true; },
                   [&](const Open& open) {
                       const bool durable = open.options.durability.value_or(Durability::memory) !=
                                            Durability::memory;
                       if (!durable) session.never_stored = true;
                       if (is_new()) ask();
                   },
                   [&](const OpenObject&) { session.never_stored = true; },
                   [&](const Put& put) {
                       Position position = put.first;
                       for (const ItemNumber item : numbers_in(put.items.bytes.view())) {
                           session.puts[{put.queue, position++}] = item;
                       }
                   },
                   [&](const Credit& credit) { take_credit(number, credit, now); },
                   [&](const Settle& settle) {
                       if (!is_new()) return;
                       ask();
                       take_settle(number, settle, now);
                   },
                   [&](const Commit& commit) {
                       if (!is_new()) return;
                       ask();
                       note_commit(commit);
                       for (const Commit::Acks& acks : commit.acks) {
                           for (const Range tokens : acks.tokens) {
                               for_each_delivery(number, tokens, [&](Token, Delivery& delivery) {
                                   start_lease(delivery, now);
                               });
                           }
                       }
                   },
                   [&](const Close& close) {
                       if (close.now) may_drop(close.queue);
                   },
                   [&](const Purge& purge) { may_drop(purge.queue); },
                   [&](const Destroy& destroy) { may_drop(destroy.queue, true); },
                   [](const auto&) {},
               },
               request.body);
}

template <typename Use>
void Witness::for_each_delivery(SessionNumber session, Range tokens, Use use) {
    auto it = deliveries_.lower_bound(tokens.first);
    for (; it != deliveries_.end() && it->first <= tokens.last; ++it) {
        if (it->second.session == session) use(it->first, it->second);
    }
}

/// The application has taken it: from now on its lease runs.
void Witness::start_lease(Delivery& delivery, Now now) {
    if (!delivery.held || delivery.over) return;
    delivery.held = false;
    ++delivery.counted;
    delivery.lapses = now.boot + delivery.lease;
}

void Witness::take_settle(SessionNumber number, const Settle& settle, Now now) {
    take_cursor(number, settle.cursor, now);
    for (const Range tokens : settle.tokens) {
        for_each_delivery(number, tokens, [&](Token, Delivery& delivery) {
            if (delivery.queue != settle.queue) return;
            if (settle.verb == Verb::giveback) {
                if (delivery.held || delivery.maybe_held) delivery.doubtful = true;
                return;
            }
            start_lease(delivery, now);
            if (settle.verb == Verb::extend) {  // unless the manager dies before that is stored
                delivery.lease = std::min(delivery.lease, settle.lease.value_or(delivery.lease));
            }
            if (settle.verb != Verb::ack && settle.verb != Verb::extend) {
                delivery.doubtful = true;
                delivery.delay_ends = now.wall + settle.delay;
            }
        });
    }
}

void Witness::take_cursor(SessionNumber number, const std::optional<Cursor>& cursor, Now now) {
    if (!cursor) return;
    for_each_delivery(number, {1, cursor->token}, [&](Token, Delivery& delivery) {
        if (delivery.queue == cursor->queue) start_lease(delivery, now);
    });
}

/// The first CREDIT on a connection sends back what was prefetched on earlier ones.
void Witness::take_credit(SessionNumber number, const Credit& credit, Now now) {
    take_cursor(number, credit.cursor, now);
    const ConnectionId connection = sessions_[number].connection;
    sessions_[number].held_doubt_at = world_.schedule.now();
    for (auto& [token, delivery] : deliveries_) {
        if (delivery.session != number || delivery.queue != credit.queue) continue;
        const bool held = delivery.held || delivery.maybe_held;
        if (held && delivery.connection != connection) delivery.doubtful = true;
    }
}

/// Of what is in the queue, or may still come in, some will be dropped.
void Witness::may_drop(QueueHandle queue, bool forgets_keys) {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return;
    found->second.returned.clear();
    for (Item& item : world_.ledger.items()) {
        const bool there = world_.plan.queues[item.queue].name == found->second.name ||
                           found->second.places.contains(item.number);
        if (!there) continue;
        item.dropped = true;
        if (forgets_keys && !item.columns.key.empty()) item.may_come_again = true;
    }
}

// ------------------------------------------------------------------ what goes out

void Witness::said(ConnectionId to, const Reply& reply, Now now) {
    if (const auto* welcome = std::get_if<Welcome>(&reply.body)) {
        return take_welcome(to, *welcome, now);
    }
    Session* session = session_said_to(to);
    if (session == nullptr) return;
    const SessionNumber number = said_to_.at(to);
    const auto* failed = std::get_if<Failed>(&reply.body);
    if (failed != nullptr && failed->code == errc::not_welcomed) return;
    // With a store, answers may have waited for it, and be said to one that has ended since.
    const bool is_of_now = !stores_ || std::holds_alternative<Alive>(reply.body);
    if (is_of_now && session_at(to) == session) session->doubtful = false;
    if (const auto* done = std::get_if<PutDone>(&reply.body)) return answer_put(*session, *done);
    if (const auto* deliver = std::get_if<Deliver>(&reply.body)) {
        for (std::size_t i = 0; i < deliver->parts.size(); ++i) {
            std::uint32_t index = 0;
            for (const ItemNumber item : numbers_in(deliver->runs[i].view())) {
                hand_out(number, {*deliver, deliver->parts[i], index++, item, reply.id == 0, to},
                         now);
            }
        }
        return;
    }
    if (failed != nullptr) return;  // in a later life of the manager it may be done, and be said
    const auto asked = session->asked.extract(reply.id);
    if (asked.empty()) return;
    if (const auto* opened = std::get_if<Opened>(&reply.body)) {
        const auto& name = std::get<Open>(asked.mapped()).name;
        Queue& queue = queues_[opened->queue];
        queue.name = name;
        queue.options = opened->options;
        if (queue.durability() != Durability::memory) session->stored = true;
    } else if (const auto* settled = std::get_if<Settled>(&reply.body)) {
        answer_settle(number, std::get<Settle>(asked.mapped()), *settled, now,
                      reply.id >= session->of_this_life);
    } else if (std::holds_alternative<Done>(reply.body)) {
        if (const auto* commit = std::get_if<Commit>(&asked.mapped())) {
            answer_commit(number, *commit);
        }
    }
}

void Witness::take_welcome(ConnectionId to, const Welcome& welcome, Now now) {
    const auto hello = hellos_.find(to);
    if (hello == hellos_.end()) return;
    const auto& resume = hello->second.resume;
    const auto known = resume ? session_ids_.find(*resume) : session_ids_.end();
    if (welcome.resumed) {
        if (known == session_ids_.end()) broken(Promise::freed, "an unknown session was resumed");
        Session& session = sessions_[known->second];
        hear(session, known->second, now);
        session.connection = to;
        session.doubtful = false;
        connections_[to] = said_to_[to] = known->second;
        return;
    }
    if (known != session_ids_.end() && !may_be_dead(sessions_[known->second], now)) {
        broken(Promise::freed, "a session that was heard of within its limit was declared dead");
    }
    if (known != session_ids_.end()) sessions_[known->second].over = true;
    const SessionNumber number = sessions_.size();
    Session& session = sessions_.emplace_back();
    session.id = hello->second.fresh;
    session.process = {hello->second.boot_id, hello->second.pid_namespace, hello->second.pid,
                       hello->second.start_time};
    session.connection = to;
    session.heard = now.boot;
    session_ids_[session.id] = number;
    connections_[to] = said_to_[to] = number;
}

void Witness::answer_put(Session& session, const PutDone& done) {
    for (const PutDone::Outcome& outcome : done.outcomes) {
        if (outcome.code != errc::ok) continue;
        const auto queue = queues_.find(done.queue);
        if (queue != queues_.end() && queue->second.durability() != outcome.level) {
            broken(Promise::never_lost, "a put was confirmed at another level than its queue's");
        }
        for (Position at = outcome.positions.first; at <= outcome.positions.last; ++at) {
            const auto put = session.puts.find({done.queue, at});
            if (put == session.puts.end()) {
                broken(Promise::never_twice, "a put was confirmed that never came");
            }
            enter(put->second);
        }
    }
}

Time Witness::ago(QueueHandle handle) const {
    return is_durable(handle) ? world_.schedule.now() - world_.disk.told_since() : Time{};
}

void Witness::enter(ItemNumber number) {
    Item& item = world_.ledger.item(number);
    item.entered = true;
    item.kept = true;
    item.entered_by = world_.disk.told();
}

void Witness::answer_settle(SessionNumber number, const Settle& settle, const Settled& settled,
                            Now now, bool of_this_life) {
    const auto refused = [&](Token token) {
        return std::any_of(settled.refused.begin(), settled.refused.end(), [&](const Range& range) {
            return range.first <= token && token <= range.last;
        });
    };
    for (const Range tokens : settle.tokens) {
        for (Token token = tokens.first; token <= tokens.last; ++token) {
            if (refused(token)) continue;
            if (settle.verb == Verb::ack) accept_ack(number, token);
            const auto delivery = deliveries_.find(token);
            if (delivery == deliveries_.end()) continue;
            if (settle.verb == Verb::extend) {
                const auto& options = queues_.at(settle.queue).options;
                delivery->second.lease = settle.lease.value_or(*options.lease);
                const Time begins = of_this_life ? now.boot - ago(settle.queue) : began_;
                delivery->second.lapses = begins + delivery->second.lease;
            } else {
                came_back(settle, token, delivery->second, of_this_life);
            }
        }
    }
}

void Witness::accept_ack(SessionNumber number, Token token) {
    const auto found = deliveries_.find(token);
    if (found == deliveries_.end() || found->second.session != number) {
        broken(Promise::freed, "an acknowledgement of token " + std::to_string(token) +
                                   " was accepted from somebody to whom it was never given");
    }
    Delivery& delivery = found->second;
    Item& item = world_.ledger.item(delivery.item);
    const auto newest = deliveries_.find(item.delivery);
    const bool newest_is_lost = newest != deliveries_.end() && newest->second.power_lost;
    if (item.delivery != token && !newest_is_lost) {
        broken(Promise::never_twice,
               "an acknowledgement of " + name_of(item) +
                   " was accepted from a former holder, although another has it by now");
    }
    if (delivery.over || ++item.acks_accepted > 1) {
        broken(Promise::never_twice, "an acknowledgement of " + name_of(item) +
                                         " was accepted that had gone back or was done already");
    }
    item.acked_by = world_.disk.told();
    delivery.over = true;
}

/// A released or returned item is surely ready now, and has its old place; but for those that died,
/// expired, wait, or are somebody else's already.
void Witness::came_back(const Settle& settle, Token token, Delivery& delivery, bool known_ready) {
    if (settle.verb == Verb::ack) return;
    delivery.over = true;
    const bool returns = settle.verb == Verb::release || settle.verb == Verb::giveback;
    const Item& item = world_.ledger.item(delivery.item);
    if (item.columns.time_to_live || item.dropped) return;
    Queue& queue = queues_.at(delivery.queue);
    if (delivery.counted >= queue.options.deliveries_max.value_or(unlimited)) return;  // it died
    if (settle.verb == Verb::release) delivery.not_before = delivery.delay_ends;
    if (!returns || settle.delay.count() != 0 || item.delivery != token) return;
    if (!known_ready) return;  // it was done in an earlier life, and may be lent since
    queue.returned.insert(rank(queue, item, delivery.place));
}

void Witness::answer_commit(SessionNumber number, const Commit& commit) {
    for (const Commit::Acks& acks : commit.acks) {
        for (const Range tokens : acks.tokens) {
            for (Token token = tokens.first; token <= tokens.last; ++token) {
                accept_ack(number, token);
            }
        }
    }
    for (const Commit::Puts& puts : commit.puts) {
        for (const ItemNumber item : numbers_in(puts.items.bytes.view())) {
            commits_.erase(item);
            enter(item);
        }
    }
}

bool Witness::is_durable(QueueHandle handle) const {
    const auto queue = queues_.find(handle);
    return queue != queues_.end() && queue->second.durability() != Durability::memory;
}

void Witness::note_commit(const Commit& commit) {
    std::vector<Range> acks;
    bool acks_durable = false;
    for (const Commit::Acks& each : commit.acks) {
        acks.insert(acks.end(), each.tokens.begin(), each.tokens.end());
        acks_durable = acks_durable || is_durable(each.queue);
    }
    for (const Commit::Puts& puts : commit.puts) {
        // What is put in memory may be seen before the rest is stored.
        if (acks_durable && !is_durable(puts.queue)) continue;
        for (const ItemNumber item : numbers_in(puts.items.bytes.view())) commits_[item] = acks;
    }
}

/// An item that a commit puts is there: so the commit is done, whether or not it was answered.
void Witness::look_at_commit(ItemNumber number) {
    const auto commit = commits_.extract(number);
    if (commit.empty()) return;
    for (const Range tokens : commit.mapped()) {
        const auto delivery = deliveries_.find(tokens.first);
        if (delivery == deliveries_.end()) continue;
        Item& item = world_.ledger.item(delivery->second.item);
        if (item.delivery != tokens.first) continue;
        item.acked_in_commit = true;
        item.acked_by = world_.disk.told();
    }
}

}  // namespace handoff::core::sim

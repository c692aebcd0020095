// What the witness knows, over a restart of the manager: what was in memory is gone, what was
// durable has to be there again.
#include <algorithm>
#include <utility>

#include "simulation/promises/witness.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

void Witness::manager_begins(const Beginning& how, const StatsReply& report, Now now) {
    if (stores_) shelve();
    life_ = how.life;
    stores_ = how.store;
    first_token_ = how.first_token;
    began_ = now.boot;
    connections_.clear();
    said_to_.clear();
    hellos_.clear();
    session_ids_.clear();
    queues_.clear();
    deliveries_.clear();
    counted_before_.clear();
    for (Session& session : sessions_) session.over = true;
    if (how.store) take_from_shelf(how, now);
    for (Item& item : world_.ledger.items()) carry_over(item, how);
    for (const QueueStats& queue : report.queues) {
        const std::uint64_t there = queue.ready + queue.leased + queue.delayed + queue.dead;
        const std::uint64_t left = queue.acks + queue.expired + queue.purged + queue.dead_lettered;
        counted_before_[queue.queue] = there + left - queue.puts;
    }
}

/// Of a session nothing can be demanded if it has, or may have, anything that is not stored; it may
/// be known all the same.
void Witness::shelve() {
    shelf_ = {};
    for (const auto& [id, number] : session_ids_) {
        Session& session = sessions_[number];
        if (session.over) continue;
        if (session.heard + world_.plan.limits.hold <= last_turn_.boot) doubt_held(number);
        session.of_this_life = session.known.empty() ? 0 : *session.known.rbegin() + 1;
        const bool lasts = session.stored && !session.never_stored;
        if (!lasts || may_be_dead(session, last_turn_)) session.doubtful = true;
        shelf_.session_ids.emplace(id, number);
    }
    for (auto& [token, delivery] : deliveries_) {
        const auto queue = queues_.find(delivery.queue);
        if (queue == queues_.end() || queue->second.durability() == Durability::memory) continue;
        const Session& holder = sessions_[delivery.session];
        // What lapsed and went to nobody is not known to have gone back.
        const bool lapsed = delivery.lapses <= last_turn_.boot;
        if (holder.over || holder.doubtful || lapsed) delivery.doubtful = true;
        shelf_.deliveries.emplace(token, delivery);
    }
    for (auto& [handle, queue] : queues_) {
        if (queue.durability() != Durability::memory) shelf_.queues.emplace(handle, queue);
    }
}

void Witness::take_from_shelf(const Beginning& how, Now now) {
    Shelf shelf = std::exchange(shelf_, {});
    session_ids_ = std::move(shelf.session_ids);
    queues_ = std::move(shelf.queues);
    deliveries_ = std::move(shelf.deliveries);
    for (const auto& [id, number] : session_ids_) {
        Session& session = sessions_[number];
        session.over = false;
        session.connection = 0;
        session.heard = now.boot;
        if (how.loss) session.doubtful = true;
    }
    for (auto& [token, delivery] : deliveries_) carry_over(delivery, how, now);
    for (const Recovered::Queue& known : how.recovered.queues) {
        const auto queue = queues_.find(known.made.queue);
        if (queue != queues_.end()) queue->second.older_places = known.next_id - 1;
    }
    for (auto& [handle, queue] : queues_) {
        queue.returned.clear();
        if (!how.loss || queue.durability() == Durability::fsync) continue;
        queue.places.clear();
        queue.last_first.clear();
        queue.places_by_sequence.clear();
    }
}

/// Leases begin anew; a loss of power may end them.
void Witness::carry_over(Delivery& delivery, const Beginning& how, Now now) {
    if (how.loss) {
        delivery.doubtful = delivery.power_lost = true;
        delivery.over = false;  // as far as is known: what ended it may be lost
        delivery.not_before = {};
    }
    delivery.connection = 0;  // the next CREDIT is the first on a connection
    delivery.maybe_held = delivery.fetched;
    if (!delivery.held) delivery.lapses = now.boot + delivery.lease;
}

void Witness::carry_over(Item& item, const Beginning& how) const {
    // Where it is known what is durable: here, or set aside until the store is there again.
    const auto& deliveries = how.store ? deliveries_ : shelf_.deliveries;
    const auto& queues = how.store ? queues_ : shelf_.queues;
    const auto last = deliveries.find(item.delivery);
    const bool has_moved = last != deliveries.end();  // from memory to where the dead are safe
    Durability level = world_.plan.durability(item.queue);
    const bool key_is_lost = level == Durability::memory && !item.columns.key.empty();
    if (key_is_lost) item.may_come_again = true;
    if (has_moved) level = std::max(level, queues.at(last->second.queue).durability());
    if (level == Durability::memory) {
        item.kept = false;
        item.dropped = false;
        item.acks_accepted = 0;
        item.acked_in_commit = false;
        item.delivery = 0;
        item.moved = false;
        return;
    }
    if (!how.loss || level == Durability::fsync) return;
    item.moved = false;
    if (!item.confirmed) item.put_unsure = true;  // it may have been done, and be undone
    if (!item.columns.key.empty()) item.may_come_again = true;
    const bool came_from_memory = world_.plan.durability(item.queue) == Durability::memory;
    if (item.entered && (came_from_memory || item.entered_by > how.loss->left)) {
        item.kept = false;
        item.may_come_again = true;
    }
    const bool acked = item.acks_accepted > 0 || item.acked_in_commit;
    if (acked && item.acked_by > how.loss->left) {
        item.acks_accepted = 0;
        item.acked_in_commit = false;
        item.may_come_again = true;
    }
}

}  // namespace handoff::core::sim

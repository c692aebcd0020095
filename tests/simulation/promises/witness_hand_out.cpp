// What the witness demands when the manager hands out an item, and of its counts.
#include <algorithm>
#include <string>

#include "simulation/promises/witness.hpp"
#include "simulation/world/wording.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

void Witness::hand_out(SessionNumber number, const Handed& what, Now now) {
    Item& item = world_.ledger.item(what.item);
    const auto known = deliveries_.find(what.token());
    if (known != deliveries_.end()) {
        // The answer to a GET, once more.
        if (known->second.session == number && known->second.item == what.item) return;
        broken(Promise::freed, "token " + std::to_string(what.token()) + " was given twice");
    }
    Queue& queue = queues_.at(what.deliver.queue);
    // Of what was lent and stored just before the manager died its holder hears when it asks again.
    const bool of_earlier_life = what.token() < first_token_;
    if (!of_earlier_life && what.token() <= queue.last_token) {
        broken(Promise::freed, "token " + std::to_string(what.token()) + " was given after token " +
                                   std::to_string(queue.last_token));
    }
    queue.last_token = std::max(queue.last_token, what.token());
    if ((item.acks_accepted > 0 || item.acked_in_commit) && !item.may_come_again) {
        broken(Promise::never_twice,
               name_of(item) + " was handed out again after its acknowledgement was accepted");
    }
    if (item.surely_absent()) {
        broken(Promise::never_twice, name_of(item) +
                                         " was handed out although its put was said to be surely "
                                         "not done");
    }
    check_reason(item, what.deliver.queue, now);
    if (!of_earlier_life) check_time(item, what, now);
    check_move(queue, item);
    look_at_commit(what.item);
    const auto [place, first_time] = queue.places.emplace(what.item, what.place());
    if (place->second != what.place()) {
        broken(Promise::never_twice, name_of(item) + " is in " + queue.name + " twice: at " +
                                         std::to_string(place->second) + " and at " +
                                         std::to_string(what.place()));
    }
    queue.returned.erase(rank(queue, item, what.place()));
    if (!of_earlier_life) check_order(queue, item, what);
    item.was_taken_out = true;
    item.delivery = what.token();
    Delivery& delivery = deliveries_[what.token()];
    delivery.item = what.item;
    delivery.session = number;
    delivery.queue = what.deliver.queue;
    delivery.place = what.place();
    delivery.connection = what.over;
    delivery.held = delivery.fetched = what.held;
    const Time then = world_.schedule.now() - ago(what.deliver.queue);
    const Time doubt = sessions_[number].held_doubt_at;
    if (what.held && doubt != never && doubt >= then) delivery.doubtful = true;
    delivery.lease = what.deliver.lease;
    const Time begins = of_earlier_life ? began_ : now.boot - ago(what.deliver.queue);
    delivery.lapses = what.held ? never : begins + what.deliver.lease;
    delivery.maybe_held = what.held && of_earlier_life;
    delivery.counted = what.part.deliveries;
}

/// An item that somebody has is given to another only when the first gave it back, died, or let its
/// lease lapse.
void Witness::check_reason(const Item& item, QueueHandle from, Now now) {
    const auto found = deliveries_.find(item.delivery);
    if (found == deliveries_.end()) return;
    Delivery& last = found->second;
    if (last.over || last.doubtful) return;
    // Of a queue that was destroyed, and its keys with it, nobody can hold anything.
    if (item.may_come_again && last.queue != from) return;
    const Session& holder = sessions_[last.session];
    const bool silent = holder.heard + world_.plan.limits.hold <= now.boot;
    const bool lapsed = last.held ? silent : last.lapses <= now.boot || (last.maybe_held && silent);
    // It may have been declared dead, and be heard of before anybody is told.
    if (!lapsed && !holder.doubtful && !may_be_dead(holder, now)) {
        broken(Promise::never_twice,
               name_of(item) +
                   " was handed out again although its holder lives, has not given it " +
                   "back, and has " +
                   (last.held ? "been silent for less than hold"
                              : "its lease for another " + in_words(last.lapses - now.boot)));
    }
    last.over = true;
}

/// What went to the queue for the dead is not in its own any more.
void Witness::check_move(const Queue& queue, Item& item) {
    if (queue.name != world_.plan.queues[item.queue].name) {
        item.moved = true;
    } else if (item.moved && !item.may_come_again) {
        broken(Promise::never_twice, name_of(item) + " was handed out from " + queue.name +
                                         " although it had moved to another queue");
    }
}

/// Neither before its delay has passed nor after its time to live.
void Witness::check_time(const Item& item, const Handed& what, Now now) const {
    if (world_.plan.clock_jumps()) return;
    const auto last = deliveries_.find(item.delivery);
    const bool here = last != deliveries_.end() && last->second.queue == what.deliver.queue;
    const Time not_before = here ? last->second.not_before : Time{0};
    const bool at_home = queues_.at(what.deliver.queue).name == world_.plan.queues[item.queue].name;
    if (now.wall < not_before || (at_home && now.wall < what.part.put_at + item.columns.delay)) {
        broken(Promise::in_order, name_of(item) + " was handed out before its delay had passed");
    }
    if (!at_home || !item.columns.time_to_live) return;
    if (what.part.put_at + *item.columns.time_to_live + Millis{2} <=
        now.wall - ago(what.deliver.queue)) {
        broken(Promise::never_lost, name_of(item) + " was handed out after its time to live");
    }
}

std::pair<std::int64_t, std::uint64_t> Witness::rank(const Queue& queue, const Item& item,
                                                     std::uint64_t place) const {
    switch (queue.options.order.value_or(Order::fifo)) {
        case Order::lifo: return {-static_cast<std::int64_t>(place), place};
        case Order::priority: return {-std::int64_t{item.columns.priority}, place};
        case Order::fifo: break;
    }
    return {0, place};
}

void Witness::check_order(Queue& queue, const Item& item, const Handed& what) {
    const auto mine = rank(queue, item, what.place());
    if (!queue.returned.empty() && *queue.returned.begin() < mine) {
        broken(Promise::in_order, name_of(item) + " of " + queue.name +
                                      " was handed out before the item at place " +
                                      std::to_string(queue.returned.begin()->second) +
                                      ", which had come back and was ready");
    }
    if (item.delivery != 0) {
        const auto last = deliveries_.find(item.delivery);
        if (last != deliveries_.end() && last->second.queue == what.deliver.queue) return;
    }
    const Order order = queue.options.order.value_or(Order::fifo);
    // One of an earlier life may have been lent unseen, and have come back since.
    const bool in_line = item.columns.delay.count() == 0 && what.place() > queue.older_places;
    if (order != Order::lifo && in_line) {
        std::uint64_t& last = queue.last_first[order == Order::fifo ? 0 : item.columns.priority];
        if (what.place() < last) {
            broken(Promise::in_order,
                   name_of(item) + " of " + queue.name + " was handed out after a newer one");
        }
        last = what.place();
    }
    const bool at_home = queue.name == world_.plan.queues[item.queue].name;
    if (item.maker == 0 || !at_home) return;
    auto& places = queue.places_by_sequence[item.maker];
    const auto here = places.emplace(item.sequence, what.place()).first;
    const bool after_next =
        std::next(here) != places.end() && std::next(here)->second < what.place();
    const bool before_last = here != places.begin() && std::prev(here)->second > what.place();
    if (after_next || before_last) {
        broken(Promise::in_order,
               name_of(item) + " of " + queue.name + " is not where its producer put it");
    }
}

// ------------------------------------------------------------------ counts

std::size_t Witness::may_be_leased(QueueHandle queue, Now now) const {
    std::size_t count = 0;
    for (const auto& [token, delivery] : deliveries_) {
        const bool may_be = delivery.queue == queue && !delivery.over &&
                            !may_be_dead(sessions_[delivery.session], now);
        if (may_be) ++count;
    }
    return count;
}

std::size_t Witness::untaken(QueueHandle queue, Now now) const {
    return static_cast<std::size_t>(
        std::count_if(deliveries_.begin(), deliveries_.end(), [&](const auto& each) {
            const Delivery& delivery = each.second;
            return delivery.queue == queue && delivery.held && !delivery.over &&
                   !delivery.doubtful && !may_be_dead(sessions_[delivery.session], now) &&
                   now.boot < sessions_[delivery.session].heard + world_.plan.limits.hold;
        }));
}

std::size_t Witness::may_hold(ConnectionId connection, const std::string& queue) const {
    const auto session = connections_.find(connection);
    if (session == connections_.end()) return 0;
    std::size_t count = 0;
    for (const auto& [token, delivery] : deliveries_) {
        if (delivery.session != session->second || delivery.over) continue;
        if (queues_.at(delivery.queue).name == queue) ++count;
    }
    return count;
}

std::string Witness::holders(QueueHandle queue, Now now) const {
    std::string text;
    for (const auto& [token, delivery] : deliveries_) {
        if (delivery.queue != queue || delivery.over || delivery.doubtful) continue;
        if (may_be_dead(sessions_[delivery.session], now)) continue;
        text += "; i" + std::to_string(delivery.item) + " with token " + std::to_string(token) +
                (delivery.held ? ", held" : "") + ", over connection " +
                std::to_string(sessions_[delivery.session].connection);
    }
    return text;
}

void Witness::turn_ended(ManagerMachine& machine, Now now) {
    constexpr std::uint64_t sampled = 16;
    last_turn_ = now;
    if (++turns_ % sampled == 0) check_counts(machine.report(now));
}

namespace {

void check_bound(const std::string& queue, std::uint64_t has, std::uint64_t most,
                 const char* what) {
    if (has <= most) return;
    broken(Promise::bounded, queue + " has " + std::to_string(has) + " " + what +
                                 ", and a capacity of " + std::to_string(most));
}

}  // namespace

void Witness::check_counts(const StatsReply& report) const {
    for (const QueueStats& queue : report.queues) {
        const std::uint64_t there = queue.ready + queue.leased + queue.delayed + queue.dead;
        for (const QueuePlan& plan : world_.plan.queues) {
            if (plan.name != queue.name) continue;
            check_bound(queue.name, there, *plan.options.capacity, "items");
            check_bound(queue.name, queue.bytes, plan.options.capacity_bytes.value_or(unlimited),
                        "bytes");
        }
        const std::uint64_t left = queue.acks + queue.expired + queue.purged + queue.dead_lettered;
        const auto before = counted_before_.find(queue.queue);
        const std::uint64_t puts =
            queue.puts + (before == counted_before_.end() ? 0 : before->second);
        if (there + left != puts) {
            broken(Promise::never_lost, queue.name + " counts " + std::to_string(puts) +
                                            " puts, of which " + std::to_string(there) +
                                            " are there and " + std::to_string(left) +
                                            " have left");
        }
    }
}

}  // namespace handoff::core::sim

#include "core/queue_model.hpp"

#include <tuple>

namespace handoff::core::test {
namespace {

Time whole_millis_up(Time time) {
    const Time part = time % Time{Millis{1}};
    return part == Time{0} ? time : time - part + Millis{1};
}

constexpr auto any = [](const QueueModel::Item&) { return true; };
constexpr auto is_held = [](const QueueModel::Item& item) { return item.held; };

}  // namespace

// -------------------------------------------------------------------------------- looking

QueueModel::Items QueueModel::in(ItemState state) {
    Items found;
    for (auto& [id, item] : items_) {
        if (item.state == state && !item.gone) found.push_back(&item);
    }
    const auto place = [&](const Item* item) {
        const auto id = static_cast<std::int64_t>(item->id);
        const Time leaves = state == ItemState::delayed ? item->leaves : Time{0};
        std::int64_t rank = 0;
        if (state == ItemState::delayed) rank = static_cast<std::int64_t>(item->delayed);
        if (state == ItemState::leased) rank = static_cast<std::int64_t>(item->token);
        if (state == ItemState::ready && settings_.order == Order::lifo) rank = -id;
        if (state == ItemState::ready && settings_.order == Order::priority) {
            rank = -std::int64_t{item->seen.priority};
        }
        return std::tuple{leaves, rank, id};
    };
    std::sort(found.begin(), found.end(),
              [&](const Item* a, const Item* b) { return place(a) < place(b); });
    return found;
}

QueueModel::Items QueueModel::leased_by(Holder holder, Range tokens) {
    Items found;
    for (Item* item : in(ItemState::leased)) {
        const bool within = tokens.first <= item->token && item->token <= tokens.last;
        if (item->holder == holder && within) found.push_back(item);
    }
    return found;
}

std::vector<Seen> QueueModel::peek(ItemState state) {
    std::vector<Seen> all;
    for (const Item* item : in(state)) {
        all.push_back(item->seen);
        all.back().deliveries = item->deliveries;
    }
    return all;
}

std::uint32_t QueueModel::fits(const Texts& payloads, const Columns& columns, Queue::Freed freed) {
    const std::uint64_t items = items_.size() - freed.items;
    std::uint64_t bytes = stats().bytes - freed.bytes;
    std::uint32_t n = 0;
    while (n < payloads.size() && items + n < settings_.capacity) {
        bytes += item_bytes(payloads[n].size()) + columns.notes_bytes();
        if (bytes > settings_.capacity_bytes) break;
        ++n;
    }
    return n;
}

Queue::Freed QueueModel::lent_to(Holder holder, Range tokens) {
    Queue::Freed sum;
    for (const Item* item : leased_by(holder, tokens)) {
        ++sum.items;
        sum.bytes += item->weight();
    }
    return sum;
}

std::uint64_t QueueModel::held_by(Holder holder) {
    const Items mine = leased_by(holder, {0, unlimited});
    return static_cast<std::uint64_t>(
        std::count_if(mine.begin(), mine.end(), [](const Item* item) { return item->held; }));
}

bool QueueModel::drained_for(Holder holder) {
    if (!in(ItemState::ready).empty() || !in(ItemState::delayed).empty()) return false;
    const Items leased = in(ItemState::leased);
    return discard_ || std::all_of(leased.begin(), leased.end(),
                                   [&](const Item* item) { return item->holder == holder; });
}

QueueStats QueueModel::stats() {
    QueueStats stats = counters_;
    stats.options = settings_.options();
    stats.closed = closed_;
    stats.ready = in(ItemState::ready).size();
    stats.leased = in(ItemState::leased).size();
    stats.delayed = in(ItemState::delayed).size();
    stats.dead = in(ItemState::dead).size();
    for (const auto& [id, item] : items_) stats.bytes += item.weight();
    return stats;
}

Deadlines QueueModel::next_deadline() {
    Deadlines next;
    if (!keys_.empty()) next.wall = keys_.back().until;
    for (const auto& [id, item] : items_) {
        if (item.state == ItemState::leased) next.include({item.deadline, never});
        if (item.state == ItemState::delayed) next.include({never, item.leaves});
        if (item.state == ItemState::ready) next.include({never, item.expires_at});
    }
    return next;
}

// -------------------------------------------------------------------------------- changing

bool QueueModel::remembers(const std::string& key, Now now) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const Known& known) {
        return known.key == key && known.until > now.wall;
    });
}

void QueueModel::remember(const std::string& key, Now now) {
    std::erase_if(keys_, [&](const Known& known) { return known.key == key; });
    forget_old(now);
    keys_.push_back({key, now.wall + settings_.key_window});
    if (keys_.size() > settings_.keys_max) keys_.erase(keys_.begin());
}

void QueueModel::forget_old(Now now) {
    std::erase_if(keys_, [&](const Known& known) { return known.until <= now.wall; });
}

void QueueModel::put(const Columns& columns, const Texts& payloads, Now now) {
    if (!columns.key.empty() && !payloads.empty()) remember(columns.key, now);
    Item item;
    item.seen.priority = columns.priority;
    item.seen.key = columns.key;
    item.seen.headers = columns.headers.view();
    item.seen.trace = columns.trace.view();
    if (columns.time_to_live) item.expires_at = whole_millis_up(now.wall + *columns.time_to_live);
    add(item, payloads, columns.delay, now);
}

void QueueModel::adopt(const std::vector<Seen>& dead, Now now) {
    for (const Seen& seen : dead) {
        Item item;
        item.seen = seen;
        add(item, {seen.payload}, Millis{0}, now);
    }
}

void QueueModel::add(Item item, const Texts& payloads, Millis delay, Now now) {
    for (const std::string& payload : payloads) {
        item.id = next_id_++;
        item.seen.id = item.id;
        item.seen.payload = payload;
        item.seen.put_at = std::chrono::floor<Millis>(now.wall);
        item.state = ItemState::ready;
        if (delay > Millis{0}) set_aside(item, now.wall + delay);
        items_.emplace(item.id, item);
        ++counters_.puts;
    }
}

std::vector<Seen> QueueModel::take(const Borrow& borrow, Token& next_token, Now now) {
    std::vector<Seen> taken;
    std::uint64_t bytes = borrow.bytes_max;
    for (Item* item : in(ItemState::ready)) {
        if (taken.size() == borrow.items_max) break;
        if (item->expires_at <= now.wall) {
            remove(*item, counters_.expired);
            continue;
        }
        if (item->weight() > bytes && !taken.empty()) break;
        bytes -= std::min(bytes, item->weight());
        item->state = ItemState::leased;
        item->holder = borrow.holder;
        item->token = next_token++;
        item->duration = borrow.lease.value_or(settings_.lease);
        item->held = true;
        item->pins = 0;
        item->deadline = never;
        taken.push_back(item->seen);
        taken.back().token = item->token;
        taken.back().deliveries = item->deliveries + 1;
        if (!borrow.held) {
            take_up(*item);
            item->deadline = now.boot + item->duration;
        }
    }
    sweep();
    return taken;
}

/// What of `tokens` is not among the wanted of `mine`.
template <class Wanted>
SettleResult QueueModel::refusals(Range tokens, const Items& mine, Wanted wanted) {
    if (tokens.first > tokens.last) return {0, {tokens}};
    SettleResult result;
    Token next = tokens.first;
    for (const Item* item : mine) {
        if (!wanted(*item)) continue;
        if (item->token > next) result.refused.push_back({next, item->token - 1});
        next = item->token + 1;
        ++result.done;
    }
    if (next <= tokens.last) result.refused.push_back({next, tokens.last});
    return result;
}

SettleResult QueueModel::ack(Holder holder, Range tokens) {
    const Items mine = leased_by(holder, tokens);
    const SettleResult result = refusals(tokens, mine, any);
    for (Item* item : mine) {
        take_up(*item);
        remove(*item, counters_.acks);
    }
    sweep();
    return result;
}

SettleResult QueueModel::release(Holder holder, Range tokens, Millis delay, Now now) {
    const Items mine = leased_by(holder, tokens);
    const SettleResult result = refusals(tokens, mine, any);
    for (Item* item : mine) {
        take_up(*item);
        ++counters_.releases;
        come_back(*item, delay, now);
    }
    sweep();
    return result;
}

SettleResult QueueModel::bury(Holder holder, Range tokens, const std::string& reason) {
    const Items mine = leased_by(holder, tokens);
    for (Item* item : mine) {
        take_up(*item);
        item->state = ItemState::dead;
        item->seen.reason = reason;
        ++counters_.buried;
    }
    return refusals(tokens, mine, any);
}

SettleResult QueueModel::extend(Holder holder, Range tokens, std::optional<Millis> lease, Now now) {
    const Items mine = leased_by(holder, tokens);
    for (Item* item : mine) {
        take_up(*item);
        item->duration = lease.value_or(settings_.lease);
        if (item->pins == 0) item->deadline = now.boot + item->duration;
    }
    return refusals(tokens, mine, any);
}

SettleResult QueueModel::give_back(Holder holder, Range tokens, Now now) {
    const Items mine = leased_by(holder, tokens);
    const SettleResult result = refusals(tokens, mine, is_held);
    for (Item* item : mine) {
        if (item->held) come_back(*item, Millis{0}, now);
    }
    sweep();
    return result;
}

void QueueModel::taken_up_to(Holder holder, Token token, Now now) {
    for (Item* item : leased_by(holder, {0, token})) {
        if (!item->held) continue;
        take_up(*item);
        item->deadline = now.boot + item->duration;
    }
}

void QueueModel::pin(Holder holder, Range tokens, bool pinned, Now now) {
    for (Item* item : leased_by(holder, tokens)) {
        if (!pinned && item->pins == 0) continue;
        take_up(*item);
        pinned ? ++item->pins : --item->pins;
        item->deadline = item->pins > 0 ? never : now.boot + item->duration;
    }
}

void QueueModel::return_all(Holder holder, bool died, Now now) {
    bool suspect = died;
    for (const Item* item : leased_by(holder, {0, unlimited})) suspect = suspect && item->held;
    for (Item* item : leased_by(holder, {0, unlimited})) {
        const bool first_held = item->held && suspect;
        if (first_held) {
            take_up(*item);
            suspect = false;
        }
        if (!item->held || first_held) ++(died ? counters_.lapses : counters_.releases);
        come_back(*item, Millis{0}, now);
    }
    sweep();
}

std::vector<Seen> QueueModel::take_dead(std::uint32_t items) {
    std::vector<Seen> taken;
    for (Item* item : in(ItemState::dead)) {
        if (taken.size() == items) break;
        taken.push_back(item->seen);
        remove(*item, counters_.dead_lettered);
    }
    sweep();
    return taken;
}

std::uint64_t QueueModel::kick(std::uint64_t items_max, Now now) {
    std::uint64_t kicked = 0;
    for (Item* item : in(ItemState::dead)) {
        if (kicked == items_max) break;
        if (item->expires_at <= now.wall) {
            remove(*item, counters_.expired);
            continue;
        }
        item->state = ItemState::ready;
        item->deliveries = 0;
        item->seen.reason.clear();
        ++kicked;
    }
    sweep();
    return kicked;
}

std::uint64_t QueueModel::close_now() {
    closed_ = true;
    discard_ = true;
    return purge(false);
}

std::uint64_t QueueModel::purge(bool also_dead) {
    const std::uint64_t before = counters_.purged;
    for (auto& [id, item] : items_) {
        if (item.state == ItemState::leased) continue;
        if (item.state != ItemState::dead || also_dead) remove(item, counters_.purged);
    }
    sweep();
    return counters_.purged - before;
}

void QueueModel::advance(Now now) {
    forget_old(now);
    for (Item* item : in(ItemState::leased)) {
        if (item->deadline > now.boot) continue;
        ++counters_.lapses;
        come_back(*item, Millis{0}, now);
    }
    for (Item* item : in(ItemState::delayed)) {
        if (item->leaves <= now.wall) item->state = ItemState::ready;
    }
    for (Item* item : in(ItemState::ready)) {
        if (item->expires_at <= now.wall) remove(*item, counters_.expired);
    }
    sweep();
}

// -------------------------------------------------------------------------------- ways of an item

void QueueModel::take_up(Item& item) {
    if (!item.held) return;
    item.held = false;
    ++counters_.deliveries;
    if (item.deliveries > 0) ++counters_.redeliveries;
    ++item.deliveries;
}

void QueueModel::come_back(Item& item, Millis delay, Now now) {
    item.state = ItemState::ready;
    if (discard_) {
        remove(item, counters_.purged);
    } else if (item.expires_at <= now.wall) {
        remove(item, counters_.expired);
    } else if (item.deliveries >= settings_.deliveries_max) {
        item.state = ItemState::dead;
        item.seen.reason = "delivered " + std::to_string(item.deliveries) + " times";
        ++counters_.buried;
    } else if (delay > Millis{0}) {
        set_aside(item, now.wall + delay);
    }
}

void QueueModel::set_aside(Item& item, Time until) {
    item.state = ItemState::delayed;
    item.leaves = std::min(until, item.expires_at);
    item.delayed = next_delayed_++;
}

/// The item is gone, but stays in its place until the sweep, as others may be looked at meanwhile.
void QueueModel::remove(Item& item, std::uint64_t& counter) {
    item.gone = true;
    ++counter;
}

void QueueModel::sweep() {
    std::erase_if(items_, [](const auto& entry) { return entry.second.gone; });
}

}  // namespace handoff::core::test

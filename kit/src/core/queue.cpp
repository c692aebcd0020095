#include "core/queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace handoff::core {
namespace {

/// Runs above this are kept as they were received; smaller ones are copied, because a received
/// message pins far more than its bytes.
constexpr std::size_t copied_bytes_max = 4 << 10;

/// A delivery of one part is sent as it lies there, one of several is put together. So behind a
/// part of more than this no other one travels, where the rest follows by itself.
constexpr std::size_t joined_bytes_max = 32 << 10;

/// Finding an item within an extent is a walk over the items before it; this bounds the walk.
constexpr std::uint32_t extent_items_max = 4096;

Slice stored(const Slice& received) {
    return received.size() > copied_bytes_max ? received.compact() : Slice::copy(received.view());
}

std::uint64_t room(std::uint64_t capacity, std::uint64_t used, std::uint64_t freed) noexcept {
    used -= std::min(used, freed);
    return capacity - std::min(capacity, used);
}

}  // namespace

// -------------------------------------------------------------------------------- settings

QueueSettings QueueSettings::from(const QueueOptions& wanted) {
    QueueSettings settings;
    settings.capacity = wanted.capacity.value_or(settings.capacity);
    settings.capacity_bytes = wanted.capacity_bytes.value_or(settings.capacity_bytes);
    settings.order = wanted.order.value_or(settings.order);
    settings.lease = wanted.lease.value_or(settings.lease);
    settings.deliveries_max = wanted.deliveries_max.value_or(settings.deliveries_max);
    settings.dead_letter = wanted.dead_letter.value_or(settings.dead_letter);
    settings.durability = wanted.durability.value_or(settings.durability);
    settings.key_window = wanted.key_window.value_or(settings.key_window);
    settings.keys_max = wanted.keys_max.value_or(settings.keys_max);
    return settings;
}

QueueOptions QueueSettings::options() const {
    QueueOptions options;
    options.capacity = capacity;
    options.capacity_bytes = capacity_bytes;
    options.order = order;
    options.lease = lease;
    options.deliveries_max = deliveries_max;
    options.dead_letter = dead_letter;
    options.durability = durability;
    options.key_window = key_window;
    options.keys_max = keys_max;
    return options;
}

Queue::Queue(QueueSettings settings)
    : settings_(std::move(settings)), keys_(settings_.key_window, settings_.keys_max) {}

// -------------------------------------------------------------------------------- room and puts

std::uint32_t Queue::fits(const Run& run, Freed freed) const noexcept {
    const std::uint64_t items =
        std::min<std::uint64_t>(run.count, room(settings_.capacity, items_, freed.items));
    const std::uint64_t bytes = room(settings_.capacity_bytes, bytes_, freed.bytes);
    const auto count = static_cast<std::uint32_t>(items);
    if (count == run.count && run.bytes.size() <= bytes) return count;
    return items_within(run.bytes.view(), count, bytes, run.each);
}

std::uint32_t Queue::fits(const Run& run, const Columns& columns, Freed freed) const noexcept {
    const std::uint64_t notes_each = columns.notes_bytes();
    if (notes_each == 0) return fits(run, freed);
    const std::uint64_t items = room(settings_.capacity, items_, freed.items);
    std::uint64_t bytes = room(settings_.capacity_bytes, bytes_, freed.bytes);
    std::string_view rest = run.bytes.view();
    std::uint32_t count = 0;
    while (count < run.count && count < items) {
        const std::size_t item = prefix_bytes(rest, 1);
        if (item + notes_each > bytes) break;
        bytes -= item + notes_each;
        rest.remove_prefix(item);
        ++count;
    }
    return count;
}

bool Queue::can_ever_fit(std::uint64_t item_bytes) const noexcept {
    return settings_.capacity > 0 && item_bytes <= settings_.capacity_bytes;
}

bool Queue::remembers(const std::string& key, Now now) const {
    return !key.empty() && keys_.knows(key, now.wall);
}

void Queue::put(const Columns& columns, const Run& run, Now now) {
    if (run.count == 0) return;
    if (!columns.key.empty()) keys_.remember(columns.key, now.wall);
    Extent extent = fresh(columns, run.count, now);
    extent.each = run.each;
    if (columns.notes_bytes() > 0) {
        Notes notes;
        notes.key = columns.key;
        notes.headers = stored(columns.headers);
        notes.trace = stored(columns.trace);
        extent.notes = std::make_shared<const Notes>(std::move(notes));
    } else if (columns.delay == Millis{0} && joins_last(extent, run.bytes.view())) {
        return;
    }
    extent.bytes = stored(run.bytes);
    put_new(std::move(extent), columns.delay, now);
}

void Queue::adopt(Extent dead, Now now) {
    Columns columns;
    columns.priority = dead.priority;
    Extent extent = fresh(columns, dead.count, now);
    extent.each = dead.each;
    extent.bytes = std::move(dead.bytes);
    extent.notes = std::move(dead.notes);
    put_new(std::move(extent), Millis{0}, now);
}

/// The next `count` items of this queue, so far without bytes and notes.
Extent Queue::fresh(const Columns& columns, std::uint32_t count, Now now) {
    Extent extent;
    extent.id = next_id_;
    extent.count = count;
    extent.priority = columns.priority;
    extent.put_at = std::chrono::floor<Millis>(now.wall);
    if (columns.time_to_live) {
        // In whole milliseconds, so that what is put within one can share an extent; rounded up,
        // so that nothing expires early.
        const Time end = later(now.wall, *columns.time_to_live);
        extent.expires_at = later(Time{0}, std::chrono::ceil<Millis>(end));
    }
    next_id_ += count;
    counters_.puts += count;
    return extent;
}

/// Writes the items of `extent` behind the newest ready ones, if these differ in nothing else.
bool Queue::joins_last(const Extent& extent, std::string_view bytes) {
    if (settings_.order == Order::lifo || bytes.size() > copied_bytes_max) return false;
    auto it = ready_.upper_bound(place_of(extent));
    if (it == ready_.begin()) return false;
    Extent& last = (--it)->second;
    const bool alike = last.id + last.count == extent.id && last.deliveries == 0 && !last.notes &&
                       last.priority == extent.priority && last.put_at == extent.put_at &&
                       last.expires_at == extent.expires_at;
    if (!alike || last.count + extent.count > extent_items_max) return false;
    Slice both = arena_.append(last.bytes, bytes);
    if (both.empty()) return false;
    last.bytes = std::move(both);
    last.count += extent.count;
    if (last.each != extent.each) last.each = 0;
    if (journal_.on()) {
        Extent joined = extent;
        joined.bytes = last.bytes.part(last.bytes.size() - bytes.size());
        journal_.in(joined);
    }
    items_ += extent.count;
    bytes_ += bytes.size();
    ready_count_ += extent.count;
    return true;
}

void Queue::put_new(Extent extent, Millis delay, Now now) {
    items_ += extent.count;
    bytes_ += extent.weight();
    const Time due = later(now.wall, delay);
    journal_.in(extent, false, delay > Millis{0} ? due : Time{});
    while (extent.count > 0) {
        Extent piece = extent.count > extent_items_max ? extent.split_front(extent_items_max)
                                                       : std::exchange(extent, {});
        if (delay > Millis{0}) {
            set_aside(std::move(piece), due);
        } else {
            make_ready(std::move(piece));
        }
    }
}

// -------------------------------------------------------------------------------- ready items

Queue::Place Queue::place_of(const Extent& extent) const noexcept {
    switch (settings_.order) {
        case Order::lifo: return {0, ~extent.id};
        case Order::priority: return {-std::int64_t{extent.priority}, extent.id};
        case Order::fifo: break;
    }
    return {0, extent.id};
}

void Queue::make_ready(Extent extent) {
    // Newest first: within an extent the order would be the wrong one.
    while (settings_.order == Order::lifo && extent.count > 1) insert_ready(extent.split_front(1));
    insert_ready(std::move(extent));
}

void Queue::insert_ready(Extent extent) {
    extent.bytes = extent.bytes.compact();
    ready_count_ += extent.count;
    const Place place = place_of(extent);
    if (extent.expires_at != never) expiries_.emplace(extent.expires_at, place);
    ready_.emplace(place, std::move(extent));
}

/// Takes the first `n` items of the best extent.
Extent Queue::pop_ready(std::uint32_t n) {
    auto node = ready_.extract(ready_.begin());
    Extent& best = node.mapped();
    if (best.expires_at != never) expiries_.erase({best.expires_at, node.key()});
    ready_count_ -= n;
    if (n == best.count) return std::move(best);
    Extent front = best.split_front(n);
    node.key() = place_of(best);
    if (best.expires_at != never) expiries_.emplace(best.expires_at, node.key());
    ready_.insert(ready_.begin(), std::move(node));
    return front;
}

// -------------------------------------------------------------------------------- taking

std::vector<Lent> Queue::take(const Borrow& borrow, Token& next_token, Now now) {
    std::vector<Lent> lents;
    std::uint32_t items = borrow.items_max;
    std::uint64_t bytes = borrow.bytes_max;
    std::uint64_t copied = 0;
    while (items > 0 && !ready_.empty()) {
        const Extent& best = ready_.begin()->second;
        if (best.expires_at <= now.wall) {
            drop(pop_ready(best.count), counters_.expired);
            continue;
        }
        std::uint32_t n = best.items_within(items, bytes);
        if (n == 0) {
            if (!lents.empty()) break;
            n = 1;
        }
        if (borrow.held && copied > joined_bytes_max) break;
        Extent extent = pop_ready(n);
        items -= n;
        bytes -= std::min(bytes, extent.weight());
        copied += extent.bytes.size();
        lents.push_back(lend(std::move(extent), borrow, next_token, now));
        next_token += n;
    }
    return lents;
}

Lent Queue::lend(Extent extent, const Borrow& borrow, Token token, Now now) {
    Lease lease;
    lease.extent = std::move(extent);
    lease.duration = borrow.lease.value_or(settings_.lease);
    lease.held = borrow.held;
    lease.lasting = borrow.lasting;
    if (!borrow.held) {
        count_delivery(lease.extent);
        start_clock(lease, now);
    }
    if (lease.lasting) {
        journal_.lent(lease.extent, {token, borrow.holder, lease.duration, lease.held});
    }
    lease.extent.bytes = lease.extent.bytes.compact();
    Lent lent = describe(lease.extent, token);
    if (borrow.held) ++lent.part.deliveries;  // it will be counted when it is taken
    add_lease(borrow.holder, hands_[borrow.holder], token, std::move(lease));
    return lent;
}

Lent Queue::describe(const Extent& extent, Token token) {
    Lent lent;
    lent.part.token = token;
    lent.part.id = extent.id;
    lent.part.count = extent.count;
    lent.part.deliveries = extent.deliveries;
    lent.part.priority = extent.priority;
    lent.part.put_at = std::chrono::floor<Millis>(extent.put_at);
    if (extent.notes) {
        lent.part.key = extent.notes->key;
        lent.part.reason = extent.notes->reason;
        lent.part.headers = extent.notes->headers;
        lent.part.trace = extent.notes->trace;
    }
    lent.run = extent.bytes;
    return lent;
}

}  // namespace handoff::core

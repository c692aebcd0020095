#include "core/journal.hpp"

#include <algorithm>

namespace handoff::core {
namespace {

/// Whether `second` lies directly behind `first` in the same memory.
bool adjacent(const Slice& first, const Slice& second) {
    return first.owner() == second.owner() && first.owner() != nullptr &&
           first.view().data() + first.size() == second.view().data();
}

bool alike(const ItemsIn& first, const ItemsIn& second) {
    const Extent& a = first.items;
    const Extent& b = second.items;
    return first.queue == second.queue && first.dead == second.dead && first.due == second.due &&
           a.id + a.count == b.id && a.deliveries == b.deliveries && a.priority == b.priority &&
           a.put_at == b.put_at && a.expires_at == b.expires_at && !a.notes && !b.notes;
}

}  // namespace

void Journal::items_in(Durability level, ItemsIn in) {
    ask_for(level);
    bytes_ += in.items.weight();
    auto* last = list_.empty() ? nullptr : std::get_if<ItemsIn>(&list_.back());
    if (last != nullptr && alike(*last, in) && adjacent(last->items.bytes, in.items.bytes)) {
        const Slice& front = last->items.bytes;
        const std::string_view both{front.view().data(), front.size() + in.items.bytes.size()};
        last->items.bytes = Slice(front.owner(), front.owner_bytes(), both);
        last->items.count += in.items.count;
        return;
    }
    list_.emplace_back(std::move(in));
}

void Journal::items_out(Durability level, ItemsOut out) {
    ask_for(level);
    auto* last = list_.empty() ? nullptr : std::get_if<ItemsOut>(&list_.back());
    if (last != nullptr && last->queue == out.queue && last->ids.last + 1 == out.ids.first) {
        last->ids.last = out.ids.last;
        return;
    }
    list_.emplace_back(out);
}

void Journal::add(Durability level, Change change) {
    ask_for(level);
    list_.push_back(std::move(change));
}

void Journal::object_changed(Durability level, ObjectChanged change) {
    for (const Slice& value : change.call.values) bytes_ += value.size();
    add(level, std::move(change));
}

std::optional<Changes> Journal::take(Turn turn) {
    if (!asked_) return std::nullopt;
    Changes changes{turn, level_, std::move(list_), bytes_};
    list_.clear();
    bytes_ = 0;
    asked_ = false;
    level_ = Durability::memory;
    return changes;
}

}  // namespace handoff::core

#include "store/batches.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "handoff/error.hpp"
#include "store/bytes.hpp"
#include "store/crc32c.hpp"
#include "store/layout.hpp"

namespace handoff::store {

Batches::Batches(sqlite3* database, Totals& totals, Facts& facts)
    : totals_(totals),
      facts_(facts),
      insert_(database,
              "INSERT INTO batches (row, queue, first, count, crc, items) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      delete_(database, "DELETE FROM batches WHERE row = ?1"),
      all_(database, "SELECT row, queue, first, count, crc, items FROM batches ORDER BY row") {}

void Batches::know(core::QueueHandle queue, std::uint64_t next_id) {
    queues_[queue].next = next_id;
}

std::uint64_t Batches::next_id(core::QueueHandle queue) const {
    const auto found = queues_.find(queue);
    return found == queues_.end() ? 1 : found->second.next;
}

// -------------------------------------------------------------------------------- coming in

void Batches::in(core::ItemsIn items) {
    Rows& rows = queues_[items.queue];
    if (items.items.id >= rows.next) {
        add_fresh(rows, std::move(items));
    } else {
        add_moved(rows, std::move(items));
    }
}

Batches::NewRow& Batches::new_row(core::QueueHandle queue, std::uint64_t first) {
    NewRow& fresh = unwritten_[next_row_++];
    fresh.queue = queue;
    fresh.first = first;
    return fresh;
}

void Batches::add_fresh(Rows& rows, core::ItemsIn items) {
    const std::uint64_t first = items.items.id;
    const std::uint32_t count = items.items.count;
    const std::size_t bytes = part_bytes(items);
    auto open = rows.open == 0 ? unwritten_.end() : unwritten_.find(rows.open);
    const bool joins = open != unwritten_.end() && first == rows.next &&
                       open->second.bytes + bytes <= row_bytes_max &&
                       open->second.count + count <= row_items_max;
    if (!joins) {
        rows.open = next_row_;
        new_row(items.queue, first);
        open = unwritten_.find(rows.open);
        rows.fresh.emplace(first, Batch{rows.open, 0, 0, 0, nullptr});
    }
    NewRow& row = open->second;
    Batch& batch = rows.fresh.at(row.first);
    if (batch.marks) {
        // Some of what came a moment ago is gone again: the marks grow with the row.
        auto longer = std::make_unique<Marks>(batch.count + count);
        for (std::uint32_t i = 0; i < batch.count; ++i) {
            if (batch.marks->is_done(i)) longer->set_done(i, 1);
        }
        for (const Marks::Back& back : batch.marks->backs()) longer->set_back(back);
        batch.marks = std::move(longer);
    }
    row.count += count;
    row.bytes += bytes;
    row.parts.push_back(std::move(items));
    batch.count += count;
    batch.left += count;
    rows.next = first + count;
    unwritten_bytes_ += bytes;
}

void Batches::add_moved(Rows& rows, core::ItemsIn items) {
    const core::QueueHandle queue = items.queue;
    while (items.items.count > 0) {
        core::ItemsIn one{queue, {}, items.dead, items.due, {}};
        one.items = items.items.count > 1 ? items.items.split_front(1)
                                          : std::exchange(items.items, core::Extent{});
        const std::uint64_t id = one.items.id;
        rows.moved.insert_or_assign(id, Batch{next_row_, 1, 1, 0, nullptr});
        NewRow& row = new_row(queue, id);
        row.count = 1;
        row.bytes = part_bytes(one);
        unwritten_bytes_ += row.bytes;
        row.parts.push_back(std::move(one));
    }
}

// -------------------------------------------------------------------------------- going out

/// The first row that has `id` or one after it.
Batches::ById::iterator Batches::first_with(ById& rows, std::uint64_t id) {
    auto it = rows.upper_bound(id);
    if (it != rows.begin()) {
        const auto before = std::prev(it);
        if (id - before->first < before->second.count) it = before;
    }
    return it;
}

Marks& Batches::marks_of(Batch& batch) {
    if (!batch.marks) batch.marks = std::make_unique<Marks>(batch.count);
    return *batch.marks;
}

void Batches::out(const core::ItemsOut& items) {
    const auto found = queues_.find(items.queue);
    if (found == queues_.end()) return;
    Rows& rows = found->second;
    if (!rows.moved.empty()) take_out(items.queue, rows, true, items.ids);
    take_out(items.queue, rows, false, items.ids);
}

void Batches::take_out(core::QueueHandle queue, Rows& rows, bool moved, core::Range ids) {
    ById& by_id = moved ? rows.moved : rows.fresh;
    auto it = first_with(by_id, ids.first);
    while (it != by_id.end() && it->first <= ids.last) {
        const std::uint64_t first = it->first;
        Batch& batch = it->second;
        const auto from = static_cast<std::uint32_t>(std::max(ids.first, first) - first);
        const auto count = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(ids.last - first + 1, batch.count) - from);
        if (count == batch.count && !batch.marks) {
            batch.left = 0;
        } else {
            batch.left -= marks_of(batch).set_done(from, count);
        }
        const Place place{queue, first, moved};
        if (batch.left > 0) {
            marked_.insert(place);
            ++it;
            continue;
        }
        if (!moved) shortened_.insert(queue);
        drop(place, batch);
        it = by_id.erase(it);
    }
}

/// Nothing of the row is left.
void Batches::drop(const Place& place, Batch& batch) {
    if (batch.marks) facts_.erase(key_of(Kind::marks, static_cast<std::uint64_t>(batch.row)));
    marked_.erase(place);
    const auto unwritten = unwritten_.find(batch.row);
    if (unwritten == unwritten_.end()) {
        gone_.emplace_back(batch.row, batch.crc);
        return;
    }
    unwritten_bytes_ -= unwritten->second.bytes;
    unwritten_.erase(unwritten);
}

void Batches::lent(const core::ItemsLent& items) {
    mark(items.queue, items.ids, {0, 0, items.deliveries, {}, items.loan});
}

void Batches::back(const core::ItemsBack& items) {
    mark(items.queue, items.ids, {0, 0, items.deliveries, items.due, {}});
}

/// Says this of all of these items that are there.
void Batches::mark(core::QueueHandle queue, core::Range ids, Marks::Back mark) {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return;
    const core::Token token = mark.loan.token;
    for (const bool moved : {true, false}) {
        ById& by_id = moved ? found->second.moved : found->second.fresh;
        for (auto it = first_with(by_id, ids.first); it != by_id.end() && it->first <= ids.last;
             ++it) {
            Batch& batch = it->second;
            const std::uint64_t first = it->first;
            const auto end = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(ids.last - first + 1, batch.count));
            mark.offset = static_cast<std::uint32_t>(std::max(ids.first, first) - first);
            mark.count = end - mark.offset;
            if (token != 0) mark.loan.token = token + (first + mark.offset - ids.first);
            marks_of(batch).set_back(mark);
            marked_.insert({queue, first, moved});
        }
    }
}

void Batches::forget(core::QueueHandle queue) {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return;
    for (const bool moved : {true, false}) {
        ById& by_id = moved ? found->second.moved : found->second.fresh;
        for (auto& [first, batch] : by_id) drop({queue, first, moved}, batch);
    }
    queues_.erase(found);
    shortened_.erase(queue);
}

// -------------------------------------------------------------------------------- writing

std::uint32_t Batches::crc_of(std::int64_t row, core::QueueHandle queue, std::uint64_t first,
                              std::uint32_t count, std::string_view bytes) {
    ByteWriter head;
    head.number(row);
    head.number(queue);
    head.number(first);
    head.number(count);
    return crc32c(bytes, crc32c(head.bytes()));
}

Batches::Batch* Batches::find(const Place& place) {
    const auto queue = queues_.find(place.queue);
    if (queue == queues_.end()) return nullptr;
    ById& by_id = place.moved ? queue->second.moved : queue->second.fresh;
    const auto it = by_id.find(place.first);
    return it == by_id.end() ? nullptr : &it->second;
}

void Batches::write_row(std::int64_t row, const NewRow& fresh) {
    const std::string bytes = row_bytes(fresh.parts);
    const std::uint32_t crc = crc_of(row, fresh.queue, fresh.first, fresh.count, bytes);
    insert_.bind(1, row)
        .bind(2, static_cast<std::int64_t>(fresh.queue))
        .bind(3, static_cast<std::int64_t>(fresh.first))
        .bind(4, std::int64_t{fresh.count})
        .bind(5, std::int64_t{crc})
        .bind(6, bytes)
        .run();
    totals_.add(crc);
    for (const bool moved : {true, false}) {
        Batch* batch = find({fresh.queue, fresh.first, moved});
        if (batch != nullptr && batch->row == row) batch->crc = crc;
    }
}

std::set<core::QueueHandle> Batches::write() {
    for (const auto& [row, crc] : gone_) {
        delete_.bind(1, row).run();
        totals_.take(crc);
    }
    for (const auto& [row, fresh] : unwritten_) write_row(row, fresh);
    for (const Place& place : marked_) {
        const Batch* batch = find(place);
        if (batch == nullptr || !batch->marks) continue;
        facts_.put(key_of(Kind::marks, static_cast<std::uint64_t>(batch->row)),
                   batch->marks->value());
    }
    gone_.clear();
    unwritten_.clear();
    unwritten_bytes_ = 0;
    marked_.clear();
    return std::exchange(shortened_, {});
}

// -------------------------------------------------------------------------------- reading

void Batches::know_marks(std::int64_t row, std::string_view value) {
    loaded_marks_.emplace(row, value);
}

namespace {

/// Those items of `part` that are not done, as they came back; `offset` is where it lies in its
/// row.
void use_what_is_left(core::ItemsIn part, std::uint32_t offset, const Marks& marks,
                      const Batches::Use& use) {
    const std::uint32_t end = offset + part.items.count;
    auto back = marks.backs().begin();
    while (offset < end) {
        const bool done = marks.is_done(offset);
        std::uint32_t same = marks.next(offset, end, !done);
        while (back != marks.backs().end() && back->end() <= offset) ++back;
        const bool came_back = back != marks.backs().end() && back->offset <= offset;
        if (came_back) {
            same = std::min(same, back->end());
        } else if (back != marks.backs().end()) {
            same = std::min(same, back->offset);
        }
        core::ItemsIn piece{part.queue, {}, part.dead, part.due, {}};
        piece.items = same < end ? part.items.split_front(same - offset) : part.items;
        if (came_back) {
            piece.items.deliveries = back->deliveries;
            piece.due = back->due;
            piece.loan = back->loan;
            if (back->loan.token != 0) piece.loan.token += offset - back->offset;
        }
        if (!done) use(std::move(piece));
        offset = same;
    }
}

std::shared_ptr<char[]> copy_of(std::string_view bytes) {
    std::shared_ptr<char[]> copy(new char[bytes.size()]);
    if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
    return copy;
}

}  // namespace

void Batches::load_row(const Use& use, const OnDamage& damage) {
    const std::int64_t row = all_.integer(0);
    const auto queue = static_cast<core::QueueHandle>(all_.integer(1));
    const auto first = static_cast<std::uint64_t>(all_.integer(2));
    const auto count = static_cast<std::uint32_t>(all_.integer(3));
    const std::string_view stored = all_.bytes(5);
    next_row_ = std::max(next_row_, row + 1);
    const std::uint32_t crc = crc_of(row, queue, first, count, stored);
    const std::string which = "row " + std::to_string(row) + " of items";
    if (all_.integer(4) != std::int64_t{crc}) return damage(which + " does not match its sum");
    totals_.add(crc);
    const auto known = queues_.find(queue);
    if (known == queues_.end()) return damage(which + " is of a queue that is not there");

    Rows& rows = known->second;
    std::unique_ptr<Marks> marks;
    if (const auto found = loaded_marks_.find(row); found != loaded_marks_.end()) {
        marks = std::make_unique<Marks>(Marks::from(count, found->second));
        loaded_marks_.erase(found);
    }
    const auto copy = copy_of(stored);
    std::uint32_t offset = 0;
    std::uint32_t left = 0;
    for (core::ItemsIn& part : parts_of(queue, first, copy, {copy.get(), stored.size()})) {
        const std::uint32_t items = part.items.count;
        const auto count_and_use = [&](core::ItemsIn piece) {
            left += piece.items.count;
            use(std::move(piece));
        };
        if (marks) {
            use_what_is_left(std::move(part), offset, *marks, count_and_use);
        } else {
            count_and_use(std::move(part));
        }
        offset += items;
    }
    if (offset != count) return damage(which + " has another number of items");
    rows.next = std::max(rows.next, first + count);
    // Rows come in the order in which they were written: what does not lie behind all before it was
    // moved there.
    const bool moved = !rows.fresh.empty() &&
                       first < rows.fresh.rbegin()->first + rows.fresh.rbegin()->second.count;
    ById& by_id = moved ? rows.moved : rows.fresh;
    by_id.insert_or_assign(first, Batch{row, count, left, crc, std::move(marks)});
}

void Batches::load(const Use& use, const OnDamage& damage) {
    while (all_.step()) load_row(use, damage);
    if (!loaded_marks_.empty()) damage("there are marks of rows that are not there");
    loaded_marks_.clear();
}

}  // namespace handoff::store

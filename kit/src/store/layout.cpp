#include "store/layout.hpp"

#include <algorithm>
#include <utility>

#include "store/bytes.hpp"

namespace handoff::store {
namespace {

using core::Millis;

// ------------------------------------------------------------------ rows of items

constexpr std::uint8_t is_dead = 1;
constexpr std::uint8_t has_notes = 2;

constexpr std::size_t part_head_bytes = 45;

void write_part(ByteWriter& out, const core::ItemsIn& part) {
    const core::Extent& items = part.items;
    out.number(items.count);
    out.number(items.deliveries);
    out.number(items.priority);
    out.number(
        static_cast<std::uint8_t>((part.dead ? is_dead : 0) | (items.notes ? has_notes : 0)));
    out.time(items.put_at);
    out.time(items.expires_at);
    out.time(part.due);
    if (items.notes) {
        out.text(items.notes->key);
        out.text(items.notes->reason);
        out.text(items.notes->headers.view());
        out.text(items.notes->trace.view());
    }
    out.text(items.bytes.view());
}

core::ItemsIn read_part(ByteReader& in, const core::Slice& row) {
    const auto slice = [&](std::string_view view) {
        return core::Slice(row.owner(), row.owner_bytes(), view);
    };
    core::ItemsIn part;
    core::Extent& items = part.items;
    items.count = in.number<std::uint32_t>();
    items.deliveries = in.number<std::uint32_t>();
    items.priority = in.number<std::int32_t>();
    const auto flags = in.number<std::uint8_t>();
    part.dead = (flags & is_dead) != 0;
    items.put_at = in.time();
    items.expires_at = in.time();
    part.due = in.time();
    if ((flags & has_notes) != 0) {
        core::Notes notes;
        notes.key = in.text();
        notes.reason = in.text();
        notes.headers = slice(in.text());
        notes.trace = slice(in.text());
        items.notes = std::make_shared<const core::Notes>(std::move(notes));
    }
    items.bytes = slice(in.text());
    return part;
}

}  // namespace

std::size_t part_bytes(const core::ItemsIn& part) {
    return part_head_bytes + part.items.bytes.size() + part.items.notes_bytes();
}

std::string row_bytes(const std::vector<core::ItemsIn>& parts) {
    std::size_t size = 0;
    for (const core::ItemsIn& part : parts) size += part_bytes(part);
    ByteWriter out;
    out.reserve(size);
    for (const core::ItemsIn& part : parts) write_part(out, part);
    return out.take();
}

std::vector<core::ItemsIn> parts_of(core::QueueHandle queue, std::uint64_t first,
                                    std::shared_ptr<const void> owner, std::string_view bytes) {
    const core::Slice row(std::move(owner), bytes.size(), bytes);
    std::vector<core::ItemsIn> parts;
    ByteReader in(bytes);
    while (!in.at_end()) {
        core::ItemsIn part = read_part(in, row);
        part.queue = queue;
        part.items.id = first;
        first += part.items.count;
        parts.push_back(std::move(part));
    }
    return parts;
}

// -------------------------------------------------------------------------------- keys

namespace {

void append(std::string& key, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::string key_of(Kind kind) {
    return {static_cast<char>(kind)};
}

std::string key_of(Kind kind, std::uint64_t number) {
    std::string key = key_of(kind);
    append(key, number);
    return key;
}

std::string key_of(Kind kind, std::uint64_t first, std::uint64_t second) {
    std::string key = key_of(kind, first);
    append(key, second);
    return key;
}

std::string key_of(Kind kind, std::uint64_t number, std::string_view text) {
    return key_of(kind, number).append(text);
}

std::uint64_t number_in_key(std::string_view& key) {
    if (key.size() < 8) throw Error(errc::store_failed, "a key is cut short");
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) {
        number = number << 8 | static_cast<unsigned char>(key.front());
        key.remove_prefix(1);
    }
    return number;
}

// -------------------------------------------------------------------------------- options

namespace {

void write_options(ByteWriter& out, const QueueOptions& options) {
    out.number(options.capacity.value_or(0));
    out.number(options.capacity_bytes.value_or(0));
    out.number(static_cast<std::uint8_t>(options.order.value_or(Order::fifo)));
    out.number(std::int64_t{options.lease.value_or(Millis{0}).count()});
    out.number(options.deliveries_max.value_or(0));
    out.text(options.dead_letter.value_or(""));
    out.number(static_cast<std::uint8_t>(options.durability.value_or(Durability::memory)));
    out.number(std::int64_t{options.key_window.value_or(Millis{0}).count()});
    out.number(options.keys_max.value_or(0));
}

QueueOptions read_options(ByteReader& in) {
    QueueOptions options;
    options.capacity = in.number<std::uint64_t>();
    options.capacity_bytes = in.number<std::uint64_t>();
    options.order = static_cast<Order>(in.number<std::uint8_t>());
    options.lease = Millis{in.number<std::int64_t>()};
    options.deliveries_max = in.number<std::uint64_t>();
    options.dead_letter = std::string(in.text());
    options.durability = static_cast<Durability>(in.number<std::uint8_t>());
    options.key_window = Millis{in.number<std::int64_t>()};
    options.keys_max = in.number<std::uint64_t>();
    return options;
}

void write_range(ByteWriter& out, core::Range range) {
    out.number(range.first);
    out.number(range.last);
}

core::Range read_range(ByteReader& in) {
    core::Range range;
    range.first = in.number<std::uint64_t>();
    range.last = in.number<std::uint64_t>();
    return range;
}

}  // namespace

// -------------------------------------------------------------------------------- values

std::string value_of(const Life& life) {
    ByteWriter out;
    out.number(life.epoch);
    out.flag(life.unsynced);
    out.number(life.reserved.tokens_below);
    out.number(life.reserved.handles_below);
    return out.take();
}

Life life_from(std::string_view value) {
    ByteReader in(value);
    Life life;
    life.epoch = in.number<std::uint64_t>();
    life.unsynced = in.flag();
    life.reserved.tokens_below = in.number<std::uint64_t>();
    life.reserved.handles_below = in.number<std::uint64_t>();
    return life;
}

std::string value_of(const core::Recovered::Queue& queue) {
    ByteWriter out;
    out.number(queue.next_id);
    out.flag(queue.closed);
    out.flag(queue.discards);
    out.text(queue.made.name);
    write_options(out, queue.made.options);
    return out.take();
}

core::Recovered::Queue queue_from(std::string_view key, std::string_view value) {
    ByteReader in(value);
    core::Recovered::Queue queue;
    queue.made.queue = number_in_key(key);
    queue.next_id = in.number<std::uint64_t>();
    queue.closed = in.flag();
    queue.discards = in.flag();
    queue.made.name = in.text();
    queue.made.options = read_options(in);
    return queue;
}

std::string value_of(const core::SessionBegun& session) {
    ByteWriter out;
    out.raw({reinterpret_cast<const char*>(session.id.data()), session.id.size()});
    out.text(session.who);
    return out.take();
}

core::SessionBegun session_from(std::string_view key, std::string_view value) {
    ByteReader in(value);
    core::SessionBegun session;
    session.session = number_in_key(key);
    const std::string_view id = in.raw(session.id.size());
    std::transform(id.begin(), id.end(), session.id.begin(),
                   [](char byte) { return static_cast<std::uint8_t>(byte); });
    session.who = in.text();
    return session;
}

std::string value_of(const core::PutsSeen& puts) {
    ByteWriter out;
    out.number(puts.lowest);
    out.number(puts.next);
    out.number(static_cast<std::uint32_t>(puts.refused.size()));
    for (const core::PutsSeen::Refusal& refusal : puts.refused) {
        write_range(out, refusal.positions);
        out.number(static_cast<std::uint32_t>(refusal.code));
    }
    out.number(static_cast<std::uint32_t>(puts.waiting.size()));
    for (const core::Range range : puts.waiting) write_range(out, range);
    return out.take();
}

core::PutsSeen puts_from(std::string_view key, std::string_view value) {
    ByteReader in(value);
    core::PutsSeen puts;
    puts.session = number_in_key(key);
    puts.queue = number_in_key(key);
    puts.lowest = in.number<std::uint64_t>();
    puts.next = in.number<std::uint64_t>();
    for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
        core::PutsSeen::Refusal refusal;
        refusal.positions = read_range(in);
        refusal.code = static_cast<errc>(in.number<std::uint32_t>());
        puts.refused.push_back(refusal);
    }
    for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
        puts.waiting.push_back(read_range(in));
    }
    return puts;
}

namespace {

enum class AnswerKind : std::uint8_t { done = 0, settled = 1, handed_out = 2 };

}  // namespace

std::string value_of(const core::Answered& answered) {
    ByteWriter out;
    const auto begin = [&](AnswerKind kind) { out.number(static_cast<std::uint8_t>(kind)); };
    if (const auto* done = std::get_if<core::Done>(&answered.answer)) {
        begin(AnswerKind::done);
        out.number(done->count);
    } else if (const auto* handed = std::get_if<core::HandedOut>(&answered.answer)) {
        begin(AnswerKind::handed_out);
        out.number(handed->queue);
        write_range(out, handed->tokens);
        out.number(std::int64_t{handed->lease.count()});
    } else {
        const auto& settled = std::get<core::Settled>(answered.answer);
        begin(AnswerKind::settled);
        out.number(static_cast<std::uint8_t>(settled.level));
        out.number(static_cast<std::uint32_t>(settled.refused.size()));
        for (const core::Range range : settled.refused) write_range(out, range);
    }
    return out.take();
}

core::Answered answered_from(std::string_view key, std::string_view value) {
    ByteReader in(value);
    core::Answered answered;
    answered.session = number_in_key(key);
    answered.id = number_in_key(key);
    switch (AnswerKind{in.number<std::uint8_t>()}) {
        case AnswerKind::done: answered.answer = core::Done{in.number<std::uint64_t>()}; break;
        case AnswerKind::handed_out: {
            core::HandedOut handed;
            handed.queue = in.number<std::uint64_t>();
            handed.tokens = read_range(in);
            handed.lease = Millis{in.number<std::int64_t>()};
            answered.answer = handed;
            break;
        }
        case AnswerKind::settled: {
            core::Settled settled;
            settled.level = static_cast<Durability>(in.number<std::uint8_t>());
            for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
                settled.refused.push_back(read_range(in));
            }
            answered.answer = std::move(settled);
            break;
        }
        default: throw Error(errc::store_failed, "an answer of an unknown kind");
    }
    return answered;
}

std::string value_of(const core::KeySeen& key) {
    ByteWriter out;
    out.time(key.until);
    return out.take();
}

core::KeySeen key_from(std::string_view key, std::string_view value) {
    ByteReader in(value);
    core::KeySeen seen;
    seen.queue = number_in_key(key);
    seen.key = key;
    seen.until = in.time();
    return seen;
}

}  // namespace handoff::store

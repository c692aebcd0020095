#include "wire/fields.hpp"

#include "wire/ranges.hpp"

namespace handoff::wire {

void Decoding::fail(errc why, std::string_view field, std::string_view what) {
    if (failed()) return;
    code = why;
    text.append(message).append(": ").append(field).append(" ").append(what);
}

Fields::~Fields() {
    while (take()) pass_over();
}

// ------------------------------------------------------------------ what each read begins with

bool Fields::take() noexcept {
    if (in_.failed() || left_ == 0) return false;
    --left_;
    return true;
}

bool Fields::demand(std::string_view name) {
    if (left_ == 0) in_.fail(errc::protocol, name, "is missing");
    return take();
}

void Fields::pass_over() {
    if (in_.reader.skip()) return;
    in_.fail(errc::protocol, "a field", "is cut short, not msgpack, or nested too deep");
}

std::optional<Item> Fields::expect(std::string_view name, Kind kind) {
    std::optional<Item> item = in_.failed() ? std::nullopt : in_.reader.next();
    if (in_.failed()) return item;
    if (!item) {
        in_.fail(errc::protocol, name, "is cut short or not msgpack");
    } else if (item->kind != kind) {
        in_.fail(errc::protocol, name,
                 std::string("is ")
                     .append(to_string(item->kind))
                     .append(", not ")
                     .append(to_string(kind)));
        item.reset();
    }
    return item;
}

std::uint64_t Fields::open(std::string_view name, Kind kind) {
    const std::optional<Item> item = expect(name, kind);
    return item ? item->value : 0;
}

bool Fields::within(std::string_view name, std::uint64_t count, std::size_t limit) {
    if (count > limit) {
        in_.fail(
            errc::limit_exceeded, name,
            "has " + std::to_string(count) + " entries; " + std::to_string(limit) + " are allowed");
    }
    return !in_.failed();
}

std::uint64_t Fields::open_tuples(std::string_view name, std::uint64_t width, std::size_t limit) {
    const std::uint64_t count = open(name, Kind::array);
    if (count % width != 0) in_.fail(errc::protocol, name, "ends within an entry");
    return within(name, count / width, limit) ? count / width : 0;
}

std::string_view Fields::bytes(std::string_view name, Kind kind, std::size_t limit, errc too_long) {
    const std::optional<Item> item = expect(name, kind);
    if (!item) return {};
    if (item->body.size() > limit) {
        in_.fail(too_long, name,
                 "has " + std::to_string(item->body.size()) + " bytes; " + std::to_string(limit) +
                     " are allowed");
        return {};
    }
    return item->body;
}

// ------------------------------------------------------------------ texts and bytes

void Fields::magic() {
    if (!demand("magic")) return;
    if (bytes("magic", Kind::str, in_.limits.name_bytes_max, errc::protocol) != "handoff") {
        in_.fail(errc::protocol, "magic", "is not \"handoff\"");
    }
}

void Fields::name(std::string_view name, std::string& value) {
    if (demand(name)) {
        value = bytes(name, Kind::str, in_.limits.name_bytes_max, errc::invalid_argument);
    }
}

void Fields::text(std::string_view name, std::string& value) {
    if (take()) value = bytes(name, Kind::str, in_.limits.text_bytes_max, errc::too_large);
}

void Fields::key(std::string_view name, std::string& value) {
    if (!take() || in_.reader.take_nil()) return;
    value = bytes(name, Kind::bin, in_.limits.key_bytes_max, errc::too_large);
}

core::Slice Fields::opaque(std::string_view name, std::size_t limit) {
    if (!take() || in_.reader.take_nil()) return {};
    const std::string_view found = bytes(name, Kind::bin, limit, errc::too_large);
    if (found.empty()) return {};
    return in_.frame.part(in_.reader.position() - found.size(), found.size());
}

void Fields::headers(std::string_view name, core::Slice& value) {
    value = opaque(name, in_.limits.headers_bytes_max);
}

void Fields::trace(std::string_view name, core::Slice& value) {
    if (left_ == 0) return static_cast<void>(demand(name));
    item_trace(name, value);
}

void Fields::item_trace(std::string_view name, core::Slice& value) {
    value = opaque(name, in_.limits.trace_bytes_max);
}

// ------------------------------------------------------------------ numbers and times

void Fields::speaks(std::uint32_t version_min, std::uint32_t version_max) {
    if (version_min <= core::protocol_version && core::protocol_version <= version_max) return;
    in_.fail(errc::version_mismatch, "version",
             std::to_string(version_min) + " to " + std::to_string(version_max) +
                 " does not include " + std::to_string(core::protocol_version));
}

void Fields::read(std::string_view name, bool& value) {
    if (const std::optional<Item> item = expect(name, Kind::boolean)) value = item->value != 0;
}

void Fields::read(std::string_view name, core::Millis& value) {
    std::int64_t count = 0;
    read(name, count);
    if (count < 0 || count > in_.limits.duration_max.count()) {
        return in_.fail(errc::invalid_argument, name,
                        "of " + std::to_string(count) + " ms is not between 0 and " +
                            std::to_string(in_.limits.duration_max.count()));
    }
    value = core::Millis{count};
}

void Fields::timestamp(std::string_view name, core::Millis& value) {
    // Later than the year 2262 it would not fit into the nanoseconds of core::Time.
    constexpr core::Millis last = std::chrono::duration_cast<core::Millis>(core::Time::max());
    if (!take()) return;
    std::int64_t count = 0;
    read(name, count);
    if (count < 0 || count > last.count()) {
        return in_.fail(errc::invalid_argument, name, "is out of range");
    }
    value = core::Millis{count};
}

void Fields::read(std::string_view name, core::SessionId& value) {
    const std::string_view found = bytes(name, Kind::bin, value.size(), errc::protocol);
    if (found.size() != value.size()) return in_.fail(errc::protocol, name, "is not of 16 bytes");
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<std::uint8_t>(found[i]);
}

// ------------------------------------------------------------------ references, ranges, lists

void Fields::range(std::string_view name, core::Range& value) {
    required(name, value.first);
    required(name, value.last);
    if (value.first == 0 || value.last < value.first) {
        in_.fail(errc::invalid_argument, name, "is not a range of numbers from 1");
    }
}

void Fields::read(std::string_view name, core::Cursor& value) {
    Fields inner(in_, name);
    inner.required("queue", value.queue);
    inner.required("token", value.token);
}

void Fields::read(std::string_view name, std::vector<core::QueueHandle>& values) {
    values.resize(open_tuples(name, 1, in_.limits.queues_max));
    for (core::QueueHandle& value : values) read(name, value);
}

void Fields::read(std::string_view name, std::vector<std::int64_t>& values) {
    values.resize(open_tuples(name, 1, in_.limits.ranges_max));
    for (std::int64_t& value : values) read(name, value);
}

void Fields::read(std::string_view name, std::vector<core::Cursor>& values) {
    values.resize(open_tuples(name, 2, in_.limits.queues_max));
    for (core::Cursor& value : values) {
        read(name, value.queue);
        read(name, value.token);
    }
}

void Fields::read(std::string_view name, std::vector<core::Range>& values) {
    values.resize(open_tuples(name, 2, in_.limits.ranges_max));
    for (core::Range& value : values) {
        read(name, value.first);
        read(name, value.last);
    }
    if (!in_order(values)) {
        in_.fail(errc::invalid_argument, name, "are not ascending ranges of numbers from 1");
    }
}

void Fields::read(std::string_view name, std::vector<core::PutDone::Outcome>& values) {
    values.resize(open_tuples(name, 4, in_.limits.ranges_max));
    for (core::PutDone::Outcome& value : values) {
        read(name, value.positions.first);
        read(name, value.positions.last);
        read(name, value.code);
        read(name, value.level);
        if (value.positions.first == 0 || value.positions.last < value.positions.first) {
            return in_.fail(errc::protocol, name, "are not ranges of numbers from 1");
        }
    }
}

// ------------------------------------------------------------------ runs

void Fields::claim(std::string_view name, std::uint32_t count, std::uint64_t bytes) {
    if (count == 0) return in_.fail(errc::invalid_argument, name, "has no items");
    in_.runs.push_back({count, bytes});
}

void Fields::run(core::Run& value) {
    std::uint64_t bytes = 0;
    required("count", value.count);
    required("run_bytes", bytes);
    claim("run", value.count, bytes);
}

/// They are cut out of their run when it is known to be there; see decode.cpp.
void Fields::values(std::vector<core::Slice>&) {
    Decoding::RunClaim& claim = in_.runs.emplace_back();
    required("count", claim.count);
    required("run_bytes", claim.bytes);
}

void Fields::parts(std::string_view name, std::vector<core::Part>& parts,
                   std::vector<core::Slice>&) {
    if (!demand(name)) return;
    const std::uint64_t count = open(name, Kind::array);
    if (!within(name, count, in_.limits.parts_max)) return;
    for (std::uint64_t i = 0; i < count && !in_.failed(); ++i) {
        std::uint64_t run_bytes = 0;
        core::Part& part = parts.emplace_back();
        Fields inner(in_, name);
        part_fields(inner, part, run_bytes);
        claim(name, part.count, run_bytes);
    }
}

// ------------------------------------------------------------------ options

/// Reads the value of that option whose key is next in the map.
class OptionFields {
public:
    OptionFields(Fields& fields, std::uint64_t key) : fields_(fields), key_(key) {}

    template <class T>
    void option(std::uint64_t key, std::string_view name, std::optional<T>& value) {
        if (key != key_) return;
        found = true;
        if (value) return fields_.in_.fail(errc::protocol, name, "is there twice");
        fields_.read(name, value.emplace());
    }
    void option(std::uint64_t key, std::string_view name, std::optional<std::string>& value) {
        if (key != key_) return;
        found = true;
        if (value) return fields_.in_.fail(errc::protocol, name, "is there twice");
        value = fields_.bytes(name, Kind::str, fields_.in_.limits.name_bytes_max,
                              errc::invalid_argument);
    }

    bool found = false;

private:
    Fields& fields_;
    std::uint64_t key_;
};

template <class Options>
void Fields::read_options(std::string_view name, Options& value) {
    const std::uint64_t count = open(name, Kind::map);
    for (std::uint64_t i = 0; i < count && !in_.failed(); ++i) {
        std::uint64_t key = 0;
        read(name, key);
        if (in_.failed()) return;
        OptionFields one(*this, key);
        options(one, value);
        if (one.found) continue;
        if (!in_.skip_unknown_options) {
            return in_.fail(errc::unsupported, name, "has the unknown key " + std::to_string(key));
        }
        pass_over();
    }
}

template void Fields::read_options(std::string_view, QueueOptions&);
template void Fields::read_options(std::string_view, ObjectOptions&);

}  // namespace handoff::wire

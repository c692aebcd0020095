#include "core/objects/sequence.hpp"

#include <algorithm>
#include <utility>

#include "core/objects/chunks.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/value.hpp"

namespace handoff::core::objects {
namespace {

constexpr std::size_t values_max = 1u << 20;

std::size_t bytes_of(const std::vector<Packed>& values) {
    std::size_t bytes = 0;
    for (const Packed& value : values) bytes += value.size();
    return bytes;
}

std::ptrdiff_t offset(std::size_t at) {
    return static_cast<std::ptrdiff_t>(at);
}

}  // namespace

std::uint64_t Row::fill(Page& page, std::uint64_t from) const {
    for (auto at = static_cast<std::size_t>(from); at < values.size(); ++at) {
        if (!page.takes(values[at].size())) return at;
        page.add(values[at]);
    }
    return 0;
}

Sequence::Sequence(std::uint64_t length, std::uint64_t bytes_max)
    : fixed_(true), bounds_{length, bytes_max} {
    Row& row = row_.own();
    const Packed nil = pack_payload("\xc0");
    row.values.assign(static_cast<std::size_t>(length), nil);
    row.bytes = row.values.size() * nil.size();
}

std::optional<Result> Sequence::carry_out(Context& context, const Caller& caller,
                                          const Call& call) {
    switch (call.method) {
        case Method::get: return get(call);
        case Method::find: return find(call);
        case Method::count: return count(call);
        case Method::changed: return changed(caller, call);
        case Method::page: return page_of(row_, context, caller, call, version());
        case Method::put: return put(context, call);
        case Method::add: return add(context, call);
        case Method::exchange: return exchange(context, call);
        case Method::compare_exchange: return compare_exchange(context, call);
        case Method::reverse: return reverse(context, call);
        case Method::replace: return replace(context, call);
        case Method::fill: return fill(context, call);
        case Method::size: {
            const Arguments none(call, 0);
            return Result{
                errc::ok,
                {to_number(values().size()), to_number(version()), to_number(row_.content().bytes)},
                {},
                {}};
        }
        default: return change_length(context, call);
    }
}

Result Sequence::change_length(Context& context, const Call& call) {
    if (fixed_) unsupported();
    switch (call.method) {
        case Method::append:
            return insert(context, values().size(), Arguments(call, 0, 1, values_max).values());
        case Method::insert: {
            const Arguments given(call, 1, 1, values_max);
            return insert(context, place(given.number(0), values().size() + 1), given.values());
        }
        case Method::erase: return erase(context, call);
        case Method::take: return take(context, call);
        case Method::erase_value: return erase_value(context, call);
        case Method::clear: return clear(context, call);
        default: unsupported();
    }
}

// ------------------------------------------------------------------ places and room

std::size_t Sequence::place(std::int64_t index, std::size_t end) const {
    const auto size = static_cast<std::int64_t>(values().size());
    const std::int64_t at = index < 0 ? index + size : index;
    if (at < 0 || at >= static_cast<std::int64_t>(end)) {
        throw Error(errc::out_of_range,
                    "index " + std::to_string(index) + " of " + std::to_string(size) + " values");
    }
    return static_cast<std::size_t>(at);
}

std::size_t Sequence::place_of_slice(std::int64_t first, std::size_t count) const {
    const std::size_t at = place(first, values().size());
    if (count > values().size() - at) {
        throw Error(errc::out_of_range, "the slice ends behind the last value");
    }
    return at;
}

void Sequence::check_room(std::size_t entries, std::size_t bytes_out, std::size_t bytes_in) const {
    if (entries > bounds_.entries_max) {
        throw Error(errc::limit_exceeded, "entries_max is " + std::to_string(bounds_.entries_max));
    }
    if (bytes_in > bytes_out && row_.content().bytes - bytes_out + bytes_in > bounds_.bytes_max) {
        throw Error(errc::limit_exceeded, "bytes_max is " + std::to_string(bounds_.bytes_max));
    }
}

void Sequence::overwrite(std::size_t at, const Packed& value) {
    Row& row = row_.own();
    row.bytes += value.size() - row.values[at].size();
    row.values[at] = to_keep(value);
}

void Sequence::remove(std::size_t at, std::size_t count) {
    Row& row = row_.own();
    const auto first = row.values.begin() + offset(at);
    const auto last = first + offset(count);
    for (auto it = first; it != last; ++it) row.bytes -= it->size();
    row.values.erase(first, last);
}

std::int64_t Sequence::changed_now(Context& context) {
    const std::uint64_t version = next_version();
    tell(context);
    return to_number(version);
}

// ------------------------------------------------------------------ reading

Result Sequence::get(const Call& call) const {
    const Arguments given(call, 2);
    const auto count = static_cast<std::size_t>(given.count(1, 1));
    const std::size_t first = place_of_slice(given.number(0, 0), count);
    Result result{errc::ok, {to_number(version()), to_number(values().size())}, {}, {}};
    const auto begin = values().begin() + offset(first);
    result.values.assign(begin, begin + offset(count));
    return result;
}

std::optional<std::size_t> Sequence::find_from(std::size_t from, const Packed& value) const {
    const auto found = std::find_if(values().begin() + offset(from), values().end(),
                                    [&](const Packed& each) { return same(each, value); });
    if (found == values().end()) return std::nullopt;
    return static_cast<std::size_t>(found - values().begin());
}

Result Sequence::find(const Call& call) const {
    const Arguments given(call, 1, 1, 1);
    const std::size_t from = place(given.number(0, 0), values().size() + 1);
    const std::optional<std::size_t> found = find_from(from, given.value(0));
    return {errc::ok, {found ? to_number(*found) : -1}, {}, {}};
}

Result Sequence::count(const Call& call) const {
    const Arguments given(call, 0, 1, 1);
    const auto count = std::count_if(values().begin(), values().end(), [&](const Packed& each) {
        return same(each, given.value(0));
    });
    return {errc::ok, {count}, {}, {}};
}

// ------------------------------------------------------------------ overwriting

Result Sequence::put(Context& context, const Call& call) {
    const Arguments given(call, 1, 1, values_max);
    const std::size_t first = place_of_slice(given.number(0, 0), given.values().size());
    std::size_t bytes_out = 0;
    for (std::size_t i = 0; i < given.values().size(); ++i) bytes_out += values()[first + i].size();
    check_room(values().size(), bytes_out, bytes_of(given.values()));
    for (std::size_t i = 0; i < given.values().size(); ++i) overwrite(first + i, given.value(i));
    return {errc::ok, {changed_now(context)}, {}, {}};
}

Result Sequence::add(Context& context, const Call& call) {
    const Arguments given(call, 2);
    const std::size_t at = place(given.number(0), values().size());
    const std::int64_t sum = sum_of(values()[at], given.number(1, 1));
    const Packed value = pack_integer(sum);
    check_room(values().size(), values()[at].size(), value.size());
    overwrite(at, value);
    return {errc::ok, {sum, changed_now(context)}, {}, {}};
}

Result Sequence::exchange(Context& context, const Call& call) {
    const Arguments given(call, 1, 1, 1);
    const std::size_t at = place(given.number(0), values().size());
    const Packed old = values()[at];
    check_room(values().size(), old.size(), given.value(0).size());
    overwrite(at, given.value(0));
    return {errc::ok, {changed_now(context)}, {old}, {}};
}

Result Sequence::compare_exchange(Context& context, const Call& call) {
    const Arguments given(call, 1, 2, 2);
    const std::size_t at = place(given.number(0), values().size());
    const Packed& there = values()[at];
    if (!same(there, given.value(0))) return {errc::ok, {0, to_number(version())}, {there}, {}};
    check_room(values().size(), there.size(), given.value(1).size());
    overwrite(at, given.value(1));
    return {errc::ok, {1, changed_now(context)}, {}, {}};
}

Result Sequence::reverse(Context& context, const Call& call) {
    const Arguments none(call, 0);
    std::deque<Packed>& values = row_.own().values;
    std::reverse(values.begin(), values.end());
    return {errc::ok, {changed_now(context)}, {}, {}};
}

Result Sequence::replace(Context& context, const Call& call) {
    const Arguments given(call, 1, 0, values_max);
    if (fixed_ && given.values().size() != values().size()) {
        throw Error(errc::invalid_argument, "an array keeps its length");
    }
    if (given.number(0) != to_number(version())) {
        return {errc::ok, {0, to_number(version())}, {}, {}};
    }
    const std::size_t bytes = bytes_of(given.values());
    check_room(given.values().size(), row_.content().bytes, bytes);
    Row& row = row_.own();
    row.values.clear();
    for (const Packed& value : given.values()) row.values.push_back(to_keep(value));
    row.bytes = bytes;
    return {errc::ok, {1, changed_now(context)}, {}, {}};
}

Result Sequence::fill(Context& context, const Call& call) {
    if (!fixed_) unsupported();
    const Arguments given(call, 1, 1, 1);
    if (given.number(0, to_number(version())) != to_number(version())) {
        return {errc::ok, {to_number(version())}, {}, {}};
    }
    const std::size_t bytes = values().size() * given.value(0).size();
    check_room(values().size(), row_.content().bytes, bytes);
    Row& row = row_.own();
    row.values.assign(values().size(), to_keep(given.value(0)));
    row.bytes = bytes;
    return {errc::ok, {changed_now(context)}, {}, {}};
}

// ------------------------------------------------------------------ longer and shorter

Result Sequence::insert(Context& context, std::size_t at, const std::vector<Packed>& values) {
    const std::size_t bytes = bytes_of(values);
    check_room(this->values().size() + values.size(), 0, bytes);
    std::vector<Packed> kept;
    for (const Packed& value : values) kept.push_back(to_keep(value));
    Row& row = row_.own();
    row.values.insert(row.values.begin() + offset(at), kept.begin(), kept.end());
    row.bytes += bytes;
    const std::int64_t version = changed_now(context);
    return {errc::ok, {version, to_number(row.values.size())}, {}, {}};
}

Result Sequence::erase(Context& context, const Call& call) {
    const Arguments given(call, 2);
    const std::int64_t count = given.count(1, 1);
    remove(place_of_slice(given.number(0), static_cast<std::size_t>(count)),
           static_cast<std::size_t>(count));
    return {errc::ok, {changed_now(context), count}, {}, {}};
}

Result Sequence::take(Context& context, const Call& call) {
    const Arguments given(call, 1);
    const std::size_t at = place(given.number(0, -1), values().size());
    const Packed taken = values()[at];
    remove(at, 1);
    return {errc::ok, {changed_now(context)}, {taken}, {}};
}

Result Sequence::erase_value(Context& context, const Call& call) {
    const Arguments given(call, 0, 1, 1);
    const std::optional<std::size_t> at = find_from(0, given.value(0));
    if (!at) return {errc::ok, {to_number(version()), 0}, {}, {}};
    remove(*at, 1);
    return {errc::ok, {changed_now(context), 1}, {}, {}};
}

Result Sequence::clear(Context& context, const Call& call) {
    const Arguments none(call, 0);
    const std::int64_t count = to_number(values().size());
    if (count == 0) return {errc::ok, {to_number(version()), 0}, {}, {}};
    remove(0, values().size());
    return {errc::ok, {changed_now(context), count}, {}, {}};
}

// ------------------------------------------------------------------ stored

std::vector<Call> Sequence::remake(Time /*wall*/) const {
    Chunks all(fixed_ ? Method::put : Method::append);
    for (const Packed& value : values()) all.add({value});
    std::vector<Call> calls = all.take();
    if (!fixed_) return calls;
    std::int64_t place = 0;
    for (Call& call : calls) {
        call.numbers = {place};
        place += to_number(call.values.size());
    }
    return calls;
}

}  // namespace handoff::core::objects

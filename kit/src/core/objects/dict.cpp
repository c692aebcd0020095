#include "core/objects/dict.hpp"

#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "core/objects/chunks.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/value.hpp"

namespace handoff::core::objects {
namespace {

/// Keys, or keys and values, in one call.
constexpr std::size_t values_max = 65'536;

std::string key_of(const Packed& key) {
    return std::string(payload_of(key));
}

/// When an entry that is put with this time to live leaves.
Time end_of_entry(const Context& context, const Arguments& given) {
    const std::optional<Millis> ttl = given.span(0);
    return ttl ? later(context.now.wall, *ttl) : never;
}

}  // namespace

std::optional<Result> Dict::carry_out(Context& context, const Caller& caller, const Call& call) {
    expire(context);
    switch (call.method) {
        case Method::get:
        case Method::contains:
        case Method::size:
        case Method::page:
        case Method::changed: return read(context, caller, call);
        default: return write(context, call);
    }
}

std::optional<Result> Dict::read(const Context& context, const Caller& caller, const Call& call) {
    switch (call.method) {
        case Method::get: return get(call);
        case Method::contains: return contains(call);
        case Method::page: return page_of(entries_, context, caller, call, version());
        case Method::changed:
            return call.values.empty() ? changed(caller, call) : changed_key(caller, call);
        default: {
            const Arguments none(call, 0);
            const Entries& entries = entries_.content();
            return Result{
                errc::ok,
                {to_number(entries.size()), to_number(version()), to_number(entries.bytes())},
                {},
                {}};
        }
    }
}

Result Dict::write(Context& context, const Call& call) {
    switch (call.method) {
        case Method::put: return put(context, call);
        case Method::get_or_put: return get_or_put(context, call);
        case Method::add: return add(context, call);
        case Method::compare_exchange: return compare_exchange(context, call);
        case Method::erase: return erase(context, call);
        case Method::take: return take(context, call);
        case Method::take_any: return take_any(context, call);
        case Method::clear: return clear(context, call);
        default: unsupported();
    }
}

const Entry* Dict::find(const Packed& key) const {
    return entries_.content().find(payload_of(key));
}

// ------------------------------------------------------------------ reading

Result Dict::get(const Call& call) const {
    const Arguments given(call, 0, 1, values_max);
    Result result;
    for (const Packed& key : given.values()) {
        const Entry* entry = find(key);
        result.numbers.push_back(entry == nullptr ? 0 : to_number(entry->version));
        if (entry != nullptr) result.values.push_back(entry->value);
    }
    return result;
}

Result Dict::contains(const Call& call) const {
    const Arguments given(call, 0, 1, values_max);
    Result result;
    for (const Packed& key : given.values()) {
        result.numbers.push_back(find(key) == nullptr ? 0 : 1);
    }
    return result;
}

std::optional<Result> Dict::changed_key(const Caller& caller, const Call& call) {
    const Arguments given(call, 1, 1, 1);
    const Entry* entry = find(given.value(0));
    return changed(caller, key_of(given.value(0)), static_cast<std::uint64_t>(given.number(0)),
                   entry == nullptr ? 0 : entry->version);
}

// ------------------------------------------------------------------ putting

void Dict::check_room(const std::vector<Packed>& pairs) const {
    const auto add = [](std::size_t sum, const Packed& each) { return sum + each.size(); };
    const std::size_t more = std::accumulate(pairs.begin(), pairs.end(), std::size_t{0}, add);
    const Entries& now = entries_.content();
    if (now.size() + pairs.size() / 2 <= bounds_.entries_max &&
        now.bytes() + more <= bounds_.bytes_max) {
        return;  // even if they were all new
    }
    // Of equal keys the last one counts.
    std::map<std::string_view, std::size_t> last;
    for (std::size_t i = 0; i < pairs.size(); i += 2) last[payload_of(pairs[i])] = i;
    std::size_t entries = entries_.content().size();
    std::size_t bytes = entries_.content().bytes();
    for (const auto& [key, at] : last) {
        bytes += pairs[at].size() + pairs[at + 1].size();
        if (const Entry* there = entries_.content().find(key)) {
            bytes -= there->bytes();
        } else {
            ++entries;
        }
    }
    if (entries > bounds_.entries_max) {
        throw Error(errc::limit_exceeded, "entries_max is " + std::to_string(bounds_.entries_max));
    }
    if (bytes > bounds_.bytes_max && bytes > entries_.content().bytes()) {
        throw Error(errc::limit_exceeded, "bytes_max is " + std::to_string(bounds_.bytes_max));
    }
}

bool Dict::set(Context& context, const Packed& key, const Packed& value, std::uint64_t version,
               Time ends) {
    const std::string name = key_of(key);
    ends_.set(name, ends);
    const bool is_new = entries_.own().put({to_keep(key), to_keep(value), version, ends});
    tell(context, name, version);
    return is_new;
}

std::int64_t Dict::set_alone(Context& context, const Packed& key, const Packed& value, Time ends) {
    const std::uint64_t version = next_version();
    set(context, key, value, version, ends);
    tell(context);
    return to_number(version);
}

Result Dict::put(Context& context, const Call& call) {
    const Arguments given(call, 1, 2, values_max);
    const std::vector<Packed>& pairs = given.values();
    if (pairs.size() % 2 != 0) throw Error(errc::invalid_argument, "a key without a value");
    const Time ends = end_of_entry(context, given);
    check_room(pairs);
    const std::uint64_t version = next_version();
    std::int64_t added = 0;
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        if (set(context, pairs[i], pairs[i + 1], version, ends)) ++added;
    }
    tell(context);
    return {errc::ok, {to_number(version), added}, {}, {}};
}

Result Dict::get_or_put(Context& context, const Call& call) {
    const Arguments given(call, 1, 2, 2);
    const Time ends = end_of_entry(context, given);
    if (const Entry* there = find(given.value(0))) {
        return {errc::ok, {0, to_number(there->version)}, {there->value}, {}};
    }
    check_room(given.values());
    return {errc::ok, {1, set_alone(context, given.value(0), given.value(1), ends)}, {}, {}};
}

Result Dict::add(Context& context, const Call& call) {
    const Arguments given(call, 1, 1, 1);
    const Packed& key = given.value(0);
    const Entry* there = find(key);
    const std::int64_t sum =
        sum_of(there == nullptr ? std::nullopt : std::optional(there->value), given.number(0, 1));
    const Packed value = pack_integer(sum);
    check_room({key, value});
    const Time ends = there == nullptr ? never : there->expires;
    return {errc::ok, {sum, set_alone(context, key, value, ends)}, {}, {}};
}

Result Dict::compare_exchange(Context& context, const Call& call) {
    const bool by_version = !call.numbers.empty();
    const std::size_t count = by_version ? 2 : 3;
    const Arguments given(call, 1, count, count);
    const Packed& key = given.value(0);
    const Packed& desired = given.value(count - 1);
    const Entry* there = find(key);
    const std::int64_t version = there == nullptr ? 0 : to_number(there->version);
    const bool is_so = by_version ? given.number(0) == version
                                  : there != nullptr && same(there->value, given.value(1));
    if (!is_so) {
        Result result{errc::ok, {0, version}, {}, {}};
        if (there != nullptr) result.values.push_back(there->value);
        return result;
    }
    check_room({key, desired});
    const Time ends = there == nullptr ? never : there->expires;
    return {errc::ok, {1, set_alone(context, key, desired, ends)}, {}, {}};
}

// ------------------------------------------------------------------ removing

std::optional<Entry> Dict::remove(Context& context, const std::string& key) {
    std::optional<Entry> removed = entries_.own().erase(key);
    if (!removed) return std::nullopt;
    ends_.erase(key);
    tell(context, key, 0);
    return removed;
}

Result Dict::erase(Context& context, const Call& call) {
    const Arguments given(call, 1, 1, call.numbers.empty() ? values_max : 1);
    std::int64_t removed = 0;
    for (const Packed& key : given.values()) {
        const Entry* there = find(key);
        if (there == nullptr) continue;
        if (given.has(0) && given.number(0) != to_number(there->version)) continue;
        if (remove(context, key_of(key))) ++removed;
    }
    if (removed > 0) {
        next_version();
        tell(context);
    }
    return {errc::ok, {to_number(version()), removed}, {}, {}};
}

Result Dict::take(Context& context, const Call& call) {
    const Arguments given(call, 0, 1, 1);
    if (find(given.value(0)) == nullptr) return {errc::ok, {0}, {}, {}};
    const std::optional<Entry> taken = remove(context, key_of(given.value(0)));
    next_version();
    tell(context);
    return {errc::ok, {to_number(taken->version)}, {taken->value}, {}};
}

Result Dict::take_any(Context& context, const Call& call) {
    const Arguments none(call, 0);
    const Entry* newest = entries_.content().newest();
    if (newest == nullptr) return {errc::ok, {0}, {}, {}};
    const std::optional<Entry> taken = remove(context, key_of(newest->key));
    next_version();
    tell(context);
    return {errc::ok, {1}, {taken->key, taken->value}, {}};
}

Result Dict::clear(Context& context, const Call& call) {
    const Arguments none(call, 0);
    const std::int64_t removed = to_number(entries_.content().size());
    if (removed > 0) {
        if (anybody_waits_for_keys()) {
            entries_.content().for_each(
                [&](const Entry& entry) { tell(context, key_of(entry.key), 0); });
        }
        entries_.own().clear();
        ends_ = {};
        next_version();
        tell(context);
    }
    return {errc::ok, {to_number(version()), removed}, {}, {}};
}

void Dict::expire(Context& context) {
    bool gone = false;
    while (const std::optional<std::string> key = ends_.pop_due(context.now.wall)) {
        gone = remove(context, *key).has_value() || gone;
    }
    if (!gone) return;
    next_version();
    tell(context);
}

// ------------------------------------------------------------------ stored

Call Dict::to_store(const Context& context, const Call& call) const {
    // The versions of entries begin anew in an object that is made again: their values do not.
    if (call.numbers.empty()) return Watched::to_store(context, call);
    if (call.method == Method::erase) return {call.object, Method::erase, {}, call.values};
    if (call.method != Method::compare_exchange || call.values.size() != 2) {
        return Watched::to_store(context, call);
    }
    const Entry* there = find(call.values[0]);
    if (there == nullptr) return {call.object, Method::get_or_put, {}, call.values};
    return {
        call.object, Method::compare_exchange, {}, {call.values[0], there->value, call.values[1]}};
}

std::vector<Call> Dict::remake(Time wall) const {
    Chunks all(Method::put);
    entries_.content().for_each([&](const Entry& entry) {
        if (entry.expires == never) return all.add({entry.key, entry.value});
        if (entry.expires <= wall) return;
        const auto left = std::chrono::ceil<Millis>(entry.expires - wall);
        all.add({entry.key, entry.value}, {left.count()});
    });
    return all.take();
}

}  // namespace handoff::core::objects

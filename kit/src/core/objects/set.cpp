#include "core/objects/set.hpp"

#include <string>

#include "core/objects/chunks.hpp"
#include "core/objects/packed.hpp"

namespace handoff::core::objects {
namespace {

constexpr std::size_t elements_max = 65'536;

enum Combination : std::int64_t { unite, intersect, subtract, symmetric, combinations };
enum Relation : std::int64_t { subset, superset, disjoint, equal, relations };

}  // namespace

std::optional<Result> Set::carry_out(Context& context, const Caller& caller, const Call& call) {
    switch (call.method) {
        case Method::contains: return contains(call);
        case Method::changed: return changed(caller, call);
        case Method::page: return page_of(entries_, context, caller, call, version());
        case Method::put: return put(context, call);
        case Method::erase: return erase(context, call);
        case Method::take_any: return take_any(context, call);
        case Method::clear: return clear(context, call);
        case Method::combine: return combine(context, call);
        case Method::compare: return compare(context, call);
        case Method::size: {
            const Arguments none(call, 0);
            return Result{
                errc::ok,
                {to_number(entries().size()), to_number(version()), to_number(entries().bytes())},
                {},
                {}};
        }
        default: unsupported();
    }
}

Result Set::contains(const Call& call) const {
    const Arguments given(call, 0, 1, elements_max);
    Result result;
    for (const Packed& member : given.values()) {
        result.numbers.push_back(entries().find(payload_of(member)) == nullptr ? 0 : 1);
    }
    return result;
}

Result Set::changed_now(Context& context, std::int64_t count) {
    next_version();
    tell(context);
    return {errc::ok, {to_number(version()), count}, {}, {}};
}

void Set::check_room(const std::vector<Packed>& in, const std::vector<Packed>& out) const {
    Entries fresh;  // each once
    for (const Packed& member : in) {
        if (entries().find(payload_of(member)) == nullptr) fresh.put({member, {}, 0, never});
    }
    std::size_t bytes_out = 0;
    for (const Packed& member : out) bytes_out += member.size();
    if (entries().size() - out.size() + fresh.size() > bounds_.entries_max) {
        throw Error(errc::limit_exceeded, "entries_max is " + std::to_string(bounds_.entries_max));
    }
    if (fresh.bytes() > bytes_out &&
        entries().bytes() - bytes_out + fresh.bytes() > bounds_.bytes_max) {
        throw Error(errc::limit_exceeded, "bytes_max is " + std::to_string(bounds_.bytes_max));
    }
}

std::int64_t Set::add_all(const std::vector<Packed>& members) {
    std::int64_t added = 0;
    for (const Packed& member : members) {
        if (entries().find(payload_of(member)) != nullptr) continue;
        entries_.own().put({to_keep(member), {}, 0, never});
        ++added;
    }
    return added;
}

std::int64_t Set::erase_all(const std::vector<Packed>& members) {
    std::int64_t erased = 0;
    for (const Packed& member : members) {
        if (entries().find(payload_of(member)) == nullptr) continue;
        entries_.own().erase(payload_of(member));
        ++erased;
    }
    return erased;
}

Result Set::put(Context& context, const Call& call) {
    const Arguments given(call, 0, 1, elements_max);
    check_room(given.values(), {});
    const std::int64_t added = add_all(given.values());
    if (added == 0) return {errc::ok, {to_number(version()), 0}, {}, {}};
    return changed_now(context, added);
}

Result Set::erase(Context& context, const Call& call) {
    const Arguments given(call, 0, 1, elements_max);
    const std::int64_t erased = erase_all(given.values());
    if (erased == 0) return {errc::ok, {to_number(version()), 0}, {}, {}};
    return changed_now(context, erased);
}

Result Set::take_any(Context& context, const Call& call) {
    const Arguments none(call, 0);
    const Entry* newest = entries().newest();
    if (newest == nullptr) return {errc::ok, {0}, {}, {}};
    const Packed member = newest->key;
    erase_all({member});
    changed_now(context, 1);
    return {errc::ok, {1}, {member}, {}};
}

Result Set::clear(Context& context, const Call& call) {
    const Arguments none(call, 0);
    const std::int64_t erased = to_number(entries().size());
    if (erased == 0) return {errc::ok, {to_number(version()), 0}, {}, {}};
    entries_.own().clear();
    return changed_now(context, erased);
}

// ------------------------------------------------------------------ with others

std::int64_t Set::choice(const Arguments& given, std::int64_t end) {
    const std::int64_t chosen = given.number(0);
    if (chosen >= 0 && chosen < end) return chosen;
    throw Error(errc::unsupported, "there is no number " + std::to_string(chosen) + " of this");
}

Entries Set::operand(const Context& context, const Arguments& given) {
    const auto handle = static_cast<ObjectHandle>(given.number(1, 0));
    if (handle != 0) {
        const Object* other = context.find(handle);
        if (other == nullptr) throw Error(errc::stale_reference, "the other set is not there");
        const auto* set = dynamic_cast<const Set*>(other);
        if (set == nullptr) throw Error(errc::object_mismatch, "the other object is no set");
        return set->entries();
    }
    Entries those;
    for (const Packed& member : given.values()) those.put({member, {}, 0, never});
    return those;
}

std::vector<Packed> Set::members(const Entries& those, bool inside) const {
    std::vector<Packed> found;
    those.for_each([&](const Entry& entry) {
        const bool is_here = entries().find(payload_of(entry.key)) != nullptr;
        if (is_here == inside) found.push_back(entry.key);
    });
    return found;
}

Result Set::combine(Context& context, const Call& call) {
    const Arguments given(call, 2, 0, elements_max);
    const std::int64_t how = choice(given, combinations);
    const Entries those = operand(context, given);
    std::vector<Packed> in;
    std::vector<Packed> out;
    if (how == unite || how == symmetric) in = members(those, false);
    if (how == subtract || how == symmetric) out = members(those, true);
    if (how == intersect) {
        entries().for_each([&](const Entry& entry) {
            if (those.find(payload_of(entry.key)) == nullptr) out.push_back(entry.key);
        });
    }
    check_room(in, out);
    const bool changes = !in.empty() || !out.empty();
    erase_all(out);
    add_all(in);
    if (changes) changed_now(context, 0);
    return {errc::ok, {to_number(version()), to_number(entries().size())}, {}, {}};
}

Result Set::compare(const Context& context, const Call& call) const {
    const Arguments given(call, 2, 0, elements_max);
    const std::int64_t relation = choice(given, relations);
    const Entries those = operand(context, given);
    const std::size_t common = members(those, true).size();
    bool is_so = false;
    if (relation == subset) is_so = common == entries().size();
    if (relation == superset) is_so = common == those.size();
    if (relation == disjoint) is_so = common == 0;
    if (relation == equal) is_so = common == entries().size() && common == those.size();
    return {errc::ok, {is_so ? 1 : 0}, {}, {}};
}

// ------------------------------------------------------------------ stored

Call Set::to_store(const Context& context, const Call& call) const {
    const bool with_another =
        call.method == Method::combine && call.numbers.size() == 2 && call.numbers[1] != 0;
    if (!with_another) return Watched::to_store(context, call);
    Call kept{call.object, Method::combine, {call.numbers[0]}, {}};
    operand(context, Arguments(call, 2, 0, elements_max)).for_each([&](const Entry& entry) {
        kept.values.push_back(entry.key);
    });
    if (kept.values.size() <= elements_max) return kept;
    throw Error(errc::limit_exceeded, "a durable set is combined with at most " +
                                          std::to_string(elements_max) + " values at a time");
}

std::vector<Call> Set::remake(Time /*wall*/) const {
    Chunks all(Method::put);
    entries().for_each([&](const Entry& entry) { all.add({entry.key}); });
    return all.take();
}

}  // namespace handoff::core::objects

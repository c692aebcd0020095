#include "core/manager_nesting.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/manager_objects.hpp"
#include "core/objects/reference.hpp"

namespace handoff::core::manager {
namespace {

using objects::ObjectHandle;
using Levels = std::unordered_map<ObjectHandle, std::size_t>;

/// How many containers may be within each other.
constexpr std::size_t nested_max = 64;

template <typename Use>
void for_each_container_in(State& state, const Stand& stand, Use use) {
    for (const auto& [handle, count] : stand.refers_to) {
        Stand* there = find_stand(state, handle);
        if (there != nullptr && objects::is_container(there->kind)) use(*there);
    }
}

/// Raises `child` above `container`, and what is in it in turn. False: that cannot be, or not with
/// the levels that others have now; nothing is changed.
bool raise(State& state, const Stand& container, Stand& child) {
    Levels raised;
    std::vector<std::pair<Stand*, std::size_t>> next{{&child, container.level + 1}};
    while (!next.empty()) {
        const auto [stand, level] = next.back();
        next.pop_back();
        const auto known = raised.find(stand->handle);
        if ((known == raised.end() ? stand->level : known->second) >= level) continue;
        if (stand == &container || level >= nested_max) return false;
        raised[stand->handle] = level;
        const std::size_t above = level + 1;
        for_each_container_in(state, *stand,
                              [&](Stand& there) { next.emplace_back(&there, above); });
    }
    for (const auto& [handle, level] : raised) find_stand(state, handle)->level = level;
    return true;
}

bool leads_to(State& state, Stand& from, const Stand& to) {
    std::unordered_set<ObjectHandle> seen;
    std::vector<Stand*> next{&from};
    while (!next.empty()) {
        Stand* stand = next.back();
        next.pop_back();
        if (stand == &to) return true;
        if (!seen.insert(stand->handle).second) continue;
        for_each_container_in(state, *stand, [&](Stand& there) { next.push_back(&there); });
    }
    return false;
}

/// Levels only rise while references come and go. This lowers the stand and all above it to what
/// they must have.
std::size_t lower(State& state, Stand& stand, Levels& known) {
    if (const auto it = known.find(stand.handle); it != known.end()) return it->second;
    std::size_t level = 0;
    for (const auto& [above, count] : stand.referred_by) {
        Stand* there = find_stand(state, above);
        if (there != nullptr) level = std::max(level, lower(state, *there, known) + 1);
    }
    stand.level = level;
    return known[stand.handle] = level;
}

/// True: that was the last one.
bool remove_one(std::map<ObjectHandle, std::size_t>& edges, ObjectHandle to) {
    const auto edge = edges.find(to);
    if (edge == edges.end() || --edge->second > 0) return false;
    edges.erase(edge);
    return true;
}

}  // namespace

void check_nesting(State& state, Stand& container, Stand& child) {
    if (!objects::is_container(child.kind) || raise(state, container, child)) return;
    if (leads_to(state, child, container)) {
        throw Error(errc::invalid_argument, describe(child) + " would be within itself");
    }
    Levels lowered;
    lower(state, container, lowered);
    if (raise(state, container, child)) return;
    throw Error(errc::limit_exceeded,
                "containers would be nested more than " + std::to_string(nested_max) + " deep");
}

void remove_edge(Stand* container, Stand* child, ObjectHandle from, ObjectHandle to) {
    if (container != nullptr) remove_one(container->refers_to, to);
    if (child == nullptr) return;
    remove_one(child->referred_by, from);
    if (child->referred_by.empty()) child->level = 0;
}

}  // namespace handoff::core::manager

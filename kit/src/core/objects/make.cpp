#include "core/objects/make.hpp"

#include <chrono>

#include "core/objects/barrier.hpp"
#include "core/objects/dict.hpp"
#include "core/objects/election.hpp"
#include "core/objects/mutex.hpp"
#include "core/objects/rw_lock.hpp"
#include "core/objects/semaphore.hpp"
#include "core/objects/sequence.hpp"
#include "core/objects/set.hpp"
#include "core/objects/signals.hpp"
#include "core/objects/value.hpp"

namespace handoff {

std::string_view to_string(ObjectKind kind) noexcept {
    switch (kind) {
        case ObjectKind::queue: return "queue";
        case ObjectKind::lock: return "lock";
        case ObjectKind::recursive_lock: return "recursive lock";
        case ObjectKind::semaphore: return "semaphore";
        case ObjectKind::bounded_semaphore: return "bounded semaphore";
        case ObjectKind::event: return "event";
        case ObjectKind::barrier: return "barrier";
        case ObjectKind::rw_lock: return "read-write lock";
        case ObjectKind::latch: return "latch";
        case ObjectKind::election: return "election";
        case ObjectKind::value: return "value";
        case ObjectKind::array: return "array";
        case ObjectKind::list: return "list";
        case ObjectKind::dict: return "dict";
        case ObjectKind::set: return "set";
        case ObjectKind::name_space: return "namespace";
        case ObjectKind::registered: return "registered type";
    }
    return "unknown kind of object";
}

namespace core::objects {
namespace {

constexpr Millis ttl_max = std::chrono::hours{365 * 24};
/// The most that anybody can ask for, whatever memory there is: nobody makes a manager grow beyond.
constexpr std::uint64_t array_max = 1'000'000;

/// Which options a kind has.
struct Has {
    bool count = false;
    bool ttl = false;
    bool action = false;
    bool entries = false;
    bool bytes = false;
};

Has options_of(ObjectKind kind) {
    Has has;
    switch (kind) {
        case ObjectKind::lock:
        case ObjectKind::recursive_lock:
        case ObjectKind::rw_lock:
        case ObjectKind::election: has.ttl = true; break;
        case ObjectKind::barrier: has.action = true; [[fallthrough]];
        case ObjectKind::semaphore:
        case ObjectKind::bounded_semaphore:
        case ObjectKind::latch: has.count = true; break;
        case ObjectKind::list:
        case ObjectKind::dict:
        case ObjectKind::set:
        case ObjectKind::name_space: has.entries = true; [[fallthrough]];
        case ObjectKind::value: has.bytes = true; break;
        case ObjectKind::array: has.count = has.bytes = true; break;
        default: break;
    }
    return has;
}

std::string fault_of_count(ObjectKind kind, std::uint64_t count) {
    switch (kind) {
        case ObjectKind::barrier:
            if (count >= 1 && count <= Barrier::parties_max) return "";
            return "a barrier has 1 to " + std::to_string(Barrier::parties_max) + " parties";
        case ObjectKind::array:
            if (count <= array_max) return "";
            return "an array has at most " + std::to_string(array_max) + " values";
        default:
            if (count <= Semaphore::permits_max) return "";
            return "count is more than 2^62";
    }
}

}  // namespace

bool can_make(ObjectKind kind) noexcept {
    const bool shares = kind >= ObjectKind::lock && kind <= ObjectKind::election;
    return shares || (kind >= ObjectKind::value && kind <= ObjectKind::name_space);
}

std::string fault_of(ObjectKind kind, const ObjectOptions& options) {
    const Has has = options_of(kind);
    const auto has_no = [kind](const char* option) {
        return std::string(to_string(kind)) + " has no option " + option;
    };
    if (options.count && !has.count) return has_no("count");
    if (options.ttl && !has.ttl) return has_no("ttl");
    if (options.action && !has.action) return has_no("action");
    if (options.entries_max && !has.entries) return has_no("entries_max");
    if (options.bytes_max && !has.bytes) return has_no("bytes_max");
    if (options.durability && !has.bytes) return has_no("durability");
    if (options.durability > Durability::fsync) return "unknown durability";
    if (options.ttl && (*options.ttl < Millis{1} || *options.ttl > ttl_max)) {
        return "ttl out of range";
    }
    return options.count ? fault_of_count(kind, *options.count) : "";
}

ObjectOptions in_force(ObjectKind kind, const ObjectOptions& options) {
    const Has has = options_of(kind);
    const Bounds bounds;
    ObjectOptions all = options;
    if (has.count && !all.count) all.count = kind == ObjectKind::array ? 0 : 1;
    if (has.action && !all.action) all.action = false;
    if (has.entries && !all.entries_max) all.entries_max = bounds.entries_max;
    if (has.bytes && !all.bytes_max) all.bytes_max = bounds.bytes_max;
    if (has.bytes && !all.durability) all.durability = Durability::memory;
    return all;
}

std::string mismatch(const ObjectOptions& wanted, const ObjectOptions& in_force) {
    const auto differs = [](const auto& one, const auto& other) { return one && one != other; };
    if (differs(wanted.count, in_force.count)) {
        return "count is " + std::to_string(in_force.count.value_or(0));
    }
    if (differs(wanted.ttl, in_force.ttl)) {
        return in_force.ttl ? "ttl is " + std::to_string(in_force.ttl->count()) + " ms"
                            : "ttl is not set";
    }
    if (differs(wanted.action, in_force.action)) return "action differs";
    if (differs(wanted.entries_max, in_force.entries_max)) {
        return "entries_max is " + std::to_string(in_force.entries_max.value_or(0));
    }
    if (differs(wanted.bytes_max, in_force.bytes_max)) {
        return "bytes_max is " + std::to_string(in_force.bytes_max.value_or(0));
    }
    if (differs(wanted.durability, in_force.durability)) {
        return "durability is " +
               std::string(to_string(in_force.durability.value_or(Durability::memory)));
    }
    return "";
}

std::unique_ptr<Object> make_object(ObjectKind kind, const ObjectOptions& options) {
    const std::uint64_t count = options.count.value_or(1);
    const Bounds bounds{options.entries_max.value_or(0), options.bytes_max.value_or(0)};
    switch (kind) {
        case ObjectKind::lock: return std::make_unique<Mutex>(false, options.ttl);
        case ObjectKind::recursive_lock: return std::make_unique<Mutex>(true, options.ttl);
        case ObjectKind::semaphore: return std::make_unique<Semaphore>(false, count);
        case ObjectKind::bounded_semaphore: return std::make_unique<Semaphore>(true, count);
        case ObjectKind::event: return std::make_unique<Event>();
        case ObjectKind::barrier:
            return std::make_unique<Barrier>(count, options.action.value_or(false));
        case ObjectKind::rw_lock: return std::make_unique<RwLock>(options.ttl);
        case ObjectKind::latch: return std::make_unique<Latch>(count);
        case ObjectKind::election: return std::make_unique<Election>(options.ttl);
        case ObjectKind::value: return std::make_unique<Value>(bounds.bytes_max);
        case ObjectKind::array: return std::make_unique<Sequence>(count, bounds.bytes_max);
        case ObjectKind::list: return std::make_unique<Sequence>(bounds);
        case ObjectKind::dict:
        case ObjectKind::name_space: return std::make_unique<Dict>(bounds);
        case ObjectKind::set: return std::make_unique<Set>(bounds);
        case ObjectKind::queue:
        case ObjectKind::registered: break;
    }
    return nullptr;
}

}  // namespace core::objects
}  // namespace handoff

// The shared objects of a Client, as far as they need no type of the application's.
#include "handoff/barrier.hpp"
#include "handoff/batch.hpp"
#include "handoff/client.hpp"
#include "handoff/event.hpp"
#include "handoff/latch.hpp"
#include "handoff/lock.hpp"
#include "handoff/namespace.hpp"
#include "handoff/remote_object.hpp"
#include "handoff/rw_lock.hpp"
#include "handoff/semaphore.hpp"

namespace handoff {

using detail::RawObject;

Lock Client::lock(const std::string& name, const ObjectOptions& options) {
    return Lock(RawObject(connection_, ObjectKind::lock, name, options));
}

RecursiveLock Client::recursive_lock(const std::string& name, const ObjectOptions& options) {
    return RecursiveLock(RawObject(connection_, ObjectKind::recursive_lock, name, options));
}

RwLock Client::rw_lock(const std::string& name, const ObjectOptions& options) {
    return RwLock(RawObject(connection_, ObjectKind::rw_lock, name, options));
}

Semaphore Client::semaphore(const std::string& name, std::uint64_t permits) {
    return Semaphore(RawObject(connection_, ObjectKind::semaphore, name, {.count = permits}));
}

BoundedSemaphore Client::bounded_semaphore(const std::string& name, std::uint64_t permits) {
    return BoundedSemaphore(
        RawObject(connection_, ObjectKind::bounded_semaphore, name, {.count = permits}));
}

Event Client::event(const std::string& name) {
    return Event(RawObject(connection_, ObjectKind::event, name, {}));
}

Barrier Client::barrier(const std::string& name, std::uint64_t parties, ObjectOptions options) {
    options.count = parties;
    return Barrier(RawObject(connection_, ObjectKind::barrier, name, options));
}

Latch Client::latch(const std::string& name, std::uint64_t count) {
    return Latch(RawObject(connection_, ObjectKind::latch, name, {.count = count}));
}

Namespace Client::name_space(const std::string& name, const ObjectOptions& options) {
    return Namespace(RawObject(connection_, ObjectKind::name_space, name, options));
}

Batch Client::batch() {
    return batch({});
}

Batch Client::batch(const BatchOptions& options) {
    return Batch(detail::RawCallBatch(connection_, options.stop_at_failure));
}

RemoteObject Client::object(const std::string& name) {
    return RemoteObject(RawObject(connection_, ObjectKind::registered, name, {}));
}

}  // namespace handoff

#include "held_object.hpp"

#include <map>

#include "os/fork.hpp"

namespace handoff::detail {
namespace {

/// Those of this process. A forked child has what its parent had, and does not use it.
struct Registry {
    using Key = std::pair<core::ManagerId, core::objects::ObjectHandle>;
    struct Known {
        std::weak_ptr<HeldObject> object;
        std::uint64_t maker = 0;
    };
    std::mutex mutex;
    std::map<Key, Known> known;
};

/// Never destroyed: references may be left in variables of static storage.
Registry& registry() {
    static auto* const all = new Registry;  // NOLINT(*-owning-memory)
    return *all;
}

/// Before there are threads, as what a thread has begun to make at a fork is never made in the
/// child.
[[maybe_unused]] const Registry& made_early = registry();

Registry::Key key_of(const core::objects::Reference& object) {
    return {object.manager, object.object};
}

}  // namespace

std::shared_ptr<HeldObject> HeldObject::of(const core::objects::Reference& object) {
    const std::uint64_t here = fork_generation();
    std::shared_ptr<HeldObject> fresh = std::make_shared<HeldObject>(object);
    const UnforkedStep whole;
    const std::lock_guard lock(registry().mutex);
    Registry::Known& known = registry().known[key_of(object)];
    std::shared_ptr<HeldObject> there = known.maker == here ? known.object.lock() : nullptr;
    if (there) return there;
    known = {fresh, here};
    return fresh;
}

HeldObject::HeldObject(core::objects::Reference object)
    : object_(std::move(object)), maker_(fork_generation()) {}

HeldObject::~HeldObject() {
    if (maker_ != fork_generation()) return;
    {
        const UnforkedStep whole;
        const std::lock_guard lock(registry().mutex);
        const auto known = registry().known.find(key_of(object_));
        // Another may have taken its place.
        if (known != registry().known.end() && known->second.object.expired()) {
            registry().known.erase(known);
        }
    }
    for (const auto& [client, handles] : handles_) {
        const std::shared_ptr<Connection> connection = client.lock();
        if (!connection) continue;
        try {
            connection->driver().let_go(object_, handles);
        } catch (const Error&) {
            // The client is gone, and with its session whatever it held.
        }
    }
}

core::QueueRef HeldObject::refer(const std::shared_ptr<Connection>& connection) {
    const core::QueueRef ref = connection->driver().refer(object_);
    note_handle(connection);
    return ref;
}

void HeldObject::told(const std::shared_ptr<Connection>& connection, std::uint64_t generation) {
    connection->driver().hold(object_, generation, 1);
    note_handle(connection);
}

void HeldObject::note_handle(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    for (auto& [client, handles] : handles_) {
        const bool same = !client.owner_before(connection) && !connection.owner_before(client);
        if (!same) continue;
        ++handles;
        return;
    }
    handles_.emplace_back(connection, 1);
}

}  // namespace handoff::detail

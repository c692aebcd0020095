// The registered types of a manager's loop.
#include <memory>
#include <utility>

#include "manager_loop.hpp"
#include "os/host.hpp"

namespace handoff {

std::size_t ManagerLoop::expose(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const core::objects::ObjectHandle handle = machine_.expose(name);
    served_.push_back({name, nullptr, handle, false});
    return served_.size() - 1;
}

void ManagerLoop::offer(std::size_t id, detail::ServedType type) {
    const std::lock_guard lock(mutex_);
    served_[id].type = std::make_shared<const detail::ServedType>(std::move(type));
    begin_type(id);
    wakeup_.signal();  // calls may wait for it
}

void ManagerLoop::withdraw(std::size_t id) {
    const std::lock_guard lock(mutex_);
    served_[id].withdrawn = true;
    machine_.withdraw_type(served_[id].handle, now());
    wakeup_.signal();
}

void ManagerLoop::describe(std::type_index type, detail::ServedType description) {
    const std::lock_guard lock(mutex_);
    described_[type] = std::make_shared<const detail::ServedType>(std::move(description));
}

/// Instances that nobody can have go in a thread of the pool's, as all do.
void ManagerLoop::method_done(MethodPool::Done done) {
    if (!done.returned) {
        machine_.method_done(done.object, done.number, std::move(done.result), now());
        return;
    }
    std::shared_ptr<void>& instance = done.returned->instance;
    const auto type = described_.find(done.returned->type);
    if (type == described_.end()) {
        machine_.method_done(done.object, done.number,
                             core::objects::failure(errc::unsupported,
                                                    "the class of what it returned is not "
                                                    "described; see Manager::describe()"),
                             now());
        return methods_.discard(std::move(instance));
    }
    const core::objects::ObjectHandle handle =
        machine_.object_returned(done.object, done.number, {false, type->second->calls_max}, now());
    if (handle == 0) return methods_.discard(std::move(instance));
    methods_.offer(handle, type->second, std::move(instance));
}

void ManagerLoop::begin_type(std::size_t id) {
    const Served& served = served_[id];
    methods_.offer(served.handle, served.type);
    machine_.begin_type(served.handle, {served.type->per_session, served.type->calls_max});
}

/// The machine is another one than it was.
void ManagerLoop::expose_anew() {
    for (std::stop_source& each : methods_.begin_anew()) stopped_.push_back(std::move(each));
    for (std::size_t id = 0; id < served_.size(); ++id) {
        if (served_[id].withdrawn) continue;
        served_[id].handle = machine_.expose(served_[id].name);
        if (served_[id].type) begin_type(id);
    }
}

/// Without the lock, as the application's callbacks for stops are called here.
void ManagerLoop::run_errands() {
    for (std::stop_source& each : std::exchange(stopped_, {})) each.request_stop();
    if (!errands_.empty()) methods_.take(std::exchange(errands_, {}));
}

}  // namespace handoff

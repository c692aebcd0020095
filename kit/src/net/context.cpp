#include "net/context.hpp"

#include <atomic>
#include <mutex>
#include <string>

#include "handoff/error.hpp"
#include "net/doorkeeper.hpp"
#include "os/fork.hpp"

namespace handoff::net {
namespace {

/// The one global of the kit, for one process. A forked child makes another, because the mutex of
/// this one may be held by a thread that the child does not have.
struct Home {
    std::uint64_t generation = fork_generation();
    std::mutex mutex;
    std::weak_ptr<ProcessContext> context;
};

Home& home() {
    static std::atomic<Home*> current = nullptr;
    Home* found = current.load();
    while (found == nullptr || found->generation != fork_generation()) {
        Home* made = new Home;
        if (current.compare_exchange_strong(found, made)) return *made;
        delete made;
    }
    return *found;
}

}  // namespace

ProcessContext::ProcessContext() {
    // A kept message of 100 bytes would pin the 8 KiB that it was received in (docs/libzmq.md). The
    // option has a number but no name in builds without the draft interface.
    constexpr int zero_copy_receive = 10;
    zmq_ctx_set(zmq.handle(), zero_copy_receive, 0);
    zmq_ctx_set(zmq.handle(), ZMQ_BLOCKY, 0);
    // Threads, not connections, need sockets here; but a program may have many clients.
    zmq_ctx_set(zmq.handle(), ZMQ_MAX_SOCKETS, 16384);
}

ProcessContext::~ProcessContext() {
    doorkeeper.reset();
    zmq.shutdown();
}

std::shared_ptr<ProcessContext> process_context() {
    Home& process = home();
    const std::lock_guard lock(process.mutex);
    std::shared_ptr<ProcessContext> context = process.context.lock();
    if (!context) {
        // libzmq sets up its cryptography with the first context, under a lock of that library.
        const UnforkedStep step;
        try {
            context = std::make_shared<ProcessContext>();
        } catch (const zmq::error_t& error) {
            throw Error(errc::system, std::string("cannot make a ZeroMQ context: ") + error.what());
        }
        process.context = context;
    }
    return context;
}

void end_of_child() {
    std::unique_lock making(home().mutex);
    const auto context = home().context.lock();
    making.unlock();
    if (!context) return;
    const std::lock_guard lock(context->mutex);
    for (const auto& act : context->last_acts) act();
}

}  // namespace handoff::net

#include "connection.hpp"

#include <string>
#include <utility>
#include <vector>

#include "direct_queue.hpp"
#include "handoff/error.hpp"
#include "os/fork.hpp"
#include "security.hpp"

namespace handoff::detail {
namespace {

/// For a forked child: an inproc endpoint lives in the process that made it, so what is left are
/// the others.
ClientConfig beyond_this_process(ClientConfig config) {
    const std::string first = config.connect.front();
    std::erase_if(config.connect,
                  [](const std::string& address) { return address.starts_with("inproc:"); });
    if (!config.connect.empty()) return config;
    throw Error(errc::unreachable,
                "the manager at " + first +
                    " lives in the process that this one was forked from, and inproc does not "
                    "leave a process; let the manager listen on ipc or tcp as well");
}

}  // namespace

Connection::Connection(Config config, Log log)
    : config_(std::move(config)),
      log_(std::move(log)),
      maker_(fork_generation()),
      home_(new Home{fork_generation(), ClientDriver(config_.client, client_keys(config_), log_)}) {
    for (const auto& [name, route] : config_.routes) {
        if (route.engine != Engine::direct) continue;
        direct_.emplace(
            name, std::make_shared<DirectQueue>(name, config_, log_,
                                                [this](const Error& error) { report(error); }));
    }
}

Connection::~Connection() {
    Home* home = home_.load();
    // An inherited driver has threads and sockets that exist in the parent only.
    if (home != nullptr && home->generation == fork_generation()) delete home;
}

ClientDriver& Connection::driver() {
    if (ended_) throw Error(errc::inert, "the Client of this handle has been destroyed");
    Home* home = home_.load();
    const bool ours = home != nullptr && home->generation == fork_generation();
    return ours ? home->driver : make_driver(home);
}

/// In a forked child; `home` is what it inherited, or another thread has made one meanwhile.
ClientDriver& Connection::make_driver(Home* home) {
    while (home == nullptr || home->generation != fork_generation()) {
        Home* made = new Home{fork_generation(), ClientDriver(beyond_this_process(config_.client),
                                                              client_keys(config_), log_)};
        if (home_.compare_exchange_strong(home, made)) {
            flush_at_the_end();
            return made->driver;
        }
        delete made;
    }
    return home->driver;
}

std::shared_ptr<DirectQueue> Connection::direct(const std::string& name) {
    const auto found = direct_.find(name);
    return found == direct_.end() ? nullptr : found->second;
}

void Connection::report(const Error& error) {
    Home* home = home_.load();
    if (home != nullptr && home->generation == fork_generation()) home->driver.report(error);
}

/// Nobody destroys this in a child: the Client is inert there.
void Connection::flush_at_the_end() {
    const auto context = net::process_context();
    const std::lock_guard lock(context->mutex);
    context->last_acts.emplace_back([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->home_.load()->driver.flush();
    });
}

void Connection::end() {
    if (maker_ != fork_generation()) return;
    ended_ = true;
    // They report to this driver what is left undone.
    for (const auto& [name, queue] : direct_) queue->end();
    delete home_.exchange(nullptr);
}

}  // namespace handoff::detail

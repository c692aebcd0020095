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
      is_elsewhere_(false),
      maker_(fork_generation()),
      home_(new Home{fork_generation(), ClientDriver(config_.client, client_keys(config_), log_)}) {
    for (const auto& [name, route] : config_.routes) {
        if (route.engine == Engine::direct) {
            direct_.emplace(
                name, std::make_shared<DirectQueue>(name, config_, log_,
                                                    [this](const Error& error) { report(error); }));
        } else if (!route.connect.empty() && !elsewhere_.contains(route.connect)) {
            Config there = config_;
            there.client.connect = route.connect;
            there.routes.clear();
            elsewhere_.emplace(route.connect, std::shared_ptr<Connection>(
                                                  new Connection(std::move(there), log_, Later{})));
        }
    }
}

Connection::Connection(Config config, Log log, Later)
    : config_(std::move(config)),
      log_(std::move(log)),
      is_elsewhere_(true),
      maker_(fork_generation()),
      home_(nullptr) {}

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

/// In a forked child, or for the first use of another manager. `home` is what the child inherited
/// or nothing, or another thread has made one meanwhile.
ClientDriver& Connection::make_driver(Home* home) {
    const bool in_child = maker_ != fork_generation();
    while (home == nullptr || home->generation != fork_generation()) {
        Home* made =
            new Home{fork_generation(),
                     ClientDriver(in_child ? beyond_this_process(config_.client) : config_.client,
                                  client_keys(config_), log_)};
        if (is_elsewhere_) made->driver.refuse_async();
        if (home_.compare_exchange_strong(home, made)) {
            if (in_child) flush_at_the_end();
            return made->driver;
        }
        delete made;
    }
    return home->driver;
}

std::shared_ptr<Connection> Connection::way_to(const std::string& queue) {
    const auto route = config_.routes.find(queue);
    if (route == config_.routes.end() || route->second.connect.empty()) return shared_from_this();
    return elsewhere_.at(route->second.connect);
}

void Connection::on_error(const std::function<void(const Error&)>& callback) {
    driver().on_error(callback);
    for (const auto& [addresses, way] : elsewhere_) way->on_error(callback);
}

std::uint64_t Connection::refused_detached() {
    Home* home = home_.load();
    const bool ours = home != nullptr && home->generation == fork_generation();
    std::uint64_t sum = ours ? home->driver.refused_detached() : 0;
    for (const auto& [addresses, way] : elsewhere_) sum += way->refused_detached();
    return sum;
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
    for (const auto& [addresses, way] : elsewhere_) way->end();
    delete home_.exchange(nullptr);
}

}  // namespace handoff::detail

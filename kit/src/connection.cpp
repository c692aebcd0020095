#include "connection.hpp"

#include <algorithm>
#include <utility>

#include "fork.hpp"
#include "handoff/error.hpp"

namespace handoff::detail {
namespace {

bool over_inproc(const ClientConfig& config) {
    return std::any_of(config.connect.begin(), config.connect.end(),
                       [](const std::string& address) { return address.starts_with("inproc:"); });
}

}  // namespace

Connection::Connection(ClientConfig config)
    : config_(std::move(config)),
      maker_(fork_generation()),
      home_(new Home{fork_generation(), ClientDriver(config_)}) {}

Connection::~Connection() {
    Home* home = home_.load();
    // An inherited driver has threads and sockets that exist in the parent only.
    if (home != nullptr && home->generation == fork_generation()) delete home;
}

ClientDriver& Connection::driver() {
    if (ended_) throw Error(errc::inert, "the Client of this handle has been destroyed");
    Home* home = home_.load();
    while (home == nullptr || home->generation != fork_generation()) {
        if (over_inproc(config_)) {
            throw Error(errc::unreachable,
                        "the manager at " + config_.connect.front() +
                            " lives in the process that this one was forked from, and inproc does "
                            "not leave a process; let it listen on ipc or tcp as well");
        }
        Home* made = new Home{fork_generation(), ClientDriver(config_)};
        if (home_.compare_exchange_strong(home, made)) return made->driver;
        delete made;
    }
    return home->driver;
}

void Connection::end() {
    if (maker_ != fork_generation()) return;
    ended_ = true;
    delete home_.exchange(nullptr);
}

}  // namespace handoff::detail

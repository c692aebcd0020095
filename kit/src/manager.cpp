#include "handoff/manager.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "log_entries.hpp"
#include "manager_loop.hpp"
#include "os/fork.hpp"
#include "os/host.hpp"
#include "os/quiet_thread.hpp"
#include "public_stats.hpp"

namespace handoff {
namespace {

core::ManagerSettings settings_of(const Config& config) {
    core::ManagerSettings settings;
    settings.id = random_id();
    // Larger than any of an earlier manager, as long as the clock is not set back by its whole
    // life.
    settings.first_token = static_cast<core::Token>(now().wall.count());
    settings.limits.heartbeat = config.manager.heartbeat;
    settings.limits.session_limit = config.manager.session_limit;
    settings.limits.hold = std::min(core::Millis{2000}, config.manager.session_limit / 2);
    settings.limits.item_bytes_max = config.manager.item_bytes_max;
    settings.limits.frame_bytes_max = config.manager.frame_bytes_max;
    settings.limits.requests_max = config.manager.requests_max;
    settings.limits.session_bytes_max = config.manager.session_bytes_max;
    settings.sessions_max = config.manager.sessions_max;
    settings.queues_max = config.manager.queues_max;
    settings.queues = config.queues;
    return settings;
}

net::RouterLimits limits_of(const Config& config) {
    // Beside its items, a message has a head; the longest have many ranges.
    constexpr std::size_t head_bytes_max = 1u << 20;
    net::RouterLimits limits;
    limits.message_bytes_max =
        std::max(config.manager.item_bytes_max, config.manager.frame_bytes_max) + head_bytes_max;
    limits.outbox_bytes_max = limits.message_bytes_max + config.manager.session_bytes_max;
    return limits;
}

wire::DecodeLimits decode_limits_of(const net::RouterLimits& limits) {
    wire::DecodeLimits decode;
    // What came through the socket may be too large for a queue; that is the machine's to say, as
    // only it can tell the producer which of its items are refused.
    decode.item_bytes_max = limits.message_bytes_max;
    return decode;
}

/// How the store is opened, where there is to be one.
ManagerLoop::OpenStore store_of(const Config& config) {
    if (config.manager.data.empty()) return {};
    return [manager = config.manager](std::function<void()> wake) {
        return open_store(manager, std::move(wake));
    };
}

/// The default address lies in a directory that is made when it is first needed.
void make_default_directory(const std::string& endpoint) {
    const std::filesystem::path directory =
        std::filesystem::path(Endpoint::parse(endpoint).address).parent_path();
    if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        throw Error(errc::system, "cannot make the directory " + directory.string() + " for " +
                                      endpoint + ": " + std::strerror(errno));
    }
    struct stat found {};
    if (::stat(directory.c_str(), &found) != 0 || found.st_uid != ::geteuid() ||
        (found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        throw Error(errc::system, "the directory " + directory.string() +
                                      " must belong to this user, and only this user may write "
                                      "there; name another address in [manager] listen");
    }
}

}  // namespace

struct Manager::Impl {
    Impl(const Config& config, const Log& log)
        : router(net::process_context(), limits_of(config)),
          loop(router, settings_of(config), decode_limits_of(limits_of(config)), log,
               store_of(config)) {
        for (const std::string& endpoint : config.manager.listen) {
            if (endpoint == default_endpoint()) make_default_directory(endpoint);
            router.bind(endpoint, 1);
        }
        endpoints = router.endpoints();
        for (const std::string& endpoint : endpoints) {
            tell(log, {{LogLevel::info, "serving " + endpoint}});
        }
        thread = quiet_thread([this] { loop.run(); });
    }

    ~Impl() {
        loop.stop();
        thread.join();
    }

    std::uint64_t fork_generation = handoff::fork_generation();
    net::Router router;
    ManagerLoop loop;
    std::vector<std::string> endpoints;
    std::thread thread;
};

Manager::Manager(const Config& config, const Log& log)
    : impl_(std::make_unique<Impl>(config.effective(), log)) {}

Manager::~Manager() {
    // In a forked child the thread does not exist and the sockets are the parent's.
    if (impl_->fork_generation != fork_generation()) static_cast<void>(impl_.release());
}

const std::vector<std::string>& Manager::endpoints() const noexcept {
    return impl_->endpoints;
}

ManagerStats Manager::stats() const {
    if (impl_->fork_generation != fork_generation()) {
        throw Error(errc::inert,
                    "this Manager was inherited by a forked child; it runs in the parent");
    }
    return impl_->loop.with_machine(
        [](core::ManagerMachine& machine) { return public_stats(machine.report(now())); });
}

}  // namespace handoff

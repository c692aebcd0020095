#include "handoff/manager.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "admission.hpp"
#include "handoff/detail/served_type.hpp"
#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "log_entries.hpp"
#include "manager_loop.hpp"
#include "manager_settings.hpp"
#include "os/fork.hpp"
#include "os/host.hpp"
#include "os/quiet_thread.hpp"
#include "public_stats.hpp"
#include "security.hpp"

namespace handoff {
namespace {

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

std::string fresh_own_endpoint() {
    static std::atomic<unsigned> number{0};
    return "inproc://handoff.manager." + std::to_string(++number);
}

}  // namespace

struct Manager::Impl {
    Impl(const Config& given, const Log& log)
        : config(given),
          router(net::process_context(), router_limits(config)),
          loop(router, manager_settings(config), decode_limits(router_limits(config)),
               config.manager.spin, log, store_of(config), config.manager.workers) {
        protect();
        bind(false);
        bind(true);
        if (admission) router.bind(own_endpoint = fresh_own_endpoint(), 1);
        for (const std::string& endpoint : endpoints) {
            tell(log, {{LogLevel::info, "serving " + endpoint}});
        }
        thread = quiet_thread([this] { loop.run(); });
    }

    ~Impl() {
        loop.finish_methods();  // which may use this manager to their end
        loop.stop();
        thread.join();
    }

    void protect() {
        auto curve = manager_keys(config);
        if (!curve) return;
        context = net::process_context();
        admission.emplace(net::Doorkeeper::of(*context), config.security.clients,
                          [this](core::LogEntry entry) { loop.note(std::move(entry)); });
        curve->domain = admission->domain();
        router.protect(std::move(*curve));
        loop.set_admission(*admission);
    }

    /// Those whose clients need keys, or the others, which come first: libzmq does not take back
    /// what it was told of keys (docs/libzmq.md, "CURVE").
    void bind(bool crossing_hosts) {
        const std::vector<std::string>& listen = config.manager.listen;
        endpoints.resize(listen.size());
        for (std::size_t at = 0; at < listen.size(); ++at) {
            const Scheme scheme = Endpoint::parse(listen[at]).scheme;
            if ((scheme == Scheme::tcp || scheme == Scheme::ws) != crossing_hosts) continue;
            if (listen[at] == default_endpoint()) make_default_directory(listen[at]);
            router.bind(listen[at], 1);
            endpoints[at] = router.endpoints().back();
        }
    }

    void check_not_inherited() const {
        if (fork_generation == handoff::fork_generation()) return;
        throw Error(errc::inert,
                    "this Manager was inherited by a forked child; it runs in the parent");
    }

    std::uint64_t fork_generation = handoff::fork_generation();
    const Config config;
    net::Router router;
    ManagerLoop loop;
    std::shared_ptr<net::ProcessContext> context;  // of the next
    std::optional<Admission> admission;            // set: clients need keys
    std::vector<std::string> endpoints;
    std::string own_endpoint;  ///< for clients of this process, if all others need keys
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

std::vector<std::string> Manager::endpoints_within() const {
    std::vector<std::string> all = impl_->endpoints;
    if (!impl_->own_endpoint.empty()) all.insert(all.begin(), impl_->own_endpoint);
    return all;
}

ManagerStats Manager::stats() const {
    impl_->check_not_inherited();
    return impl_->loop.with_machine(
        [](core::ManagerMachine& machine) { return public_stats(machine.report(now())); });
}

void Manager::set_roles(const std::map<std::string, RoleOptions>& roles) {
    impl_->check_not_inherited();
    Config changed = impl_->config;
    changed.roles = roles;
    changed.check();
    impl_->loop.set_roles(roles);
}

std::size_t Manager::reserve(const std::string& name) {
    impl_->check_not_inherited();
    return impl_->loop.expose(name);
}

void Manager::offer(std::size_t id, detail::ServedType type) {
    if (impl_->fork_generation != fork_generation()) return;
    impl_->loop.offer(id, std::move(type));
}

void Manager::withdraw(std::size_t id) {
    if (impl_->fork_generation != fork_generation()) return;
    impl_->loop.withdraw(id);
}

void Manager::describe(std::type_index type, detail::ServedType description) {
    if (impl_->fork_generation != fork_generation()) return;
    impl_->loop.describe(type, std::move(description));
}

}  // namespace handoff

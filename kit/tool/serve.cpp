#include <sys/resource.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>

#include "commands.hpp"
#include "handoff/manager.hpp"
#include "roles_file.hpp"

namespace handoff::tool {
namespace {

/// Between two looks at the configuration file.
constexpr std::chrono::milliseconds look_pause{400};

/// Each client has a connection, and a shell allows 1,024 descriptors unless asked for more. A
/// manager refuses connections before it has none left.
void raise_descriptor_limit(const Setup& setup) {
    constexpr rlim_t own_max = 100;  // sockets, threads, files of queues
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const std::uint64_t needed = setup.config.manager.sessions_max + own_max;
    if (limit.rlim_cur >= needed || !setup.log) return;
    const std::string text =
        "this process may have " + std::to_string(limit.rlim_cur) + " descriptors, and needs " +
        std::to_string(needed) +
        " for [manager] sessions_max = " + std::to_string(setup.config.manager.sessions_max) +
        "; raise the limit (ulimit -Hn) or lower sessions_max";
    setup.log({LogLevel::warning, text});
}

}  // namespace

int serve(const Setup& setup, std::stop_token stop) {
    raise_descriptor_limit(setup);
    Manager manager(setup.config, setup.log);
    for (const std::string& endpoint : manager.endpoints()) {
        std::printf("serving %s\n", endpoint.c_str());
    }
    std::fflush(stdout);
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    RolesFile roles(setup.file, manager, setup.log);
    while (!stop.stop_requested()) {
        roles.look();
        stopped.wait_for(lock, stop, look_pause, [] { return false; });
    }
    std::fprintf(stderr, "handoff: stopped\n");
    return exit_done;
}

}  // namespace handoff::tool

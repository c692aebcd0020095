#include <sys/resource.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "commands.hpp"
#include "handoff/manager.hpp"

namespace handoff::tool {
namespace {

/// Each connection takes a descriptor. What a program gets at first is meant for those that cannot
/// count beyond 1024; this one may have all that it is allowed.
void take_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int serve(const Setup& setup, std::stop_token stop) {
    take_all_descriptors();
    const Manager manager(setup.config, setup.log);
    for (const std::string& endpoint : manager.endpoints()) {
        std::printf("serving %s\n", endpoint.c_str());
    }
    std::fflush(stdout);
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
    std::fprintf(stderr, "handoff: stopped\n");
    return exit_done;
}

}  // namespace handoff::tool

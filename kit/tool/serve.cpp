#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "commands.hpp"
#include "handoff/manager.hpp"

namespace handoff::tool {

int serve(const Setup& setup, std::stop_token stop) {
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

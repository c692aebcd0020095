// Owns a manager and a client as static objects, which exit() destroys: also in a forked child,
// where they are inert. Children end in every way; then it shows that it serves as before.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "handoff/client.hpp"
#include "handoff/error.hpp"
#include "handoff/manager.hpp"

namespace {

std::optional<handoff::Manager> manager;
std::optional<handoff::Client> client;
std::optional<handoff::Queue<int>> queue;

using Ending = void (*)();

constexpr Ending endings[] = {
    [] { std::exit(0); },
    [] { ::_exit(0); },
    [] {
        queue.reset();
        client.reset();
        manager.reset();
        std::exit(0);
    },
    [] { ::raise(SIGKILL); },
};

/// What waitpid() tells of a child that puts an item, if it `uses` the queue, and ends so.
int status_of_child(Ending end, bool uses) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::alarm(20);
        if (uses) queue->put(7);
        end();
    }
    int status = -1;
    while (::waitpid(pid, &status, 0) < 0) {
    }
    return status;
}

bool address_is_taken(const handoff::Config& config) {
    try {
        const handoff::Manager second{config};
    } catch (const handoff::Error& error) {
        return error.code() == handoff::errc::address_in_use;
    }
    return false;
}

}  // namespace

int main() {
    const handoff::Config config = handoff::Config::load();
    manager.emplace(config);
    client.emplace(config);
    queue.emplace(client->queue<int>("q"));
    for (const bool uses : {true, false}) {
        for (const Ending end : endings) {
            const int status = status_of_child(end, uses);
            const int expected = end == endings[3] ? SIGKILL : 0;
            if (status != expected) std::printf("a child ended with %d\n", status);
            if (uses && queue->get() != 7) std::printf("what it had put was another thing\n");
        }
    }
    if (!address_is_taken(config)) std::printf("its address was free\n");
    handoff::Client newcomer{config};
    newcomer.queue<int>("q").put(1);
    std::printf("%d\n", queue->get());
    return 0;
}

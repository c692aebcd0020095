// Forks while another thread makes the first client of the process. libzmq sets up its cryptography
// then, and libsodium holds a lock meanwhile; here that takes until the fork has begun, and longer.
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

#include "handoff/client.hpp"

namespace {

enum Stage : int { beginning, within, made };

std::atomic<int> stage{beginning};
std::atomic<bool> forking{false};

}  // namespace

/// In the place of libsodium's, which does what it has to when it is first needed.
extern "C" void randombytes_stir() {
    int expected = beginning;
    if (!stage.compare_exchange_strong(expected, within)) return;
    stage.notify_one();
    forking.wait(false);
    ::poll(nullptr, 0, 50);  // a fork that does not wait for the end of this is done by then
}

int main() {
    const handoff::Config config = handoff::Config::load();
    // Handlers for before the fork run last come, first served: the kit's comes after this one.
    ::pthread_atfork(
        [] {
            forking = true;
            forking.notify_one();
        },
        nullptr, nullptr);
    std::thread maker{[&] {
        handoff::Client{config}.queue<int>("q").put(1);
        stage = made;
        stage.notify_one();
    }};
    stage.wait(beginning);
    if (stage == made) std::printf("without libsodium\n");
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::alarm(10);
        handoff::Client{config}.queue<int>("q").put(2);
        ::_exit(0);
    }
    int status = -1;
    while (::waitpid(child, &status, 0) < 0) {
    }
    maker.join();
    if (status != 0) std::printf("the child ended with %d\n", status);
    return status == 0 ? 0 : 1;
}

#pragma once

#include <thread>
#include <utility>

#include <signal.h>

namespace handoff {

/// A thread that takes no signals, so that the application's handlers run in the application's own
/// threads.
template <typename Body>
std::thread quiet_thread(Body&& body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread thread(std::forward<Body>(body));
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return thread;
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
}

}  // namespace handoff

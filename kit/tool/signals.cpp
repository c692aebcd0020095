#include "signals.hpp"

#include <pthread.h>
#include <unistd.h>

namespace handoff::tool {

Signals::Signals() {
    sigemptyset(&watched_);
    sigaddset(&watched_, SIGINT);
    sigaddset(&watched_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
    // Writing to a reader that has gone is an error to report, not a reason to vanish.
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this] { watch(); });
}

Signals::~Signals() {
    ending_.request_stop();
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
}

void Signals::watch() {
    constexpr int interrupted = 128;
    for (int number = 0; sigwait(&watched_, &number) == 0;) {
        if (ending_.stop_requested()) return;
        if (!source_.request_stop()) _exit(interrupted + number);
    }
}

}  // namespace handoff::tool

#include "child.hpp"

#include <poll.h>
#include <stdio_ext.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <iostream>
#include <system_error>
#include <thread>

#include "net/context.hpp"
#include "os/pidfd.hpp"

namespace handoff {

namespace {

// What a process is told to stop by.
constexpr std::array stop_signals{SIGTERM, SIGINT, SIGHUP, SIGQUIT};

void reset_stop_signals() {
    for (const int number : stop_signals) {
        struct sigaction action {};
        ::sigaction(number, nullptr, &action);
        const bool ignored = action.sa_handler == SIG_IGN;  // by a shell, say, for a job behind
        if (number == SIGTERM || !ignored) {
            action = {};
            action.sa_handler = SIG_DFL;
            ::sigaction(number, &action, nullptr);
        }
    }
}

void let_signals_in(sigset_t mask) {
    for (const int number : stop_signals) {
        sigdelset(&mask, number);
    }
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

void drop_output() {
    ::__fpurge(stdout);
    ::__fpurge(stderr);
}

// Ends this process when `parent` has ended. A process is given a new parent before anybody can see
// the old one's end, so getppid() is the truth, and the descriptor is only what wakes us up.
void stop_after(pid_t parent, int pidfd) {
    constexpr int look_again_ms = 200;
    while (::getppid() == parent) {
        pollfd watched{pidfd, POLLIN, 0};
        const int woken = ::poll(&watched, 1, pidfd < 0 ? look_again_ms : -1);
        if (woken > 0 && ::getppid() == parent) {
            pidfd = -1;  // the work has closed all descriptors: the number is not ours any more
        }
    }
    ::kill(::getpid(), SIGTERM);
    ::poll(nullptr, 0, static_cast<int>(Process::stop_limit.count()));
    ::kill(::getpid(), SIGKILL);
}

// The system offers PR_SET_PDEATHSIG for this. It fires when the thread that forked ends.
void watch_parent(pid_t parent, const std::string& label) {
    const int pidfd = pidfd_open(parent);
    if (pidfd < 0 && errno != ESRCH) {  // ESRCH: gone already
        throw process_error(label, "cannot watch the parent: pidfd_open", errno);
    }
    // All signals are blocked still, and so they stay in that thread: the work's handlers run in
    // the work's threads. It lasts as long as the process; nobody can join it.
    std::thread{stop_after, parent, pidfd}.detach();
}

void report(const std::string& label, const char* what) noexcept {
    std::fprintf(stderr, "handoff: %s (pid %ld) was ended by an exception: %s\n", label.c_str(),
                 static_cast<long>(::getpid()), what);
}

// Other streams are left alone: what one of the parent's had buffered at the fork would be written
// to its file a second time.
[[noreturn]] void leave(int code) noexcept {
    try {
        std::cout.flush();
        std::cerr.flush();
        std::clog.flush();
    } catch (...) {  // NOLINT: the application asked the stream to throw; there is no one to tell
    }
    std::fflush(stdout);
    std::fflush(stderr);
    try {
        net::end_of_child();
    } catch (...) {  // NOLINT: as above; what is not confirmed may come again
    }
    ::_exit(code);
}

int guarded(const std::string& label, const std::function<int()>& body) noexcept {
    try {
        const int code = body();
        return code < 0 || code > 255 ? 255 : code;  // the system keeps 8 bits: 256 would be 0
    } catch (const std::exception& error) {
        report(label, error.what());
    } catch (...) {
        report(label, "of a type that is not derived from std::exception");
    }
    return 1;
}

}  // namespace

SignalsHeld::SignalsHeld() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsHeld::~SignalsHeld() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void flush_output() {
    if (::ftrylockfile(stdout) == 0) {
        std::fflush(stdout);
        ::funlockfile(stdout);
    }
}

void live_as_child(const ChildBirth& birth, const std::function<int()>& work) noexcept {
    leave(guarded(birth.label, [&] {
        drop_output();
        reset_stop_signals();
        if (!birth.options.name.empty()) {
            ::prctl(PR_SET_NAME, birth.options.name.c_str());
        }
        if (birth.options.die_with_parent) {
            watch_parent(birth.parent, birth.label);
        }
        let_signals_in(birth.signals);
        return work();
    }));
}

Error process_error(const std::string& label, const char* what, int error) {
    return {errc::system, label + ": " + what + ": " + std::generic_category().message(error)};
}

}  // namespace handoff

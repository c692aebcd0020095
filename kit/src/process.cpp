#include "handoff/process.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "child.hpp"
#include "handoff/error.hpp"
#include "os/fork.hpp"
#include "os/pidfd.hpp"
#include "units.hpp"

namespace handoff {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) noexcept : fd_{fd} {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

    void close() noexcept {
        if (is_open()) {
            ::close(fd_);
            fd_ = -1;
        }
    }

private:
    int fd_;
};

// A descriptor that names the child just forked, or -1 if that has come and gone already, in a
// program that ignores SIGCHLD. If it throws, no child is left.
int open_child(pid_t child, Descriptor& spare, const std::string& label) {
    int pidfd = pidfd_open(child);
    if (pidfd < 0 && (errno == EMFILE || errno == ENFILE)) {
        spare.close();
        pidfd = pidfd_open(child);
    }
    if (pidfd >= 0 || errno == ESRCH) {
        return pidfd;
    }
    const int error = errno;
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    throw process_error(label, "pidfd_open", error);
}

}  // namespace

Process::Process(ProcessOptions options) : options_{std::move(options)} {}

Process::~Process() {
    if (state_.load() != State::started || is_copy()) {
        return;
    }
    if (!reap()) {
        pidfd_send_signal(pidfd_, SIGTERM);
        if (!wait_until(Clock::now() + stop_limit)) {
            pidfd_send_signal(pidfd_, SIGKILL);
            static_cast<void>(wait_until(Clock::now() + stop_limit));
        }
    }
    if (pidfd_ >= 0) {
        disown_descriptor(pidfd_);
        ::close(pidfd_);
    }
}

int Process::run() {
    if (!work_) {
        throw Error{errc::invalid_argument,
                    label() + ": it has no callable and no run() of its own"};
    }
    return work_();
}

void Process::start() {
    State expected = State::idle;
    if (is_started("start()") || !state_.compare_exchange_strong(expected, State::starting)) {
        throw Error{errc::invalid_argument, label() + ": start() a second time"};
    }
    try {
        launch();
    } catch (...) {
        state_.store(State::idle);
        throw;
    }
}

void Process::launch() {
    generation_ = fork_generation();
    const std::string name = label();
    const pid_t parent = ::getpid();
    // A descriptor to give up: without it the last one could go to another thread after the fork,
    // and a child would run that we cannot name. It also shows that the kernel knows the call.
    Descriptor spare{pidfd_open(parent)};
    if (!spare.is_open()) {
        throw process_error(name, "pidfd_open", errno);
    }
    flush_output();

    std::optional<SignalsHeld> held{std::in_place};
    const pid_t child = ::fork();
    const int error = errno;
    if (child == 0) {
        spare.close();
        pid_ = ::getpid();
        state_.store(State::started);
        live_as_child({options_, name, held->before(), parent}, [this] { return run(); });
    }
    held.reset();
    if (child < 0) {
        throw process_error(name, "fork", error);
    }

    pidfd_ = open_child(child, spare, name);
    own_descriptor(pidfd_);
    pid_ = child;
    ended_ = pidfd_ < 0;
    state_.store(State::started);
}

void Process::join() {
    require_started("join()");
    static_cast<void>(wait_until(Clock::time_point::max()));
}

bool Process::join(std::chrono::milliseconds limit) {
    require_started("join()");
    if (limit < limit.zero() || limit > duration_max) {
        const std::string given = std::to_string(limit.count()) + " ms";
        throw Error{errc::invalid_argument,
                    label() + ": join() takes a limit from 0 to ten years, not " + given};
    }
    return wait_until(Clock::now() + limit);
}

void Process::terminate() {
    send(SIGTERM, "terminate()");
}

void Process::kill() {
    send(SIGKILL, "kill()");
}

bool Process::is_alive() const {
    return is_started("is_alive()") && !reap();
}

std::optional<int> Process::exit_code() const {
    if (!is_started("exit_code()") || !reap()) {
        return std::nullopt;
    }
    const std::lock_guard lock{mutex_};
    return exit_code_;
}

pid_t Process::pid() const {
    if (state_.load() != State::started) {
        throw Error{errc::invalid_argument, label() + ": pid() before start()"};
    }
    return pid_;
}

int Process::fd() const {
    require_started("fd()");
    return pidfd_;
}

// Only once it is started is there anything to be a copy of; before, a child may start it itself.
bool Process::is_copy() const noexcept {
    return generation_ != fork_generation();
}

bool Process::is_started(const char* call) const {
    const bool started = state_.load() == State::started;
    if (started && is_copy()) {
        throw Error{errc::inert, label() + ": " + call + " in a process that did not start it"};
    }
    return started;
}

void Process::require_started(const char* call) const {
    if (!is_started(call)) {
        throw Error{errc::invalid_argument, label() + ": " + call + " before start()"};
    }
}

bool Process::wait_until(Clock::time_point deadline) const {
    constexpr std::chrono::milliseconds nap_max = std::chrono::minutes{1};  // fits poll()'s int
    while (!reap()) {
        const auto left = deadline - Clock::now();
        if (left <= left.zero()) {
            return false;
        }
        const auto nap = std::min(std::chrono::ceil<std::chrono::milliseconds>(left), nap_max);
        pollfd watched{pidfd_, POLLIN, 0};
        const int woken = ::poll(&watched, 1, static_cast<int>(nap.count()));
        if (woken > 0 && !reap()) {
            ::poll(nullptr, 0, 1);  // a debugger that is attached to the child is told first
        }
    }
    return true;
}

bool Process::reap() const {
    const std::lock_guard lock{mutex_};
    if (ended_) {
        return true;
    }
    siginfo_t how{};
    int result = 0;
    do {
        result = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &how, WEXITED | WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result == 0 && how.si_pid == 0) {
        return false;
    }
    ended_ = true;
    if (result == 0) {  // otherwise somebody else has reaped it
        exit_code_ = how.si_code == CLD_EXITED ? how.si_status : -how.si_status;
    }
    return true;
}

void Process::send(int number, const char* call) const {
    require_started(call);
    if (!reap() && !pidfd_send_signal(pidfd_, number) && errno != ESRCH) {
        const int error = errno;
        throw process_error(label(), call, error);
    }
}

std::string Process::label() const {
    return options_.name.empty() ? "process" : "process \"" + options_.name + '"';
}

}  // namespace handoff

#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

#include "handoff/process.hpp"
#include "process/children.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

/// A child that ends with the test, whatever either of them is doing by then: it is killed by the
/// destructor, and by the system if the test itself is killed. Start it in the test's own thread.
class Tethered {
public:
    template <typename Work>
    explicit Tethered(Work work)
        : process_{[work = std::move(work)]() mutable {
              ::prctl(PR_SET_PDEATHSIG, SIGKILL);
              return work();
          }} {
        process_.start();
    }
    ~Tethered() { process_.kill(); }
    Tethered(const Tethered&) = delete;
    Tethered& operator=(const Tethered&) = delete;

    [[nodiscard]] pid_t pid() const { return process_.pid(); }

    /// Waits for its end.
    [[nodiscard]] int exit_code() {
        REQUIRE(process_.join(Pipe::limit));
        return process_.exit_code().value_or(-1000);
    }

    /// SIGKILL, and waits until it is gone.
    void kill() {
        process_.kill();
        REQUIRE(process_.join(Pipe::limit));
    }

    /// SIGSTOP, and waits until none of its threads runs.
    void stop() const {
        siginfo_t how{};
        REQUIRE(::kill(pid(), SIGSTOP) == 0);
        REQUIRE(::waitid(P_PID, static_cast<id_t>(pid()), &how, WSTOPPED) == 0);
    }
    void go_on() const { REQUIRE(::kill(pid(), SIGCONT) == 0); }

    /// False if it ends before so much time has passed.
    [[nodiscard]] bool lives_for(std::chrono::milliseconds time) { return !process_.join(time); }

private:
    handoff::Process process_;
};

/// The same for a bare fork(): the child has every descriptor of its parent.
class BareFork {
public:
    template <typename Work>
    explicit BareFork(Work work) : pid_{::fork()} {
        if (pid_ != 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        try {
            ::_exit(work());
        } catch (const std::exception&) {
            ::_exit(99);
        }
    }
    ~BareFork() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        reap();
    }
    BareFork(const BareFork&) = delete;
    BareFork& operator=(const BareFork&) = delete;

    /// Waits for its end, which a child that hangs owes to SIGALRM.
    [[nodiscard]] int exit_code() {
        const int status = reap();
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    int reap() {
        int status = -1;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = 0;
        return status;
    }

    pid_t pid_;
};

/// Makes this process the one that orphans below it are given to, so that a test can reap them.
class Orphanage {
public:
    Orphanage() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
    ~Orphanage() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
    Orphanage(const Orphanage&) = delete;
    Orphanage& operator=(const Orphanage&) = delete;
};

/// A grandchild whose parent is gone; killed and reaped at the end.
class Orphan {
public:
    explicit Orphan(pid_t pid) : pid_{pid} {}
    ~Orphan() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        reap();
    }
    Orphan(const Orphan&) = delete;
    Orphan& operator=(const Orphan&) = delete;

    [[nodiscard]] bool is_alive() const {
        siginfo_t how{};
        return ::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               how.si_pid == 0;
    }

    /// Waits for its end, which one that hangs owes to a signal of its own.
    [[nodiscard]] int exit_code() {
        const int status = reap();
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    /// It is ours to wait for once its parent has gone, which may take longer than what it did
    /// itself.
    int reap() {
        int status = -1;
        handoff::test::eventually([&] {
            const pid_t reaped = ::waitpid(pid_, &status, 0);
            return reaped == pid_ || (errno != EINTR && errno != ECHILD);
        });
        pid_ = 0;
        return status;
    }

    Orphanage orphanage_;
    pid_t pid_;
};

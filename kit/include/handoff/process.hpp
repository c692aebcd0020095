#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace handoff {

/// How a child is run.
struct ProcessOptions {
    /// The child ends when the process that started it ends, however that comes about. It is sent
    /// SIGTERM and, if it is still there Process::stop_limit later, SIGKILL. It does not matter
    /// which thread called start(), nor whether that thread ends.
    bool die_with_parent = false;

    /// For messages about the child, and for ps, which shows the first 15 bytes.
    std::string name = {};
};

/// What a Process can run: it takes no arguments and returns nothing, or its exit code.
template <typename Work>
concept ProcessWork =
    std::invocable<Work&> &&  // first, as it is what ends the question for a Process
    std::move_constructible<Work> &&
    (std::is_void_v<std::invoke_result_t<Work&>> || std::same_as<std::invoke_result_t<Work&>, int>);

/// Runs a callable, or a subclass's run(), in a forked child.
///
///     handoff::Process child{[&] { work(); }};
///     child.start();
///     if (!child.join(5s)) { child.terminate(); }
///
/// **The child** starts with a copy of the parent's memory and with one thread, the copy of the one
/// that called start(), and with one more that only watches if it is to die with its parent. Before
/// its work begins
/// - the listeners, lock files and event descriptors of the parent's kit are closed, as in any
///   child of a fork; the application's descriptors are inherited;
/// - SIGTERM has its default effect and is not blocked, whatever the parent does with it, so that
///   terminate() works. SIGINT, SIGHUP and SIGQUIT are not blocked and have their default effect
///   too, unless the parent ignores them. All other signals stay as they are;
/// - what the parent has printed to the standard streams and not flushed is dropped, as it is the
///   parent's to print. With std::ios::sync_with_stdio(false) flush std::cout before start().
///
/// It ends when its work returns. The standard streams are flushed then, the acknowledgements of
/// inherited queues are waited for (for at most the client's `linger`), and nothing else of the
/// program is wound up: no destructors of static or thread-local objects, no atexit handlers. So a
/// file that the work opened must have been closed by it. An exception that leaves the work is
/// printed to standard error, with the name of the process, and the exit code is 1. Inside the
/// child pid() is the child's own; every other member throws errc::inert.
///
/// **What the child may use.** If the parent had more threads, none of them is in the child, and
/// what they were in the middle of stays so: a mutex that one of them held is held for ever. Memory
/// allocation and the standard streams are safe. Of everything else touch only what no other thread
/// can have been using, or start the children before the threads. The kit's queues and shared
/// objects are made for it: in the child they open a session of its own. A lease, producer,
/// consumer or client of the parent is inert there.
///
/// **Destruction** of a Process whose child runs ends the child: terminate(), kill() when it is
/// still there after stop_limit, and then it is reaped. So a destructor takes stop_limit and the
/// moment that the kernel needs to kill; should that be more than a further stop_limit (a process
/// stuck in a broken device), the child is left to be reaped when this program ends. Call join() to
/// let a child finish.
///
/// Only its own child is ever waited for, and SIGCHLD is not touched. Where the program itself
/// reaps all children, or ignores SIGCHLD, a child is seen to end but its exit_code() is lost.
///
/// Thread safety: the members of one object may be called from several threads at once, except that
/// the destructor must be alone. A Process in a child that is not its own, or copied there by a
/// bare fork(), is inert: it throws errc::inert, and its destructor does nothing. It is pinned: it
/// neither copies nor moves. A descriptor is in use from start() to the destructor.
///
/// Errors: errc::invalid_argument for a call out of turn, errc::inert for one in the wrong process,
/// errc::system when the operating system refuses; the text says what.
class Process {
public:
    /// How long a process that was told to stop is given before it is killed.
    static constexpr std::chrono::milliseconds stop_limit{2000};

    /// `work` is kept until the Process is destroyed; the child runs its own copy of it.
    template <ProcessWork Work>
    explicit Process(Work work, ProcessOptions options = {})
        : options_{std::move(options)}, work_{wrap(std::move(work))} {}

    /// See "Destruction" above. A subclass needs none of its own for this: the child has a copy of
    /// the whole object, which is not touched when the parent's goes.
    virtual ~Process();

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Forks the child. Once only: the second call throws errc::invalid_argument, unless the first
    /// has thrown. If it throws, no child is left. Not from a constructor of a subclass, whose
    /// run() is not in place yet.
    void start();

    /// Waits until the child has ended, without limit.
    void join();

    /// Waits at most `limit` and returns whether the child has ended. A limit below zero or above
    /// ten years is errc::invalid_argument.
    [[nodiscard]] bool join(std::chrono::milliseconds limit);

    /// Asks the child to stop (SIGTERM). Returns at once; of no effect once it has ended.
    void terminate();

    /// Ends the child (SIGKILL). Returns at once; of no effect once it has ended.
    void kill();

    /// Whether the child was started and has not ended. A stopped one is alive.
    [[nodiscard]] bool is_alive() const;

    /// How the child ended: what its work returned (0 if that is nothing, 255 if it is not within 0
    /// to 255), 1 after an exception, the negative number of the signal that ended it (-9 after
    /// kill()). Empty before start(), while it runs, and if somebody else has reaped it.
    [[nodiscard]] std::optional<int> exit_code() const;

    /// The child's id. It says something about the child as long as that is_alive(); afterwards the
    /// system may give it to another process. Before start() it throws errc::invalid_argument.
    [[nodiscard]] pid_t pid() const;

    /// A descriptor that is readable once the child has ended, for who waits for several things at
    /// a time, by poll() say. Do nothing but watch it: it is closed with this object. -1, which
    /// poll() passes over, if the child had ended before start() returned in a program that ignores
    /// SIGCHLD. Before start() it throws errc::invalid_argument.
    [[nodiscard]] int fd() const;

protected:
    /// For a subclass that overrides run().
    explicit Process(ProcessOptions options = {});

    /// Runs in the child; what it returns is the exit code. Unless overridden calls the callable.
    virtual int run();

private:
    enum class State : std::uint8_t { idle, starting, started };
    using Clock = std::chrono::steady_clock;

    template <typename Work>
    static std::function<int()> wrap(Work work) {
        // std::function copies what it holds, and not all work can be copied.
        return [shared = std::make_shared<Work>(std::move(work))]() -> int {
            if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
                std::invoke(*shared);
                return 0;
            } else {
                return std::invoke(*shared);
            }
        };
    }

    void launch();
    [[nodiscard]] bool is_copy() const noexcept;
    [[nodiscard]] bool is_started(const char* call) const;
    void require_started(const char* call) const;
    [[nodiscard]] bool wait_until(Clock::time_point deadline) const;
    [[nodiscard]] bool reap() const;
    void send(int number, const char* call) const;
    [[nodiscard]] std::string label() const;

    const ProcessOptions options_;
    const std::function<int()> work_;
    std::atomic<State> state_{State::idle};
    std::uint64_t generation_ = 0;  // of the process that called start()
    pid_t pid_ = 0;
    int pidfd_ = -1;            // until the destructor, as threads may be waiting on it
    mutable std::mutex mutex_;  // of the two below
    mutable bool ended_ = false;
    mutable std::optional<int> exit_code_;
};

}  // namespace handoff

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "handoff/process.hpp"

namespace handoff::patterns {

/// Whether a child that has ended is started again.
enum class Restart : std::uint8_t {
    always,      ///< however it ended
    on_failure,  ///< unless its exit code was 0: a child that has something to do, and then is done
    never,       ///< it is not missed
};

/// Who is started again when a child has to be.
enum class Strategy : std::uint8_t {
    one_for_one,  ///< that child
    one_for_all,  ///< all: the others are stopped first, as they cannot work with a new one
};

/// How one child is treated.
struct ChildOptions {
    Restart restart = Restart::always;
    /// A child that was asked to stop (SIGTERM) and has not after so long is killed.
    std::chrono::milliseconds stop_limit = Process::stop_limit;
    /// Whether a restart after exit code 0 is one of those that `restarts_max` limits. A child that
    /// ends by itself after so much work, to begin afresh, should not be counted.
    bool count_clean_ends = true;
};

/// What happened to a child.
struct ChildEvent {
    enum class Kind : std::uint8_t {
        started,  ///< for the first time, or again
        ended,    ///< by itself, by a signal of others, by a fault
        stopped,  ///< by the supervisor
    };
    Kind kind = Kind::started;
    std::string child;
    pid_t pid = 0;
    std::optional<int> exit_code;  ///< as Process::exit_code()
};

/// How a supervisor works.
struct SupervisorOptions {
    std::string name = "supervisor";  ///< for errors
    Strategy strategy = Strategy::one_for_one;
    /// More restarts than these within that time, and the supervisor gives up: what fails again and
    /// again is not cured by starting it.
    std::uint32_t restarts_max = 5;
    std::chrono::milliseconds within{10'000};
    /// Told of every start and end, by the thread that runs the supervisor. What it throws leaves
    /// run(), after all children have been stopped.
    std::function<void(const ChildEvent&)> on_event{};
};

/// A child at one moment.
struct ChildStatus {
    std::string name;
    pid_t pid = 0;               ///< 0: it does not run
    std::uint64_t restarts = 0;  ///< in this run()
};

/// Starts processes, watches them, and starts those again that end. It waits for their ends, and
/// does not look around for them: a child is back milliseconds after its end.
///
///     handoff::patterns::Supervisor farm;
///     farm.add("manager", serve);
///     for (int i = 0; i < 4; ++i) farm.add("worker " + std::to_string(i), work);
///     farm.run(stop);
///
/// **Guarantee.** While run() runs, each child runs, or has ended in a way in which it is to stay,
/// or is about to be started again. However run() ends, no child is left: they are stopped one by
/// one, the last that was added first; each is asked (SIGTERM), waited for (stop_limit) and killed.
/// When the supervisor's own process is killed, the children are told by the system, and are killed
/// Process::stop_limit later.
///
/// **Children** are forked by the thread that calls run(), each time with a copy of the program as
/// it is then; so what Process says of threads goes for every restart. A program that only
/// supervises has one thread, and is safe to fork at any time. A child may run a Supervisor itself.
///
/// Cost: a descriptor for each child, one thread, and nothing while nobody ends.
///
/// Thread safety: add() before run(); run() by one thread at a time; children() from every thread.
class Supervisor {
public:
    explicit Supervisor(SupervisorOptions options = {});
    /// run() must have returned.
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Adds a child, which run() starts after those that were added before. The name is for people.
    template <ProcessWork Work>
    Supervisor& add(std::string name, Work work, ChildOptions options = {}) {
        // Every start has a copy of its own to run, so the work is shared until then.
        auto shared = std::make_shared<Work>(std::move(work));
        return add_child(
            std::move(name),
            [shared]() -> int {
                if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
                    std::invoke(*shared);
                    return 0;
                } else {
                    return std::invoke(*shared);
                }
            },
            options);
    }

    /// Starts the children in order and keeps them running; returns when stopped, or when all have
    /// ended and none is to be started again. May be called again after that.
    ///
    /// Throws errc::limit_exceeded when it gives up; the text names the child, how it ended last,
    /// and the limit. Throws errc::system if a child cannot be started.
    void run(std::stop_token stop = {});

    /// In the order in which they were added.
    [[nodiscard]] std::vector<ChildStatus> children() const;

private:
    Supervisor& add_child(std::string name, std::function<int()> work, ChildOptions options);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace handoff::patterns

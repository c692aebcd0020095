#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/patterns/detail/task_messages.hpp"
#include "handoff/patterns/task_worker.hpp"

namespace handoff::patterns {

/// How tasks are done.
struct TaskOptions {
    /// A task may take so long, from when it begins; unset: as long as it likes.
    std::optional<std::chrono::milliseconds> timeout{};
    std::uint32_t retries = 0;  ///< of a task that throws
    /// Before the first retry; twice as long before each further one.
    std::chrono::milliseconds retry_after{100};
    std::uint32_t deaths_max = 2;  ///< so many workers of a task may die, and it is done again
    /// So many managers may die before it is answered, or connections of this client be lost for
    /// longer than its session lives, and it is begun again with the next one: it may be done twice
    /// then, and is answered once. 0: it fails. A durable pool needs it only for data that is lost.
    std::uint32_t manager_deaths_max = 0;
    /// Tasks in a message, of those of a map; unset: a quarter of each worker's share, 256 at most.
    std::optional<std::uint64_t> chunk{};
    /// A task that no worker has begun after so long is dropped; its call waits on. Unset: never.
    std::optional<std::chrono::milliseconds> time_to_live{};
    /// Of an answer in parts: so many are sent before the first of them is taken.
    std::uint64_t parts_max = 1000;
};

/// A pool, as one of its clients sees it.
struct PoolOptions {
    unsigned processes = 0;  ///< workers of this program's own, in forked children
    unsigned threads = 0;    ///< and in threads
    /// What those can do: `[](Worker& worker) { worker.task("is_prime", is_prime); }`
    std::function<void(Worker&)> tasks{};
    TaskWorkerOptions worker{};
    /// Tasks of this client that are not answered yet; who would begin more, waits.
    std::uint64_t window = 10'000;
    /// Children may end so often within ten seconds, by faults or by tasks_max; then all calls
    /// fail.
    std::uint32_t restarts_max = 1000;
    /// Of the pool's tasks and answers. Clients and workers say the same, or nothing; unset:
    /// memory, and a manager that dies takes what is under way along.
    std::optional<Durability> durability{};
};

namespace detail {

/// One call: some tasks, of which answers come in.
class TaskCall {
public:
    explicit TaskCall(std::uint64_t id) : id_(id) {}

    [[nodiscard]] std::uint64_t id() const { return id_; }

    // ---- by the pool

    /// Returns the first of the numbers for `count` more tasks.
    std::uint64_t begin_tasks(std::uint64_t count);
    /// No more tasks will be begun. Returns whether all have ended.
    void seal();
    /// Returns how many have ended by this.
    std::uint64_t answer(const TaskAnswer& answer);
    /// Ends all that have not ended. Returns how many those are.
    std::uint64_t end(const TaskOutcome& outcome);
    /// Called once, when all have ended; at once if they have.
    void at_end(std::function<void()> callback);

    // ---- by who called

    /// False: not all have ended in time.
    bool wait_until_ended(std::optional<std::chrono::steady_clock::time_point> limit);
    [[nodiscard]] bool ended() const;
    /// Whether one of so many tasks has not ended.
    [[nodiscard]] bool awaits(std::uint64_t first, std::uint64_t count) const;
    /// Waits for this task.
    TaskOutcome take(std::uint64_t number);
    /// Waits for any that has not been taken.
    TaskOutcome take_any();
    /// Waits for the next part of the first task's answer; empty: it has ended.
    std::optional<std::string> take_part(
        std::optional<std::chrono::steady_clock::time_point> limit);
    [[nodiscard]] std::uint64_t parts_taken() const;
    [[nodiscard]] std::uint64_t begun() const;

private:
    void put(std::uint64_t number, const TaskOutcome& outcome);
    void call_back(std::unique_lock<std::mutex>& lock);

    const std::uint64_t id_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t begun_ = 0;
    std::uint64_t ended_ = 0;
    bool sealed_ = false;
    std::map<std::uint64_t, std::optional<TaskOutcome>> tasks_;  // not ended, or not taken
    std::function<void()> at_end_;
    std::deque<std::string> parts_;  // not taken
    std::uint64_t parts_come_ = 0;
    std::uint64_t parts_taken_ = 0;
};

/// What is left of a WorkerPool without types.
class TaskCalls {
public:
    TaskCalls(const Config& config, std::string pool, PoolOptions options);
    ~TaskCalls();
    TaskCalls(const TaskCalls&) = delete;
    TaskCalls& operator=(const TaskCalls&) = delete;

    [[nodiscard]] std::shared_ptr<TaskCall> begin_call();
    void submit(TaskCall& call, const std::string& task, std::vector<std::string> arguments,
                const TaskOptions& options, std::stop_token stop);
    /// Of a task whose answer is kept under its key. Empty: not in time.
    std::optional<TaskOutcome> do_once(const std::string& key, const std::string& task,
                                       std::string arguments, const TaskOptions& options,
                                       std::chrono::nanoseconds limit);
    /// Tells the worker of such a call, now and then, how many parts were taken.
    void part_taken(const TaskCall& call, std::uint64_t parts_max);
    void cancel(TaskCall& call);
    void forget(const TaskCall& call);
    /// Runs it in the thread of the callbacks; what it throws is counted.
    void run_callback(std::function<void()> callback);

    void close();
    bool join_for(std::optional<std::chrono::nanoseconds> limit);
    [[nodiscard]] std::uint64_t chunk_for(std::uint64_t tasks, const TaskOptions& options) const;
    [[nodiscard]] const PoolOptions& options() const;
    [[nodiscard]] Client& client();
    [[nodiscard]] std::uint64_t callbacks_failed() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace detail
}  // namespace handoff::patterns

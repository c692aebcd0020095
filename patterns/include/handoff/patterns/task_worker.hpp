#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/client.hpp"
#include "handoff/patterns/detail/task_messages.hpp"

namespace handoff::patterns {

/// How a Worker works.
struct TaskWorkerOptions {
    /// run() returns after so many tasks: for tasks that leak, or that another process should begin
    /// afresh for.
    std::uint64_t tasks_max = unlimited;
    /// A task past its timeout is asked to stop by its stop token, if it takes one. After so long
    /// it is answered as timed out, whether it has stopped or not.
    std::chrono::milliseconds stop_grace{500};
    /// A task that has not stopped by then ends this process, with exit code 1, so that another may
    /// take its place. False: this worker is held up until the task returns; what that is, is
    /// dropped.
    bool exit_on_timeout = false;
    /// As PoolOptions::durability; workers that a pool starts have the pool's.
    std::optional<Durability> durability{};
};

/// A worker of a WorkerPool: the functions that it can be asked for, by name.
///
///     handoff::patterns::Worker worker(client, "primes");
///     worker.task("is_prime", is_prime);
///     worker.run();
///
/// A task is a function, or a lambda with given types, of arguments and a result that travel as
/// items of queues do. Its last parameter may be a std::stop_token, which is not the caller's to
/// give: a stop is requested when the task is cancelled, or takes too long.
///
/// **Guarantee.** A task is acknowledged together with its answer. If its worker dies, it goes to
/// another; of several that came together only the one that kills workers is given up.
///
/// Cost: two round trips a message, each of which carries `chunk` tasks; two threads that wait.
///
/// Thread safety: task() and initializer() by one thread, before run(); then run() by as many as
/// there are cores, say.
class Worker {
public:
    Worker(Client& client, std::string pool, TaskWorkerOptions options = {});
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Throws errc::invalid_argument if there is a task of that name.
    template <typename Function>
    Worker& task(const std::string& name, Function function) {
        add(name, detail::forget_types(std::function{std::move(function)}));
        return *this;
    }
    /// One whose answer comes in parts; its first parameter is a Parts<T>&. See ServiceClient.
    template <typename Function>
    Worker& stream(const std::string& name, Function function) {
        add(name, detail::forget_types_of_stream(std::function{std::move(function)}));
        return *this;
    }
    /// Called by each thread that calls run(), before its first task. What it throws leaves run().
    Worker& initializer(std::function<void()> function);

    /// Does tasks until the pool is closed and drained, it is stopped (a task in hand is finished
    /// first), or `tasks_max` were done. Returns how many were. Throws what the queues throw.
    std::uint64_t run(std::stop_token stop = {}) const;

private:
    void add(const std::string& name, detail::TaskFunction function);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace handoff::patterns

#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

#include "handoff/commit.hpp"
#include "handoff/error.hpp"
#include "handoff/queue.hpp"

namespace handoff::patterns {

/// How a worker treats its jobs.
struct WorkerOptions {
    LeaseOptions lease{};  ///< longer than the work takes, or somebody else does it too
    /// A job whose work threw comes back after so long, until its queue's deliveries_max.
    std::chrono::milliseconds retry_after{1000};
    /// Told of each failure, in the worker's thread; unset: failures are only counted.
    std::function<void(const std::exception&)> on_failure{};
};

/// What a worker did.
struct WorkerReport {
    std::uint64_t done = 0;    ///< jobs whose results are in the result queue
    std::uint64_t failed = 0;  ///< jobs whose work threw; they went back for another try
    std::uint64_t late = 0;    ///< jobs whose lease had ended before their results were in
};

namespace detail {

/// False: the work threw, and `on_failure` was told.
template <typename Job, typename Result, typename Work>
bool do_work(Work& work, const Job& job, const Queue<Result>& results, Commit& commit,
             const std::function<void(const std::exception&)>& on_failure) {
    using Returned = std::invoke_result_t<Work&, const Job&>;
    try {
        if constexpr (std::same_as<Returned, std::vector<Result>>) {
            for (const Result& result : std::invoke(work, job)) commit.put(results, result);
        } else {
            commit.put(results, std::invoke(work, job));
        }
        return true;
    } catch (const std::exception& failure) {
        if (on_failure) on_failure(failure);
        return false;
    }
}

}  // namespace detail

/// The worker's loop: lease a job, do `work(const Job&)`, and hand its result on in the same breath
/// in which the job is acknowledged. However a worker dies, no job is lost and no result is counted
/// twice; at worst a job is worked on twice.
///
/// `work` returns a Result, or a std::vector<Result> (none, one or many, all or none of which
/// arrive). What it throws sends the job back for another try. Errors of the queues themselves
/// (unreachable, results closed …) leave this function; the job in hand goes back.
///
/// Returns when `jobs` is closed and drained, or when stopped; a job in hand is finished first.
///
/// Cost: two round trips a job. Thread safety: run as many as you like, in threads and processes.
template <typename Job, typename Result, typename Work>
requires std::invocable<Work&, const Job&> WorkerReport
run_worker(Queue<Job> jobs, Queue<Result> results, Work&& work, const WorkerOptions& options = {},
           std::stop_token stop = {}) {
    WorkerReport report;
    while (Lease<Job> job = jobs.lease(options.lease, stop)) {
        try {
            Commit commit;
            commit.ack(job);
            if (!detail::do_work(work, *job, results, commit, options.on_failure)) {
                ++report.failed;
                job.release(options.retry_after);
                continue;
            }
            commit.run();
            ++report.done;
        } catch (const Error& error) {
            if (error.code() != errc::lease_lapsed) throw;
            ++report.late;
        }
    }
    return report;
}

}  // namespace handoff::patterns

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "handoff/dict.hpp"
#include "handoff/patterns/detail/mailbox.hpp"
#include "handoff/patterns/task_worker.hpp"

namespace handoff::patterns::detail {

using Tasks = std::map<std::string, TaskFunction>;

/// One call of Worker::run().
class TaskRun {
public:
    TaskRun(Client& client, const std::string& pool, const Tasks& tasks,
            const TaskWorkerOptions& options);
    /// Also ends the threads, which wait for what the work's own thread does not see.
    ~TaskRun();
    TaskRun(const TaskRun&) = delete;
    TaskRun& operator=(const TaskRun&) = delete;

    std::uint64_t work(std::stop_token stop);

private:
    using Clock = std::chrono::steady_clock;

    /// What is in hand. The work's thread has it, but for the time in which a function runs: then
    /// the watch may settle it, under the mutex.
    struct InHand {
        Lease<TaskMessage>& lease;
        const TaskMessage& message;
        TaskAnswer answer;
        std::uint32_t deaths = 0;
        std::stop_source stop;
        std::optional<Clock::time_point> deadline;  ///< set: a function runs that has one
        bool overdue = false;                       ///< it was asked to stop for that
        bool settled = false;                       ///< by the watch
        std::optional<TaskMessage> retry;
    };

    void serve(Lease<TaskMessage>& lease);
    TaskOutcome do_next(InHand& hand);
    [[nodiscard]] TaskOutcome call(const InHand& hand, std::size_t index);
    /// Of an answer in parts.
    struct Sent {
        std::uint64_t parts = 0;
        std::uint64_t taken = 0;  ///< as far as is known
    };
    void send_part(const InHand& hand, Sent& sent, std::string part);
    void wait_for_room(const InHand& hand, Sent& sent);
    void keep_answer(InHand& hand);
    void settle(InHand& hand, bool may_retry = true);
    [[nodiscard]] bool retries(InHand& hand, TaskOutcome& outcome) const;
    [[nodiscard]] bool is_cancelled(const TaskMessage& message);

    void watch_the_clock(std::stop_token stop);
    void give_up(InHand& hand);
    void listen_for_cancellations(std::stop_token stop);

    Queue<TaskMessage> queue_;
    Mailboxes<TaskAnswer> mailboxes_;
    Dict<std::string, bool> cancelled_calls_;
    Dict<std::string, TaskOutcome> answered_;
    Dict<std::string, std::uint64_t> taken_;
    const Tasks& tasks_;
    const TaskWorkerOptions& options_;

    std::mutex mutex_;  // of those below
    std::condition_variable_any changed_;
    InHand* in_hand_ = nullptr;
    std::set<std::string> cancelled_;
    std::jthread watch_;
    std::jthread listener_;
};

}  // namespace handoff::patterns::detail

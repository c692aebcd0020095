#include "handoff/patterns/detail/task_calls.hpp"

#include <algorithm>

namespace handoff::patterns::detail {

std::uint64_t TaskCall::begin_tasks(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t first = begun_;
    for (std::uint64_t i = 0; i < count; ++i) tasks_.emplace(begun_++, std::nullopt);
    return first;
}

void TaskCall::seal() {
    std::unique_lock lock(mutex_);
    sealed_ = true;
    call_back(lock);
}

std::uint64_t TaskCall::answer(const TaskAnswer& answer) {
    std::unique_lock lock(mutex_);
    const std::uint64_t before = ended_;
    // A worker that took the place of a dead one begins with the first part again.
    for (std::uint64_t i = 0; i < answer.parts.size(); ++i) {
        if (answer.part + i != parts_come_) continue;
        parts_.push_back(answer.parts.at(i));
        ++parts_come_;
    }
    std::uint64_t number = answer.first;
    for (const TaskOutcome& outcome : answer.outcomes) {
        if (outcome.end != TaskAnswer::comes_later) put(number, outcome);
        ++number;
    }
    const std::uint64_t count = ended_ - before;
    changed_.notify_all();
    call_back(lock);
    return count;
}

std::uint64_t TaskCall::end(const TaskOutcome& outcome) {
    std::unique_lock lock(mutex_);
    const std::uint64_t before = ended_;
    for (auto& task : tasks_) put(task.first, outcome);
    const std::uint64_t count = ended_ - before;
    sealed_ = true;
    changed_.notify_all();
    call_back(lock);
    return count;
}

void TaskCall::put(std::uint64_t number, const TaskOutcome& outcome) {
    const auto task = tasks_.find(number);
    if (task == tasks_.end() || task->second) return;  // it has ended already
    task->second = outcome;
    ++ended_;
}

void TaskCall::at_end(std::function<void()> callback) {
    std::unique_lock lock(mutex_);
    at_end_ = std::move(callback);
    call_back(lock);
}

void TaskCall::call_back(std::unique_lock<std::mutex>& lock) {
    if (!sealed_ || ended_ < begun_ || !at_end_) return;
    const std::function<void()> callback = std::exchange(at_end_, nullptr);
    lock.unlock();
    callback();
}

bool TaskCall::wait_until_ended(std::optional<std::chrono::steady_clock::time_point> limit) {
    std::unique_lock lock(mutex_);
    const auto all = [this] { return sealed_ && ended_ == begun_; };
    if (limit) return changed_.wait_until(lock, *limit, all);
    changed_.wait(lock, all);
    return true;
}

bool TaskCall::awaits(std::uint64_t first, std::uint64_t count) const {
    const std::lock_guard lock(mutex_);
    const auto end = tasks_.lower_bound(first + count);
    return std::any_of(tasks_.lower_bound(first), end,
                       [](const auto& task) { return !task.second; });
}

bool TaskCall::ended() const {
    const std::lock_guard lock(mutex_);
    return sealed_ && ended_ == begun_;
}

TaskOutcome TaskCall::take(std::uint64_t number) {
    std::unique_lock lock(mutex_);
    const auto task = tasks_.find(number);
    if (task == tasks_.end()) throw Error(errc::inert, "this result has been fetched already");
    changed_.wait(lock, [&] { return task->second.has_value(); });
    TaskOutcome outcome = std::move(*task->second);
    tasks_.erase(task);
    return outcome;
}

TaskOutcome TaskCall::take_any() {
    std::unique_lock lock(mutex_);
    for (;;) {
        for (auto task = tasks_.begin(); task != tasks_.end(); ++task) {
            if (!task->second) continue;
            TaskOutcome outcome = std::move(*task->second);
            tasks_.erase(task);
            return outcome;
        }
        changed_.wait(lock);
    }
}

std::optional<std::string> TaskCall::take_part(
    std::optional<std::chrono::steady_clock::time_point> limit) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !parts_.empty() || (sealed_ && ended_ == begun_); };
    if (!limit) {
        changed_.wait(lock, ready);
    } else if (!changed_.wait_until(lock, *limit, ready)) {
        return std::nullopt;
    }
    if (parts_.empty()) return std::nullopt;
    std::string part = std::move(parts_.front());
    parts_.pop_front();
    ++parts_taken_;
    return part;
}

std::uint64_t TaskCall::parts_taken() const {
    const std::lock_guard lock(mutex_);
    return parts_taken_;
}

std::uint64_t TaskCall::begun() const {
    const std::lock_guard lock(mutex_);
    return begun_;
}

}  // namespace handoff::patterns::detail

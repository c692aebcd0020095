#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "handoff/patterns/detail/task_calls.hpp"
#include "handoff/patterns/task_worker.hpp"

namespace handoff::patterns {

/// A task that did not end well. The code is errc::remote_error, or errc::not_found for an unknown
/// task, errc::cancelled for a cancelled one, errc::outcome_unknown for one that failed.
class TaskError : public Error {
public:
    TaskError(TaskEnd end, const std::string& text) : Error(code_of(end), text), end_(end) {}
    [[nodiscard]] TaskEnd end() const noexcept { return end_; }

private:
    static errc code_of(TaskEnd end) {
        switch (end) {
            case TaskEnd::unknown_task: return errc::not_found;
            case TaskEnd::cancelled: return errc::cancelled;
            case TaskEnd::failed: return errc::outcome_unknown;
            default: return errc::remote_error;
        }
    }
    TaskEnd end_;
};

namespace detail {

template <typename R>
R result_of(const std::string& task, const TaskOutcome& outcome) {
    const auto end = static_cast<TaskEnd>(outcome.end);
    if (end != TaskEnd::done) throw TaskError(end, "task " + task + ": " + outcome.value);
    if constexpr (!std::is_void_v<R>) return Codec<R>::decode(outcome.value);
}

template <typename... Args>
std::string encode_arguments(const Args&... args) {
    std::string out;
    Codec<std::tuple<std::decay_t<const Args>...>>::encode({args...}, out);
    return out;
}

template <typename Tuple>
std::string encode_tuple(const Tuple& arguments) {
    std::string out;
    Codec<Tuple>::encode(arguments, out);
    return out;
}

}  // namespace detail

/// What becomes of an asynchronous call. Copies are one. It must not outlive its pool.
///
/// Thread safety: safe; get() once.
template <typename R>
class TaskFuture {
public:
    /// Waits, for as long as it takes. Throws TaskError; of a map, that of its first bad task.
    R get() const { return finish_(*call_); }
    /// False: not in that time; get() would wait.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds limit) const {
        return call_->wait_until_ended(std::chrono::steady_clock::now() + limit);
    }
    [[nodiscard]] bool ready() const { return call_->ended(); }

    /// get() throws a TaskError with TaskEnd::cancelled from now on, unless it had ended. Tasks
    /// that have not begun are dropped, one that runs is asked to stop.
    void cancel() const { calls_->cancel(*call_); }

    /// `callback(TaskFuture<R>)` is called once it is ready, by a thread of the pool's that does
    /// nothing else: callbacks wait for each other, and hold up nobody else. What one throws is
    /// counted (WorkerPool::callbacks_failed), and harms nobody. One callback.
    template <std::invocable<TaskFuture<R>> Callback>
    void then(Callback callback) const {
        call_->at_end([self = *this, callback = std::move(callback)]() mutable {
            self.calls_->run_callback([self, callback]() mutable { callback(self); });
        });
    }

private:
    friend class WorkerPool;
    using Finish = std::function<R(detail::TaskCall&)>;
    TaskFuture(detail::TaskCalls& calls, std::shared_ptr<detail::TaskCall> call, Finish finish)
        : calls_(&calls), call_(std::move(call)), finish_(std::move(finish)) {}

    detail::TaskCalls* calls_;
    std::shared_ptr<detail::TaskCall> call_;
    Finish finish_;
};

/// The results of imap(), one by one; tasks are begun as results are taken, so that the input may
/// be without end. For one pass of a range-for, or next().
///
/// Thread safety: one thread at a time. It must not outlive its pool.
template <typename R>
class TaskResults {
public:
    /// Waits for the next one; empty: there are no more. Throws TaskError for a task that did not
    /// end well; the next call gives the result behind it.
    std::optional<R> next() {
        fill();
        if (taken_ == call_->begun()) return std::nullopt;
        const std::uint64_t number = taken_++;
        return detail::result_of<R>(task_, ordered_ ? call_->take(number) : call_->take_any());
    }

    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = R;
        using difference_type = std::ptrdiff_t;

        const R& operator*() const { return *now_; }
        Iterator& operator++() {
            now_ = results_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t /*end*/) const { return !now_; }

    private:
        friend class TaskResults;
        explicit Iterator(TaskResults& results) : results_(&results), now_(results.next()) {}
        TaskResults* results_;
        std::optional<R> now_;
    };
    Iterator begin() { return Iterator{*this}; }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }

    /// What has not ended is cancelled.
    ~TaskResults() {
        if (!call_) return;
        calls_->forget(*call_);
        if (!more_ && taken_ == call_->begun()) return;
        try {
            calls_->cancel(*call_);
        } catch (const Error&) {  // there is no manager to tell
        }
    }
    TaskResults(TaskResults&&) noexcept = default;
    TaskResults& operator=(TaskResults&&) = delete;

private:
    friend class WorkerPool;
    using Input = std::function<std::optional<std::string>()>;
    TaskResults(detail::TaskCalls& calls, std::string task, Input input, TaskOptions options,
                bool ordered)
        : calls_(&calls),
          call_(calls.begin_call()),
          task_(std::move(task)),
          input_(std::move(input)),
          options_(options),
          ordered_(ordered) {}

    void fill() {
        const std::uint64_t chunk = options_.chunk.value_or(1);
        while (more_ && call_->begun() - taken_ + chunk <= ahead()) {
            std::vector<std::string> arguments;
            while (arguments.size() < chunk) {
                std::optional<std::string> next = input_();
                if (!next) break;
                arguments.push_back(std::move(*next));
            }
            more_ = arguments.size() == chunk;
            if (!arguments.empty()) {
                calls_->submit(*call_, task_, std::move(arguments), options_, {});
            }
        }
        if (!more_) call_->seal();
    }
    /// Tasks that are begun before their results are taken.
    [[nodiscard]] std::uint64_t ahead() const {
        return std::max(calls_->options().window / 4, options_.chunk.value_or(1));
    }

    detail::TaskCalls* calls_;
    std::shared_ptr<detail::TaskCall> call_;
    std::string task_;
    Input input_;
    TaskOptions options_;
    bool ordered_;
    bool more_ = true;
    std::uint64_t taken_ = 0;
};

/// Calls functions that workers have, by name: what Python's Pool does, with workers in threads, in
/// children of this program, or in programs of their own on any host (see Worker).
///
///     handoff::patterns::WorkerPool pool(config, "primes", {.processes = 4, .tasks = tasks});
///     bool prime = pool.apply<bool>("is_prime", 17);
///     std::vector<bool> all = pool.map<bool>("is_prime", numbers);
///     for (bool each : pool.imap<bool>("is_prime", numbers)) …
///
/// **Guarantee.** Every task ends, in one of the ways of TaskEnd, once. A task is done again only
/// if its worker died before its answer was in, and then `deaths_max` times at most; its answer
/// counts once. Nothing waits for a worker that has died, or for a manager that is gone. (A task
/// waits while there are no workers at all: they may be about to start. See TaskFuture::wait_for.)
///
/// **The manager.** When it dies, what is under way fails, unless TaskOptions::manager_deaths_max
/// says otherwise. With `durability` tasks and answers are in its data: they outlive managers that
/// are killed and begun again on it, each task is put once and answered once, and callers see
/// nothing but the wait. A task that was in work is done again, and counts that as a death of its
/// worker. What fails calls all the same is a manager that stays away for longer than
/// `unreachable_after`, or whose data is lost.
///
/// **Bounds.** `window` tasks of this client are under way; who begins more waits.
///
/// **End.** The destructor cancels what is under way and stops this pool's own workers; workers
/// elsewhere go on serving others. close() ends the pool for all.
///
/// All of the clients and workers of one name are one pool. Exceptions of tasks travel as text.
///
/// Cost: a task is put and answered by two messages, as is a chunk of them; three threads.
///
/// Thread safety: safe. A forked child makes a pool of its own.
class WorkerPool {
public:
    /// Connects to the manager of this configuration. Throws errc::unreachable,
    /// errc::invalid_argument (workers without `tasks`).
    WorkerPool(const Config& config, std::string name, PoolOptions options = {})
        : calls_(config, std::move(name), std::move(options)) {}

    // ---- one task; arguments are what its function takes, but for a stop token

    template <typename R, typename... Args>
    R apply(const std::string& task, const Args&... args) {
        return async_apply<R>(task, args...).get();
    }
    template <typename R, typename... Args>
    TaskFuture<R> async_apply(const std::string& task, const Args&... args) {
        return async_apply_with<R>({}, task, args...);
    }
    template <typename R, typename... Args>
    TaskFuture<R> async_apply_with(const TaskOptions& options, const std::string& task,
                                   const Args&... args) {
        auto call = calls_.begin_call();
        calls_.submit(*call, task, {detail::encode_arguments(args...)}, options, {});
        call->seal();
        return {calls_, call, [task](detail::TaskCall& ended) {
                    return detail::result_of<R>(task, ended.take(0));
                }};
    }

    // ---- many; results come in the order of the items

    /// Of functions that take one argument.
    template <typename R, std::ranges::input_range Items>
    std::vector<R> map(const std::string& task, Items&& items, const TaskOptions& options = {}) {
        return async_map<R>(task, items, options).get();
    }
    /// Returns when all are begun, which the window may hold up.
    template <typename R, std::ranges::input_range Items>
    TaskFuture<std::vector<R>> async_map(const std::string& task, Items&& items,
                                         const TaskOptions& options = {}) {
        std::vector<std::string> arguments;
        for (const auto& item : items) arguments.push_back(detail::encode_arguments(item));
        return begin_all<R>(task, std::move(arguments), options);
    }
    /// Of functions that take several: the items are tuples of them.
    template <typename R, std::ranges::input_range Items>
    std::vector<R> starmap(const std::string& task, Items&& items,
                           const TaskOptions& options = {}) {
        return async_starmap<R>(task, items, options).get();
    }
    template <typename R, std::ranges::input_range Items>
    TaskFuture<std::vector<R>> async_starmap(const std::string& task, Items&& items,
                                             const TaskOptions& options = {}) {
        std::vector<std::string> arguments;
        for (const auto& item : items) arguments.push_back(detail::encode_tuple(item));
        return begin_all<R>(task, std::move(arguments), options);
    }

    /// Lazily; `items` is moved or copied in. A chunk is one task unless said.
    template <typename R, std::ranges::input_range Items>
    TaskResults<R> imap(const std::string& task, Items items, const TaskOptions& options = {}) {
        return {calls_, task, input_of(std::move(items), encode_one), options, true};
    }
    /// The same, as they are ready.
    template <typename R, std::ranges::input_range Items>
    TaskResults<R> imap_unordered(const std::string& task, Items items,
                                  const TaskOptions& options = {}) {
        return {calls_, task, input_of(std::move(items), encode_one), options, false};
    }
    /// Of functions that take several arguments, as starmap().
    template <typename R, std::ranges::input_range Items>
    TaskResults<R> istarmap(const std::string& task, Items items, const TaskOptions& options = {}) {
        return {calls_, task, input_of(std::move(items), encode_several), options, true};
    }
    template <typename R, std::ranges::input_range Items>
    TaskResults<R> istarmap_unordered(const std::string& task, Items items,
                                      const TaskOptions& options = {}) {
        return {calls_, task, input_of(std::move(items), encode_several), options, false};
    }

    // ---- the whole

    /// Waits until all that this client has begun has ended, and closes the pool: calls throw
    /// errc::closed, and workers everywhere end when all is done.
    void close() { calls_.close(); }
    /// Waits until all that this client has begun has ended.
    void join() { static_cast<void>(calls_.join_for(std::nullopt)); }
    [[nodiscard]] bool try_join_for(std::chrono::nanoseconds limit) {
        return calls_.join_for(limit);
    }
    [[nodiscard]] std::uint64_t callbacks_failed() const { return calls_.callbacks_failed(); }

private:
    template <typename R>
    TaskFuture<std::vector<R>> begin_all(const std::string& task,
                                         std::vector<std::string> arguments,
                                         const TaskOptions& options) {
        const std::uint64_t count = arguments.size();
        const std::uint64_t chunk = calls_.chunk_for(count, options);
        auto call = calls_.begin_call();
        for (std::uint64_t at = 0; at < count; at += chunk) {
            const auto begin = arguments.begin() + static_cast<std::ptrdiff_t>(at);
            const auto size = static_cast<std::ptrdiff_t>(std::min(chunk, count - at));
            calls_.submit(*call, task,
                          {std::make_move_iterator(begin), std::make_move_iterator(begin + size)},
                          options, {});
        }
        call->seal();
        return {calls_, call, [task, count](detail::TaskCall& ended) {
                    ended.wait_until_ended(std::nullopt);
                    std::vector<R> results;
                    results.reserve(count);
                    for (std::uint64_t number = 0; number < count; ++number) {
                        results.push_back(detail::result_of<R>(task, ended.take(number)));
                    }
                    return results;
                }};
    }
    static constexpr auto encode_one = [](const auto& item) {
        return detail::encode_arguments(item);
    };
    static constexpr auto encode_several = [](const auto& items) {
        return detail::encode_tuple(items);
    };

    template <typename Items, typename Encode>
    static std::function<std::optional<std::string>()> input_of(Items items, Encode encode) {
        using Iterator = std::ranges::iterator_t<Items>;
        struct State {
            Items items;
            std::optional<Iterator> at{};
        };
        auto state = std::make_shared<State>(State{std::move(items)});
        return [state, encode]() -> std::optional<std::string> {
            if (!state->at) state->at.emplace(std::ranges::begin(state->items));
            if (*state->at == std::ranges::end(state->items)) return std::nullopt;
            std::string arguments = encode(**state->at);
            ++*state->at;
            return arguments;
        };
    }

    detail::TaskCalls calls_;
};

}  // namespace handoff::patterns

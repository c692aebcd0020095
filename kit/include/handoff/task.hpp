#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace handoff {

template <typename R = void>
class Task;

namespace detail {

/// What the promises of all tasks share: who waits for the end, and the exception that ended it.
struct TaskPromiseBase {
    /// At its end a task goes on with whoever awaited it, without growing the stack.
    struct Continue {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <typename Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
            return ended.promise().waiting;
        }
        void await_resume() const noexcept {}
    };

    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] Continue final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { failure = std::current_exception(); }

    std::coroutine_handle<> waiting = std::noop_coroutine();
    std::exception_ptr failure;
};

template <typename R>
struct TaskPromise : TaskPromiseBase {
    Task<R> get_return_object();
    void return_value(R given) { value.emplace(std::move(given)); }
    R result() {
        if (failure) std::rethrow_exception(failure);
        return std::move(*value);
    }

    std::optional<R> value;
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object();
    void return_void() const noexcept {}
    void result() const {
        if (failure) std::rethrow_exception(failure);
    }
};

}  // namespace detail

/// A coroutine that may co_await asynchronous calls and other tasks. It begins when it is awaited
/// or given to spawn(), runs in the thread that does so, and after each asynchronous call goes on
/// in the thread that calls Client::dispatch(). Destroyed before it has ended, it is ended where it
/// waits; so keep it until then, or leave it to spawn().
///
///     handoff::Task<> echo(handoff::Queue<Job> from, handoff::Queue<Job> to) {
///         while (handoff::Lease<Job> job = co_await from.async_lease()) {
///             co_await job.async_ack_and_put(to, *job);
///         }
///     }
///     handoff::spawn(echo(from, to));
///
/// Parameters are copied into the coroutine; give queues by value, and let what is given by
/// reference outlive it.
///
/// Thread safety: one thread at a time.
template <typename R>
class [[nodiscard]] Task {
public:
    using promise_type = detail::TaskPromise<R>;

    Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(coroutine_, other.coroutine_);
        return *this;
    }
    ~Task() {
        if (coroutine_) coroutine_.destroy();
    }

    /// Runs it, and gives what it returns or throws.
    auto operator co_await() && noexcept {
        struct Awaiter {
            std::coroutine_handle<promise_type> coroutine;
            [[nodiscard]] bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
                coroutine.promise().waiting = waiting;
                return coroutine;
            }
            R await_resume() { return coroutine.promise().result(); }
        };
        return Awaiter{coroutine_};
    }

private:
    friend promise_type;
    explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

    std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <typename R>
Task<R> TaskPromise<R>::get_return_object() {
    return Task<R>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// A coroutine that nobody holds: it begins at once, and its frame goes when it has ended.
struct Detached {
    struct promise_type {
        [[nodiscard]] Detached get_return_object() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };
};

inline Detached run_detached(Task<void> task, std::function<void(std::exception_ptr)> at_end) {
    std::exception_ptr failure;
    try {
        co_await std::move(task);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && !at_end) std::terminate();
    if (at_end) at_end(failure);
}

}  // namespace detail

/// Runs a task by itself: it begins at once, in this thread, until it first waits. `at_end` is told
/// its end: null, or the exception that left it. Without `at_end` such an exception ends the
/// program, as one that leaves a thread does; and so does one that leaves `at_end`.
inline void spawn(Task<void> task, std::function<void(std::exception_ptr)> at_end = {}) {
    detail::run_detached(std::move(task), std::move(at_end));
}

}  // namespace handoff

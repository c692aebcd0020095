#pragma once

#include <concepts>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "handoff/detail/raw_queue.hpp"
#include "handoff/error.hpp"

namespace handoff {

/// How an asynchronous call ended: with what the waiting call of that name returns, or throws.
/// Moves. An item in it that nobody fetches goes back to its old place.
///
/// It may be kept, and fetched after the handler has returned. An item is given only while its
/// session surely lives: later than that get() throws errc::session_lost, and in a forked child
/// errc::inert, as the item is the parent's.
///
/// Thread safety: distinct objects safe; one object: one thread at a time.
template <typename R>
class Result {
public:
    Result(Result&& other) noexcept
        : done_(std::move(other.done_)), finish_(std::exchange(other.finish_, nullptr)) {}
    Result& operator=(Result&& other) noexcept {
        done_ = std::move(other.done_);
        finish_ = std::exchange(other.finish_, nullptr);
        return *this;
    }

    /// What the call returns; throws the Error that it throws. Of async_get() the item is
    /// acknowledged here, as it is returned. Once; a second time, and after a move, throws
    /// errc::inert.
    R get() {
        if (finish_ == nullptr) {
            throw Error(errc::inert, "this Result has been fetched already, or was moved from");
        }
        const Finish finish = std::exchange(finish_, nullptr);
        done_.give_up_what_went_back();
        return finish(done_);
    }

private:
    template <typename>
    friend class Async;
    using Finish = std::function<R(detail::RawDone&)>;
    Result(detail::RawDone done, Finish finish)
        : done_(std::move(done)), finish_(std::move(finish)) {}

    detail::RawDone done_;
    Finish finish_;
};

/// A call that is described and has not begun. It begins with then(), or in a coroutine with
/// co_await; until then, and if it is destroyed before, nothing happens.
///
/// Once begun it goes on by itself. Client::dispatch() tells how it ended, in the thread that calls
/// dispatch(). A stop token given to the call cancels it, from any thread. A Client that is
/// destroyed ends all calls of its queues, and its destructor tells them so: every handler is
/// called exactly once, and no coroutine is left waiting.
///
///     queue.async_get(stop).then([](handoff::Result<Job> job) { work(job.get()); });
///     Job job = co_await queue.async_get(stop);
///
/// g++ 12 spoils what is built in braces within a co_await expression and holds a string: it moves
/// such temporaries by their bytes. With it, describe the call first, and await what has a name:
///
///     auto put = queue.async_put({1, "a"}, {.key = "order-17"});
///     co_await put;
///
/// Thread safety: one thread at a time; it may begin in any thread.
template <typename R>
class [[nodiscard]] Async {
public:
    /// Begins the call; `handler(Result<R>)` is told its end. Throws what is known at once
    /// (errc::invalid_argument, errc::inert …); then nothing has begun and the handler is not
    /// called. What a handler throws leaves dispatch(), see there.
    template <std::invocable<Result<R>> Handler>
    void then(Handler handler) {
        if constexpr (std::copy_constructible<Handler>) {
            begin([handler = std::move(handler), finish = finish_](detail::RawDone done) mutable {
                handler(Result<R>(std::move(done), finish));
            });
        } else {
            // std::function wants to copy; two copies of this share one handler.
            begin([shared = std::make_shared<Handler>(std::move(handler)), finish = finish_](
                      detail::RawDone done) { (*shared)(Result<R>(std::move(done), finish)); });
        }
    }

    /// Begins the call when it is awaited; the coroutine goes on in the thread that calls
    /// dispatch().
    auto operator co_await() && { return Awaiter(std::move(*this)); }
    auto operator co_await() & { return Awaiter(std::move(*this)); }

private:
    template <typename>
    friend class Queue;
    template <typename>
    friend class Lease;
    template <typename>
    friend class AnyOf;
    friend class Commit;
    template <typename>
    friend class ObjectCall;
    friend class Batch;
    friend class Event;
    friend class Latch;
    Async(detail::RawOperation operation, typename Result<R>::Finish finish)
        : operation_(std::move(operation)), finish_(std::move(finish)) {}

    void begin(detail::RawHandler handler) {
        if (!operation_) throw Error(errc::inert, "this Async has begun already");
        const detail::RawOperation operation = std::exchange(operation_, nullptr);
        operation(std::move(handler));
    }

    class Awaiter {
    public:
        explicit Awaiter(Async async) : async_(std::move(async)) {}
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> waiting) {
            async_.then([this, waiting](Result<R> result) {
                result_.emplace(std::move(result));
                waiting.resume();
            });
        }
        R await_resume() { return result_->get(); }

    private:
        Async async_;
        std::optional<Result<R>> result_;
    };

    detail::RawOperation operation_;
    typename Result<R>::Finish finish_;
};

namespace detail {

/// The end of a call that gives nothing.
inline void finish_nothing(RawDone& done) {
    done.throw_unless_ok();
}

/// The end of a call that had a time limit: false, surely not done in time.
inline bool finish_in_time(RawDone& done) {
    if (done.code == errc::full || done.code == errc::empty || done.code == errc::cancelled) {
        return false;
    }
    done.throw_unless_ok();
    return true;
}

}  // namespace detail

}  // namespace handoff

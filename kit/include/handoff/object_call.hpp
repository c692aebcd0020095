#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <utility>

#include "handoff/async.hpp"
#include "handoff/detail/raw_object.hpp"

namespace handoff {

/// A call of a shared object that is described and has not begun. The `later()` of a handle has a
/// method that returns one for each method that ends at once:
///
///     counter.later().add(5).then([](handoff::Result<std::int64_t> sum) { show(sum.get()); });
///     std::int64_t sum = co_await counter.later().add(5);
///     handoff::Batched<std::int64_t> sum = batch.add(counter.later().add(5));
///
/// It is a value: each time that it is used, it is another call. It ends as the method of that name
/// does, see async.hpp for when its end is told, and batch.hpp for calls that travel together.
///
/// Thread safety: distinct objects safe; one object: one thread at a time.
template <typename R>
class [[nodiscard]] ObjectCall {
public:
    /// For the kit: handles make them.
    using Read = std::function<R(const detail::RawObject&, const detail::RawAnswer&)>;
    ObjectCall(detail::RawObject object, detail::RawCall call, Read read)
        : object_(std::move(object)), call_(std::move(call)), read_(std::move(read)) {}

    /// Begins it; `handler(Result<R>)` is told its end by Client::dispatch(). Throws what is known
    /// at once; then nothing has begun and the handler is not called.
    template <std::invocable<Result<R>> Handler>
    void then(Handler handler) const {
        async().then(std::move(handler));
    }
    /// Begins it when it is awaited; the coroutine goes on in the thread that calls dispatch().
    auto operator co_await() const { return async().operator co_await(); }

    /// The same as calls of queues are described.
    [[nodiscard]] Async<R> async() const {
        return {object_.call_later(call_, detail::Wait::forever()),
                [object = object_, read = read_](detail::RawDone& done) {
                    done.throw_unless_ok();
                    return read(object, *done.answer);
                }};
    }

    /// Calls, and waits for the end. What the method of this name of the handle does.
    R run() && { return read_(object_, object_.call(std::move(call_))); }
    R run() const& { return ObjectCall(*this).run(); }

private:
    friend class Batch;

    detail::RawObject object_;
    detail::RawCall call_;
    Read read_;
};

namespace detail {

inline void read_nothing(const RawObject&, const RawAnswer&) {}

/// One of the numbers that came back.
inline auto read_number(std::size_t index) {
    return [index](const RawObject&, const RawAnswer& answer) { return answer.number(index); };
}
inline auto read_truth(std::size_t index) {
    return [index](const RawObject&, const RawAnswer& answer) { return answer.number(index) != 0; };
}

}  // namespace detail

}  // namespace handoff

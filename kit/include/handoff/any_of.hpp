#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "handoff/async.hpp"
#include "handoff/lease.hpp"
#include "handoff/options.hpp"
#include "handoff/queue.hpp"

namespace handoff {

/// Which of several queues is asked first when more than one has items.
enum class Pick : std::uint8_t {
    fair,      ///< each in turn: a busy queue does not keep the others from being served
    in_order,  ///< the first in the list that has something: the list says what is more urgent
};

/// An item, and the place of its queue in the list that was asked: 0 is the first.
template <typename T>
struct Taken {
    T item;
    std::size_t index = 0;
};

/// Takes items from whichever of several queues has one. While none has, it waits at all of them,
/// and the first that gets an item serves it. The queues hold one type and were opened by one
/// client; there are 1 to 64 of them. One that is closed and drained is passed over; when all are,
/// get() throws errc::closed and lease() holds nothing, as with a single queue.
///
///     handoff::AnyOf<Job> jobs({urgent, normal}, handoff::Pick::in_order);
///     while (handoff::Lease<Job> job = jobs.lease()) …
///
/// The forms of waiting, the ends and the errors are those of Queue. Lease::queue() names the queue
/// that a lease is of.
///
/// Thread safety: safe, distinct or shared; copies share their turns.
template <typename T>
class AnyOf {
public:
    using Duration = std::chrono::nanoseconds;

    /// Throws errc::invalid_argument: no queue, more than 64, or queues of several clients.
    explicit AnyOf(const std::vector<Queue<T>>& queues, Pick pick = Pick::fair) {
        for (const Queue<T>& queue : queues) queues_.push_back(queue.raw_);
        detail::RawQueue::check_together(queues_);
        if (pick == Pick::fair) turn_ = std::make_shared<std::atomic<std::size_t>>(0);
    }
    AnyOf(std::initializer_list<Queue<T>> queues, Pick pick = Pick::fair)
        : AnyOf(std::vector<Queue<T>>(queues), pick) {}

    Taken<T> get(std::stop_token stop = {}) {
        detail::RawDone done = take({}, detail::Wait::forever(std::move(stop)));
        return finish_get(done);
    }
    [[nodiscard]] std::optional<Taken<T>> try_get() {
        detail::RawDone done = take({}, detail::Wait::never());
        return finish_try_get(done);
    }
    [[nodiscard]] std::optional<Taken<T>> try_get_for(Duration limit, std::stop_token stop = {}) {
        detail::RawDone done = take({}, detail::Wait::for_at_most(limit, std::move(stop)));
        return finish_try_get(done);
    }

    [[nodiscard]] Lease<T> lease(const LeaseOptions& options = {}, std::stop_token stop = {}) {
        detail::RawDone done = take(options, detail::Wait::forever(std::move(stop)));
        return Queue<T>::finish_lease(done);
    }
    [[nodiscard]] Lease<T> try_lease(const LeaseOptions& options = {}) {
        detail::RawDone done = take(options, detail::Wait::never());
        return Queue<T>::finish_lease(done);
    }
    [[nodiscard]] Lease<T> try_lease_for(Duration limit, const LeaseOptions& options = {},
                                         std::stop_token stop = {}) {
        detail::RawDone done = take(options, detail::Wait::for_at_most(limit, std::move(stop)));
        return Queue<T>::finish_lease(done);
    }

    Async<Taken<T>> async_get(std::stop_token stop = {}) const {
        return {take_later({}, detail::Wait::forever(std::move(stop))), finish_get};
    }
    Async<std::optional<Taken<T>>> async_try_get_for(Duration limit,
                                                     std::stop_token stop = {}) const {
        return {take_later({}, detail::Wait::for_at_most(limit, std::move(stop))), finish_try_get};
    }
    Async<Lease<T>> async_lease(const LeaseOptions& options = {}, std::stop_token stop = {}) const {
        return {take_later(options, detail::Wait::forever(std::move(stop))),
                Queue<T>::finish_lease};
    }
    Async<Lease<T>> async_try_lease_for(Duration limit, const LeaseOptions& options = {},
                                        std::stop_token stop = {}) const {
        return {take_later(options, detail::Wait::for_at_most(limit, std::move(stop))),
                Queue<T>::finish_lease};
    }

private:
    detail::RawDone take(const LeaseOptions& options, const detail::Wait& wait) const {
        return detail::RawQueue::take(queues_, {1, options, turn_}, wait);
    }
    [[nodiscard]] detail::RawOperation take_later(const LeaseOptions& options,
                                                  const detail::Wait& wait) const {
        return detail::RawQueue::take_later(queues_, {1, options, turn_}, wait);
    }
    static Taken<T> finish_get(detail::RawDone& done) {
        return {Queue<T>::finish_get(done), done.index};
    }
    static std::optional<Taken<T>> finish_try_get(detail::RawDone& done) {
        std::optional<T> item = Queue<T>::finish_try_get(done);
        if (!item) return std::nullopt;
        return Taken<T>{std::move(*item), done.index};
    }

    std::vector<detail::RawQueue> queues_;
    detail::RawTurn turn_;
};

/// Waits for an item of any of these queues, the first of them that has one first. An AnyOf takes
/// them in turn, waits for a limited time, leases, and is cheaper to use again and again.
template <typename T, std::same_as<Queue<T>>... More>
Taken<T> get_any(const Queue<T>& first, const More&... more) {
    return AnyOf<T>({first, more...}, Pick::in_order).get();
}

/// The same, leased.
template <typename T, std::same_as<Queue<T>>... More>
[[nodiscard]] Lease<T> lease_any(const Queue<T>& first, const More&... more) {
    return AnyOf<T>({first, more...}, Pick::in_order).lease();
}

}  // namespace handoff

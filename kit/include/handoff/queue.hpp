#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/async.hpp"
#include "handoff/codec.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/lease.hpp"
#include "handoff/options.hpp"
#include "handoff/stats.hpp"
#include "handoff/stream.hpp"

namespace handoff {

/// A handle to a queue: cheap to copy, safe from every thread, usable in a forked child (where it
/// opens a session of its own). The items live in the manager.
///
/// Three forms of waiting: `x()` waits while the manager answers, `try_x()` asks once,
/// `try_x_for(t)` waits for at most `t` (plus the client's cancel_grace if the manager does not
/// answer). Those that wait take a stop token as well.
///
/// Three ways to end: done; surely not done (`false`, empty); or an Error. errc::outcome_unknown
/// alone means that it may have been done. Others that any call can throw: errc::unreachable,
/// errc::session_lost, errc::manager_restarted, errc::stale_reference, errc::invalid_argument.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class Queue {
public:
    using Duration = std::chrono::nanoseconds;

    /// Refers to no queue; every call but assignment throws errc::inert.
    Queue() noexcept = default;

    [[nodiscard]] const std::string& name() const { return raw_.name(); }

    // ---- put

    /// Returns when the manager has the item; waits while the queue is full. Throws errc::closed,
    /// errc::too_large, errc::cancelled (stopped; surely not put).
    void put(const T& item, const PutOptions& options = {}, std::stop_token stop = {}) {
        put_all(batch_of(item), options, detail::Wait::forever(std::move(stop)));
    }

    /// False: full, or others wait for room already. Surely not put.
    [[nodiscard]] bool try_put(const T& item, const PutOptions& options = {}) {
        return raw_.put(batch_of(item), options, detail::Wait::never()) == 1;
    }

    /// False: no room in time, or stopped. Surely not put.
    [[nodiscard]] bool try_put_for(const T& item, Duration limit, const PutOptions& options = {},
                                   std::stop_token stop = {}) {
        return raw_.put(batch_of(item), options,
                        detail::Wait::for_at_most(limit, std::move(stop))) == 1;
    }

    /// Puts all, in order, in as few round trips as their size allows; others' items may come
    /// between. If it throws, the error's text says how many of the first are in the queue.
    void put_many(const std::vector<T>& items, const PutOptions& options = {},
                  std::stop_token stop = {}) {
        put_all(batch_of_all(items), options, detail::Wait::forever(std::move(stop)));
    }

    /// As many of the first as fit now; returns how many.
    [[nodiscard]] std::size_t try_put_many(const std::vector<T>& items,
                                           const PutOptions& options = {}) {
        return raw_.put(batch_of_all(items), options, detail::Wait::never());
    }

    /// As many of the first as fit in time; returns how many.
    [[nodiscard]] std::size_t try_put_many_for(const std::vector<T>& items, Duration limit,
                                               const PutOptions& options = {},
                                               std::stop_token stop = {}) {
        return raw_.put(batch_of_all(items), options,
                        detail::Wait::for_at_most(limit, std::move(stop)));
    }

    // ---- get: the item is acknowledged as it is returned

    /// Waits for an item. Killed before it returns, nothing is lost; afterwards the item was yours.
    /// Throws errc::closed once the queue is closed and drained, errc::cancelled when stopped,
    /// errc::wrong_type if the payload is not a T (the item goes back).
    T get(std::stop_token stop = {}) {
        detail::RawDone done = take(1, {}, detail::Wait::forever(std::move(stop)));
        return finish_get(done);
    }

    /// Empty: nothing is ready.
    [[nodiscard]] std::optional<T> try_get() {
        detail::RawDone done = take(1, {}, detail::Wait::never());
        return finish_try_get(done);
    }

    /// Empty: nothing came in time, or stopped.
    [[nodiscard]] std::optional<T> try_get_for(Duration limit, std::stop_token stop = {}) {
        detail::RawDone done = take(1, {}, detail::Wait::for_at_most(limit, std::move(stop)));
        return finish_try_get(done);
    }

    /// Waits for the first, takes what else is there: 1 to `items_max` items.
    std::vector<T> get_many(std::uint32_t items_max, std::stop_token stop = {}) {
        detail::RawDone done = take(items_max, {}, detail::Wait::forever(std::move(stop)));
        return finish_get_many(done);
    }
    /// 0 to `items_max` items.
    [[nodiscard]] std::vector<T> try_get_many(std::uint32_t items_max) {
        detail::RawDone done = take(items_max, {}, detail::Wait::never());
        return finish_try_get_many(done);
    }
    [[nodiscard]] std::vector<T> try_get_many_for(std::uint32_t items_max, Duration limit,
                                                  std::stop_token stop = {}) {
        detail::RawDone done =
            take(items_max, {}, detail::Wait::for_at_most(limit, std::move(stop)));
        return finish_try_get_many(done);
    }

    // ---- lease: the item is yours until you say what becomes of it

    /// Waits for an item. Holds nothing once the queue is closed and drained, or when stopped, so
    /// that `while (auto job = jobs.lease())` ends by itself. Throws errc::wrong_type as get().
    [[nodiscard]] Lease<T> lease(const LeaseOptions& options = {}, std::stop_token stop = {}) {
        detail::RawDone done = take(1, options, detail::Wait::forever(std::move(stop)));
        return finish_lease(done);
    }
    /// Holds nothing: nothing is ready, or the queue is closed and drained.
    [[nodiscard]] Lease<T> try_lease(const LeaseOptions& options = {}) {
        detail::RawDone done = take(1, options, detail::Wait::never());
        return finish_lease(done);
    }
    /// Holds nothing: nothing came in time, or stopped, or the queue is closed and drained (see
    /// Lease::over()).
    [[nodiscard]] Lease<T> try_lease_for(Duration limit, const LeaseOptions& options = {},
                                         std::stop_token stop = {}) {
        detail::RawDone done = take(1, options, detail::Wait::for_at_most(limit, std::move(stop)));
        return finish_lease(done);
    }

    /// Waits for the first, takes what else is there: 1 to `items_max` leases; none once the queue
    /// is closed and drained, or when stopped. A Commit settles them in one round trip.
    [[nodiscard]] std::vector<Lease<T>> lease_many(std::uint32_t items_max,
                                                   const LeaseOptions& options = {},
                                                   std::stop_token stop = {}) {
        detail::RawDone done = take(items_max, options, detail::Wait::forever(std::move(stop)));
        return finish_lease_many(done);
    }
    /// 0 to `items_max` leases.
    [[nodiscard]] std::vector<Lease<T>> try_lease_many(std::uint32_t items_max,
                                                       const LeaseOptions& options = {}) {
        detail::RawDone done = take(items_max, options, detail::Wait::never());
        return finish_lease_many(done);
    }
    [[nodiscard]] std::vector<Lease<T>> try_lease_many_for(std::uint32_t items_max, Duration limit,
                                                           const LeaseOptions& options = {},
                                                           std::stop_token stop = {}) {
        detail::RawDone done =
            take(items_max, options, detail::Wait::for_at_most(limit, std::move(stop)));
        return finish_lease_many(done);
    }

    // ---- streams: see stream.hpp

    /// Sends without waiting for each answer.
    [[nodiscard]] Producer<T> producer(const ProducerOptions& options = {}) const {
        return Producer<T>(detail::RawProducer(raw_, options));
    }
    /// Fetches before it is asked.
    [[nodiscard]] Consumer<T> consumer(const ConsumerOptions& options = {}) const {
        return Consumer<T>(detail::RawConsumer(raw_, options), options.auto_ack);
    }

    // ---- the same without waiting: see async.hpp. Items are encoded and options checked at once

    Async<void> async_put(const T& item, const PutOptions& options = PutOptions(),
                          std::stop_token stop = {}) const {
        return {raw_.put_later(batch_of(item), options, detail::Wait::forever(std::move(stop))),
                detail::finish_nothing};
    }
    Async<bool> async_try_put_for(const T& item, Duration limit,
                                  const PutOptions& options = PutOptions(),
                                  std::stop_token stop = {}) const {
        return {raw_.put_later(batch_of(item), options,
                               detail::Wait::for_at_most(limit, std::move(stop))),
                detail::finish_in_time};
    }
    Async<T> async_get(std::stop_token stop = {}) const {
        return {take_later({}, detail::Wait::forever(std::move(stop))), finish_get};
    }
    Async<std::optional<T>> async_try_get_for(Duration limit, std::stop_token stop = {}) const {
        return {take_later({}, detail::Wait::for_at_most(limit, std::move(stop))), finish_try_get};
    }
    Async<Lease<T>> async_lease(const LeaseOptions& options = {}, std::stop_token stop = {}) const {
        return {take_later(options, detail::Wait::forever(std::move(stop))), finish_lease};
    }
    Async<Lease<T>> async_try_lease_for(Duration limit, const LeaseOptions& options = {},
                                        std::stop_token stop = {}) const {
        return {take_later(options, detail::Wait::for_at_most(limit, std::move(stop))),
                finish_lease};
    }
    Async<void> async_join(std::stop_token stop = {}) const {
        return {raw_.join_later(detail::Wait::forever(std::move(stop))), detail::finish_nothing};
    }
    Async<bool> async_try_join_for(Duration limit, std::stop_token stop = {}) const {
        return {raw_.join_later(detail::Wait::for_at_most(limit, std::move(stop))),
                detail::finish_in_time};
    }

    // ---- the whole queue

    /// No more puts: they throw errc::closed, also those that wait. Consumers drain what is there
    /// and end. Twice is allowed.
    void close() { raw_.close(false); }

    /// Also drops what is ready or delayed, and what leases give back; the dead stay.
    void close_now() { raw_.close(true); }

    /// Waits until everything put has been acknowledged: nothing is ready, leased or delayed.
    /// Throws errc::cancelled when stopped.
    void join(std::stop_token stop = {}) { raw_.join(detail::Wait::forever(std::move(stop))); }
    /// False: not in time, or stopped.
    [[nodiscard]] bool try_join_for(Duration limit, std::stop_token stop = {}) {
        return raw_.join(detail::Wait::for_at_most(limit, std::move(stop)));
    }

    /// Items that are ready now. Your own finished puts are seen.
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(stats().ready); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// Whether a try_put of a small item would find no room for its count.
    [[nodiscard]] bool full() const {
        const QueueStats now = stats();
        return now.unfinished() + now.dead >= now.options.capacity.value_or(unlimited) ||
               now.waiting_puts > 0;
    }
    [[nodiscard]] QueueStats stats() const { return raw_.stats(); }

    /// Up to `items_max` items of one state, without taking them: ready ones in the order in which
    /// they would be handed out, others oldest first.
    [[nodiscard]] std::vector<T> peek(std::uint32_t items_max = 1,
                                      ItemState state = ItemState::ready) const;

    /// Drops what is ready, delayed or dead; returns how many. Leased items stay.
    std::uint64_t purge() { return raw_.purge(); }
    /// Makes dead items ready again, oldest first, their deliveries forgotten; returns how many.
    std::uint64_t kick(std::uint64_t items_max = unlimited) { return raw_.kick(items_max); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    friend class Commit;
    friend class AnyOf<T>;
    explicit Queue(detail::RawQueue raw) : raw_(std::move(raw)) {}

    static detail::RawBatch batch_of(const T& item);
    static detail::RawBatch batch_of_all(const std::vector<T>& items);
    static T decode(const detail::RawLease& lease);
    void put_all(detail::RawBatch batch, const PutOptions& options, const detail::Wait& wait);
    detail::RawDone take(std::uint32_t items_max, const LeaseOptions& options,
                         const detail::Wait& wait) const {
        return detail::RawQueue::take({&raw_, 1}, {items_max, options, nullptr}, wait);
    }
    [[nodiscard]] detail::RawOperation take_later(const LeaseOptions& options,
                                                  const detail::Wait& wait) const {
        return detail::RawQueue::take_later({raw_}, {1, options, nullptr}, wait);
    }

    // From the end of a call to what it returns or throws.
    static T finish_get(detail::RawDone& done);
    static std::optional<T> finish_try_get(detail::RawDone& done);
    static std::vector<T> finish_get_many(detail::RawDone& done);
    static std::vector<T> finish_try_get_many(detail::RawDone& done);
    static Lease<T> finish_lease(detail::RawDone& done);
    static std::vector<Lease<T>> finish_lease_many(detail::RawDone& done);

    detail::RawQueue raw_;
};

}  // namespace handoff

#include "handoff/detail/queue_impl.hpp"

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/async.hpp"
#include "handoff/codec.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/options.hpp"

namespace handoff {

template <typename T>
class Queue;
template <typename T>
class AnyOf;
template <typename T>
class Consumer;
class Commit;

/// One borrowed item. It is yours until you say what becomes of it, until its time runs out, or
/// until your session ends; then it goes back to its old place for somebody else. A lease destroyed
/// without a word goes back at once.
///
/// Each of ack, release and bury ends the lease; afterwards, and after a move, it holds nothing and
/// further calls throw errc::inert. So does a copy of the object in a forked child.
///
/// Thread safety: distinct objects safe; one object: one thread at a time.
template <typename T>
class Lease {
public:
    using Duration = std::chrono::milliseconds;

    /// Holds nothing.
    Lease() noexcept = default;

    /// Whether it holds an item. `while (auto job = jobs.lease())` ends by itself when the queue
    /// is closed and drained.
    explicit operator bool() const noexcept { return raw_.held(); }

    /// Whether it holds nothing because nothing will ever come: its queue is closed and drained. A
    /// loop over try_lease_for() ends with this.
    [[nodiscard]] bool over() const noexcept { return over_; }

    const T& operator*() const noexcept { return *item_; }
    const T* operator->() const noexcept { return &*item_; }

    /// Done: the item leaves the queue. Waits for the manager's word; throws errc::lease_lapsed if
    /// the lease had ended, errc::outcome_unknown if no answer came.
    void ack() { raw_.ack(); }

    /// Back to its old place, at once or after `delay`; to the dead if it was delivered
    /// `deliveries_max` times. Throws as ack().
    void release(Duration delay = Duration{0}) { raw_.release(delay); }

    /// To the dead, with a reason that peek shows. Throws as ack().
    void bury(const std::string& reason) { raw_.bury(reason); }

    /// The lease runs for `ttl` (unset: the queue's lease time) from now. Throws as ack().
    void extend(std::optional<Duration> ttl = std::nullopt) { raw_.extend(ttl); }

    /// Acknowledges this item and puts `result`, both or neither: however this process ends, the
    /// work is never counted twice and never lost. Waits while `to` is full. `to` must be a queue
    /// of the same manager. Throws errc::lease_lapsed, errc::closed, errc::outcome_unknown …; then
    /// the lease is as it was, if it still is.
    template <typename R>
    void ack_and_put(const Queue<R>& to, const R& result, const PutOptions& options = {},
                     std::stop_token stop = {});

    // ---- the same, asynchronously
    //
    // ack, release and bury take the lease out of this object at once: a failure is told to who
    // awaits the end, and the item has gone back by then or will.

    Async<void> async_ack() { return {raw_.ack_later(), detail::finish_nothing}; }
    Async<void> async_release(Duration delay = Duration{0}) {
        return {raw_.release_later(delay), detail::finish_nothing};
    }
    Async<void> async_bury(const std::string& reason) {
        return {raw_.bury_later(reason), detail::finish_nothing};
    }
    Async<void> async_extend(std::optional<Duration> ttl = std::nullopt) {
        return {raw_.extend_later(ttl), detail::finish_nothing};
    }
    /// This object must stay until the end is told; then it holds nothing, or, after an error, what
    /// it held.
    template <typename R>
    Async<void> async_ack_and_put(const Queue<R>& to, const R& result,
                                  const PutOptions& options = PutOptions(),
                                  std::stop_token stop = {});

    /// The name of the queue that it is of; empty if it never held an item.
    [[nodiscard]] const std::string& queue() const noexcept { return raw_.queue_name(); }
    /// A number that grows with each delivery of anything by this manager: pass it to whatever you
    /// write to, and let that refuse smaller ones (a fencing token).
    [[nodiscard]] std::uint64_t token() const noexcept { return raw_.item().info.token; }
    /// The item's number in its queue.
    [[nodiscard]] std::uint64_t id() const noexcept { return raw_.item().info.id; }
    /// How often the item was handed out, this time included.
    [[nodiscard]] std::uint32_t deliveries() const noexcept { return raw_.item().info.deliveries; }
    [[nodiscard]] std::int32_t priority() const noexcept { return raw_.item().info.priority; }
    /// When the manager took it, by the manager's clock.
    [[nodiscard]] std::chrono::system_clock::time_point put_at() const noexcept {
        return raw_.item().info.put_at;
    }

    /// What was put with it. Decoded anew by each call; throws errc::wrong_type if a client of
    /// another kind has put something that is no map of texts or bytes.
    [[nodiscard]] Headers headers() const { return raw_.headers(); }
    /// Its idempotence key; empty: none.
    [[nodiscard]] const std::string& key() const noexcept { return raw_.notes().key; }
    /// The trace context that it was put with; empty: none.
    [[nodiscard]] const std::string& trace() const noexcept { return raw_.notes().trace; }
    /// Why it died, if it ever did: for an item of a dead-letter queue. Empty: it did not.
    [[nodiscard]] const std::string& reason() const noexcept { return raw_.notes().reason; }

private:
    friend class Queue<T>;
    friend class AnyOf<T>;
    friend class Consumer<T>;
    friend class Commit;
    Lease(detail::RawLease raw, T item) : raw_(std::move(raw)), item_(std::move(item)) {}
    static Lease nothing_more() {
        Lease lease;
        lease.over_ = true;
        return lease;
    }

    detail::RawLease raw_;
    std::optional<T> item_;
    bool over_ = false;
};

}  // namespace handoff

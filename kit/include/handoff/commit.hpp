#pragma once

#include <chrono>
#include <stop_token>
#include <utility>

#include "handoff/async.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/lease.hpp"
#include "handoff/options.hpp"

namespace handoff {

/// Acknowledgements and puts on queues of one manager that happen all together or not at all:
///
///     handoff::Commit commit;
///     commit.ack(job);
///     for (const Word& word : words) commit.put(results, word);
///     commit.run();
///
/// It refers to the leases given to it, which must outlive run(); it copies the items. Used once.
///
/// Thread safety: one thread at a time.
class Commit {
public:
    template <typename T>
    void ack(Lease<T>& lease) {
        raw_.ack(lease.raw_);
    }

    template <typename T>
    void put(const Queue<T>& queue, const T& item, const PutOptions& options = {}) {
        raw_.put(queue.raw_, Queue<T>::batch_of(item), options);
    }

    /// Waits, as a whole, while a queue that it puts to is full; returns when all is done. Throws
    /// errc::lease_lapsed if one of the leases had ended, errc::closed, errc::too_large,
    /// errc::cancelled: nothing was done and the leases are as they were. errc::outcome_unknown: no
    /// answer came.
    void run(std::stop_token stop = {}) { raw_.run(detail::Wait::forever(std::move(stop))); }

    /// False: no room in time, or stopped; nothing was done.
    [[nodiscard]] bool try_run_for(std::chrono::nanoseconds limit, std::stop_token stop = {}) {
        return raw_.run(detail::Wait::for_at_most(limit, std::move(stop)));
    }

    /// As run(). This object and its leases must stay, unmoved, until the end is told. Throws
    /// errc::invalid_argument when it begins with nothing in it: no client would tell its end.
    Async<void> async_run(std::stop_token stop = {}) {
        return {raw_.run_later(detail::Wait::forever(std::move(stop))), detail::finish_nothing};
    }
    /// As try_run_for(), likewise.
    Async<bool> async_try_run_for(std::chrono::nanoseconds limit, std::stop_token stop = {}) {
        return {raw_.run_later(detail::Wait::for_at_most(limit, std::move(stop))),
                detail::finish_in_time};
    }

private:
    detail::RawCommit raw_;
};

}  // namespace handoff

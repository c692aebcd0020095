#pragma once

#include "handoff/commit.hpp"
#include "handoff/queue.hpp"

/// The bodies of Queue<T>: encode, call the untyped queue, decode.
namespace handoff {

template <typename T>
detail::RawBatch Queue<T>::batch_of(const T& item) {
    std::string payload;
    Codec<T>::encode(item, payload);
    detail::RawBatch batch;
    batch.add(payload);
    return batch;
}

template <typename T>
detail::RawBatch Queue<T>::batch_of_all(const std::vector<T>& items) {
    std::string payload;
    detail::RawBatch batch;
    for (const T& item : items) {
        payload.clear();
        Codec<T>::encode(item, payload);
        batch.add(payload);
    }
    return batch;
}

template <typename T>
T Queue<T>::decode(const detail::RawLease& lease) {
    try {
        return Codec<T>::decode(lease.item().payload);
    } catch (const Error& cause) {
        lease.queue().fail_type(cause, lease.item().info);
    }
}

template <typename T>
void Queue<T>::put_all(detail::RawBatch batch, const PutOptions& options,
                       const detail::Wait& wait) {
    raw_.put(std::move(batch), options, wait);
}

template <typename T>
T Queue<T>::finish_get(detail::RawDone& done) {
    done.throw_unless_ok();
    T item = decode(done.leases.front());
    detail::RawLease::ack_without_waiting(done.leases, 1);
    return item;
}

template <typename T>
std::optional<T> Queue<T>::finish_try_get(detail::RawDone& done) {
    if (done.code == errc::empty || done.code == errc::cancelled) return std::nullopt;
    return finish_get(done);
}

template <typename T>
std::vector<T> Queue<T>::finish_get_many(detail::RawDone& done) {
    done.throw_unless_ok();
    std::vector<T> items;
    items.reserve(done.leases.size());
    for (const detail::RawLease& lease : done.leases) {
        // An item of another type ends the batch before it, and is reported when it comes first.
        try {
            items.push_back(decode(lease));
        } catch (const Error&) {
            if (items.empty()) throw;
            break;
        }
    }
    detail::RawLease::ack_without_waiting(done.leases, items.size());
    return items;
}

template <typename T>
std::vector<T> Queue<T>::finish_try_get_many(detail::RawDone& done) {
    if (done.code == errc::empty || done.code == errc::cancelled) return {};
    return finish_get_many(done);
}

template <typename T>
Lease<T> Queue<T>::finish_lease(detail::RawDone& done) {
    if (done.code == errc::closed) return Lease<T>::nothing_more();
    std::vector<Lease<T>> leases = finish_lease_many(done);
    if (leases.empty()) return {};
    return std::move(leases.front());
}

template <typename T>
std::vector<Lease<T>> Queue<T>::finish_lease_many(detail::RawDone& done) {
    const bool over =
        done.code == errc::closed || done.code == errc::empty || done.code == errc::cancelled;
    if (over) return {};
    done.throw_unless_ok();
    std::vector<Lease<T>> leases;
    leases.reserve(done.leases.size());
    for (detail::RawLease& raw : done.leases) {
        // As in finish_get_many().
        try {
            T item = decode(raw);
            leases.push_back(Lease<T>(std::move(raw), std::move(item)));
        } catch (const Error&) {
            if (leases.empty()) throw;
            break;
        }
    }
    return leases;
}

template <typename T>
std::vector<T> Queue<T>::peek(std::uint32_t items_max, ItemState state) const {
    std::vector<T> items;
    for (const detail::RawItem& item : raw_.peek(state, items_max)) {
        try {
            items.push_back(Codec<T>::decode(item.payload));
        } catch (const Error& cause) {
            raw_.fail_type(cause, item.info);
        }
    }
    return items;
}

template <typename T>
template <typename R>
void Lease<T>::ack_and_put(const Queue<R>& to, const R& result, const PutOptions& options,
                           std::stop_token stop) {
    Commit commit;
    commit.ack(*this);
    commit.put(to, result, options);
    commit.run(std::move(stop));
}

template <typename T>
template <typename R>
Async<void> Lease<T>::async_ack_and_put(const Queue<R>& to, const R& result,
                                        const PutOptions& options, std::stop_token stop) {
    const auto commit = std::make_shared<Commit>();
    commit->ack(*this);
    commit->put(to, result, options);
    Async<void> run = commit->async_run(std::move(stop));
    // The commit has to live until its end is told, and so it goes with the operation.
    return {[commit, operation = std::move(run.operation_)](detail::RawHandler handler) {
                operation([commit, handler = std::move(handler)](detail::RawDone done) {
                    handler(std::move(done));
                });
            },
            run.finish_};
}

}  // namespace handoff

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
T Queue<T>::decode(const detail::RawLease& lease) const {
    try {
        return Codec<T>::decode(lease.item().payload);
    } catch (const Error& cause) {
        raw_.fail_type(cause, lease.item().info);
    }
}

template <typename T>
void Queue<T>::put_all(detail::RawBatch batch, const PutOptions& options,
                       const detail::Wait& wait) {
    raw_.put(std::move(batch), options, wait);
}

template <typename T>
T Queue<T>::get(std::stop_token stop) {
    return std::move(get_up_to(1, detail::Wait::forever(std::move(stop))).front());
}

template <typename T>
std::optional<T> Queue<T>::get_one(const detail::Wait& wait) {
    std::vector<T> items = get_up_to(1, wait);
    if (items.empty()) return std::nullopt;
    return std::move(items.front());
}

template <typename T>
std::vector<T> Queue<T>::get_many(std::uint32_t items_max, std::stop_token stop) {
    return get_up_to(items_max, detail::Wait::forever(std::move(stop)));
}

template <typename T>
std::vector<T> Queue<T>::get_up_to(std::uint32_t items_max, const detail::Wait& wait) {
    std::vector<detail::RawLease> leases = raw_.lease(items_max, {}, wait);
    std::vector<T> items;
    items.reserve(leases.size());
    for (const detail::RawLease& lease : leases) {
        // An item of another type ends the batch before it, and is reported when it comes first.
        try {
            items.push_back(decode(lease));
        } catch (const Error&) {
            if (items.empty()) throw;
            break;
        }
    }
    detail::RawLease::ack_without_waiting(leases, items.size());
    return items;
}

template <typename T>
Lease<T> Queue<T>::lease_one(const LeaseOptions& options, const detail::Wait& wait) {
    std::vector<Lease<T>> leases = lease_up_to(1, options, wait);
    if (leases.empty()) return {};
    return std::move(leases.front());
}

template <typename T>
std::vector<Lease<T>> Queue<T>::lease_up_to(std::uint32_t items_max, const LeaseOptions& options,
                                            const detail::Wait& wait) {
    std::vector<Lease<T>> leases;
    try {
        for (detail::RawLease& raw : raw_.lease(items_max, options, wait)) {
            T item = decode(raw);
            leases.push_back(Lease<T>(std::move(raw), std::move(item)));
        }
    } catch (const Error& error) {
        const bool over = error.code() == errc::closed || error.code() == errc::cancelled;
        // As in get_up_to: an item of another type is reported when it comes first.
        const bool later = error.code() == errc::wrong_type && !leases.empty();
        if (!over && !later) throw;
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

}  // namespace handoff

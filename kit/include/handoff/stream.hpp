#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/codec.hpp"
#include "handoff/detail/raw_stream.hpp"
#include "handoff/lease.hpp"
#include "handoff/options.hpp"

namespace handoff {

/// An item of a Producer that was not put.
struct SendFailure {
    std::uint64_t number = 0;  ///< of the send(), from 1 on
    errc code = errc::ok;      ///< errc::outcome_unknown: it may have been put
    std::string text;
};

/// The streaming end for putting: send() does not wait for the manager's answer. The first item
/// leaves at once; what is sent while it is under way gathers and leaves together, up to
/// `frame_bytes_max` in a message. So a lone item is not delayed, and a thousand cost little more.
/// Items arrive in the order in which they were sent. After a lost connection what is not confirmed
/// is sent again, and done once.
///
/// An item that is refused (a closed queue, too large) does not stop those behind it. It is told to
/// the callback of on_error(), by this thread, in the next call here; without one, the next send()
/// or flush() throws it, once.
///
/// Thread safety: one thread at a time. A client has as many producers as its threads like. In a
/// forked child it is inert: calls throw errc::inert.
template <typename T>
class Producer {
public:
    using Duration = std::chrono::nanoseconds;

    /// Sends an item: accepted, not yet confirmed. Waits while the window is full, and so while the
    /// queue is. Throws errc::too_large, errc::cancelled (stopped; not sent) and, if there is no
    /// callback, what became of an earlier item: then this one was not sent.
    void send(const T& item, const PutOptions& options = {}, std::stop_token stop = {}) {
        raw_.send(encode(item), options, detail::Wait::forever(std::move(stop)));
    }
    /// False: the window is full. Not sent.
    [[nodiscard]] bool try_send(const T& item, const PutOptions& options = {}) {
        return raw_.send(encode(item), options, detail::Wait::never());
    }
    /// False: the window stayed full, or stopped. Not sent.
    [[nodiscard]] bool try_send_for(const T& item, Duration limit, const PutOptions& options = {},
                                    std::stop_token stop = {}) {
        return raw_.send(encode(item), options, detail::Wait::for_at_most(limit, std::move(stop)));
    }

    /// Waits until everything sent is confirmed. Throws what became of the first item that was not
    /// put (unless there is a callback), errc::cancelled when stopped.
    void flush(std::stop_token stop = {}) { raw_.flush(detail::Wait::forever(std::move(stop))); }
    /// False: not everything is confirmed yet. Throws as flush().
    [[nodiscard]] bool try_flush_for(Duration limit, std::stop_token stop = {}) {
        return raw_.flush(detail::Wait::for_at_most(limit, std::move(stop)));
    }

    /// Items sent and not yet confirmed.
    [[nodiscard]] std::size_t unconfirmed() const { return raw_.unconfirmed(); }

    /// Called for each item that was not put, by the thread that uses this object.
    void on_error(std::function<void(const SendFailure&)> callback) {
        raw_.on_error([callback = std::move(callback)](std::uint64_t number, const Error& error) {
            callback({number, error.code(), error.what()});
        });
    }

    Producer(Producer&&) noexcept = default;
    Producer& operator=(Producer&&) noexcept = default;
    /// Waits until everything is confirmed, for at most the client's `linger`; what is not, or was
    /// refused, is told to the callback, else to the client's (Client::on_error).
    ~Producer() = default;

private:
    template <typename>
    friend class Queue;
    explicit Producer(detail::RawProducer raw) : raw_(std::move(raw)) {}

    const std::string& encode(const T& item) {
        payload_.clear();
        Codec<T>::encode(item, payload_);
        return payload_;
    }

    detail::RawProducer raw_;
    std::string payload_;  ///< of the item that is being sent
};

/// The streaming end for getting: items are fetched before they are asked for, up to the credit,
/// and acknowledgements do not wait for their answers. An item that is fetched and not yet taken
/// counts as ready: it is given back, uncounted, as soon as another consumer waits, and its lease
/// and its count of deliveries begin when it is taken.
///
/// The leases that it hands out are those of Queue::lease(), but for ack(), which is sent together
/// with others; that one was refused (the lease had ended) is told by flush(), or by the callback
/// of on_error(), by this thread, in the next call here.
///
/// Consumers of one client on one queue share its stream: their credits add up, and what has been
/// fetched goes to whichever of them asks.
///
/// Thread safety: one thread at a time; its leases go where they like. In a forked child it is
/// inert: calls throw errc::inert.
template <typename T>
class Consumer {
public:
    using Duration = std::chrono::nanoseconds;

    /// Waits for an item. Holds nothing once the queue is closed and drained, or when stopped.
    /// Throws errc::wrong_type if the payload is not a T (the item goes back).
    [[nodiscard]] Lease<T> lease(std::stop_token stop = {}) {
        return leased(detail::Wait::forever(std::move(stop)));
    }
    /// Holds nothing: nothing has been fetched, or the queue is closed and drained.
    [[nodiscard]] Lease<T> try_lease() { return leased(detail::Wait::never()); }
    /// Holds nothing: nothing came in time, or stopped, or the queue is closed and drained (see
    /// Lease::over()).
    [[nodiscard]] Lease<T> try_lease_for(Duration limit, std::stop_token stop = {}) {
        return leased(detail::Wait::for_at_most(limit, std::move(stop)));
    }

    /// For a range-for, which ends once the queue is closed and drained. Say what becomes of each
    /// item (with auto_ack only if it is not done); an item without a word goes back. So does, with
    /// auto_ack, the one that is left by break or by an exception.
    class Iterator {
    public:
        using value_type = Lease<T>;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;

        Lease<T>& operator*() const noexcept { return consumer_->current_; }
        Lease<T>* operator->() const noexcept { return &consumer_->current_; }
        Iterator& operator++() {
            consumer_->go_on();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return !consumer_->current_; }

    private:
        friend class Consumer;
        explicit Iterator(Consumer& consumer) : consumer_(&consumer) {}
        Consumer* consumer_;
    };
    [[nodiscard]] Iterator begin() {
        take_into(current_, detail::Wait::forever());
        return Iterator(*this);
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// Waits until every ack() has been answered. Throws errc::lease_lapsed or errc::session_lost
    /// for the first that was refused (unless there is a callback), errc::cancelled when stopped.
    void flush(std::stop_token stop = {}) { raw_.flush(detail::Wait::forever(std::move(stop))); }
    /// False: not every ack() has been answered yet. Throws as flush().
    [[nodiscard]] bool try_flush_for(Duration limit, std::stop_token stop = {}) {
        return raw_.flush(detail::Wait::for_at_most(limit, std::move(stop)));
    }

    /// Called for each acknowledgement that was refused, with the item's token, by the thread that
    /// uses this object.
    void on_error(std::function<void(std::uint64_t token, const Error&)> callback) {
        raw_.on_error(std::move(callback));
    }

    Consumer(Consumer&&) noexcept = default;
    Consumer& operator=(Consumer&&) noexcept = default;
    /// Gives back what nobody took, and waits until its acknowledgements are answered, for at most
    /// the client's `linger`. Leases that it handed out stay leases.
    ~Consumer() = default;

private:
    template <typename>
    friend class Queue;
    Consumer(detail::RawConsumer raw, bool auto_ack) : raw_(std::move(raw)), auto_ack_(auto_ack) {}

    /// `lease` holds the next item, or nothing; what it held and settled is over.
    void take_into(Lease<T>& lease, const detail::Wait& wait) {
        const errc code = raw_.next(lease.raw_, wait);
        lease.over_ = code == errc::closed;
        if (code == errc::ok) {
            detail::decode_into(lease.item_, lease.raw_);
        } else {
            lease.item_.reset();
        }
    }
    Lease<T> leased(const detail::Wait& wait) {
        Lease<T> lease;
        take_into(lease, wait);
        return lease;
    }
    void go_on() {
        if (auto_ack_ && current_) current_.ack();
        take_into(current_, detail::Wait::forever());
    }

    detail::RawConsumer raw_;
    Lease<T> current_;  ///< of the range-for
    bool auto_ack_ = false;
};

}  // namespace handoff

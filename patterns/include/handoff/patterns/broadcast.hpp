#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/patterns/detail/broadcast_ends.hpp"

namespace handoff::patterns {

/// An item, and what it is about.
template <typename T>
struct Published {
    std::string topic;
    T value;
};

/// One of those who publish in a broadcast: every subscriber whose topics fit is given each item.
///
///     handoff::patterns::Publisher<int> prices(client, "prices", {.keep_last = true});
///     prices.publish("fruit.pear", 3);
///
/// **Guarantee.** An item that is published after subscribe() of a subscriber has returned is in
/// that subscriber's queue when publish() returns, or was dropped by the subscriber's own rule, and
/// counted. The items of one publisher come in order. While nobody's queue is full, a publisher
/// that is killed has given an item to all (up to 64 subscribers at a time) or to nobody.
///
/// publish() waits for as long as a subscriber with WhenFull::wait is full and lives. It throws
/// errc::cancelled when stopped, and what the queues throw: some subscribers may have the items
/// then. After errc::manager_restarted the next call begins anew, with those who have subscribed
/// since.
///
/// **The manager.** With `durability`, at all ends, publish() goes on when the manager was killed
/// and began again on its data: subscribers that live have what was published before, and each item
/// is handed out once. It may take room in a queue twice until then, so that a rule that drops
/// drops another. With `keep_last`, who subscribes in that moment may be given an item as the last
/// value and once more as an item.
///
/// Cost: two round trips a call, for up to 64 subscribers; one if nobody wants the items. The first
/// reads the version of the list of subscribers, and keeps the last values; so publish_many() is as
/// cheap as publish(). While some queue is full, each subscriber is a round trip of its own.
///
/// Thread safety: safe; one call at a time, others wait. The client must outlive it.
template <typename T>
class Publisher {
public:
    Publisher(Client& client, const std::string& broadcast, const PublisherOptions& options = {})
        : end_(client, broadcast, options) {}

    void publish(const std::string& topic, const T& value, std::stop_token stop = {}) {
        end_.publish({encoded(topic, value)}, std::move(stop));
    }
    /// In order. Where last values are kept, they are together at most `item_bytes_max` large, or
    /// nothing happens and it throws errc::too_large.
    void publish_many(const std::vector<Published<T>>& items, std::stop_token stop = {}) {
        std::vector<detail::BroadcastItem> all;
        for (const Published<T>& item : items) all.push_back(encoded(item.topic, item.value));
        end_.publish(std::move(all), std::move(stop));
    }
    /// Nobody who comes later is given the last value of this topic.
    void forget_last(const std::string& topic) { end_.forget_last(topic); }

    /// How many there are now, also those that have died and not been cleared away yet.
    [[nodiscard]] std::uint64_t subscribers() const { return end_.subscribers(); }
    /// Items that this publisher has dropped, of all subscribers together.
    [[nodiscard]] std::uint64_t dropped() const { return end_.dropped(); }

private:
    static detail::BroadcastItem encoded(const std::string& topic, const T& value) {
        detail::BroadcastItem item{topic, 0, {}};
        Codec<T>::encode(value, item.payload);
        return item;
    }

    detail::PublishingEnd end_;
};

/// Who is given what is published under its topics, from a queue of its own.
///
///     handoff::patterns::Subscriber<int> prices(client, "prices", {.capacity = 100});
///     prices.subscribe("fruit.");
///     while (true) show(prices.get());
///
/// A topic is a text, and what is subscribed to is the beginning of topics: "fruit." has
/// "fruit.pear", "" has all.
///
/// **Guarantee.** What is published after subscribe() has returned comes, once, unless the queue is
/// full; then `when_full` decides, and dropped() counts. Where publishers keep the last values, it
/// first gets that of each topic as it was at one moment, and then exactly what came after.
///
/// When its session is lost or the manager begins anew, one call throws errc::session_lost,
/// errc::stale_reference or errc::manager_restarted: what is published meanwhile is missed. The
/// next call subscribes anew, and so gets the last values again. With `durability` a manager that
/// was killed and began again on its data is no reason to throw: all that is in the queue comes,
/// once. (The session is one reason still, where this was taken for dead.)
///
/// Cost: a round trip for up to 256 items (`capacity` at most), which are fetched together: so many
/// may be here beside those in the queue.
///
/// Thread safety: one thread at a time. The client must outlive it.
template <typename T>
class Subscriber {
public:
    Subscriber(Client& client, const std::string& broadcast, const SubscriberOptions& options = {})
        : end_(client, broadcast, options) {}

    /// To all topics that begin so.
    void subscribe(const std::string& beginning) { end_.subscribe(beginning); }
    /// Nothing of it is handed out any more, unless another beginning fits.
    void unsubscribe(const std::string& beginning) { end_.unsubscribe(beginning); }

    /// Waits for an item. Throws errc::closed if this was slow and is WhenFull::disconnect, once
    /// all that came before was handed out; errc::cancelled when stopped.
    Published<T> get(std::stop_token stop = {}) {
        return decoded(*end_.take(std::nullopt, std::move(stop)));
    }
    /// Empty: nothing is there.
    [[nodiscard]] std::optional<Published<T>> try_get() {
        return try_get_for(std::chrono::nanoseconds{0});
    }
    /// Empty: nothing came in time, or stopped.
    [[nodiscard]] std::optional<Published<T>> try_get_for(std::chrono::nanoseconds limit,
                                                          std::stop_token stop = {}) {
        const auto item = end_.take(limit, std::move(stop));
        if (!item) return std::nullopt;
        return decoded(*item);
    }

    /// Items that were not put, or were thrown out again, because the queue was full; counted anew
    /// when it has subscribed anew.
    [[nodiscard]] std::uint64_t dropped() const { return end_.dropped(); }
    /// Of its queue, for statistics.
    [[nodiscard]] const std::string& queue_name() const { return end_.queue_name(); }

private:
    static Published<T> decoded(const detail::BroadcastItem& item) {
        return {item.topic, Codec<T>::decode(item.payload)};
    }

    detail::SubscribingEnd end_;
};

}  // namespace handoff::patterns

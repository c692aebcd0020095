#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/commit.hpp"
#include "handoff/dict.hpp"
#include "handoff/patterns/detail/mailbox.hpp"
#include "handoff/set.hpp"
#include "handoff/value.hpp"

namespace handoff::patterns {

/// What becomes of an item for a subscriber whose queue is full.
enum class WhenFull : std::uint8_t {
    wait = 0,         ///< its publisher waits, for as long as the subscriber lives
    drop_oldest = 1,  ///< the oldest in the queue makes room
    drop_newest = 2,  ///< the item is not put
    disconnect = 3,   ///< the subscriber gets what is in its queue, then errc::closed
};

/// How one subscriber is served.
struct SubscriberOptions {
    std::uint64_t capacity = 1000;  ///< items in its queue, at least 1
    WhenFull when_full = WhenFull::wait;
    /// Of its queue, and of the lists that all ends share: all of them say the same; unset: memory.
    std::optional<Durability> durability{};
};

struct PublisherOptions {
    /// The last value of each topic is kept for those who subscribe later: 1,000,000 topics and 64
    /// MiB at most, beyond which publishing throws errc::limit_exceeded.
    bool keep_last = false;
    std::optional<Durability> durability{};  ///< as the subscribers'
};

namespace detail {

struct BroadcastItem {
    std::string topic;
    /// Which change of the last values it is; 0: it is none.
    std::uint64_t number = 0;
    std::string payload;
    /// What lasts may come again after a restart, and is known by its publisher and its number
    /// there.
    std::uint64_t publisher = 0;
    std::uint64_t sequence = 0;
    MSGPACK_DEFINE(topic, number, payload, publisher, sequence)
};

/// What publishers know of a subscriber, by the name of its queue.
struct Subscription {
    std::vector<std::string> topics;
    std::uint8_t when_full = 0;  ///< a WhenFull
    bool disconnected = false;
    MSGPACK_DEFINE(topics, when_full, disconnected)

    [[nodiscard]] bool wants(const std::string& topic) const;
};

/// What all ends of a broadcast share.
struct BroadcastNames {
    BroadcastNames(Client& client, const std::string& broadcast,
                   std::optional<Durability> durability);

    Dict<std::string, Subscription> subscribers;
    Dict<std::string, std::int64_t> dropped;  ///< by the name of the subscriber's queue
    Dict<std::string, std::string> last;      ///< by topic
    Value<std::string> life;                  ///< of these objects: another after a restart
    Set<std::string> mailboxes;

    void remove(const std::string& subscriber);

private:
    void begin(Client& client);
};

/// What is left of a Publisher without types.
class PublishingEnd {
public:
    PublishingEnd(Client& client, const std::string& broadcast, const PublisherOptions& options)
        : client_(client),
          broadcast_(broadcast),
          options_(options),
          names_(client, broadcast, options.durability) {}

    void publish(std::vector<BroadcastItem> items, std::stop_token stop);
    void forget_last(const std::string& topic);
    [[nodiscard]] std::uint64_t subscribers() const;
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    using Items = std::vector<BroadcastItem>;
    struct Target {
        Subscription subscription;
        Queue<BroadcastItem> queue;
        std::chrono::steady_clock::time_point look_at{};  ///< whether it lives, when it is full
        bool gone = false;                                ///< dead, ended or disconnected
    };
    /// What one of the targets is still to be given.
    struct Delivery {
        const std::string* name;
        Target* target;
        std::vector<const BroadcastItem*> items;
    };

    /// Which list of subscribers it is: versions begin anew in another life.
    struct Edition {
        std::string life;
        std::uint64_t version = 0;
        bool operator==(const Edition&) const = default;
    };

    void publish_in_session(Items& items, const std::stop_token& stop);
    /// Keeps the last values, and tells which list of subscribers there is.
    Edition announce(Items& items);
    void read_subscribers(const std::string& life);
    [[nodiscard]] std::optional<Queue<BroadcastItem>> open(const std::string& name);
    void deliver(const Items& items, const std::stop_token& stop);
    void deliver_part(std::span<const BroadcastItem> items, const std::stop_token& stop);
    void deliver_some(std::vector<Delivery> some, const std::stop_token& stop);
    /// To all of them or none. False: not all have room.
    [[nodiscard]] static bool deliver_together(const std::vector<Delivery>& some);
    void give(Delivery& delivery);
    [[nodiscard]] bool give_one(const Delivery& delivery, const BroadcastItem& item);
    void wait_for_room(Delivery& delivery, const std::stop_token& stop);
    void make_room_and_put(const Delivery& delivery, const BroadcastItem& item);
    void disconnect(const Delivery& delivery);
    [[nodiscard]] bool died(const Delivery& delivery);
    void count_dropped(const Delivery& delivery, std::uint64_t dropped);

    Client& client_;
    std::string broadcast_;
    PublisherOptions options_;
    BroadcastNames names_;
    std::mutex mutex_;
    bool lost_ = false;               ///< the last call did not end well
    std::optional<Edition> edition_;  ///< of the list of subscribers that `targets_` is of
    std::map<std::string, Target> targets_;
    std::atomic<std::uint64_t> dropped_{0};
    std::uint64_t number_ = 0;  ///< of this publisher, when what it publishes lasts
    std::uint64_t published_ = 0;
};

/// What a subscriber was given, by publishers, of which it remembers so many that it heard of last.
class Heard {
public:
    /// False: it was given it before.
    [[nodiscard]] bool is_new(const BroadcastItem& item);

private:
    struct Last {
        std::uint64_t sequence = 0;
        std::uint64_t when = 0;
    };
    std::map<std::uint64_t, Last> last_;
    std::uint64_t now_ = 0;
};

/// What is left of a Subscriber without types.
class SubscribingEnd {
public:
    SubscribingEnd(Client& client, std::string broadcast, const SubscriberOptions& options);
    ~SubscribingEnd();
    SubscribingEnd(const SubscribingEnd&) = delete;
    SubscribingEnd& operator=(const SubscribingEnd&) = delete;

    void subscribe(const std::string& beginning);
    void unsubscribe(const std::string& beginning);
    /// Without a limit it waits for as long as it takes.
    std::optional<BroadcastItem> take(std::optional<std::chrono::nanoseconds> limit,
                                      std::stop_token stop);
    [[nodiscard]] std::uint64_t dropped() const;
    [[nodiscard]] const std::string& queue_name() const { return queue_name_; }

private:
    void leave();
    void open();
    /// Tells publishers what is subscribed to.
    void enlist();
    /// Notes the last values under this beginning that are not known yet.
    void read_last(const std::string& beginning);
    [[nodiscard]] bool is_due(const BroadcastItem& item) const;
    bool fetch(std::optional<std::chrono::nanoseconds> limit, const std::stop_token& stop);
    [[nodiscard]] bool is_listed();
    template <typename Call>
    auto in_session(Call call);

    Client& client_;
    std::string broadcast_;
    SubscriberOptions options_;
    std::unique_ptr<BroadcastNames> names_;
    std::unique_ptr<Mailbox<BroadcastItem>> inbox_;  ///< none: it could not be made anew yet
    std::chrono::steady_clock::time_point look_at_;  ///< whether it is still listed
    std::string queue_name_;
    /// What is subscribed to, and the change of the last values from which on it comes by the
    /// queue.
    std::map<std::string, std::uint64_t> topics_;
    std::deque<BroadcastItem> here_;  ///< fetched, or last values
    Heard heard_;
    bool lost_ = false;
};

}  // namespace detail
}  // namespace handoff::patterns

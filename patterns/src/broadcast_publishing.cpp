#include <algorithm>
#include <utility>

#include "handoff/batch.hpp"
#include "handoff/patterns/detail/broadcast_ends.hpp"

namespace handoff::patterns::detail {
namespace {

/// So long a publisher waits for room until it looks whether the subscriber lives, and so often it
/// looks after one that it drops items for.
constexpr std::chrono::milliseconds look_again{250};

/// Of a commit.
constexpr std::size_t targets_max = 64;
constexpr std::size_t puts_max = 4096;
/// What is larger than `item_bytes_max`, 16 MiB unless configured, is no commit.
constexpr std::size_t bytes_max = 4u << 20;

/// Other publishers may fill the room that was made.
constexpr int attempts_max = 8;

}  // namespace

void PublishingEnd::publish(std::vector<BroadcastItem> items, std::stop_token stop) {
    if (items.empty()) return;
    const std::lock_guard lock(mutex_);
    if (!lasts(options_.durability)) return publish_in_session(items, stop);
    if (number_ == 0) number_ = fresh_number();
    for (BroadcastItem& item : items) {
        item.publisher = number_;
        item.sequence = ++published_;
    }
    insist(managers_max, [&] { publish_in_session(items, stop); });
}

void PublishingEnd::publish_in_session(Items& items, const std::stop_token& stop) {
    if (std::exchange(lost_, true)) {
        names_ = BroadcastNames(client_, broadcast_, options_.durability);
        edition_.reset();
        targets_.clear();
    }
    if (const Edition now = announce(items); edition_ != now) read_subscribers(now.life);
    deliver(items, stop);
    lost_ = false;
}

void PublishingEnd::forget_last(const std::string& topic) {
    const std::lock_guard lock(mutex_);
    names_.last.erase(topic);
}

std::uint64_t PublishingEnd::subscribers() const {
    return insist(lasts(options_.durability) ? managers_max : 0, [this] {
        return BroadcastNames(client_, broadcast_, options_.durability).subscribers.size();
    });
}

// The last values are changed before the list is read: who is not in it finds them.
PublishingEnd::Edition PublishingEnd::announce(Items& items) {
    Batch batch = client_.batch({.stop_at_failure = true});
    std::optional<Batched<std::uint64_t>> number;
    if (options_.keep_last) {
        std::vector<std::pair<std::string, std::string>> last;
        for (const BroadcastItem& item : items) last.emplace_back(item.topic, item.payload);
        batch.add(names_.last.later().put_many(last));
        number = batch.add(names_.last.later().version());
    }
    const auto version = batch.add(names_.subscribers.later().version());
    const auto life = batch.add(names_.life.later().get());
    batch.run();
    for (BroadcastItem& item : items) item.number = number ? number->get() : 0;
    return {life.get(), version.get()};
}

void PublishingEnd::read_subscribers(const std::string& life) {
    auto all = names_.subscribers.snapshot();
    std::map<std::string, Target> now;
    for (const auto& [name, subscription] : all) {
        if (subscription.disconnected) continue;
        const auto known = targets_.find(name);
        auto queue = known != targets_.end() ? known->second.queue : open(name);
        if (queue) now.emplace(name, Target{subscription, *queue});
    }
    targets_ = std::move(now);
    edition_ = Edition{life, all.version()};
}

// Opening makes a queue that has gone; who is removed leaves the list before its queue goes.
std::optional<Queue<BroadcastItem>> PublishingEnd::open(const std::string& name) {
    Queue<BroadcastItem> queue =
        client_.queue<BroadcastItem>(name, {.durability = options_.durability});
    if (names_.subscribers.contains(name)) return queue;
    remove_mailbox(client_, names_.mailboxes, name);
    return std::nullopt;
}

void PublishingEnd::deliver(const Items& items, const std::stop_token& stop) {
    const std::size_t targets = std::clamp<std::size_t>(targets_.size(), 1, targets_max);
    auto next = items.begin();
    while (next != items.end()) {
        const auto first = next;
        for (std::size_t bytes = 0; next != items.end(); ++next) {
            bytes += (next->topic.size() + next->payload.size()) * targets;
            const auto count = static_cast<std::size_t>(next - first);
            if (count > 0 && (count == puts_max / targets || bytes > bytes_max)) break;
        }
        deliver_part({first, next}, stop);
    }
    std::erase_if(targets_, [](const auto& each) { return each.second.gone; });
}

void PublishingEnd::deliver_part(std::span<const BroadcastItem> items,
                                 const std::stop_token& stop) {
    std::vector<Delivery> some;
    for (auto& [name, target] : targets_) {
        if (target.gone) continue;
        Delivery delivery{&name, &target, {}};
        for (const BroadcastItem& item : items) {
            if (target.subscription.wants(item.topic)) delivery.items.push_back(&item);
        }
        if (delivery.items.empty()) continue;
        some.push_back(std::move(delivery));
        if (some.size() == targets_max) deliver_some(std::exchange(some, {}), stop);
    }
    if (!some.empty()) deliver_some(std::move(some), stop);
}

void PublishingEnd::deliver_some(std::vector<Delivery> some, const std::stop_token& stop) {
    if (deliver_together(some)) return;
    for (Delivery& delivery : some) give(delivery);
    // Nobody waits for those who are slow but the publisher, as all others have been served.
    for (Delivery& delivery : some) wait_for_room(delivery, stop);
}

bool PublishingEnd::deliver_together(const std::vector<Delivery>& some) {
    Commit commit;
    for (const Delivery& delivery : some) {
        for (const BroadcastItem* item : delivery.items) commit.put(delivery.target->queue, *item);
    }
    try {
        return commit.try_run_for(std::chrono::nanoseconds{0});
    } catch (const Error& error) {
        // One of them has gone or was disconnected, or all together are too large.
        const errc code = error.code();
        if (code == errc::stale_reference || code == errc::closed || code == errc::too_large) {
            return false;
        }
        throw;
    }
}

/// Takes from `delivery` what the subscriber has got, or will never get.
void PublishingEnd::give(Delivery& delivery) {
    auto next = delivery.items.begin();
    try {
        while (next != delivery.items.end() && give_one(delivery, **next)) ++next;
        delivery.items.erase(delivery.items.begin(), next);
    } catch (const Error& error) {
        if (error.code() == errc::stale_reference) {
            names_.remove(*delivery.name);
        } else if (error.code() == errc::closed) {  // by another publisher
            disconnect(delivery);
        } else {
            throw;
        }
        delivery.target->gone = true;
    }
    if (delivery.target->gone) delivery.items.clear();
}

/// False: there is no room, and its publishers wait.
bool PublishingEnd::give_one(const Delivery& delivery, const BroadcastItem& item) {
    Target& target = *delivery.target;
    if (target.gone || target.queue.try_put(item)) return true;
    if (died(delivery)) return true;
    switch (static_cast<WhenFull>(target.subscription.when_full)) {
        case WhenFull::drop_oldest: make_room_and_put(delivery, item); break;
        case WhenFull::drop_newest: count_dropped(delivery, 1); break;
        case WhenFull::disconnect:
            target.queue.close();
            disconnect(delivery);
            break;
        case WhenFull::wait: return false;
    }
    return true;
}

void PublishingEnd::wait_for_room(Delivery& delivery, const std::stop_token& stop) {
    while (!delivery.items.empty()) {
        try {
            if (delivery.target->queue.try_put_for(*delivery.items.front(), look_again, {}, stop)) {
                delivery.items.erase(delivery.items.begin());
                continue;
            }
        } catch (const Error& error) {
            const errc code = error.code();  // which give() will find as well
            if (code != errc::stale_reference && code != errc::closed) throw;
        }
        if (stop.stop_requested()) {
            throw Error(errc::cancelled, "publish in broadcast \"" + broadcast_ +
                                             "\": stopped while the queue \"" + *delivery.name +
                                             "\" of a subscriber was full; others have the item");
        }
        give(delivery);
    }
}

void PublishingEnd::make_room_and_put(const Delivery& delivery, const BroadcastItem& item) {
    Queue<BroadcastItem>& queue = delivery.target->queue;
    std::uint64_t dropped = 0;
    bool put = false;
    for (int attempt = 0; attempt < attempts_max && !put; ++attempt) {
        if (queue.try_get()) ++dropped;
        put = queue.try_put(item);
    }
    count_dropped(delivery, dropped + (put ? 0 : 1));
}

// The queue is closed first: a publisher that dies here leaves it to the others, who find it so.
void PublishingEnd::disconnect(const Delivery& delivery) {
    delivery.target->gone = true;
    auto [version, subscription] = names_.subscribers.versioned(*delivery.name);
    if (!subscription || subscription->disconnected) return;
    subscription->disconnected = true;
    // False: it is changing its topics, or has ended; who comes next to the closed queue marks it.
    static_cast<void>(names_.subscribers.put_if(*delivery.name, version, *subscription));
}

bool PublishingEnd::died(const Delivery& delivery) {
    const auto now = std::chrono::steady_clock::now();
    if (now < delivery.target->look_at) return false;
    delivery.target->look_at = now + look_again;
    if (!remove_mailbox_of_the_dead(client_, names_.mailboxes, *delivery.name,
                                    options_.durability)) {
        return false;
    }
    names_.remove(*delivery.name);
    delivery.target->gone = true;
    return true;
}

void PublishingEnd::count_dropped(const Delivery& delivery, std::uint64_t dropped) {
    if (dropped == 0) return;
    dropped_ += dropped;
    names_.dropped.add(*delivery.name, static_cast<std::int64_t>(dropped));
}

}  // namespace handoff::patterns::detail

#include <algorithm>
#include <utility>

#include "handoff/batch.hpp"
#include "handoff/patterns/detail/broadcast_ends.hpp"

namespace handoff::patterns::detail {
namespace {

/// Fetched at a time.
constexpr std::uint64_t fetch_max = 256;
/// So often one that hears nothing looks whether it is still listed. A queue that was removed is
/// made again by who waits at it, and nobody would put anything there.
constexpr std::chrono::nanoseconds listed_for = std::chrono::seconds{1};

QueueOptions queue_of(const SubscriberOptions& options) {
    QueueOptions queue;
    queue.capacity = options.capacity;
    queue.durability = options.durability;
    return queue;
}

/// What was promised of the subscription holds no more.
bool is_over(errc code) {
    return code == errc::manager_restarted || code == errc::session_lost ||
           code == errc::stale_reference || code == errc::lock_lost;
}

}  // namespace

bool Subscription::wants(const std::string& topic) const {
    return std::ranges::any_of(
        topics, [&](const std::string& beginning) { return topic.starts_with(beginning); });
}

BroadcastNames::BroadcastNames(Client& client, const std::string& broadcast,
                               std::optional<Durability> durability)
    : subscribers(client.dict<std::string, Subscription>(broadcast + ".subscribers",
                                                         {.durability = durability})),
      dropped(client.dict<std::string, std::int64_t>(broadcast + ".dropped",
                                                     {.durability = durability})),
      last(client.dict<std::string, std::string>(broadcast + ".last", {.durability = durability})),
      life(client.value<std::string>(broadcast + ".life", {.durability = durability})),
      mailboxes(client.set<std::string>(broadcast + ".mailboxes", {.durability = durability})) {
    try {
        begin(client);
    } catch (const Error& error) {
        // Told of objects that this client has used in an earlier life of the manager.
        if (error.code() != errc::manager_restarted) throw;
        begin(client);
    }
}

void BroadcastNames::begin(Client& client) {
    Batch batch = client.batch();
    batch.add(life.later().set_if(0, fresh_name("")));
    batch.add(subscribers.later().version());
    batch.add(dropped.later().version());
    batch.add(last.later().version());
    batch.add(mailboxes.later().version());
    batch.run();
}

void BroadcastNames::remove(const std::string& subscriber) {
    subscribers.erase(subscriber);
    dropped.erase(subscriber);
}

bool Heard::is_new(const BroadcastItem& item) {
    if (item.sequence == 0) return true;
    Last& last = last_[item.publisher];
    last.when = ++now_;
    if (item.sequence <= last.sequence) return false;
    last.sequence = item.sequence;
    constexpr std::size_t publishers_max = 1024;
    if (last_.size() > publishers_max) {
        last_.erase(
            std::ranges::min_element(last_, {}, [](const auto& each) { return each.second.when; }));
    }
    return true;
}

SubscribingEnd::SubscribingEnd(Client& client, std::string broadcast,
                               const SubscriberOptions& options)
    : client_(client), broadcast_(std::move(broadcast)), options_(options) {
    open();
}

SubscribingEnd::~SubscribingEnd() {
    leave();
}

// Publishers find it in the list before they find its queue gone.
void SubscribingEnd::leave() {
    if (!inbox_) return;
    try {
        names_->remove(inbox_->name());
    } catch (const Error&) {  // the manager is gone, or has begun anew: so is the list
    }
    inbox_.reset();
}

void SubscribingEnd::open() {
    leave();
    here_.clear();
    names_ = std::make_unique<BroadcastNames>(client_, broadcast_, options_.durability);
    // This removes the queues of the dead. Who is in the list had a queue before it came there.
    inbox_ = std::make_unique<Mailbox<BroadcastItem>>(client_, broadcast_, "subscriber",
                                                      queue_of(options_));
    queue_name_ = inbox_->name();
    const std::vector<std::string> listed = names_->subscribers.keys();
    const std::vector<std::string> live = names_->mailboxes.values();
    for (const std::string& name : listed) {
        if (std::ranges::find(live, name) == live.end()) names_->remove(name);
    }
    const auto topics = std::exchange(topics_, {});
    for (const auto& [beginning, since] : topics) topics_.emplace(beginning, 0);
    enlist();
    for (const auto& [beginning, since] : topics) {
        topics_.erase(beginning);
        read_last(beginning);
    }
    lost_ = false;
    look_at_ = std::chrono::steady_clock::now() + listed_for;
}

/// Throws also when its subscription is over, and notes that.
template <typename Call>
auto SubscribingEnd::in_session(Call call) {
    if (lost_) open();
    try {
        return call();
    } catch (const Error& error) {
        lost_ = is_over(error.code());
        throw;
    }
}

void SubscribingEnd::enlist() {
    Subscription subscription;
    for (const auto& [beginning, since] : topics_) subscription.topics.push_back(beginning);
    subscription.when_full = static_cast<std::uint8_t>(options_.when_full);
    names_->subscribers.put(inbox_->name(), subscription);
}

void SubscribingEnd::subscribe(const std::string& beginning) {
    in_session([&] {
        if (!topics_.emplace(beginning, 0).second) return;
        inbox_->outlive([this] { enlist(); });
        topics_.erase(beginning);
        inbox_->outlive([&] { read_last(beginning); });
    });
}

void SubscribingEnd::unsubscribe(const std::string& beginning) {
    in_session([&] {
        if (topics_.erase(beginning) > 0) inbox_->outlive([this] { enlist(); });
    });
}

void SubscribingEnd::read_last(const std::string& beginning) {
    auto last = names_->last.snapshot();
    for (const auto& [topic, payload] : last.rest()) {
        if (!topic.starts_with(beginning)) continue;
        const BroadcastItem item{topic, 0, payload};
        if (!is_due(item)) here_.push_back(item);  // else it comes, or came, by another topic
    }
    topics_.emplace(beginning, last.version());
}

bool SubscribingEnd::is_due(const BroadcastItem& item) const {
    return std::ranges::any_of(topics_, [&](const auto& each) {
        return item.topic.starts_with(each.first) &&
               (item.number == 0 || item.number > each.second);
    });
}

std::optional<BroadcastItem> SubscribingEnd::take(std::optional<std::chrono::nanoseconds> limit,
                                                  std::stop_token stop) {
    const auto begin = std::chrono::steady_clock::now();
    return in_session([&]() -> std::optional<BroadcastItem> {
        for (;;) {
            while (!here_.empty()) {
                BroadcastItem item = std::move(here_.front());
                here_.pop_front();
                if (is_due(item)) return item;
            }
            auto left = limit;
            if (left) *left -= std::chrono::steady_clock::now() - begin;
            if (!inbox_->outlive([&] { return fetch(left, stop); })) return std::nullopt;
        }
    });
}

/// False: nothing came in time, or stopped.
bool SubscribingEnd::fetch(std::optional<std::chrono::nanoseconds> limit,
                           const std::stop_token& stop) {
    const auto most = static_cast<std::uint32_t>(std::min(options_.capacity, fetch_max));
    const auto now = std::clamp<std::chrono::nanoseconds>(limit.value_or(listed_for),
                                                          std::chrono::nanoseconds{0}, listed_for);
    Queue<BroadcastItem>& queue = inbox_->queue();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<BroadcastItem> came = queue.try_get_many_for(most, now, stop);
    if (came.empty()) {
        if (std::chrono::steady_clock::now() - begin < now) look_at_ = {};  // closed, perhaps
        const bool goes_on = is_listed() && !stop.stop_requested();
        if (limit) return goes_on && *limit > now;
        if (goes_on) return true;
        came = queue.get_many(most, stop);  // says why it does not
    }
    for (BroadcastItem& item : came) {
        if (heard_.is_new(item)) here_.push_back(std::move(item));
    }
    return true;
}

/// False: it was disconnected, and its queue is closed. Throws if it was taken for dead.
bool SubscribingEnd::is_listed() {
    const auto now = std::chrono::steady_clock::now();
    if (now < look_at_) return true;
    look_at_ = now + listed_for;
    const auto subscription = names_->subscribers.get(inbox_->name());
    if (subscription) return !subscription->disconnected;
    throw Error(errc::session_lost, "broadcast \"" + broadcast_ + "\": the subscriber \"" +
                                        inbox_->name() +
                                        "\" was not heard of for too long, and was removed");
}

std::uint64_t SubscribingEnd::dropped() const {
    const auto count = insist(lasts(options_.durability) ? managers_max : 0,
                              [this] { return names_->dropped.get(queue_name_); });
    return static_cast<std::uint64_t>(count.value_or(0));
}

}  // namespace handoff::patterns::detail

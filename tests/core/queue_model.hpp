#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/queue_fixture.hpp"

// A queue as simple as can be: a list of items, looked through from end to end for everything. It
// knows neither extents nor indexes, so what it does can be seen to be right; the real queue is
// compared with it.

namespace handoff::core::test {

/// An item as it appears outside: in a delivery or a look.
struct Seen {
    Token token = 0;
    std::uint64_t id = 0;
    std::uint64_t deliveries = 0;
    std::int32_t priority = 0;
    Millis put_at{0};
    std::string payload, key, reason, headers, trace;
    bool operator==(const Seen&) const = default;
};

/// The parts of a delivery, item by item.
inline std::vector<Seen> seen_in(const std::vector<Lent>& lents) {
    std::vector<Seen> all;
    for (const Lent& lent : lents) {
        const Part& part = lent.part;
        std::uint64_t n = 0;
        for (const std::string& payload : payloads_of(lent.run.view())) {
            all.push_back({part.token == 0 ? 0 : part.token + n, part.id + n, part.deliveries,
                           part.priority, part.put_at, payload, part.key, part.reason,
                           std::string(part.headers.view()), std::string(part.trace.view())});
            ++n;
        }
        if (n != part.count) all.push_back({});  // equal to nothing
    }
    return all;
}

class QueueModel {
public:
    explicit QueueModel(QueueSettings settings) : settings_(std::move(settings)) {}

    struct Item {
        std::uint64_t id = 0;
        Seen seen;  ///< but for token and deliveries
        std::uint64_t deliveries = 0;
        Time expires_at = never;
        ItemState state = ItemState::ready;
        Holder holder = 0;
        Token token = 0;
        bool held = false;
        std::uint32_t pins = 0;
        Time deadline = never;
        Millis duration{0};
        Time leaves{};              ///< when a delayed item does
        std::uint64_t delayed = 0;  ///< among those that leave together, the smaller goes first
        bool gone = false;

        [[nodiscard]] std::uint64_t weight() const {
            return item_bytes(seen.payload.size()) + seen.key.size() + seen.headers.size() +
                   seen.trace.size();
        }
    };
    using Items = std::vector<Item*>;

    std::uint32_t fits(const Texts& payloads, const Columns& columns, Queue::Freed freed);
    bool remembers(const std::string& key, Now now) const;
    void put(const Columns& columns, const Texts& payloads, Now now);
    void adopt(const std::vector<Seen>& dead, Now now);
    std::vector<Seen> take(const Borrow& borrow, Token& next_token, Now now);
    Queue::Freed lent_to(Holder holder, Range tokens);

    SettleResult ack(Holder holder, Range tokens);
    SettleResult release(Holder holder, Range tokens, Millis delay, Now now);
    SettleResult bury(Holder holder, Range tokens, const std::string& reason);
    SettleResult extend(Holder holder, Range tokens, std::optional<Millis> lease, Now now);
    SettleResult give_back(Holder holder, Range tokens, Now now);
    void taken_up_to(Holder holder, Token token, Now now);
    void pin(Holder holder, Range tokens, bool pinned, Now now);
    void return_all(Holder holder, bool died, Now now);
    std::uint64_t held_by(Holder holder);

    /// The oldest dead items, which leave for another queue.
    std::vector<Seen> take_dead(std::uint32_t items);
    std::uint64_t kick(std::uint64_t items_max, Now now);
    void close() { closed_ = true; }
    std::uint64_t close_now();
    bool drained_for(Holder holder);
    std::uint64_t purge(bool also_dead);
    std::vector<Seen> peek(ItemState state);
    QueueStats stats();
    Deadlines next_deadline();
    void advance(Now now);

private:
    /// The items of a state, in the order in which they leave it.
    Items in(ItemState state);
    Items leased_by(Holder holder, Range tokens);
    template <class Wanted>
    SettleResult refusals(Range tokens, const Items& mine, Wanted wanted);
    void add(Item item, const Texts& payloads, Millis delay, Now now);
    void take_up(Item& item);
    void come_back(Item& item, Millis delay, Now now);
    void set_aside(Item& item, Time until);
    void remove(Item& item, std::uint64_t& counter);
    void sweep();
    void remember(const std::string& key, Now now);
    void forget_old(Now now);

    struct Known {
        std::string key;
        Time until{};
    };

    QueueSettings settings_;
    std::vector<Known> keys_;  ///< oldest first
    std::map<std::uint64_t, Item> items_;
    std::uint64_t next_id_ = 1;
    std::uint64_t next_delayed_ = 1;
    bool closed_ = false;
    bool discard_ = false;
    QueueStats counters_;
};

}  // namespace handoff::core::test

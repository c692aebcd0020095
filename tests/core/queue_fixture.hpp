#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/queue.hpp"

// What the tests of the queue share: a queue with a clock and tokens, spoken to in payloads.

namespace handoff::core::test {

using handoff::Order;
using handoff::unlimited;

using Texts = std::vector<std::string>;

inline Run run_of(const Texts& payloads) {
    std::string bytes;
    for (const std::string& payload : payloads) append_item(bytes, payload);
    return {static_cast<std::uint32_t>(payloads.size()), Slice::copy(bytes)};
}

inline Texts payloads_of(std::string_view run) {
    Texts payloads;
    while (!run.empty()) {
        payloads.emplace_back(first_payload(run));
        run.remove_prefix(*first_item_bytes(run));
    }
    return payloads;
}

inline Texts payloads_of(const std::vector<Lent>& lents) {
    Texts all;
    for (const Lent& lent : lents) {
        for (std::string& payload : payloads_of(lent.run.view())) all.push_back(std::move(payload));
    }
    return all;
}

/// "1", "2" … up to `last`.
inline Texts numbers(int first, int last) {
    Texts all;
    for (int i = first; i <= last; ++i) all.push_back(std::to_string(i));
    return all;
}

inline Columns with_priority(std::int32_t priority) {
    Columns columns;
    columns.priority = priority;
    return columns;
}

inline Columns with_delay(Millis delay) {
    Columns columns;
    columns.delay = delay;
    return columns;
}

inline Columns with_time_to_live(Millis time_to_live) {
    Columns columns;
    columns.time_to_live = time_to_live;
    return columns;
}

inline QueueSettings with_order(Order order) {
    QueueSettings settings;
    settings.order = order;
    return settings;
}

inline QueueSettings with_deliveries_max(std::uint64_t deliveries_max) {
    QueueSettings settings;
    settings.deliveries_max = deliveries_max;
    return settings;
}

/// A queue in a world of its own: time stands still unless it is told to pass, and the first item
/// lent gets token 1, the next token 2.
struct TestQueue {
    explicit TestQueue(QueueSettings settings = {}) : queue(std::move(settings)) {}

    void put(const std::string& payload, const Columns& columns = {}) {
        queue.put(columns, run_of({payload}), now);
    }
    void put_all(const Texts& payloads, const Columns& columns = {}) {
        queue.put(columns, run_of(payloads), now);
    }

    std::vector<Lent> lend(Holder holder, std::uint32_t items_max = 1) {
        Borrow borrow;
        borrow.holder = holder;
        borrow.items_max = items_max;
        return queue.take(borrow, next_token, now);
    }
    std::vector<Lent> prefetch(Holder holder, std::uint32_t items_max = 1) {
        Borrow borrow;
        borrow.holder = holder;
        borrow.items_max = items_max;
        borrow.held = true;
        return queue.take(borrow, next_token, now);
    }
    Texts take(Holder holder, std::uint32_t items_max = 1) {
        return payloads_of(lend(holder, items_max));
    }
    /// Takes and acknowledges all that is ready.
    Texts drain() {
        const Token first = next_token;
        const Texts all = take(drainer, 1'000'000);
        if (next_token > first) queue.ack(drainer, {first, next_token - 1});
        return all;
    }

    SettleResult ack(Holder holder, Range tokens) { return queue.ack(holder, tokens); }
    SettleResult release(Holder holder, Range tokens, Millis delay = Millis{0}) {
        return queue.release(holder, tokens, delay, now);
    }
    SettleResult bury(Holder holder, Range tokens, const std::string& reason = "bad") {
        return queue.bury(holder, tokens, reason, now);
    }

    Texts peek(ItemState state) const { return payloads_of(queue.peek(state, 1'000'000)); }

    void pass(Millis time) {
        now.boot += time;
        now.wall += time;
        queue.advance(now);
    }

    static constexpr Holder drainer = 999;

    Queue queue;
    Token next_token = 1;
    Now now{std::chrono::hours{1}, std::chrono::hours{24 * 365 * 50}};
};

}  // namespace handoff::core::test

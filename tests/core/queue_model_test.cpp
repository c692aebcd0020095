#include <random>

#include "core/queue_fixture.hpp"
#include "core/queue_model.hpp"
#include "support/catch.hpp"

using namespace handoff::core;
using namespace handoff::core::test;

namespace {

/// Does the same to a queue and to its model, at random but the same each time, and compares.
class Comparison {
public:
    Comparison(Order order, std::uint64_t seed) : Comparison(small(order), seed) {}
    Comparison(const QueueSettings& settings, std::uint64_t seed)
        : queue_(settings), model_(settings), random_(seed) {}

    void step() {
        const std::uint64_t choice = below(100);
        if (choice < 22) {
            put();
        } else if (choice < 42) {
            take();
        } else if (choice < 72) {
            settle();
        } else if (choice < 82) {
            hold();
        } else if (choice < 90) {
            pass();
        } else if (choice < 93) {
            return_everything();
        } else {
            attend_dead();
        }
        compare_counts();
        if (++steps_ % 8 == 0) compare_contents();
    }

    /// Things that leave little to compare, so they are rare.
    void purge() {
        const bool also_dead = below(2) == 0;
        CHECK(queue_.purge(also_dead) == model_.purge(also_dead));
    }
    void close() {
        queue_.close();
        model_.close();
    }
    void close_now() { CHECK(queue_.close_now() == model_.close_now()); }

    [[nodiscard]] QueueStats stats() const { return queue_.stats(); }

private:
    static QueueSettings small(Order order) {
        QueueSettings settings;
        settings.capacity = 150;
        settings.capacity_bytes = 60'000;
        settings.order = order;
        settings.lease = Millis{40};
        settings.deliveries_max = 3;
        settings.key_window = Millis{120};
        settings.keys_max = 8;
        return settings;
    }

    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    Holder any_holder() { return 1 + below(4); }
    Millis any_time(std::uint64_t end) { return Millis{static_cast<std::int64_t>(below(end))}; }

    /// Around tokens that are still about, mostly; now and then anything at all.
    Range any_tokens() {
        if (below(40) == 0) return {0, unlimited};
        if (below(40) == 0) return {next_token_ + 5, next_token_};
        const Token last = next_token_ + 3 - std::min<Token>(next_token_ + 3, below(120));
        return {last - std::min<Token>(last, below(below(3) == 0 ? 40 : 4)), last};
    }

    std::string any_key() { return "key " + std::to_string(below(30)); }

    Columns any_columns() {
        Columns columns;
        if (below(3) == 0) columns.priority = static_cast<std::int32_t>(below(3)) - 1;
        if (below(6) == 0) columns.delay = any_time(60);
        if (below(4) == 0) columns.time_to_live = any_time(150);
        if (below(20) == 0) columns.key = any_key();
        if (below(20) == 0) columns.headers = Slice::copy("headers " + std::to_string(below(100)));
        if (below(20) == 0) columns.trace = Slice::copy("trace " + std::to_string(below(100)));
        return columns;
    }

    Texts any_payloads() {
        Texts payloads(below(3) == 0 ? 1 + below(12) : 1);
        for (std::string& payload : payloads) {
            const std::uint64_t kind = below(20);
            const std::uint64_t size = kind < 15 ? below(20) : kind < 19 ? below(400) : below(6000);
            payload = std::to_string(++payloads_made_) + std::string(size, 'x');
        }
        return payloads;
    }

    void put() {
        Columns columns = any_columns();
        Texts payloads = any_payloads();
        const std::string key = any_key();
        REQUIRE(queue_.remembers(key, now_) == model_.remembers(key, now_));
        const Holder holder = any_holder();
        Queue::Freed freed;
        if (below(3) == 0) freed = queue_.lent_to(holder, any_tokens());
        REQUIRE(queue_.fits(run_of(payloads), columns, freed) ==
                model_.fits(payloads, columns, freed));
        const std::uint32_t room = queue_.fits(run_of(payloads), columns, {});
        if (columns.notes_bytes() == 0) {
            REQUIRE(queue_.fits(run_of(payloads)) == room);
        }
        payloads.resize(room);
        queue_.put(columns, run_of(payloads), now_);
        model_.put(columns, payloads, now_);
    }

    void take() {
        Borrow borrow;
        borrow.holder = any_holder();
        borrow.items_max = static_cast<std::uint32_t>(below(below(3) == 0 ? 30 : 4));
        if (below(5) == 0) borrow.bytes_max = below(500);
        if (below(5) == 0) borrow.lease = any_time(100);
        borrow.held = below(2) == 0;
        Token model_token = next_token_;
        const auto taken = seen_in(queue_.take(borrow, next_token_, now_));
        REQUIRE(taken == model_.take(borrow, model_token, now_));
        REQUIRE(next_token_ == model_token);
    }

    void settle() {
        const Holder holder = any_holder();
        const Range tokens = any_tokens();
        SettleResult real;
        SettleResult expected;
        switch (below(6)) {
            case 0:
            case 1:
                real = queue_.ack(holder, tokens);
                expected = model_.ack(holder, tokens);
                break;
            case 2: {
                const Millis delay = below(2) == 0 ? any_time(50) : Millis{0};
                real = queue_.release(holder, tokens, delay, now_);
                expected = model_.release(holder, tokens, delay, now_);
                break;
            }
            case 3: {
                const std::string reason = "reason " + std::to_string(below(5));
                real = queue_.bury(holder, tokens, reason, now_);
                expected = model_.bury(holder, tokens, reason);
                break;
            }
            case 4: {
                std::optional<Millis> lease;
                if (below(2) == 0) lease = any_time(100);
                real = queue_.extend(holder, tokens, lease, now_);
                expected = model_.extend(holder, tokens, lease, now_);
                break;
            }
            case 5:
                real = queue_.give_back(holder, tokens, now_);
                expected = model_.give_back(holder, tokens, now_);
                break;
        }
        REQUIRE(real.done == expected.done);
        REQUIRE(real.refused == expected.refused);
    }

    void hold() {
        const Holder holder = any_holder();
        const Range tokens = any_tokens();
        if (below(3) == 0) {
            const bool pinned = below(2) == 0;
            queue_.pin(holder, tokens, pinned, now_);
            model_.pin(holder, tokens, pinned, now_);
        } else {
            queue_.taken_up_to(holder, tokens.last, now_);
            model_.taken_up_to(holder, tokens.last, now_);
        }
    }

    void pass() {
        now_.boot += std::chrono::microseconds{below(20'000)};
        now_.wall += std::chrono::microseconds{below(20'000)};
        if (below(4) == 0) return;  // whoever acts next may be earlier than advance()
        queue_.advance(now_);
        model_.advance(now_);
    }

    void return_everything() {
        const Holder holder = any_holder();
        const std::uint64_t how = below(3);
        if (how == 0) {
            queue_.return_held(holder, false, now_);
            model_.give_back(holder, {0, unlimited}, now_);
        } else {
            queue_.return_all(holder, how == 1, now_);
            model_.return_all(holder, how == 1, now_);
        }
    }

    void attend_dead() {
        const auto items_max = static_cast<std::uint32_t>(below(6));
        if (below(2) == 0) {
            REQUIRE(queue_.kick(items_max, now_) == model_.kick(items_max, now_));
            return;
        }
        const auto dead = queue_.take_dead(items_max);
        REQUIRE(dead.has_value() == (items_max > 0 && !model_.peek(ItemState::dead).empty()));
        if (!dead) return;
        REQUIRE(dead->count <= items_max);
        const auto expected = model_.take_dead(dead->count);
        REQUIRE(dead->id == expected.front().id);
        Texts payloads;
        for (const Seen& seen : expected) payloads.push_back(seen.payload);
        REQUIRE(payloads_of(dead->bytes.view()) == payloads);
        queue_.adopt(*dead, now_);
        model_.adopt(expected, now_);
    }

    void compare_counts() {
        REQUIRE(queue_.stats() == model_.stats());
        const Deadlines next = queue_.next_deadline();
        REQUIRE(next.boot == model_.next_deadline().boot);
        REQUIRE(next.wall == model_.next_deadline().wall);
        const Holder holder = any_holder();
        const Range tokens = any_tokens();
        const Queue::Freed lent = queue_.lent_to(holder, tokens);
        REQUIRE(lent.items == model_.lent_to(holder, tokens).items);
        REQUIRE(lent.bytes == model_.lent_to(holder, tokens).bytes);
        REQUIRE(queue_.held_by(holder) == model_.held_by(holder));
        REQUIRE(queue_.drained_for(holder) == model_.drained_for(holder));
    }

    void compare_contents() {
        for (const ItemState state :
             {ItemState::ready, ItemState::leased, ItemState::delayed, ItemState::dead}) {
            const auto lents = queue_.peek(state, 1'000'000);
            REQUIRE(seen_in(lents) == model_.peek(state));
            for (const Lent& lent : lents) {
                REQUIRE(lent.run.owner_bytes() <= 4 * lent.run.size() + 3);
            }
        }
        for (Holder holder = 1; holder <= 4; ++holder) {
            const Queue::Freed all = model_.lent_to(holder, {0, unlimited});
            REQUIRE(queue_.outstanding(holder).items == all.items);
            REQUIRE(queue_.outstanding(holder).bytes == all.bytes);
        }
        const Extent* const oldest = queue_.oldest_dead();
        const auto dead = model_.peek(ItemState::dead);
        REQUIRE((oldest == nullptr) == dead.empty());
        if (oldest != nullptr) REQUIRE(oldest->id == dead.front().id);
    }

    Queue queue_;
    QueueModel model_;
    std::mt19937_64 random_;
    Token next_token_ = 1;
    Now now_{std::chrono::hours{1}, std::chrono::hours{24 * 365 * 50}};
    std::uint64_t payloads_made_ = 0;
    std::uint64_t steps_ = 0;
};

void compare(Order order) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        Comparison comparison{order, seed};
        for (int step = 0; step < 3000; ++step) {
            CAPTURE(step);
            comparison.step();
            if (step % 500 == 499) comparison.purge();
        }
        comparison.close();
        for (int step = 0; step < 200; ++step) comparison.step();
        comparison.close_now();
        for (int step = 0; step < 500; ++step) comparison.step();

        // The comparison is worth nothing unless everything has happened.
        const QueueStats stats = comparison.stats();
        CHECK(stats.puts > 1000);
        for (const std::uint64_t count :
             {stats.deliveries, stats.redeliveries, stats.acks, stats.releases, stats.lapses,
              stats.buried, stats.expired, stats.purged, stats.dead_lettered}) {
            CHECK(count > 20);
        }
    }
}

}  // namespace

TEST_CASE("a fifo queue does at random what a simple list would do") {
    compare(Order::fifo);
}

TEST_CASE("a lifo queue does at random what a simple list would do") {
    compare(Order::lifo);
}

TEST_CASE("a priority queue does at random what a simple list would do") {
    compare(Order::priority);
}

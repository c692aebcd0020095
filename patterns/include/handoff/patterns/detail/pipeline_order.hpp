#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/commit.hpp"
#include "handoff/lock.hpp"
#include "handoff/patterns/detail/pipeline_stage.hpp"
#include "handoff/value.hpp"

namespace handoff::patterns::detail {

/// How far an ordered pipeline has come: the number of the next item to collect. It is the one item
/// of a queue with room for one, so that it moves on in the same commit in which results are
/// acknowledged, and lasts as long as they do.
class Position {
public:
    Position(Client& client, const std::string& pipeline, const QueueOptions& options)
        : item_(client.queue<std::uint64_t>(pipeline + ".position", with_room_for_one(options))),
          bell_(client.value<std::uint64_t>(pipeline + ".bell")),
          collecting_(client.lock(pipeline + ".collecting")) {
        static_cast<void>(item_.try_put(0));  // false: it is there already
    }

    /// Waits until nobody else collects, and takes the position.
    std::uint64_t take(std::stop_token stop) {
        collecting_.lock(stop);
        try {
            held_ = item_.lease({.ttl = std::nullopt, .renew = true}, stop);
            if (!held_) throw Error(errc::cancelled, "collect: stopped");
        } catch (...) {
            give_back();
            throw;
        }
        return *held_;
    }
    void give_back() noexcept {
        held_ = {};
        try {
            collecting_.unlock();
        } catch (const Error&) {  // it was lost with the session
        }
    }
    /// The acknowledgements in `commit`, and the position moves on; all or nothing.
    void advance(Commit& commit, std::uint64_t next) {
        commit.ack(held_);
        commit.put(item_, next);
        commit.run();
        held_ = item_.lease({.ttl = std::nullopt, .renew = true});
        bell_.set(next);
    }

    /// Waits until the position is at least this; false: stopped.
    bool wait_for(std::uint64_t least, const std::stop_token& stop) {
        while (seen_ < least) {
            const std::uint64_t version = bell_.versioned().version;
            look();
            if (seen_ >= least || stop.stop_requested()) break;
            // The bell is in memory only; after a manager's restart it may say nothing.
            constexpr std::chrono::seconds look_again{1};
            static_cast<void>(bell_.wait_until_changed_for(version, look_again, stop));
        }
        return !stop.stop_requested();
    }
    [[nodiscard]] std::uint64_t seen() const { return seen_; }

private:
    static QueueOptions with_room_for_one(QueueOptions options) {
        options.capacity = 1;
        options.deliveries_max = unlimited;
        return options;
    }
    void look() {
        for (const ItemState state : {ItemState::leased, ItemState::ready}) {
            for (const std::uint64_t position : item_.peek(1, state)) {
                seen_ = std::max(seen_, position);
            }
        }
    }

    Queue<std::uint64_t> item_;
    Value<std::uint64_t> bell_;
    Lock collecting_;
    Lease<std::uint64_t> held_;
    std::uint64_t seen_ = 0;
};

/// Hands results on by their numbers. What comes too early stays leased until it is its turn.
template <typename Out>
class InOrder {
public:
    using Result = Lease<Step<Out>>;

    InOrder(Position position, std::stop_token stop)
        : position_(std::move(position)), next_(position_.take(std::move(stop))) {}
    ~InOrder() {
        early_.clear();
        position_.give_back();
    }
    InOrder(const InOrder&) = delete;
    InOrder& operator=(const InOrder&) = delete;

    void add(std::vector<Result> results) {
        for (Result& result : results) {
            const std::uint64_t number = result->number;
            // A source that began anew has fed it once more.
            if (number < next_ || early_.contains(number)) {
                result.ack();
            } else {
                early_.emplace(number, std::move(result));
            }
        }
    }

    /// Calls `sink(const Out&)` with all whose turn it is, and acknowledges them together, a batch
    /// at a time. What it throws leaves this, after what it was given before has been acknowledged.
    template <typename Sink>
    void hand_on(Sink& sink) {
        while (hand_on_a_batch(sink)) {
        }
    }

    /// At the end of the stream: also past numbers that are missing.
    template <typename Sink>
    void hand_on_the_rest(Sink& sink) {
        while (!early_.empty()) {
            next_ = early_.begin()->first;
            hand_on(sink);
        }
    }

private:
    template <typename Sink>
    bool hand_on_a_batch(Sink& sink) {
        constexpr std::size_t batch_max = 256;
        std::vector<Result> handed;
        std::exception_ptr failure;
        try {
            while (handed.size() < batch_max && !early_.empty() && early_.begin()->first == next_) {
                const Result& result = early_.begin()->second;
                if (result->value) sink(*result->value);
                handed.push_back(std::move(early_.extract(early_.begin()).mapped()));
                ++next_;
            }
        } catch (...) {
            failure = std::current_exception();
        }
        if (!handed.empty()) {
            Commit commit;
            for (Result& result : handed) commit.ack(result);
            position_.advance(commit, next_);
        }
        if (failure) std::rethrow_exception(failure);
        return handed.size() == batch_max;
    }

    Position position_;
    std::uint64_t next_;
    std::map<std::uint64_t, Result> early_;
};

}  // namespace handoff::patterns::detail

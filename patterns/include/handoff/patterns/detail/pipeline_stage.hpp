#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/codec.hpp"
#include "handoff/commit.hpp"
#include "handoff/queue.hpp"

namespace handoff::patterns {

/// An item that its pipeline has given up.
struct DeadItem {
    std::string stage;       ///< where
    std::string reason;      ///< what its work threw last, or that its workers died
    std::uint64_t number;    ///< its place, in an ordered pipeline
    std::uint32_t attempts;  ///< how often it was tried
    std::string payload;     ///< what the stage was given, encoded

    /// What the stage was given. Throws errc::wrong_type if that is no T.
    template <typename T>
    [[nodiscard]] T as() const {
        return Codec<T>::decode(payload);
    }
    MSGPACK_DEFINE(stage, reason, number, attempts, payload)
};

/// How a stage treats its items.
struct StageOptions {
    unsigned workers = 1;  ///< threads that Pipeline::start() gives it
    /// An item is tried so often, counting attempts whose worker died; then it is dead.
    std::uint32_t attempts_max = 3;
    std::chrono::milliseconds retry_after{1000};  ///< after work that threw
    /// By default an item stays with its worker while that lives.
    LeaseOptions lease{.ttl = std::nullopt, .renew = true};
    std::optional<std::uint64_t> capacity{};  ///< of its results; unset: the pipeline's
};

namespace detail {

/// What travels: an item, or the hole that one has left in the order.
template <typename T>
struct Step {
    std::uint64_t number = 0;
    std::optional<T> value;
    MSGPACK_DEFINE(number, value)
};

/// What a stage's function makes of an item: a T, or a std::optional<T>.
template <typename T>
struct MadeOf {
    using type = T;
};
template <typename T>
struct MadeOf<std::optional<T>> {
    using type = T;
};
template <typename Work, typename In>
using Made = typename MadeOf<std::decay_t<std::invoke_result_t<Work&, const In&>>>::type;

/// What the function of a stage that fans out makes of an item: several.
template <typename Work, typename In>
using ManyMade = typename std::decay_t<std::invoke_result_t<Work&, const In&>>::value_type;

/// What the threads of one program share: the first error ends them all.
class FirstError {
public:
    void fail(std::exception_ptr error) {
        {
            const std::lock_guard lock{mutex_};
            if (!error_) error_ = std::move(error);
        }
        failed_.request_stop();
    }
    void rethrow() const {
        const std::lock_guard lock{mutex_};
        if (error_) std::rethrow_exception(error_);
    }
    [[nodiscard]] std::stop_token token() const { return failed_.get_token(); }

private:
    std::stop_source failed_;
    mutable std::mutex mutex_;
    std::exception_ptr error_;
};

/// One stage: the queues before and behind it, and its rules.
template <typename In, typename Out>
struct Stage {
    std::string name;
    StageOptions options;
    bool ordered = false;
    Queue<Step<In>> in;
    Queue<Step<Out>> out;
    Queue<DeadItem> dead;

    /// Works until `in` is closed and all of it is done, and then closes `out`; or until stopped.
    /// Returns how many items it has handed on. `many`: the work makes several of one.
    template <bool many, typename Work>
    std::uint64_t run(Work& work, std::stop_token stop) {
        std::uint64_t done = 0;
        while (Lease<Step<In>> step = in.lease(options.lease, stop)) {
            try {
                if (one<many>(work, step, stop)) ++done;
            } catch (const Error& error) {
                // Stopped while `out` was full: the item goes back. Lapsed: it has gone back.
                if (error.code() == errc::cancelled && stop.stop_requested()) return done;
                if (error.code() != errc::lease_lapsed) throw;
            }
        }
        if (stop.stop_requested()) return done;
        try {
            in.join(stop);  // others may be at work on what is left
            out.close();
        } catch (const Error& error) {
            if (error.code() != errc::cancelled) throw;
        }
        return done;
    }

private:
    template <bool many, typename Work>
    bool one(Work& work, Lease<Step<In>>& step, const std::stop_token& stop) {
        if (!step->value) {
            step.ack_and_put(out, Step<Out>{step->number, std::nullopt}, {}, stop);
            return false;
        }
        if (step.deliveries() > options.attempts_max) {
            bury(step, "the workers that had it died", stop);
            return false;
        }
        std::decay_t<std::invoke_result_t<Work&, const In&>> made;
        try {
            made = std::invoke(work, *step->value);
        } catch (const std::exception& failure) {
            if (step.deliveries() >= options.attempts_max) {
                bury(step, failure.what(), stop);
            } else {
                step.release(options.retry_after);
            }
            return false;
        }
        if constexpr (many) {
            return hand_on_all(made, step, stop);
        } else {
            hand_on({step->number, std::move(made)}, step, stop);
            return true;
        }
    }

    void hand_on(const Step<Out>& result, Lease<Step<In>>& step, const std::stop_token& stop) {
        if (result.value || ordered) {
            step.ack_and_put(out, result, {}, stop);
        } else {
            step.ack();
        }
    }
    /// False: they are too many or too large.
    bool hand_on_all(std::vector<Out>& made, Lease<Step<In>>& step, const std::stop_token& stop) {
        Commit commit;
        commit.ack(step);
        for (Out& each : made) commit.put(out, Step<Out>{step->number, std::move(each)});
        try {
            commit.run(stop);
        } catch (const Error& error) {
            if (error.code() != errc::too_large) throw;
            bury(step, error.what(), stop);
            return false;
        }
        return true;
    }

    void bury(Lease<Step<In>>& step, const std::string& reason, const std::stop_token& stop) {
        DeadItem item{name, reason, step->number, step.deliveries(), {}};
        Codec<In>::encode(*step->value, item.payload);
        Commit commit;
        commit.ack(step);
        commit.put(dead, item);
        if (ordered) commit.put(out, Step<Out>{step->number, std::nullopt});
        commit.run(stop);
    }
};

/// A stage whose types are forgotten.
struct AnyStage {
    std::string name;
    unsigned workers = 1;
    std::function<std::uint64_t(std::stop_token)> run;
    std::function<QueueStats()> stats;  ///< of the queue before it
};

}  // namespace detail
}  // namespace handoff::patterns

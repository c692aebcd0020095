#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/commit.hpp"
#include "handoff/dict.hpp"
#include "handoff/lease.hpp"

namespace handoff::patterns {

/// When items are put again and again.
struct PeriodOptions {
    /// Of the first; unset: one period from now.
    std::optional<std::chrono::system_clock::time_point> first{};
    std::uint64_t times = unlimited;
    /// After a time without schedulers, all that was due is put. False: the latest of it alone, and
    /// what is left out counts as put.
    bool catch_up = true;
};

struct ScheduleOptions {
    /// Of the entries, and of what was put last. All programs say the same, and the queue is as
    /// durable; unset: memory.
    std::optional<Durability> durability{};
};

/// What is in a schedule.
struct ScheduleEntry {
    std::string id;
    std::chrono::system_clock::time_point due;
    std::chrono::milliseconds period{0};  ///< 0: it is put once
    std::uint64_t left = 0;               ///< so many times
};

namespace detail {

struct Planned {
    std::int64_t due_ms = 0;  ///< since 1970
    std::int64_t period_ms = 0;
    std::uint64_t left = 0;
    bool catch_up = true;
    std::string payload;
    std::uint64_t made = 0;  ///< tells it from others that had this id
    MSGPACK_DEFINE(due_ms, period_ms, left, catch_up, payload, made)

    /// The occurrence that is put at this time.
    [[nodiscard]] std::int64_t occurrence(std::int64_t now_ms) const;
    /// What is left once this occurrence was put; empty: nothing.
    [[nodiscard]] std::optional<Planned> after(std::int64_t occurrence_ms) const;
    /// Nothing of it was put since. Versions of entries do not tell: a new manager gives others.
    [[nodiscard]] bool is_as_then(std::uint64_t made_then, std::int64_t due_ms_then) const {
        return made == made_then && due_ms == due_ms_then;
    }
};

/// Who has it schedules. It says what its former holder put last: that may not be noted yet.
struct Baton {
    std::string id;           ///< empty: nothing
    std::uint64_t made = 0;   ///< of the entry
    std::int64_t due_ms = 0;  ///< of the entry, before
    std::int64_t occurrence_ms = 0;
    MSGPACK_DEFINE(id, made, due_ms, occurrence_ms)
};

[[nodiscard]] std::int64_t to_ms(std::chrono::system_clock::time_point time);
[[nodiscard]] std::chrono::system_clock::time_point to_time(std::int64_t ms);

/// What is left of a Schedule without types.
class Plan {
public:
    Plan(Client& client, const std::string& name, const ScheduleOptions& options);

    bool add(const std::string& id, Planned planned);
    bool cancel(const std::string& id) { return entries_.erase(id); }
    [[nodiscard]] std::vector<ScheduleEntry> entries() const;

    /// An entry that is due.
    struct Due {
        std::string id;
        Planned planned;
        std::int64_t occurrence_ms = 0;
    };
    /// Holds nothing when stopped.
    [[nodiscard]] Lease<Baton> take_baton(const std::stop_token& stop);
    /// Waits for the next that is due; empty when stopped.
    [[nodiscard]] std::optional<Due> wait_for_due(const std::stop_token& stop);
    /// It was away for too long, or does not know what became of a call: the baton, which somebody
    /// has by now, and the entries tell.
    [[nodiscard]] bool goes_on_after(errc code) const;
    /// Adds to a commit that this one passes the baton on, and says what it puts.
    void pass_baton(Commit& commit, Lease<Baton>& baton, const Due& due) const;

private:
    /// Of the earliest entry: it is due, or that is when to look again.
    struct Next {
        std::optional<Due> due;
        std::uint64_t version = 0;
        std::int64_t wait_ms = 0;
    };
    [[nodiscard]] Next look() const;
    void note(const Baton& baton);

    bool lasts_;
    Dict<std::string, Planned> entries_;
    Queue<Baton> baton_;
};

}  // namespace detail

/// Items that are put into a queue at a time, or again and again, by whichever scheduler is there.
///
///     handoff::patterns::Schedule<Job> schedule(client, "nightly", jobs);
///     schedule.every("clean up", 24h, job);
///     schedule.run(stop);  // in this program, and in others
///
/// **Guarantee.** Each occurrence of an entry is put once, not before it is due, however schedulers
/// die, stop and come back: who schedules holds a lease, and the put is one commit with it, so that
/// whoever lost the lease puts nothing. Each item has the headers "schedule", the entry's id, and
/// "due", in milliseconds since 1970.
///
/// An occurrence that is due in the moment of its cancel() may still come. Due is what the clock of
/// the scheduler says.
///
/// **The manager.** By default the schedule is in its memory, whatever the queue is; calls throw
/// errc::manager_restarted when that is gone. With `durability`, and a queue that is durable as
/// well, entries are there again after the manager was killed, each occurrence is still put once,
/// and run() goes on with the next manager. at(), every() and cancel() that were under way throw
/// errc::outcome_unknown; entries() tells.
///
/// Cost: five round trips an item, one of which reads all entries; who waits costs nothing. So it
/// suits hundreds of entries and some hundreds of items a second.
///
/// Thread safety: safe. The client must outlive it.
template <typename T>
class Schedule {
public:
    using Clock = std::chrono::system_clock;

    /// The queue must be of the same client.
    Schedule(Client& client, const std::string& name, Queue<T> queue,
             const ScheduleOptions& options = {})
        : plan_(client, name, options), queue_(std::move(queue)) {}

    /// Puts `item` once. False: there is an entry with this id, and it stays as it is; so all
    /// programs may say the same.
    bool at(const std::string& id, Clock::time_point time, const T& item) {
        return plan_.add(id, planned(time, std::chrono::milliseconds{0}, {.times = 1}, item));
    }
    bool after(const std::string& id, std::chrono::milliseconds delay, const T& item) {
        return at(id, Clock::now() + delay, item);
    }
    /// Again and again. Throws errc::invalid_argument for a period below 1 ms, or no times.
    bool every(const std::string& id, std::chrono::milliseconds period, const T& item,
               const PeriodOptions& options = {}) {
        if (period.count() < 1 || options.times == 0) {
            throw Error(errc::invalid_argument, "schedule \"" + id +
                                                    "\": a period of at least 1 ms and at least "
                                                    "one time are needed");
        }
        return plan_.add(
            id, planned(options.first.value_or(Clock::now() + period), period, options, item));
    }
    /// Whether it was there.
    bool cancel(const std::string& id) { return plan_.cancel(id); }
    [[nodiscard]] std::vector<ScheduleEntry> entries() const { return plan_.entries(); }

    /// Is a scheduler until it is stopped; returns how many items it has put. Any number may be:
    /// one of them is at work. While the queue is full, it waits. Throws errc::closed if the queue
    /// is.
    std::uint64_t run(std::stop_token stop) {
        std::uint64_t count = 0;
        while (!stop.stop_requested()) {
            try {
                if (put_next(stop)) ++count;
            } catch (const Error& error) {
                if (error.code() == errc::cancelled && stop.stop_requested()) break;
                if (!plan_.goes_on_after(error.code())) throw;
            }
        }
        return count;
    }

private:
    static detail::Planned planned(Clock::time_point first, std::chrono::milliseconds period,
                                   const PeriodOptions& options, const T& item) {
        detail::Planned planned{
            detail::to_ms(first), period.count(), options.times, options.catch_up, {}, 0};
        Codec<T>::encode(item, planned.payload);
        return planned;
    }
    /// False: stopped.
    bool put_next(const std::stop_token& stop) {
        Lease<detail::Baton> baton = plan_.take_baton(stop);
        if (!baton) return false;
        const auto due = plan_.wait_for_due(stop);
        if (!due) return false;
        Commit commit;
        plan_.pass_baton(commit, baton, *due);
        commit.put(
            queue_, Codec<T>::decode(due->planned.payload),
            {.headers = {{"schedule", due->id}, {"due", std::to_string(due->occurrence_ms)}}});
        commit.run(stop);
        return true;
    }

    detail::Plan plan_;
    Queue<T> queue_;
};

}  // namespace handoff::patterns

#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace handoff::core::sim {

/// Virtual time: what is to happen, in the order in which it happens. What is due at the same
/// moment happens in the order in which it was asked for.
class Schedule {
public:
    using Action = std::function<void()>;

    [[nodiscard]] Time now() const noexcept { return now_; }

    void at(Time when, Action action) {
        events_.push_back({std::max(when, now_), next_number_++, std::move(action)});
        std::push_heap(events_.begin(), events_.end(), later_one);
    }
    void after(Time span, Action action) { at(now_ + span, std::move(action)); }

    void run_until(Time end) {
        while (!events_.empty() && events_.front().at <= end) {
            std::pop_heap(events_.begin(), events_.end(), later_one);
            Event event = std::move(events_.back());
            events_.pop_back();
            now_ = event.at;
            event.action();
        }
        now_ = end;
    }

    /// How much has been asked for so far.
    [[nodiscard]] std::uint64_t events() const noexcept { return next_number_; }

private:
    struct Event {
        Time at{};
        std::uint64_t number = 0;
        Action action;
    };
    static bool later_one(const Event& a, const Event& b) noexcept {
        return std::pair(a.at, a.number) > std::pair(b.at, b.number);
    }

    Time now_ = std::chrono::hours{1};
    std::vector<Event> events_;  // a heap
    std::uint64_t next_number_ = 0;
};

/// Wakes its owner, who must live as long as the schedule, once: at the earliest of the times that
/// it was set to.
class Alarm {
public:
    Alarm(Schedule& schedule, Schedule::Action action)
        : schedule_(schedule), action_(std::move(action)) {}
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    void set(Time when) {
        if (when == never) return;
        when = std::max(when, schedule_.now());
        if (when >= due_) return;
        due_ = when;
        schedule_.at(when, [this, when] {
            if (due_ != when) return;
            due_ = never;
            action_();
        });
    }
    void clear() noexcept { due_ = never; }

private:
    Schedule& schedule_;
    Schedule::Action action_;
    Time due_ = never;
};

}  // namespace handoff::core::sim

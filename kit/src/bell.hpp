#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "core/time.hpp"
#include "os/host.hpp"

namespace handoff {

/// What a thread waits for that waits for several drivers at once. A ring is kept until it is
/// heard.
///
/// Thread safety: ring() from any thread, hear() from one.
class Bell {
public:
    void ring() {
        const std::lock_guard lock(mutex_);
        rung_ = true;
        changed_.notify_one();
    }

    /// Waits until it has rung since the last time, until a time, or for a stop.
    void hear(core::Time until, const std::stop_token& stop) {
        const std::stop_callback on_stop(stop, [this] { ring(); });
        std::unique_lock lock(mutex_);
        while (!rung_) {
            const core::Time left = until - now().boot;
            if (left <= core::Time::zero()) break;
            changed_.wait_for(lock, std::min<core::Time>(left, std::chrono::hours{1}));
        }
        rung_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool rung_ = false;
};

}  // namespace handoff

#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "core/manager_machine.hpp"
#include "core/spin.hpp"
#include "handoff/log.hpp"
#include "net/router.hpp"
#include "net/wakeup.hpp"
#include "wire/codec.hpp"

namespace handoff {

/// Carries messages between the router and the manager's machine, in turns: what has arrived, then
/// the deadlines that are due, then the answers.
///
/// Thread safety: run() in one thread; stop() and with_machine() from any.
class ManagerLoop {
public:
    /// spins: waits awake for the next message where that pays.
    ManagerLoop(net::Router& router, core::ManagerSettings settings,
                const wire::DecodeLimits& decode_limits, bool spins, Log log);

    /// Returns after stop().
    void run();
    void stop() noexcept;
    /// Before the end; see ManagerMachine. Returns when it is answered, or after so long.
    void say_farewell(core::Millis limit);

    /// Calls `use` with the machine between two turns.
    template <typename Use>
    auto with_machine(Use&& use) {
        const std::lock_guard lock(mutex_);
        return use(machine_);
    }

private:
    bool take_arrivals();
    std::vector<core::LogEntry> take_turn();
    [[nodiscard]] int poll_timeout_ms();

    net::Router& router_;
    net::Wakeup wakeup_;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;  // of machine_; held for each turn
    std::condition_variable turned_;
    core::ManagerMachine machine_;
    const wire::DecodeLimits decode_limits_;
    const core::Millis longest_nap_;
    core::Spin spin_;
    bool more_arrivals_ = false;
    int deadlines_put_off_ = 0;
    bool flushed_ = true;
    const Log log_;
};

}  // namespace handoff

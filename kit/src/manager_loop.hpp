#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/manager_machine.hpp"
#include "core/spin.hpp"
#include "handoff/log.hpp"
#include "net/router.hpp"
#include "net/wakeup.hpp"
#include "os/process_watch.hpp"
#include "storekeeper.hpp"
#include "wire/codec.hpp"

namespace handoff {

/// Carries messages between the router and the manager's machine, in turns: what has arrived, then
/// the deadlines that are due, then the answers.
///
/// Thread safety: run() in one thread; stop() and with_machine() from any.
class ManagerLoop {
public:
    /// `open_store` opens the store, and opens it again when a commit has failed; it is given whom
    /// to wake. Null: all is in memory.
    using OpenStore = std::function<OpenedStore(std::function<void()>)>;
    /// spins: waits awake for the next message where that pays.
    ManagerLoop(net::Router& router, core::ManagerSettings settings,
                const wire::DecodeLimits& decode_limits, bool spins, Log log,
                OpenStore open_store = {});

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
    core::ManagerMachine begin();
    void begin_anew(const Error& why);
    void try_to_reopen();
    void hear_of_store();
    void end_turn();
    bool take_arrivals();
    void look_after_processes();
    std::vector<core::LogEntry> take_turn();
    [[nodiscard]] int poll_timeout_ms();

    net::Router& router_;
    net::Wakeup wakeup_;
    std::atomic<bool> stopping_ = false;
    core::ManagerSettings settings_;
    const OpenStore open_store_;
    std::unique_ptr<Storekeeper> store_;   // null: all is in memory
    std::optional<core::Time> reopen_at_;  // the store, which could not be opened
    std::mutex mutex_;                     // of machine_; held for each turn
    std::condition_variable turned_;
    core::ManagerMachine machine_;
    ProcessWatch processes_;
    bool some_ended_ = false;  // of these
    unsigned turns_without_poll_ = 0;
    const wire::DecodeLimits decode_limits_;
    const core::Millis longest_nap_;
    core::Spin spin_;
    bool more_arrivals_ = false;
    int deadlines_put_off_ = 0;
    bool flushed_ = true;
    std::vector<core::LogEntry> own_log_;
    const Log log_;
};

}  // namespace handoff

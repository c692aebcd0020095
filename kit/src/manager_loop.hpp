#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <typeindex>
#include <vector>

#include "admission.hpp"
#include "core/manager_machine.hpp"
#include "core/spin.hpp"
#include "handoff/detail/served_type.hpp"
#include "handoff/log.hpp"
#include "method_pool.hpp"
#include "net/router.hpp"
#include "net/wakeup.hpp"
#include "os/process_watch.hpp"
#include "storekeeper.hpp"
#include "wire/codec.hpp"

namespace handoff {

/// Carries messages between the router and the manager's machine, in turns: what has arrived, then
/// the deadlines that are due, then the answers.
///
/// Thread safety: run() in one thread; all else from any.
class ManagerLoop {
public:
    /// `open_store` opens the store, and opens it again when a commit has failed; it is given whom
    /// to wake. Null: all is in memory.
    using OpenStore = std::function<OpenedStore(std::function<void()>)>;
    /// spins: waits awake for the next message where that pays. workers: threads that run methods
    /// of registered types, at most.
    ManagerLoop(net::Router& router, core::ManagerSettings settings,
                const wire::DecodeLimits& decode_limits, bool spins, Log log,
                OpenStore open_store = {}, std::uint64_t workers = 1);

    /// Returns after stop().
    void run();
    void stop() noexcept;
    /// Who may have a session; before run(). It outlives this loop's run.
    void set_admission(Admission& admission) { admission_ = &admission; }
    /// For the log, from any thread.
    void note(core::LogEntry entry);
    /// From the next message on. Throws errc::config_invalid if there would be none any more.
    void set_roles(const core::Roles& roles);
    /// Before the end; see ManagerMachine. Returns when it is answered, or after so long.
    void say_farewell(core::Millis limit);

    // ---- registered types

    /// Reserves the name; see ManagerMachine::expose(). Returns a number for what follows.
    std::size_t expose(const std::string& name);
    void offer(std::size_t id, detail::ServedType type);
    void withdraw(std::size_t id);
    /// The methods of a class whose instances methods return.
    void describe(std::type_index type, detail::ServedType description);
    /// Before the end, and before stop(): see MethodPool::finish().
    void finish_methods() { methods_.finish(); }

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
    void expose_anew();
    void begin_type(std::size_t id);
    void method_done(MethodPool::Done done);
    void hear_of_others();
    void hear_of_store();
    void run_errands();
    void end_turn();
    bool take_arrivals();
    bool may_greet(const net::Router::Arrival& arrival, core::Request& request);
    void look_at_keys();
    void look_after_processes();
    void look_after_connections();
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
    Admission* admission_ = nullptr;  // null: whoever has a connection
    core::ManagerMachine machine_;

    /// A registered type, by its number.
    struct Served {
        std::string name;
        std::shared_ptr<const detail::ServedType> type;  // null: it is being described
        core::objects::ObjectHandle handle = 0;
        bool withdrawn = false;
    };
    std::vector<Served> served_;
    std::map<std::type_index, std::shared_ptr<const detail::ServedType>> described_;
    MethodPool methods_;
    std::vector<core::objects::Errand> errands_;  // of the last turn
    std::vector<std::stop_source> stopped_;       // of an earlier life

    ProcessWatch processes_;
    bool some_ended_ = false;  // of these
    bool woken_ = false;       // by wakeup_
    bool some_came_ = true;    // or went: connections; the first look is owed
    core::Sparsely refused_;   // of these
    core::Sparsely endless_;   // likewise
    core::Sparsely crowded_;   // likewise
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

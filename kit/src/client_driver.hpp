#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/client_machine.hpp"
#include "handoff/config.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "net/dealer.hpp"
#include "net/wakeup.hpp"

namespace handoff {

/// How a call ended, and in which session (see ClientMachine::session_generation).
struct Answer {
    core::Outcome outcome;
    std::uint64_t session_generation = 0;
};

/// One session of one process: the client's machine, its socket, and the threads that wait for it.
///
/// There is no thread between a call and the socket. Whoever calls sends what the machine has to
/// say; of those who wait, one leads: it polls the socket, feeds the machine, and wakes the others
/// as their answers come. When nobody waits, a keeper thread leads, so that heartbeats go out and
/// connections come back; while callers lead, it naps. All of it happens under one mutex, but for
/// the poll.
///
/// Thread safety: safe from every thread of the process that made it. In a forked child it must not
/// be touched, not even destroyed.
class ClientDriver {
public:
    explicit ClientDriver(const ClientConfig& config);

    /// Waits for what is not confirmed, for at most `linger`; says goodbye.
    ~ClientDriver();
    ClientDriver(const ClientDriver&) = delete;
    ClientDriver& operator=(const ClientDriver&) = delete;

    core::QueueRef queue(const std::string& name, const QueueOptions& options, bool create);
    /// The name of a queue whose number queue() has given.
    [[nodiscard]] std::string name_of(core::QueueRef queue);

    /// Calls, and waits for the end of the call.
    Answer call(core::RequestBody body, const detail::Wait& wait);
    Answer put(core::QueueRef queue, const core::Columns& columns, core::Run items,
               const detail::Wait& wait);

    /// Calls, and does not wait: sent again until it is answered, and nobody is told.
    void call_detached(core::RequestBody body);

    /// Whether the session of that generation surely lives now; asks the manager when in doubt.
    bool confirm_session(std::uint64_t generation);
    [[nodiscard]] std::uint64_t session_generation();

    [[nodiscard]] core::Limits limits();
    [[nodiscard]] std::uint64_t refused_detached();
    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoints_.front(); }

    void on_error(std::function<void(const Error&)> callback);

    /// Waits for what is not confirmed, for at most `linger`.
    void flush();

private:
    /// A thread that waits for a call; lives on that thread's stack.
    struct Waiter {
        core::CallId call = 0;
        bool cancelled = false;
        std::optional<core::Outcome> outcome;
        std::uint64_t session_generation = 0;
        std::condition_variable changed;
    };
    using Begin = std::function<core::CallId(const core::ClientMachine::Wait&, core::Now)>;
    using Lock = std::unique_lock<std::mutex>;

    Answer run(const Begin& begin, const detail::Wait& wait);
    void lead(Lock& lock, Waiter& self);
    void poll_once(Lock& lock, const Waiter* self, core::Time until = core::never);
    void wake_leader_if_earlier(const Waiter* self);
    void pass_lead();
    void cancel(Waiter& waiter);

    void pump(const Waiter* self);
    void follow_link(core::Now now);
    [[nodiscard]] core::Time link_patience() const;
    void try_elsewhere(core::Now now);
    void send_outbox();
    bool receive_all();
    void hand_out_completions(const Waiter* self);

    void keep();
    void flush_and_leave();

    const ClientConfig config_;
    const std::vector<std::string> endpoints_;

    std::mutex mutex_;  // guards all below
    core::ClientMachine machine_;
    net::Dealer dealer_;
    net::Wakeup wakeup_;  ///< ends the leader's poll
    bool link_is_up_ = false;
    std::size_t endpoint_in_use_ = 0;
    core::Time attempt_began_{};  ///< since when the link is down, or up without an answer
    core::Time last_heard_{};
    std::map<core::CallId, Waiter*> waiting_;
    Waiter keeper_;
    const Waiter* leader_ = nullptr;
    core::Time leader_until_{};        ///< when the leader's poll ends by itself
    core::Time keeper_polls_until_{};  ///< zero: it does not poll
    bool callers_led_ = false;         ///< since the keeper looked last
    bool stopping_ = false;
    std::function<void(const Error&)> on_error_;
    std::thread keeper_thread_;
};

}  // namespace handoff

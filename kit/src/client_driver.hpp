#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bell.hpp"
#include "core/client_machine.hpp"
#include "core/spin.hpp"
#include "core/streams.hpp"
#include "handoff/config.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "handoff/log.hpp"
#include "net/dealer.hpp"
#include "net/readiness.hpp"
#include "net/wakeup.hpp"

namespace handoff {

/// How a call ended, and in which session (see ClientMachine::session_generation).
struct Answer {
    core::Outcome outcome;
    std::uint64_t session_generation = 0;
    /// It brought items, but its session has ended since, or may have: they are not to be handed
    /// out.
    bool gone_back = false;
};

/// A call's way of waiting as the machine takes it. Throws errc::invalid_argument.
core::ClientMachine::Wait machine_wait(const detail::Wait& wait, core::Now now);

/// When it ends at the latest, as boottime.
core::Time until_of(const detail::Wait& wait);

/// One session of one process: the client's machine, its socket, and the threads that wait for it.
///
/// There is no thread between a call and the socket. Whoever calls sends what the machine has to
/// say; of those who wait, one leads: it polls the socket, feeds the machine, and wakes the others
/// as their answers come. When nobody waits, a keeper thread leads, so that heartbeats go out and
/// connections come back; while callers lead, it naps. All of it happens under one mutex, but for
/// the poll.
///
/// An application with an event loop leads in its own way: it polls fd(), and dispatch() does what
/// a leader does once. Then the keeper only sees to it that the session lives while the application
/// is busy with something else. See client_dispatch.cpp.
///
/// Thread safety: safe from every thread of the process that made it. In a forked child it must not
/// be touched, not even destroyed; a stop that is requested there, and a handler that has forked,
/// leave it alone by themselves.
class ClientDriver {
public:
    /// curve: for managers over tcp and ws.
    ClientDriver(const ClientConfig& config, const std::optional<net::CurveClient>& curve, Log log);

    /// Waits for what is not confirmed, for at most `linger`; says goodbye.
    ~ClientDriver();
    ClientDriver(const ClientDriver&) = delete;
    ClientDriver& operator=(const ClientDriver&) = delete;

    core::QueueRef queue(const std::string& name, const QueueOptions& options, bool create);

    core::QueueRef object(const std::string& name, ObjectKind kind, const ObjectOptions& options,
                          bool create);
    /// What is in force of an object; empty until it is open in this session.
    std::optional<ObjectOptions> object_in_force(core::QueueRef object);

    // ---- anonymous objects; see ClientMachine
    core::QueueRef refer(const core::objects::Reference& object);
    void hold(const core::objects::Reference& object, std::uint64_t generation, std::uint64_t told);
    void let_go(const core::objects::Reference& object, std::uint64_t handles);
    std::optional<core::objects::Reference> reference_of(core::QueueRef ref);

    /// Calls, and waits for the end of the call.
    Answer call(core::RequestBody body, const detail::Wait& wait);
    Answer put(core::QueueRef queue, const core::Columns& columns, core::Run items,
               const detail::Wait& wait);

    /// Calls for items or holds, and waits; they are handed out only if the session surely lives:
    /// this process may have been stopped since they left the manager. Asks when in doubt.
    Answer take(core::RequestBody body, const detail::Wait& wait);

    /// Leases that take() has just given are renewed from now on, if their session is still there.
    void renew(core::QueueRef queue, std::uint64_t session_generation, core::Range tokens,
               std::optional<core::Millis> lease);

    /// Calls, and does not wait: sent again until it is answered, and nobody is told. Not if this
    /// session is over.
    void call_detached(core::RequestBody body,
                       std::optional<std::uint64_t> session_generation = std::nullopt);

    using Handler = std::function<void(Answer)>;
    /// From now on asynchronous calls throw errc::unsupported: nobody dispatches this driver.
    void refuse_async() noexcept { refuses_async_ = true; }
    /// Calls, and does not wait: dispatch() tells the handler how it ended.
    void call_async(core::RequestBody body, const detail::Wait& wait, Handler handler);
    void put_async(core::QueueRef queue, const core::Columns& columns, core::Run items,
                   const detail::Wait& wait, Handler handler);

    /// Readable when dispatch() has something to do. From now on the application polls.
    int fd();
    /// Receives, sends, and calls the handlers of what has ended; returns how many. What a handler
    /// throws leaves it, and the others are called next time. Throws errc::misuse if it is running
    /// already.
    std::size_t dispatch();

    // ---- streams; see client_streams.cpp. A machine given here is of this driver and lives until
    // it is ended, or the driver is destroyed.

    core::ProducerMachine& begin_producer(core::QueueRef queue, core::Window window);
    /// Waits until everything it accepted is confirmed, for at most `linger`; says what is not.
    std::vector<core::StreamFailure> end_producer(core::ProducerMachine& producer);

    enum class Sent : std::uint8_t { yes, no_room, stopped, too_large, failed };
    /// failed: an earlier item was not put; nothing was sent.
    Sent send(core::ProducerMachine& producer, const core::Columns* columns,
              std::string_view payload, const detail::Wait& wait);
    /// Whether everything is confirmed or refused; false: not in time, or stopped.
    bool flush(core::ProducerMachine& producer, const detail::Wait& wait);
    std::uint64_t unconfirmed(const core::ProducerMachine& producer);

    /// The consumers of one queue share a machine, and each brings its part of the credit.
    struct Share {
        std::uint32_t items = 0;
        std::uint64_t bytes = 0;
        std::optional<core::Millis> lease;
        bool renew = false;
    };
    core::ConsumerMachine& begin_consumer(core::QueueRef queue, const Share& share);
    /// Its acknowledgements are answered, for at most `linger`.
    void end_consumer(core::ConsumerMachine& consumer, const Share& share);

    /// An item that was handed out, and is to be acknowledged without waiting.
    struct Taken {
        core::Token token = 0;
        std::uint64_t session_generation = 0;
    };
    /// Takes the next item that has been fetched: `use(part, index, run, payload, generation)` is
    /// called with it, under the lock. Before that `done` is acknowledged, if there is one.
    template <typename Use>
    core::ConsumerMachine::Look take_next(core::ConsumerMachine& consumer, const Taken* done,
                                          Use use);
    /// Waits until it is worth while to try take_next() again. errc::empty, errc::cancelled: it is
    /// not any more.
    errc wait_for_item(core::ConsumerMachine& consumer, core::Time until,
                       const std::stop_token& stop);
    /// Why take_next() said `failed`.
    core::Outcome take_failure(core::ConsumerMachine& consumer);
    void ack_streamed(core::ConsumerMachine& consumer, const Taken& done);
    bool flush(core::ConsumerMachine& consumer, const detail::Wait& wait);

    // ---- for those who take from several drivers at once; see client_watch.cpp

    /// Whether the manager has answered on the present connection; waits for that for so long.
    bool wait_until_welcomed(std::chrono::nanoseconds limit);
    /// The number of the present connection, or of the last one (see ClientMachine), and when
    /// something came from there.
    struct Link {
        bool up = false;
        std::uint32_t connection = 0;
        core::Time heard{};
    };
    [[nodiscard]] Link link();

    /// From now on the manager tells when the queue is closed and drained, also if nobody waits.
    core::ConsumerMachine& listen_for_end(core::QueueRef queue);
    /// A call that waits for items brings credit for as long as it does; beside the consumers',
    /// and at their lease time.
    void lend_credit(core::ConsumerMachine& consumer);
    void take_credit_back(core::ConsumerMachine& consumer);
    /// Whether items may come by credit of either kind.
    [[nodiscard]] bool gives_credit(core::QueueRef queue);
    /// Waits, for so long, until the manager knows that credit was taken back; false: it did not
    /// answer. Before that it may hand out an item while older ones, sent for that credit, are
    /// still on their way here and back.
    bool settle_credit(core::ConsumerMachine& consumer, std::chrono::nanoseconds limit);
    /// How what comes by credit is leased: its time, and whether it is renewed.
    [[nodiscard]] LeaseOptions stream_lease(core::QueueRef queue);
    /// Fetched and not taken.
    [[nodiscard]] std::uint64_t held(const core::ConsumerMachine& consumer);
    using NextItem =
        std::function<void(const core::Part& part, std::uint32_t index, const core::Slice& run,
                           std::string_view payload, std::uint64_t session_generation)>;
    struct Found {
        core::Outcome outcome;
        Link link;  ///< as it was then
    };
    /// Takes the next item that has been fetched, if there is one, and calls `use` with it under
    /// the lock. Does not wait.
    Found next_held(core::ConsumerMachine& consumer, const NextItem& use);
    /// Rings the bell when next_held() may say something new, until unwatch().
    void watch(core::ConsumerMachine& consumer, Bell& bell);
    void unwatch(core::ConsumerMachine& consumer, Bell& bell);

    template <typename Machine>
    bool has_failed(Machine& machine) {
        const Lock lock(mutex_);
        return !machine.failures.empty();
    }
    template <typename Machine>
    std::vector<core::StreamFailure> take_failures(Machine& machine) {
        const Lock lock(mutex_);
        return machine.failures.take();
    }

    [[nodiscard]] std::uint64_t session_generation();
    /// Whether it is this one, and surely lives by our own clock.
    [[nodiscard]] bool session_surely_lives(std::uint64_t generation);
    [[nodiscard]] bool hold_is_broken(core::Token token);

    [[nodiscard]] core::Limits limits();
    [[nodiscard]] std::uint64_t refused_detached();
    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoints_.front(); }

    void on_error(std::function<void(const Error&)> callback);
    /// Tells that callback what no call can report.
    void report(const Error& error);

    /// Waits for what is not confirmed, for at most `linger`.
    void flush();

private:
    /// A thread that waits, for a call or for something to become true; lives on its stack.
    struct Waiter {
        core::CallId call = 0;
        bool cancelled = false;
        std::optional<core::Outcome> outcome;
        std::uint64_t session_generation = 0;

        std::function<bool()> ready;  ///< set: it waits for this
        core::Time until = core::never;

        bool ended = false;
        std::condition_variable changed;
    };
    /// A call that no thread waits for.
    struct AsyncCall {
        AsyncCall(Handler given, bool takes) : handler(std::move(given)), taker(takes) {}

        Handler handler;
        bool taker;  ///< what it waits for is for somebody who is there to take it
        core::CallId call = 0;
        bool cancelled = false;
        std::optional<Answer> answer;  ///< set: it has ended, or only its session is in doubt
        std::optional<std::stop_callback<std::function<void()>>> on_stop;
    };
    using Begin = std::function<core::CallId(const core::ClientMachine::Wait&, core::Now)>;
    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] bool inherited() const noexcept;
    Answer run(const Begin& begin, const detail::Wait& wait);
    bool wait_until(std::function<bool()> ready, core::Time until, const std::stop_token& stop);
    void note_done(core::ConsumerMachine& consumer, const Taken& done);
    void wait_on_the_books(Lock& lock, Waiter& self);
    void strike_off(const Waiter& self);
    void wait_for_end(Lock& lock, Waiter& self);
    void lead(Lock& lock, Waiter& self);
    void poll_once(Lock& lock, const Waiter* self, core::Time until = core::never);
    void wake_leader_if_earlier(const Waiter* self);
    void leave_clean();
    void pass_lead();
    void call_keeper();
    void wake(Waiter& waiter, const Waiter* self);
    void cancel(Waiter& waiter);
    bool confirm_session(std::uint64_t generation);

    void run_async(const Begin& begin, const detail::Wait& wait, Handler handler, bool taker);
    void cancel_async(AsyncCall& call);
    void end_async(std::unique_ptr<AsyncCall> call, core::Completion completion);
    void pump_now_or_later();
    void let_application_lead();
    bool asks_first(std::unique_ptr<AsyncCall>& call);
    std::size_t call_handlers(Lock& lock);
    void end_turn();
    void cancel_takers();
    void end_all_async();

    void apply_credit(core::ConsumerMachine& consumer);
    [[nodiscard]] core::Outcome take_held(core::ConsumerMachine& consumer, const NextItem& use);
    [[nodiscard]] Link present_link() const;
    [[nodiscard]] bool needs_keeper() const;
    void look_at_watchers(bool link_has_changed);

    void pump(const Waiter* self);
    void pump_afresh(const Waiter* self);
    bool look();
    void follow_link(bool writable);
    void set_link(bool up, core::Time since);
    void watch_link(core::Now now);
    [[nodiscard]] core::Time link_patience() const;
    [[nodiscard]] core::Time next_look(core::Time from) const;
    [[nodiscard]] core::Time next_deadline() const;
    [[nodiscard]] core::Now recent_now();
    void try_elsewhere(core::Now now);
    void send_outbox();
    void receive_all();
    void hand_out_completions(const Waiter* self);
    void look_at_waiters(const Waiter* self);

    void note(LogLevel level, std::string text);
    void collect_log();
    void tell_log(Lock& lock);

    void keep();
    void nap_beside_callers(Lock& lock);
    void nap_beside_application(Lock& lock);
    void flush_until(core::Time limit);
    void flush_and_leave();

    const ClientConfig config_;
    const std::vector<std::string> endpoints_;
    const Log log_;
    const std::uint64_t maker_;  ///< the fork generation of the process that made this

    std::mutex mutex_;  // guards all below
    core::ClientMachine machine_;
    core::Streams streams_{machine_};
    std::map<core::QueueRef, Share> shares_;      ///< of all consumers of a queue, together
    std::map<core::QueueRef, unsigned> lenders_;  ///< calls that wait, each with credit for all
    struct Watcher {
        core::ConsumerMachine* consumer;
        Bell* bell;
    };
    std::vector<Watcher> watchers_;
    net::Dealer dealer_;
    net::Wakeup wakeup_;  ///< ends the leader's poll
    core::Spin spin_;     ///< of who leads; over inproc, where no thread stands between
    bool link_is_up_ = false;
    bool may_have_news_ = true;  ///< the socket, although its descriptor is not readable
    std::size_t endpoint_in_use_ = 0;
    core::Time attempt_began_{};  ///< since when the link is down, or up without an answer
    core::Time last_heard_{};
    std::map<core::CallId, Waiter*> waiting_;  ///< for calls
    std::vector<Waiter*> waiting_for_state_;
    core::Now recent_now_;
    std::int64_t recent_tick_ = 0;
    Waiter keeper_;
    const Waiter* leader_ = nullptr;
    core::Time leader_until_{};        ///< when the leader's poll ends by itself
    core::Time keeper_polls_until_{};  ///< zero: it does not poll
    bool callers_led_ = false;         ///< since the keeper looked last
    bool stopping_ = false;

    std::map<core::CallId, std::unique_ptr<AsyncCall>> async_;  ///< that have not ended
    std::deque<std::unique_ptr<AsyncCall>> ended_;              ///< whose handlers are to be called
    std::unique_ptr<net::Readiness> readiness_;                 ///< set: the application polls
    std::thread::id dispatcher_;                                ///< in dispatch() now
    bool dispatched_ = false;                                   ///< since the keeper looked last

    std::vector<core::LogEntry> untold_;  ///< for the log; the keeper tells it
    bool refuses_async_ = false;          ///< never changed once it is in use
    std::function<void(const Error&)> on_error_;
    std::thread keeper_thread_;
};

template <typename Use>
core::ConsumerMachine::Look ClientDriver::take_next(core::ConsumerMachine& consumer,
                                                    const Taken* done, Use use) {
    const Lock lock(mutex_);
    if (done != nullptr) note_done(consumer, *done);
    const core::ConsumerMachine::Look look = consumer.look(recent_now());
    if (look != core::ConsumerMachine::Look::item) return look;
    const std::uint64_t generation = machine_.session_generation();
    consumer.next([&](const core::Part& part, std::uint32_t index, const core::Slice& run,
                      std::string_view payload) { use(part, index, run, payload, generation); });
    if (leader_ == nullptr && consumer.needs_attention()) call_keeper();
    return look;
}

}  // namespace handoff

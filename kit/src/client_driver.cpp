#include "client_driver.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <stop_token>
#include <utility>
#include <variant>

#include "handoff/error.hpp"
#include "log_entries.hpp"
#include "os/fork.hpp"
#include "os/host.hpp"
#include "os/quiet_thread.hpp"
#include "os/spin_poll.hpp"
#include "wire/codec.hpp"

namespace handoff {

core::ClientMachine::Wait machine_wait(const detail::Wait& wait, core::Now now) {
    core::ClientMachine::Wait machine;
    machine.try_once = wait.once || (wait.limit && wait.limit->count() == 0);
    if (wait.limit && wait.limit->count() < 0) {
        throw Error(errc::invalid_argument, "a call cannot wait for a negative time");
    }
    if (wait.limit && wait.limit->count() > 0) machine.until = core::later(now.boot, *wait.limit);
    return machine;
}

namespace {

/// While callers lead, the keeper only looks this often whether they still do; more often where the
/// manager wants heartbeats that are more frequent.
constexpr core::Millis keeper_nap_max{100};

/// The longest poll without a look at the state of things.
constexpr core::Millis poll_max{1000};

/// How long the last message may take to leave a socket that has been closed.
constexpr core::Millis goodbye_linger{200};

/// What to look at when nobody answers. Whom a manager does not let in, it tells nothing.
std::string advice_on_keys(const net::CurveClient& curve) {
    return "is one running there, is its public key " + curve.manager +
           ", and is this client's in its folder of clients: " + curve.keys.public_key + "?";
}

core::ClientSettings settings_of(const ClientConfig& config,
                                 const std::optional<net::CurveClient>& curve) {
    core::ClientSettings settings;
    settings.unreachable_after = config.unreachable_after;
    settings.cancel_grace = config.cancel_grace;
    settings.identity = identity();
    settings.endpoint = config.connect.front();
    if (curve) settings.advice = advice_on_keys(*curve);
    return settings;
}

}  // namespace

ClientDriver::ClientDriver(const ClientConfig& config, const std::optional<net::CurveClient>& curve,
                           Log log)
    : config_(config),
      endpoints_(config.connect),
      log_(std::move(log)),
      maker_(fork_generation()),
      machine_(settings_of(config, curve), now()),
      dealer_(net::process_context(), endpoints_.front(),
              {config.reconnect_min, config.reconnect_max}, curve),
      spin_(make_spin(config.spin && endpoints_.front().starts_with("inproc:"))),
      attempt_began_(now().boot),
      keeper_thread_(quiet_thread([this] { keep(); })) {}

ClientDriver::~ClientDriver() {
    flush_and_leave();
    keeper_thread_.join();
    collect_log();
    tell(log_, untold_);
}

// ---- calls

core::QueueRef ClientDriver::queue(const std::string& name, const QueueOptions& options,
                                   bool create) {
    const Lock lock(mutex_);
    return machine_.queue(name, options, create);
}

core::QueueRef ClientDriver::object(const std::string& name, ObjectKind kind,
                                    const ObjectOptions& options, bool create) {
    const Lock lock(mutex_);
    return machine_.object(name, kind, options, create);
}

std::optional<ObjectOptions> ClientDriver::object_in_force(core::QueueRef object) {
    const Lock lock(mutex_);
    const ObjectOptions* found = machine_.object_in_force(object);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

core::QueueRef ClientDriver::refer(const core::objects::Reference& object) {
    const Lock lock(mutex_);
    return machine_.refer(object);
}

void ClientDriver::hold(const core::objects::Reference& object, std::uint64_t generation,
                        std::uint64_t told) {
    const Lock lock(mutex_);
    machine_.hold(object, generation, told);
}

void ClientDriver::let_go(const core::objects::Reference& object, std::uint64_t handles) {
    const Lock lock(mutex_);
    machine_.let_go(object, handles, now());
    pump_now_or_later();
}

std::optional<core::objects::Reference> ClientDriver::reference_of(core::QueueRef ref) {
    const Lock lock(mutex_);
    return machine_.reference_of(ref);
}

Answer ClientDriver::call(core::RequestBody body, const detail::Wait& wait) {
    return run([&](const core::ClientMachine::Wait& how,
                   core::Now start) { return machine_.call(std::move(body), how, start); },
               wait);
}

Answer ClientDriver::put(core::QueueRef queue, const core::Columns& columns, core::Run items,
                         const detail::Wait& wait) {
    return run(
        [&](const core::ClientMachine::Wait& how, core::Now start) {
            return machine_.put(queue, columns, std::move(items), how, start);
        },
        wait);
}

Answer ClientDriver::take(core::RequestBody body, const detail::Wait& wait) {
    Answer answer = call(std::move(body), wait);
    answer.gone_back =
        answer.outcome.code == errc::ok && !confirm_session(answer.session_generation);
    return answer;
}

void ClientDriver::renew(core::QueueRef queue, std::uint64_t session_generation, core::Range tokens,
                         std::optional<core::Millis> lease) {
    const Lock lock(mutex_);
    if (machine_.session_generation() != session_generation) return;
    machine_.renew(queue, tokens, lease);
    // Whoever looks after the machine's deadlines has a new one.
    call_keeper();
    wake_leader_if_earlier(nullptr);
}

void ClientDriver::call_detached(core::RequestBody body,
                                 std::optional<std::uint64_t> session_generation) {
    const Lock lock(mutex_);
    if (session_generation && machine_.session_generation() != *session_generation) return;
    core::ClientMachine::Wait how;
    how.detached = true;
    machine_.call(std::move(body), how, now());
    pump_now_or_later();
}

/// Waits for the end of a call that is on the books, and takes it off them. Nothing should throw
/// here; if it does (libzmq's context may be gone, memory may be out), nobody is left on the books
/// whose stack is gone.
void ClientDriver::wait_on_the_books(Lock& lock, Waiter& self) {
    try {
        pump(&self);
        wait_for_end(lock, self);
    } catch (...) {
        strike_off(self);
        if (leader_ == &self) leader_ = nullptr;
        if (self.call != 0) machine_.cancel(self.call, now());
        pass_lead();
        throw;
    }
    strike_off(self);
    leave_clean();
    pass_lead();
}

void ClientDriver::strike_off(const Waiter& self) {
    if (self.call != 0) {
        waiting_.erase(self.call);
    } else {
        std::erase(waiting_for_state_, &self);
    }
}

Answer ClientDriver::run(const Begin& begin, const detail::Wait& wait) {
    Waiter self;
    // It may run at once, or in another thread until its destructor returns: so it is made before
    // the lock is taken, and destroyed after it is released.
    const std::stop_callback on_stop(wait.stop, [&] { cancel(self); });
    Lock lock(mutex_);
    const core::Now start = now();
    self.call = begin(machine_wait(wait, start), start);
    waiting_.emplace(self.call, &self);
    if (self.cancelled) machine_.cancel(self.call, start);
    wait_on_the_books(lock, self);
    return {std::move(*self.outcome), self.session_generation};
}

/// Whether it became true before `until`, and before a stop.
bool ClientDriver::wait_until(std::function<bool()> ready, core::Time until,
                              const std::stop_token& stop) {
    Waiter self;
    self.ready = std::move(ready);
    self.until = until;
    const std::stop_callback on_stop(stop, [&] { cancel(self); });  // as in run()
    Lock lock(mutex_);
    waiting_for_state_.push_back(&self);
    wait_on_the_books(lock, self);
    return self.ready();
}

/// Whoever polls the descriptor now would not be told of news that is only to be looked at.
void ClientDriver::leave_clean() {
    const bool polled = readiness_ || keeper_polls_until_ != core::Time::zero();
    if (may_have_news_ && polled) pump(nullptr);
}

void ClientDriver::wait_for_end(Lock& lock, Waiter& self) {
    while (!self.ended) {
        if (leader_ == nullptr || leader_ == &keeper_) {
            lead(lock, self);
        } else {
            wake_leader_if_earlier(&self);
            self.changed.wait(lock);
        }
    }
}

/// A stop may be requested in a forked child, by its copy of the source.
bool ClientDriver::inherited() const noexcept {
    return maker_ != fork_generation();
}

void ClientDriver::cancel(Waiter& waiter) {
    if (inherited()) return;
    const Lock lock(mutex_);
    waiter.cancelled = true;
    if (waiter.ready) return wake(waiter, nullptr);
    if (waiter.call == 0 || waiter.outcome) return;
    machine_.cancel(waiter.call, now());
    pump(nullptr);
    wake_leader_if_earlier(nullptr);
}

bool ClientDriver::confirm_session(std::uint64_t generation) {
    {
        const Lock lock(mutex_);
        if (machine_.session_generation() != generation) return false;
        if (machine_.surely_alive(now())) return true;
    }
    const Answer answer = call(core::Heartbeat{}, detail::Wait::forever());
    return answer.outcome.code == errc::ok && answer.session_generation == generation;
}

std::uint64_t ClientDriver::session_generation() {
    const Lock lock(mutex_);
    return machine_.session_generation();
}

bool ClientDriver::session_surely_lives(std::uint64_t generation) {
    const Lock lock(mutex_);
    return machine_.session_generation() == generation && machine_.surely_alive(now());
}

bool ClientDriver::hold_is_broken(core::Token token) {
    const Lock lock(mutex_);
    return machine_.hold_is_broken(token);
}

core::Limits ClientDriver::limits() {
    const Lock lock(mutex_);
    return machine_.limits();
}

std::uint64_t ClientDriver::refused_detached() {
    const Lock lock(mutex_);
    return machine_.refused_detached();
}

void ClientDriver::on_error(std::function<void(const Error&)> callback) {
    const Lock lock(mutex_);
    on_error_ = std::move(callback);
}

void ClientDriver::report(const Error& error) {
    std::function<void(const Error&)> callback;
    {
        const Lock lock(mutex_);
        callback = on_error_;
    }
    if (callback) callback(error);
}

// ---- leading

void ClientDriver::lead(Lock& lock, Waiter& self) {
    leader_ = &self;
    callers_led_ = true;
    while (!self.ended) poll_once(lock, &self);
    leader_ = nullptr;
}

void ClientDriver::poll_once(Lock& lock, const Waiter* self, core::Time until) {
    if (may_have_news_) {  // and then its descriptor may not tell
        pump(self);
        if (self != nullptr && self->ended) return;
    }
    const core::Time start = now().boot;
    leader_until_ = std::min(next_look(start), until);
    const auto nap = std::chrono::ceil<core::Millis>(leader_until_ - start).count();
    std::array<pollfd, 2> fds{{{dealer_.fd(), POLLIN, 0}, {wakeup_.fd(), POLLIN, 0}}};
    if (self == &keeper_) keeper_polls_until_ = leader_until_;
    // A copy, as the keeper may still poll when a caller has taken the lead. What one of them
    // learned of the two is lost then.
    core::Spin spin = spin_;
    lock.unlock();
    const int told = spin_poll(fds, static_cast<int>(std::max<std::int64_t>(nap, 0)), spin);
    lock.lock();
    spin_ = spin;
    // With nothing told, a look now and then does no harm.
    if (fds[0].revents != 0 || told <= 0) may_have_news_ = true;
    if (self == &keeper_) keeper_polls_until_ = {};
    if (fds[1].revents != 0) wakeup_.clear();
    pump(self);
    // Who has taken the lead meanwhile may be about to wait for what was just taken off the socket.
    if (leader_ != nullptr && leader_ != self) wakeup_.signal();
}

/// When somebody should look at the socket and the machine again, although nothing has come.
core::Time ClientDriver::next_look(core::Time from) const {
    return std::min(next_deadline(),
                    core::later(from, std::min<core::Time>(link_patience(), poll_max)));
}

core::Time ClientDriver::next_deadline() const {
    core::Time next = std::min(machine_.next_deadline(), streams_.next_deadline());
    for (const Waiter* waiter : waiting_for_state_) next = std::min(next, waiter->until);
    return next;
}

/// The time, exact to a tick of the system's coarse clock: that is read in a tenth of the time, and
/// shows whether this process, or the machine, has stood still.
core::Now ClientDriver::recent_now() {
    const std::int64_t tick = coarse_tick();
    if (tick != recent_tick_) {
        recent_tick_ = tick;
        recent_now_ = now();
    }
    return recent_now_;
}

void ClientDriver::wake_leader_if_earlier(const Waiter* self) {
    if (leader_ != nullptr && leader_ != self && next_deadline() < leader_until_) {
        wakeup_.signal();
    }
}

void ClientDriver::pass_lead() {
    if (leader_ != nullptr) return;
    if (!waiting_.empty()) {
        waiting_.begin()->second->changed.notify_one();
    } else if (!waiting_for_state_.empty()) {
        waiting_for_state_.front()->changed.notify_one();
    } else if (needs_keeper()) {
        call_keeper();
    } else if (next_deadline() < keeper_polls_until_) {
        // The keeper still polls as it did before a caller took the lead from it.
        wakeup_.signal();
    }
}

/// Somebody has to poll although nobody waits.
void ClientDriver::call_keeper() {
    if (leader_ == nullptr) keeper_.changed.notify_one();
}

void ClientDriver::keep() {
    Lock lock(mutex_);
    while (!stopping_) {
        if (!untold_.empty()) tell_log(lock);
        const core::Time left = next_deadline() - now().boot;
        if (readiness_) {
            nap_beside_application(lock);
        } else if (leader_ != nullptr ||
                   (callers_led_ && left > core::Time::zero() && !needs_keeper())) {
            nap_beside_callers(lock);
        } else {
            leader_ = &keeper_;
            const auto goes_on = [&] {
                return leader_ == &keeper_ && !stopping_ && !readiness_ && untold_.empty();
            };
            while (goes_on()) poll_once(lock, &keeper_);
            if (leader_ == &keeper_) leader_ = nullptr;
            pass_lead();
        }
    }
}

void ClientDriver::nap_beside_callers(Lock& lock) {
    callers_led_ = leader_ != nullptr;
    core::Time nap = std::min(keeper_nap_max, machine_.limits().heartbeat);
    if (!callers_led_) nap = std::min(nap, next_deadline() - now().boot);
    keeper_.changed.wait_for(lock, nap);
}

// ---- the log, which the application must not be told under the lock

void ClientDriver::note(LogLevel level, std::string text) {
    if (log_) untold_.push_back({level, std::move(text)});
}

void ClientDriver::collect_log() {
    for (core::LogEntry& entry : machine_.take_log()) note(entry.level, std::move(entry.text));
    if (untold_.empty()) return;
    if (untold_.size() > core::LogBook::entries_max) untold_.pop_back();
    keeper_.changed.notify_one();
    if (keeper_polls_until_ != core::Time::zero()) wakeup_.signal();
}

void ClientDriver::tell_log(Lock& lock) {
    const std::vector<core::LogEntry> entries = std::exchange(untold_, {});
    lock.unlock();
    tell(log_, entries);
    lock.lock();
}

// ---- the end

void ClientDriver::flush() {
    {
        const Lock lock(mutex_);
        cancel_takers();
    }
    flush_until(core::later(now().boot, config_.linger));
}

void ClientDriver::flush_until(core::Time limit) {
    Lock lock(mutex_);
    const Waiter self;
    leader_ = &self;  // so that the keeper, once its poll ends, leaves the socket alone
    try {
        while (machine_.pending() > 0 && now().boot < limit) poll_once(lock, &self, limit);
    } catch (...) {
        leader_ = nullptr;
        throw;
    }
    leader_ = nullptr;
    pass_lead();
}

void ClientDriver::flush_and_leave() {
    flush();
    end_all_async();
    const Lock lock(mutex_);
    if (machine_.pending() > 0 && on_error_) {
        on_error_(Error(errc::outcome_unknown,
                        std::to_string(machine_.pending()) +
                            " acknowledgements were not confirmed by the manager at " +
                            endpoints_[endpoint_in_use_] +
                            " within linger; their items may come again"));
    }
    if (link_is_up_ && machine_.welcomed()) {
        core::Request goodbye;
        goodbye.body = core::Goodbye{};
        dealer_.send(wire::encode(goodbye));
        dealer_.linger(goodbye_linger);
    }
    stopping_ = true;
    wakeup_.signal();
    keeper_.changed.notify_one();
}

}  // namespace handoff

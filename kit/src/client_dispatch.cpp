// The part of ClientDriver that serves an application with an event loop: calls that no thread
// waits for, the descriptor that it polls, and the handlers that it calls in its own time.
#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "client_driver.hpp"
#include "handoff/error.hpp"
#include "os/host.hpp"

namespace handoff {
namespace {

/// So much of a heartbeat's interval the application may be late before the keeper does what is
/// due; a session outlives several.
constexpr int lateness_share = 4;

bool takes(const core::RequestBody& body) {
    return std::holds_alternative<core::Get>(body) || std::holds_alternative<core::Join>(body);
}

/// A destructor lets no exception out.
void call_at_the_end(const ClientDriver::Handler& handler, Answer answer,
                     const std::function<void(const Error&)>& report) {
    try {
        handler(std::move(answer));
    } catch (const Error& error) {
        if (report) report(error);
    } catch (const std::exception& error) {
        if (report) report(Error(errc::misuse, std::string("a handler threw: ") + error.what()));
    } catch (...) {
        if (report) report(Error(errc::misuse, "a handler threw"));
    }
}

}  // namespace

// ---- calls

void ClientDriver::call_async(core::RequestBody body, const detail::Wait& wait, Handler handler) {
    const bool taker = takes(body);
    run_async([&](const core::ClientMachine::Wait& how,
                  core::Now start) { return machine_.call(std::move(body), how, start); },
              wait, std::move(handler), taker);
}

void ClientDriver::put_async(core::QueueRef queue, const core::Columns& columns, core::Run items,
                             const detail::Wait& wait, Handler handler) {
    run_async(
        [&](const core::ClientMachine::Wait& how, core::Now start) {
            return machine_.put(queue, columns, std::move(items), how, start);
        },
        wait, std::move(handler), false);
}

void ClientDriver::run_async(const Begin& begin, const detail::Wait& wait, Handler handler,
                             bool taker) {
    if (refuses_async_) {
        throw Error(errc::unsupported,
                    "an asynchronous call at " + endpoints_.front() +
                        ": they are told of by the session with the manager of [client] connect, "
                        "and this queue has a manager of its own; call it from a thread");
    }
    auto call = std::make_unique<AsyncCall>(std::move(handler), taker);
    AsyncCall& self = *call;
    // As in run(): it may run at once, or in another thread. It goes with the call, which outlives
    // the lock.
    if (wait.stop.stop_possible()) {
        self.on_stop.emplace(wait.stop, [this, &self] { cancel_async(self); });
    }
    const Lock lock(mutex_);
    const core::Now start = now();
    self.call = begin(machine_wait(wait, start), start);
    async_.emplace(self.call, std::move(call));
    if (self.cancelled) machine_.cancel(self.call, start);
    pump_now_or_later();
}

void ClientDriver::cancel_async(AsyncCall& call) {
    if (inherited()) return;
    const Lock lock(mutex_);
    call.cancelled = true;
    if (call.call == 0 || call.answer) return;
    machine_.cancel(call.call, now());
    pump_now_or_later();
}

/// What the handlers of one dispatch() ask for is sent when all of them have been called, and
/// shares messages.
void ClientDriver::pump_now_or_later() {
    if (dispatcher_ == std::this_thread::get_id()) return;
    pump(nullptr);
    wake_leader_if_earlier(nullptr);
}

void ClientDriver::end_async(std::unique_ptr<AsyncCall> call, core::Completion completion) {
    if (!call->answer) {
        call->answer = Answer{std::move(completion.outcome), completion.session_generation};
    } else {
        // This was the question whether its session lives; see asks_first().
        call->answer->gone_back = completion.outcome.code != errc::ok ||
                                  call->answer->session_generation != completion.session_generation;
    }
    ended_.push_back(std::move(call));
    if (readiness_ && dispatcher_ == std::thread::id{}) readiness_->raise_flag();
}

// ---- the application's loop

int ClientDriver::fd() {
    const Lock lock(mutex_);
    let_application_lead();
    return readiness_->fd();
}

void ClientDriver::let_application_lead() {
    if (readiness_) return;
    readiness_ = std::make_unique<net::Readiness>(dealer_.fd());
    if (!ended_.empty()) readiness_->raise_flag();
    // The keeper stops polling, and the first look sets the alarm.
    wakeup_.signal();
    keeper_.changed.notify_one();
    pump_afresh(nullptr);
}

std::size_t ClientDriver::dispatch() {
    Lock lock(mutex_);
    if (dispatcher_ != std::thread::id{}) {
        throw Error(errc::misuse,
                    dispatcher_ == std::this_thread::get_id()
                        ? "dispatch() was called by a handler that dispatch() has called"
                        : "dispatch() was called while another thread is in it; let one thread "
                          "dispatch");
    }
    let_application_lead();
    dispatcher_ = std::this_thread::get_id();
    dispatched_ = true;
    try {
        readiness_->silence(now().boot);
        pump_afresh(nullptr);
        const std::size_t called = call_handlers(lock);
        if (!inherited()) end_turn();
        return called;
    } catch (...) {
        if (inherited()) throw;
        if (!lock.owns_lock()) lock.lock();
        end_turn();
        throw;
    }
}

/// Those of the calls that have ended by now: an application that begins another call in each
/// handler gets its turn all the same.
std::size_t ClientDriver::call_handlers(Lock& lock) {
    std::size_t called = 0;
    for (std::size_t left = ended_.size(); left > 0; --left) {
        std::unique_ptr<AsyncCall> call = std::move(ended_.front());
        ended_.pop_front();
        if (asks_first(call)) continue;
        lock.unlock();
        call->on_stop.reset();  // which waits for a stop that is running, and that for the lock
        call->handler(std::move(*call->answer));
        call.reset();
        ++called;
        if (inherited()) break;  // the handler has forked, and this is the child
        lock.lock();
    }
    return called;
}

/// Items are handed out only while their session surely lives: this process may have been stopped,
/// or this call have waited for dispatch(), for longer than that. When in doubt the manager is
/// asked, and the call ends once more with its answer.
bool ClientDriver::asks_first(std::unique_ptr<AsyncCall>& call) {
    Answer& answer = *call->answer;
    const bool brought_items = std::holds_alternative<core::Deliver>(answer.outcome.reply);
    if (!brought_items || answer.gone_back) return false;
    const core::Now current = now();
    if (machine_.session_generation() != answer.session_generation) {
        answer.gone_back = true;
        return false;
    }
    if (machine_.surely_alive(current)) return false;
    call->call = machine_.call(core::Heartbeat{}, {}, current);
    async_.emplace(call->call, std::move(call));
    return true;
}

void ClientDriver::end_turn() {
    pump(nullptr);
    dispatcher_ = {};
    readiness_->lower_flag();
    if (!ended_.empty()) readiness_->raise_flag();
}

void ClientDriver::nap_beside_application(Lock& lock) {
    const core::Time heartbeat = machine_.limits().heartbeat;
    const core::Time patience = heartbeat / lateness_share;
    const core::Time left = machine_.next_deadline() - now().boot;
    keeper_.changed.wait_for(
        lock, std::clamp<core::Time>(core::later(left, patience), patience, heartbeat));
    const bool overdue = core::later(machine_.next_deadline(), patience) <= now().boot;
    if (!std::exchange(dispatched_, false) || overdue) pump_afresh(nullptr);
}

// ---- the end

/// Nobody is there any more to take what they wait for.
void ClientDriver::cancel_takers() {
    if (async_.empty()) return;
    for (const auto& [id, call] : async_) {
        if (call->taker) machine_.cancel(id, now());
    }
    pump(nullptr);
}

/// The application is told the end of everything that it began, in the thread that destroys the
/// client. What was brought and not handed out goes back with the session.
void ClientDriver::end_all_async() {
    Lock lock(mutex_);
    if (!async_.empty()) {
        for (const auto& [id, call] : async_) machine_.cancel(id, now());
        pump(nullptr);
        lock.unlock();
        flush_until(core::later(now().boot, config_.cancel_grace));
        lock.lock();
    }
    for (auto& [id, call] : std::exchange(async_, {})) {
        end_async(
            std::move(call),
            {id, {errc::outcome_unknown, "the client was destroyed before an answer came", {}}, 0});
    }
    std::deque<std::unique_ptr<AsyncCall>> ended = std::exchange(ended_, {});
    const std::function<void(const Error&)> report = on_error_;
    lock.unlock();
    for (std::unique_ptr<AsyncCall>& call : ended) {
        if (std::holds_alternative<core::Deliver>(call->answer->outcome.reply)) {
            call->answer->outcome = {
                errc::cancelled, "the client was destroyed; what it had been given goes back", {}};
        }
        call->on_stop.reset();
        call_at_the_end(call->handler, std::move(*call->answer), report);
    }
}

}  // namespace handoff

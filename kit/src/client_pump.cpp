// The part of ClientDriver between its machine and its socket: what has come goes in, what is to be
// sent goes out, and the ends of calls go to those who wait for them.
#include <algorithm>
#include <utility>
#include <variant>

#include "client_driver.hpp"
#include "os/host.hpp"
#include "wire/codec.hpp"

namespace handoff {

/// Sends and receives until there is nothing to do, or, if `self` leads, until what it waits for
/// has come: the rest is for whoever blocks next.
///
/// Every look at the socket is two system calls, and most of what a small call costs is those. So
/// it is looked at when it may have news: after its descriptor was readable, and after sending,
/// which takes note of news in silence (docs/libzmq.md, "Threads and forks").
void ClientDriver::pump(const Waiter* self) {
    const bool leads = self != nullptr && (leader_ == nullptr || leader_ == self);
    look();  // what has come goes before what is overdue: this process may have been stopped
    do {
        const core::Now current = now();
        watch_link(current);
        hand_out_completions(self);
        streams_.turn(current);
        if (machine_.next_deadline() <= current.boot) machine_.tick(current);
        send_outbox();
        look_at_waiters(self);
    } while (!(leads && self->ended) && (look() || machine_.has_completions()));
    hand_out_completions(self);
    look_at_waiters(self);
    look_at_watchers(false);
    collect_log();
    if (readiness_) readiness_->ring_by(next_look(now().boot));
}

void ClientDriver::pump_afresh(const Waiter* self) {
    may_have_news_ = true;
    pump(self);
}

/// Receives what there is; whether there was anything, or the connection is not what it was. A look
/// that finds nothing is what makes the descriptor tell of the next change.
bool ClientDriver::look() {
    if (!may_have_news_) return false;
    const net::Dealer::News news = dealer_.news();
    const bool changed = news.writable != link_is_up_;
    if (changed) follow_link(news.writable);
    if (news.readable) receive_all();
    may_have_news_ = news.readable || changed;
    return may_have_news_;
}

void ClientDriver::follow_link(bool writable) {
    const core::Now current = now();
    set_link(writable, current.boot);
    last_heard_ = current.boot;
    const std::string& endpoint = endpoints_[endpoint_in_use_];
    if (writable) {
        note(LogLevel::info, "connected to " + endpoint);
        machine_.link_up(random_id(), current);
    } else {
        note(LogLevel::info, "the connection to " + endpoint + " is lost");
        machine_.link_down(current);
    }
}

void ClientDriver::set_link(bool up, core::Time since) {
    link_is_up_ = up;
    attempt_began_ = since;
    look_at_watchers(true);
}

void ClientDriver::watch_link(core::Now current) {
    // A connection that stays away, or is there and says nothing, is given up for another attempt,
    // at the next address if there are several.
    const bool silent = link_is_up_ && machine_.welcomed() &&
                        current.boot - last_heard_ > machine_.limits().session_limit;
    const bool away = !machine_.welcomed() && current.boot - attempt_began_ > link_patience();
    if (silent || away) try_elsewhere(current);
}

core::Time ClientDriver::link_patience() const {
    if (link_is_up_) return machine_.limits().session_limit;
    if (endpoints_.size() > 1) return config_.reconnect_max;
    // libzmq connects again by itself, except over inproc.
    if (!endpoints_.front().starts_with("inproc:")) return core::never;
    return config_.reconnect_min;
}

void ClientDriver::try_elsewhere(core::Now current) {
    if (link_is_up_) {
        note(LogLevel::warning, endpoints_[endpoint_in_use_] +
                                    " is silent, and its connection is given up for another");
        machine_.link_down(current);
    }
    set_link(false, current.boot);
    last_heard_ = current.boot;
    endpoint_in_use_ = (endpoint_in_use_ + 1) % endpoints_.size();
    dealer_.reconnect(endpoints_[endpoint_in_use_]);
    may_have_news_ = true;
}

void ClientDriver::send_outbox() {
    if (!link_is_up_) return;
    for (const core::Request& request : machine_.take_outbox()) {
        may_have_news_ = true;
        if (dealer_.send(wire::encode(request))) continue;
        // The connection went away under us. The machine sends all of it again on the next one.
        set_link(false, now().boot);
        machine_.link_down(now());
        return;
    }
}

void ClientDriver::receive_all() {
    while (std::optional<net::Frames> frames = dealer_.receive()) {
        last_heard_ = now().boot;
        if (frames->count > 2) continue;
        auto decoded = wire::decode_reply(frames->first, frames->second);
        if (auto* reply = std::get_if<core::Reply>(&decoded)) {
            machine_.receive(std::move(*reply), now());
            continue;
        }
        // A call whose answer cannot be read would wait for it for ever.
        const auto& error = std::get<wire::DecodeError>(decoded);
        if (error.id != 0)
            machine_.receive({error.id, core::Failed{error.code, error.text}}, now());
    }
}

void ClientDriver::hand_out_completions(const Waiter* self) {
    for (core::Completion& completion : machine_.take_completions()) {
        if (streams_.take(completion, recent_now())) continue;
        if (const auto node = async_.extract(completion.call); !node.empty()) {
            end_async(std::move(node.mapped()), std::move(completion));
            continue;
        }
        const auto found = waiting_.find(completion.call);
        if (found == waiting_.end()) continue;
        Waiter& waiter = *found->second;
        waiter.outcome = std::move(completion.outcome);
        waiter.session_generation = completion.session_generation;
        wake(waiter, self);
    }
}

void ClientDriver::look_at_waiters(const Waiter* self) {
    if (waiting_for_state_.empty()) return;
    const core::Time current = now().boot;
    for (Waiter* waiter : waiting_for_state_) {
        const bool over = waiter->cancelled || waiter->until <= current || waiter->ready();
        if (over && !waiter->ended) wake(*waiter, self);
    }
}

void ClientDriver::wake(Waiter& waiter, const Waiter* self) {
    waiter.ended = true;
    if (&waiter == self) return;
    if (&waiter == leader_) {
        wakeup_.signal();
    } else {
        waiter.changed.notify_one();
    }
}

}  // namespace handoff

// The part of ClientDriver between its machine and its socket: what has come goes in, what is to be
// sent goes out, and the ends of calls go to those who wait for them.
#include <algorithm>
#include <utility>
#include <variant>

#include "client_driver.hpp"
#include "os/host.hpp"
#include "wire/codec.hpp"

namespace handoff {

/// Sends and receives until there is nothing to do. It ends with a look at the socket that found
/// nothing new, which is what makes its descriptor tell of the next change: a connection may be
/// made while receive_all() looks for messages, and is not told of again.
void ClientDriver::pump(const Waiter* self) {
    do {
        const core::Now current = now();
        follow_link(current);
        if (machine_.next_deadline() <= current.boot) machine_.tick(current);
        hand_out_completions(self);
        streams_.turn(current);
        send_outbox();
    } while (receive_all() || machine_.has_completions() || dealer_.has_news(link_is_up_));
    hand_out_completions(self);
    look_at_waiters(self);
    look_at_watchers(false);
    collect_log();
    if (readiness_) readiness_->ring_by(next_look(now().boot));
}

void ClientDriver::follow_link(core::Now current) {
    const bool writable = dealer_.writable();
    if (writable != link_is_up_) {
        link_is_up_ = writable;
        look_at_watchers(true);
        attempt_began_ = current.boot;
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
    link_is_up_ = false;
    attempt_began_ = current.boot;
    last_heard_ = current.boot;
    endpoint_in_use_ = (endpoint_in_use_ + 1) % endpoints_.size();
    dealer_.reconnect(endpoints_[endpoint_in_use_]);
}

void ClientDriver::send_outbox() {
    if (!link_is_up_) return;
    for (const core::Request& request : machine_.take_outbox()) {
        if (dealer_.send(wire::encode(request))) continue;
        // The connection went away under us. The machine sends all of it again on the next one.
        link_is_up_ = false;
        attempt_began_ = now().boot;
        machine_.link_down(now());
        return;
    }
}

/// Whether anything was received, or the machine has something to send.
bool ClientDriver::receive_all() {
    bool any = false;
    while (std::optional<net::Frames> frames = dealer_.receive()) {
        any = true;
        last_heard_ = now().boot;
        if (frames->too_many) continue;
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
    return any;
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

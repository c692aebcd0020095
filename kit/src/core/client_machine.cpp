#include "core/client_machine.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/client_answers.hpp"
#include "core/client_calls.hpp"
#include "core/client_endings.hpp"
#include "core/client_queues.hpp"
#include "core/client_references.hpp"
#include "core/client_renewals.hpp"
#include "core/client_sending.hpp"
#include "core/client_session.hpp"
#include "core/client_state.hpp"

namespace handoff::core {
namespace {

using client::Owner;
using client::State;

/// Time never runs backwards here, whatever the owner's clocks do.
void arrive(State& state, Now now) {
    state.now = std::max(state.now, now.boot);
}

CallId begin(State& state, RequestBody body, const ClientMachine::Wait& wait) {
    client::check_queues(state, body);
    const Owner owner = wait.detached ? Owner::nobody : Owner::caller;
    client::Call& call = client::begin_call(state, owner, std::move(body), wait);
    const CallId id = call.id;
    client::enlist(state, call);
    if (const Put* put = std::get_if<Put>(&call.body); put != nullptr && put->items.count == 0) {
        client::complete(state, call, {errc::ok, {}, PutDone{put->queue, {}}});
    } else if (state.link.state == client::LinkState::refused && owner == Owner::caller) {
        client::refuse_call(state, call);
    } else if (!client::tell_of_restart(state, call) && state.link.session) {
        client::end_too_large(state, call);
    }
    return id;
}

}  // namespace

ClientMachine::ClientMachine(ClientSettings settings, Now now)
    : state_(std::make_unique<State>(std::move(settings), now)) {}

ClientMachine::~ClientMachine() = default;

// ---- from the application

QueueRef ClientMachine::queue(const std::string& name, const QueueOptions& options, bool create) {
    return client::know_queue(*state_, name, options, create);
}

QueueRef ClientMachine::object(const std::string& name, ObjectKind kind,
                               const ObjectOptions& options, bool create) {
    return client::know_object(*state_, name, kind, options, create);
}

QueueRef ClientMachine::refer(const objects::Reference& object) {
    return client::refer(*state_, object);
}

void ClientMachine::hold(const objects::Reference& object, std::uint64_t generation,
                         std::uint64_t told) {
    client::hold(*state_, object, generation, told);
}

void ClientMachine::let_go(const objects::Reference& object, std::uint64_t handles, Now now) {
    arrive(*state_, now);
    client::let_go(*state_, object, handles);
}

std::optional<objects::Reference> ClientMachine::reference_of(QueueRef ref) const {
    return client::reference_of(*state_, ref);
}

CallId ClientMachine::call(RequestBody body, const Wait& wait, Now now) {
    if (!client::is_call(body)) {
        throw Error(errc::invalid_argument, "this message is the client's own business");
    }
    arrive(*state_, now);
    return begin(*state_, std::move(body), wait);
}

CallId ClientMachine::put(QueueRef queue, const Columns& columns, Run items, const Wait& wait,
                          Now now) {
    arrive(*state_, now);
    Put put;
    put.queue = queue;
    put.columns = columns;
    put.items = std::move(items);
    return begin(*state_, std::move(put), wait);
}

void ClientMachine::cancel(CallId call, Now now) {
    arrive(*state_, now);
    const auto found = state_->calls.find(call);
    if (found == state_->calls.end()) return;
    client::stop_call(*state_, found->second, client::Ending::cancelled);
}

// ---- from the network

void ClientMachine::link_up(const SessionId& fresh, Now now) {
    arrive(*state_, now);
    client::send_hello(*state_, fresh);
}

void ClientMachine::link_down(Now now) {
    arrive(*state_, now);
    state_->link.state = client::LinkState::down;
    state_->link.heartbeat.reset();
    state_->outbox.clear();
    state_->unsolicited.clear();
}

void ClientMachine::receive(Reply reply, Now now) {
    arrive(*state_, now);
    if (now.boot >= hold_ends()) ++state_->silences;
    client::take_reply(*state_, std::move(reply));
}

void ClientMachine::renew(QueueRef queue, Range tokens, std::optional<Millis> lease) {
    client::renew_leases(*state_, queue, tokens, lease);
}

// ---- for streams

void ClientMachine::taken_up_to(QueueRef queue, Token token) {
    client::queue_of(*state_, queue).taken = token;
    if (!state_->untold_since) state_->untold_since = state_->now;
}

std::vector<Unsolicited> ClientMachine::take_unsolicited() {
    return std::exchange(state_->unsolicited, {});
}

std::uint32_t ClientMachine::connection() const noexcept {
    return state_->link.number;
}

Time ClientMachine::hold_ends() const noexcept {
    return client::hold_ends(state_->link, state_->limits);
}

std::uint64_t ClientMachine::silences() const noexcept {
    return state_->silences;
}

// ---- time

void ClientMachine::tick(Now now) {
    arrive(*state_, now);
    client::end_overdue(*state_);
    client::end_unreachable(*state_);
    client::send_renewals(*state_);
    client::send_heartbeat(*state_);
}

Time ClientMachine::next_deadline() const {
    const Time call = state_->deadlines.empty() ? never : state_->deadlines.begin()->first;
    return std::min({call, client::unreachable_at(*state_), client::renewals_due(*state_),
                     client::heartbeat_due(*state_)});
}

// ---- out

std::vector<Request> ClientMachine::take_outbox() {
    client::send_what_may_go(*state_);
    return std::exchange(state_->outbox, {});
}

std::vector<Completion> ClientMachine::take_completions() {
    return std::exchange(state_->completions, {});
}

bool ClientMachine::has_completions() const noexcept {
    return !state_->completions.empty();
}

std::vector<LogEntry> ClientMachine::take_log() {
    return state_->log.take();
}

// ---- what is known

bool ClientMachine::surely_alive(Now now) const noexcept {
    return client::surely_alive(state_->link, state_->limits, now.boot);
}

std::uint64_t ClientMachine::session_generation() const noexcept {
    return state_->generation;
}

bool ClientMachine::hold_is_broken(Token token) const {
    return state_->broken_holds.count(token) > 0;
}

bool ClientMachine::welcomed() const noexcept {
    return state_->link.state == client::LinkState::welcomed;
}

const Limits& ClientMachine::limits() const noexcept {
    return state_->limits;
}

const QueueOptions* ClientMachine::in_force(QueueRef queue) const noexcept {
    if (queue == 0 || queue > state_->queues.size()) return nullptr;
    const client::QueueState& known = state_->queues[queue - 1];
    return known.handle == 0 ? nullptr : &known.in_force;
}

const ObjectOptions* ClientMachine::object_in_force(QueueRef object) const noexcept {
    if (object == 0 || object > state_->queues.size()) return nullptr;
    const client::QueueState& known = state_->queues[object - 1];
    return known.handle == 0 ? nullptr : &known.object_in_force;
}

std::size_t ClientMachine::pending() const noexcept {
    return state_->pending;
}

std::uint64_t ClientMachine::refused_detached() const noexcept {
    return state_->refused_detached;
}

}  // namespace handoff::core

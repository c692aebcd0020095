#include "core/manager_machine.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_commits.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_follow_up.hpp"
#include "core/manager_gets.hpp"
#include "core/manager_leases.hpp"
#include "core/manager_object_stats.hpp"
#include "core/manager_objects.hpp"
#include "core/manager_opening.hpp"
#include "core/manager_puts.hpp"
#include "core/manager_queues.hpp"
#include "core/manager_references.hpp"
#include "core/manager_registered.hpp"
#include "core/manager_rights.hpp"
#include "core/manager_sessions.hpp"
#include "core/manager_state.hpp"
#include "core/manager_stats.hpp"
#include "core/manager_stored.hpp"
#include "core/manager_waiting.hpp"
#include "core/overload.hpp"

namespace handoff::core {
namespace manager {
namespace {

/// How a request is known again when it comes again.
enum class Known {
    no,         ///< it does no harm, or is known by something else than its id
    harmless,   ///< its id is known; it is carried out again
    by_answer,  ///< its id is known; it gets its first answer again
};

Known known_by(const RequestBody& body) {
    return std::visit(Overload{
                          [](const Hello&) { return Known::no; },
                          [](const Heartbeat&) { return Known::no; },
                          [](const Goodbye&) { return Known::no; },
                          [](const Cancel&) { return Known::no; },
                          [](const Put&) { return Known::no; },
                          [](const Withdraw&) { return Known::no; },
                          [](const UnknownRequest&) { return Known::no; },
                          [](const Credit&) { return Known::harmless; },
                          [](const Peek&) { return Known::harmless; },
                          [](const Stats&) { return Known::harmless; },
                          [](const Objects&) { return Known::harmless; },
                          [](const Calls& calls) {
                              return only_reads(calls) ? Known::harmless : Known::by_answer;
                          },
                          [](const auto&) { return Known::by_answer; },
                      },
                      body);
}

std::optional<Answer> handle(State&, Session&, const Request&, const Hello&) {
    return std::nullopt;  // greet() has done it
}

std::optional<Answer> handle(State&, Session&, const Request&, const UnknownRequest& unknown) {
    return failed(errc::unsupported, "unknown opcode " + std::to_string(unknown.opcode));
}

/// Carries a request out; empty if its answer comes later, or never.
std::optional<Answer> carry_out(State& state, Session& session, Request& request) {
    if (auto why = cannot_allow(state, session, request)) return why;
    return std::visit([&](auto& body) { return handle(state, session, request, body); },
                      request.body);
}

/// A request that is known by its id.
void receive_known(State& state, Session& session, Request& request, Known known) {
    const RequestId id = request.id;
    const auto refuse_now = [&](errc code, const char* text) {
        send(state, session, {id, Failed{code, text}});
    };
    if (id == 0) return refuse_now(errc::protocol, "this request needs an id");
    if (id < session.done_below) return;
    if (answered_before(state, session, id)) return;
    if (!can_remember(state, session)) {
        return refuse_now(errc::limit_exceeded, "too many requests wait or are not confirmed");
    }
    const std::uint64_t told = state.times_told;
    std::optional<Answer> given = carry_out(state, session, request);
    if (!given) return;
    // What a session is told of objects counts, so it is not to be told anew.
    if (known == Known::by_answer || state.times_told != told) {
        answer(state, session, id, std::move(*given), request.remaining.value_or(Millis{0}));
    } else {
        answer_harmless(state, session, id, std::move(*given));
    }
}

void receive(State& state, Session& session, Request& request) {
    hear(state, session);
    forget_below(state, session, request.done_below);
    const Known known = known_by(request.body);
    if (known != Known::no) return receive_known(state, session, request, known);
    if (std::optional<Answer> given = carry_out(state, session, request)) {
        send(state, session, {request.id, std::move(given->body)}, given->rests_on);
    }
}

}  // namespace
}  // namespace manager

ManagerMachine::ManagerMachine(ManagerSettings settings, Now now, const Recovered& recovered)
    : state_(std::make_unique<manager::State>(std::move(settings), now)) {
    manager::restore(*state_, recovered);
    manager::follow_up(*state_);
}

ManagerMachine::~ManagerMachine() = default;
ManagerMachine& ManagerMachine::operator=(ManagerMachine&&) noexcept = default;

void ManagerMachine::apply(ConnectionId from, Request request, Now now) {
    manager::State& state = *state_;
    state.clock.set(now);
    ++state.requests;
    if (const auto* hello = std::get_if<Hello>(&request.body)) {
        manager::greet(state, from, request.id, *hello);
    } else if (manager::Session* session = manager::session_at(state, from)) {
        manager::receive(state, *session, request);
    }
    manager::follow_up(state);
}

void ManagerMachine::malformed(ConnectionId from, RequestId id, errc code,
                               const std::string& text) {
    ++state_->frames_dropped;
    if (state_->malformed.due(state_->now().boot)) {
        state_->log.write(LogLevel::warning, "a message was malformed: " + text +
                                                 "; messages malformed since the last "
                                                 "such record: " +
                                                 std::to_string(state_->malformed.since()));
    }
    if (from != 0) state_->gate.send({from, {id, Failed{code, text}}});
}

void ManagerMachine::disconnected(ConnectionId connection, Now now) {
    state_->clock.set(now);
    manager::lose_connection(*state_, connection);
}

std::vector<Watch> ManagerMachine::take_watches() {
    return std::exchange(state_->watches, {});
}

void ManagerMachine::process_ended(Holder session, Now now) {
    state_->clock.set(now);
    manager::see_death(*state_, session);
    manager::follow_up(*state_);
}

void ManagerMachine::end_sessions_of(const ReasonToEnd& reason, Now now) {
    state_->clock.set(now);
    manager::end_sessions_of(*state_, reason);
    manager::follow_up(*state_);
}

void ManagerMachine::set_roles(Roles roles, Now now) {
    state_->clock.set(now);
    manager::take_over(*state_, std::move(roles));
    manager::follow_up(*state_);
}

objects::ObjectHandle ManagerMachine::expose(const std::string& name) {
    return manager::expose(*state_, name);
}

void ManagerMachine::begin_type(objects::ObjectHandle type, const objects::TypeSettings& settings) {
    manager::begin_type(*state_, type, settings);
}

void ManagerMachine::withdraw_type(objects::ObjectHandle type, Now now) {
    state_->clock.set(now);
    manager::destroy_object(*state_, type);
    manager::follow_up(*state_);
}

std::vector<objects::Errand> ManagerMachine::take_errands() {
    return std::exchange(state_->errands, {});
}

objects::ObjectHandle ManagerMachine::object_returned(objects::ObjectHandle type,
                                                      std::uint64_t number,
                                                      const objects::TypeSettings& settings,
                                                      Now now) {
    state_->clock.set(now);
    const objects::ObjectHandle object = manager::object_returned(*state_, type, number, settings);
    manager::follow_up(*state_);
    return object;
}

void ManagerMachine::method_done(objects::ObjectHandle type, std::uint64_t number,
                                 objects::Result result, Now now) {
    state_->clock.set(now);
    manager::method_done(*state_, type, number, std::move(result));
    manager::follow_up(*state_);
}

void ManagerMachine::tick(Now now) {
    manager::State& state = *state_;
    state.clock.set(now);
    manager::end_overdue_sessions(state);
    manager::follow_up(state);
    manager::advance_queues(state);
    manager::advance_objects(state);
    manager::follow_up(state);
    manager::end_overdue_calls(state);
    manager::follow_up(state);
    manager::send_overdue(state);
}

void ManagerMachine::say_farewell(Now now) {
    manager::State& state = *state_;
    state.clock.set(now);
    for (auto& [handle, desk] : state.desks) manager::say_farewell(state, desk);
}

bool ManagerMachine::farewell_is_answered() const {
    manager::State& state = *state_;
    return std::all_of(state.desks.begin(), state.desks.end(), [&](const auto& entry) {
        return manager::farewell_is_answered(state, entry.second);
    });
}

Deadlines ManagerMachine::next_deadline() const {
    const manager::State& state = *state_;
    const Time boot =
        std::min({state.session_ends.next(), state.hold_ends.next(), state.call_ends.next(),
                  state.queue_boot.next(), state.object_boot.next(), state.unhurried_ends.next()});
    return {state.clock.to_caller(boot),
            std::min(state.queue_wall.next(), state.object_wall.next())};
}

std::optional<Changes> ManagerMachine::take_changes() {
    return manager::take_changes(*state_);
}

void ManagerMachine::set_store_room(std::uint64_t bytes) {
    state_->store_room = bytes;
}

Turn ManagerMachine::end_turn() {
    return state_->gate.end_turn();
}

void ManagerMachine::committed(Turn turn) {
    state_->gate.committed(turn);
}

std::vector<Outgoing> ManagerMachine::take_outgoing() {
    return state_->gate.take_ready();
}

std::vector<LogEntry> ManagerMachine::take_log() {
    return state_->log.take();
}

StatsReply ManagerMachine::report(Now now) {
    manager::State& state = *state_;
    state.clock.set(now);
    StatsReply report;
    report.manager = manager::manager_stats(state);
    for (const auto& [name, handle] : state.names) {
        report.queues.push_back(manager::queue_stats(*manager::find_desk(state, handle)));
    }
    return report;
}

}  // namespace handoff::core

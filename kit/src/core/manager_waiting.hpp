#pragma once

#include <cstddef>
#include <optional>

#include "core/manager_state.hpp"

/// Calls that wait: into the lines of their queues, out of them again, and how they end.
namespace handoff::core::manager {

/// What any waiting call costs, in bytes, besides what it holds.
inline constexpr std::size_t waiting_overhead = 256;

/// Why a call of this session cannot wait for this queue while `bytes` are kept here for it; empty
/// if it can.
[[nodiscard]] std::optional<Failed> cannot_wait(const State& state, const Session& session,
                                                const Desk& desk, std::size_t bytes);

/// The end of a wait of `remaining`; absent: without limit.
[[nodiscard]] Time wait_until(const State& state, std::optional<Millis> remaining);

/// Puts a call behind all others that wait for the same.
Ticket wait(State& state, WaitingCall call);
/// The same under a ticket that it has already.
Ticket wait(State& state, Ticket ticket, WaitingCall call);

/// Takes a call out of all lines. What its client is told, if anything, is the caller's business.
WaitingCall leave(State& state, Ticket ticket);

/// Takes a GET, COMMIT or JOIN out of all lines and answers it.
void conclude(State& state, Ticket ticket, Answer answer);

/// Ends a call of any kind that cannot be done.
void refuse(State& state, Ticket ticket, errc code, const std::string& text);

/// The same for several, in the order of their tickets.
void refuse_all(State& state, std::set<Ticket> tickets, errc code, const std::string& text);

/// Fires the deadlines of waiting calls.
void end_overdue_calls(State& state);

/// GETs of a session that cannot be reached keep their places, but are passed.
void step_aside(State& state, Session& session);
void step_back(State& state, Session& session);

/// CANCEL: the target's own answer says what came of it; this has none.
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Cancel& cancel);

}  // namespace handoff::core::manager

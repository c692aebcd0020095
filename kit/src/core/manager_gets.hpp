#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// GET: items handed out to those who ask for them.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request, Get& get);

/// Lends what is ready to a session; empty if nothing is.
std::optional<Deliver> lend(State& state, Desk& desk, Session& session, Borrow borrow);

/// What was lent, as a message; without `lease` it is the queue's.
[[nodiscard]] Deliver delivery(const Desk& desk, std::vector<Lent> lent,
                               std::optional<Millis> lease);

/// Answers the waiting GET `ticket` from this queue, in which something is ready, or from one that
/// it names before this one.
bool hand_out(State& state, Desk& desk, Ticket ticket);

/// Sends once more what answered a GET, as far as its leases still live; false if none does.
bool hand_out_again(State& state, Session& session, RequestId id, const HandedOut& handed);

/// Tells those who wait for items of a closed queue that none will come.
void tell_closed(State& state, Desk& desk);

}  // namespace handoff::core::manager

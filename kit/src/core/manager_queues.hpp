#pragma once

#include <optional>
#include <string>

#include "core/manager_state.hpp"

/// Queues as a whole: OPEN, CLOSE, JOIN, PEEK, PURGE, KICK, DESTROY.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Close& close);
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Join& join);
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Peek& peek);
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Purge& purge);
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Kick& kick);
std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Destroy& destroy);

/// Tells those that wait in JOIN that everything is done, if it is.
void tell_joined(State& state, Desk& desk);

}  // namespace handoff::core::manager

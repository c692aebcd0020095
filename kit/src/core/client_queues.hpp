#pragma once

#include <string>

#include "core/client_state.hpp"

/// The queues that the client uses: their numbers, and their handles in this session.
namespace handoff::core::client {

/// The number of the queue called `name`; throws errc::queue_mismatch if `options` contradict those
/// that it is about to be opened with.
QueueRef know_queue(State& state, const std::string& name, const QueueOptions& options,
                    bool create);

/// It was destroyed. Its number stays that of the destroyed queue; the name may get another one.
void queue_gone(State& state, QueueState& queue);

/// Throws errc::invalid_argument if `body` names a queue that know_queue has not given.
void check_queues(const State& state, const RequestBody& body);

/// The manager has opened it: calls that wait for it can go.
void queue_opened(State& state, const Open& open, CallId by, const Opened& opened);

/// It will not: calls that wait for it end as this one did.
void queue_not_opened(State& state, const Open& open, CallId by, const Failed& why);

}  // namespace handoff::core::client

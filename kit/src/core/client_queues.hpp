#pragma once

#include <string>

#include "core/client_state.hpp"

/// The queues and shared objects that the client uses: their numbers, and their handles in this
/// session. What is said of queues here holds for objects as well.
namespace handoff::core::client {

/// The number of the queue called `name`; throws errc::queue_mismatch if `options` contradict those
/// that it is about to be opened with.
QueueRef know_queue(State& state, const std::string& name, const QueueOptions& options,
                    bool create);

/// The same for a shared object; throws errc::object_mismatch.
QueueRef know_object(State& state, const std::string& name, ObjectKind kind,
                     const ObjectOptions& options, bool create);

/// The number of an object without a name, which a reference names.
QueueRef know_anonymous(State& state, ObjectKind kind, const ManagerId& manager,
                        objects::ObjectHandle handle);
/// The application does not use this number any more: when no call does, another object may get it.
void spare_number(State& state, QueueState& object);

/// Whether it is surely not there any more: it was destroyed in an earlier session, or has no name
/// and is of one.
[[nodiscard]] bool is_over(const State& state, const QueueState& queue);

/// It was destroyed. Its number stays that of the destroyed queue; the name may get another one.
void queue_gone(State& state, QueueState& queue);

/// Throws errc::invalid_argument if `body` names a queue that know_queue has not given.
void check_queues(const State& state, const RequestBody& body);

/// The queue that this asks for; null if it asks for none, or nobody wants that one any more.
[[nodiscard]] QueueState* asked_for(State& state, const RequestBody& body);

/// The manager has opened it: calls that wait for it can go.
void queue_opened(State& state, const Open& open, CallId by, const Opened& opened);
void object_opened(State& state, const OpenObject& open, CallId by, const ObjectOpened& opened);

/// It will not: calls that wait for it end as this one did. Nothing, if `body` asks for no queue.
void queue_not_opened(State& state, const RequestBody& body, CallId by, const Failed& why);

}  // namespace handoff::core::client

#pragma once

#include <optional>
#include <string>

#include "core/manager_state.hpp"

/// Shared objects: opening them, calls of their methods, and what a session leaves behind in them.
/// What an object does is its own business; see core/objects.
namespace handoff::core::manager {

/// Null if there is none.
[[nodiscard]] Stand* find_stand(State& state, objects::ObjectHandle handle);
/// `lock "gpu"`, without a name `lock #17`, for texts. 0: it has no number yet.
[[nodiscard]] std::string in_words(ObjectKind kind, const std::string& name,
                                   objects::ObjectHandle handle);
/// The world around an object.
[[nodiscard]] objects::Context context_of(State& state);

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const OpenObject& open);
std::optional<Answer> handle(State& state, Session& session, const Request& request, Calls& calls);

/// Whether carrying these calls out again does no harm.
[[nodiscard]] bool only_reads(const Calls& calls);

/// Calls that waited at objects have ended: each goes on with those behind it, or is answered. What
/// ends on account of that as well.
void tell_ended(State& state);

/// CANCEL, or its time has passed: the call that waits ends. Those behind it are cancelled, or
/// tried without waiting.
void give_up_calls(State& state, Ticket ticket, errc why);

/// The call does not wait at this object any more, whatever came of it.
void leave_object(State& state, Ticket ticket, objects::ObjectHandle handle);

/// The session is over: nothing is handed out to it, and what it held goes to others.
void leave_objects(State& state, Session& session);

/// `dict "prices"`, `dict #17`: for texts.
[[nodiscard]] std::string describe(const Stand& stand);

/// What an earlier life of this manager left.
void restore_object(State& state, const Recovered::Object& known);

/// False: there is no object with this handle.
bool destroy_object(State& state, objects::ObjectHandle handle);

/// Fires the deadlines of objects.
void advance_objects(State& state);

}  // namespace handoff::core::manager

#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// CREDIT: items that come by themselves, as long as their consumer has credit. They are held until
/// its application takes them, and asked back while others are in want.
namespace handoff::core::manager {

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Credit& credit);

/// Brings what is known of a session at a queue up to date: how much it holds, whether it stands in
/// a line, whether it can be asked for items. To be called after anything that changes this.
void review(State& state, Desk& desk, Session& session);

/// Delivers to the consumer that has this place in a line; something is ready.
bool deliver(State& state, Desk& desk, Session& session);

/// Asks those that hold most to give back as many items as there are in want of some.
void recall(State& state, Desk& desk);

/// What a recalled consumer had to say has come: it may be asked again.
void forget_recall(Desk& desk, Visitor& visitor);

/// It may be the answer to a farewell.
void note_giveback(Visitor& visitor);

/// The application has taken items up to the cursor.
void move_cursor(State& state, Session& session, const Cursor& cursor);

/// Tells a consumer why nothing more comes: its queue is drained, say.
void end_stream(State& state, Desk& desk, Session& session, Answer why);

/// Tells all that ever said CREDIT whether the queue is closed and drained, and recalls an item:
/// they answer that in any case, and what they have answered, and all before it, has arrived.
void say_farewell(State& state, Desk& desk);
/// By all that can be reached.
[[nodiscard]] bool farewell_is_answered(State& state, const Desk& desk);

[[nodiscard]] Answer drained(const Desk& desk);

/// Takes back what a silent session holds, and delivers nothing to it before it is heard again.
void take_back_held(State& state, Session& session);

/// The session has a new connection, on which its streams have to be asked for again.
void pause_streams(State& state, Session& session);

}  // namespace handoff::core::manager

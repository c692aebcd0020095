#pragma once

#include <string>

#include "core/manager_state.hpp"

/// What became of each request: the answer, and remembering it until the client has it.
namespace handoff::core::manager {

/// "It is surely not done", and why.
[[nodiscard]] Answer failed(errc code, std::string text);

/// The same of a queue that is not there (any more).
/// It does not pass by what was said of that queue while it was there.
[[nodiscard]] Answer no_such_queue(const State& state, QueueHandle handle);

/// Sends an answer and remembers it. One that only says "settled" may be kept back for `patience`.
void answer(State& state, Session& session, RequestId id, Answer given,
            Millis patience = Millis{0});
/// An answer that was given before a restart.
void remember_answer(Session& session, const Answered& answered);
/// Sends the answer to a request that changed nothing, and remembers only that it was answered.
void answer_harmless(State& state, Session& session, RequestId id, Answer given);

/// A request came that came before: true if there was nothing more to do than answer it again, or
/// to let it wait on. False: it is new; or a GET of whose items none is left, so it starts anew.
bool answered_before(State& state, Session& session, RequestId id);

/// Whether a further request of this session can be remembered.
[[nodiscard]] bool can_remember(const State& state, const Session& session);

/// The client waits for no answer below `id`: what is known of such requests is forgotten, and
/// those that still wait are withdrawn.
void forget_below(State& state, Session& session, RequestId id);

/// It has the answers to these: they are forgotten.
void forget_answered(Session& session, const std::vector<Range>& ids);

}  // namespace handoff::core::manager

#pragma once

#include <optional>

#include "core/client_state.hpp"

/// Leases that are renewed for as long as this client lives: each is extended when a third of its
/// time has passed, until it is settled, refused, or gone with its session.
namespace handoff::core::client {

/// The leases of these tokens, which have just been given for `lease` (unset: the queue's time).
void renew_leases(State& state, QueueRef queue, Range tokens, std::optional<Millis> lease);

/// Extends what is due. Those of one queue whose time comes soon share a message.
void send_renewals(State& state);
[[nodiscard]] Time renewals_due(const State& state);

/// The manager has answered to a settlement or a commit, which may end leases or extend them.
void note_settled(State& state, const Call& call, const ReplyBody& answer);
/// It has refused one of our own extensions as a whole.
void note_refused(State& state, const Call& call, errc code);

/// With the session, all leases are gone.
void forget_renewals(State& state);

}  // namespace handoff::core::client

#pragma once

#include <vector>

#include "core/client_state.hpp"

/// The positions of puts, and whose items an answer is about.
///
/// A client numbers its items in each queue. The manager knows by the position what it has seen
/// already, so a put may be sent as often as need be; what may never happen is that a position
/// comes before one below it that is still to come.
namespace handoff::core::client {

[[nodiscard]] const Put& put_of(const Call& call);

/// The first position of the call that has no answer yet.
[[nodiscard]] Position first_unanswered(const Call& call);

/// The first position of the queue for which we wait for an answer.
[[nodiscard]] Position lowest_unconfirmed(const State& state, const QueueState& queue);

/// Nothing before this put waits for an answer.
[[nodiscard]] bool is_front(const State& state, const Call& call);

/// The position behind the last of the call.
[[nodiscard]] Position end_of(const Call& call);

/// The puts of a message that are not over; none if it is not known.
[[nodiscard]] std::vector<Call*> puts_in(State& state, RequestId message);

/// Whatever was sent to `queue` and has no answer is to be sent again.
void rewind_puts(State& state, const QueueState& queue);

/// Puts that were sent, or some of them, go out in message `request` now.
void enter_message(State& state, RequestId request, const std::vector<Call*>& calls);

/// Takes a put that was sent out of the books, and with it those behind it that nobody waits for.
void put_is_over(State& state, Call& call);

/// Adds what an answer says of `call`; what is known already stays.
void note_outcome(Call& call, PutDone::Outcome outcome);

/// Every item has an outcome.
[[nodiscard]] bool has_all_outcomes(const Call& call);

/// What is known so far as an answer to the caller: positions count from 1.
[[nodiscard]] PutDone outcomes_for_caller(const Call& call);

}  // namespace handoff::core::client

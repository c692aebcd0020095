#pragma once

#include <string>

#include "core/client_state.hpp"

/// The texts of errors: what was attempted, where, what went wrong, and what to do about it.
namespace handoff::core::client {

/// `put on queue "jobs" at ipc:///run/x.sock`
[[nodiscard]] std::string describe(const State& state, const RequestBody& body);

/// `"jobs"`, `#17`: after the kind.
[[nodiscard]] std::string shown(const QueueState& queue);

/// The outcome of a call that the manager refused; `text` is the manager's, and may be empty.
[[nodiscard]] Outcome refused(const State& state, const Call& call, errc code,
                              const std::string& text);

/// The outcome of a call that ends without its answer. `sent`: the manager may have it.
[[nodiscard]] Outcome unanswered(const State& state, const Call& call, const Cause& cause);

/// Something that is larger than this manager takes.
[[nodiscard]] std::string text_of_too_large(const State& state, const std::string& what,
                                            std::size_t bytes);

[[nodiscard]] std::string text_of_silence(const State& state);

/// `10 s`, `250 ms`
[[nodiscard]] std::string in_words(Millis span);

}  // namespace handoff::core::client

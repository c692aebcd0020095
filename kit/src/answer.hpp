#pragma once

#include <string>
#include <utility>
#include <variant>

#include "client_driver.hpp"
#include "handoff/error.hpp"

/// From the end of a call to a value or an Error.
namespace handoff {

[[noreturn]] inline void throw_outcome(const core::Outcome& outcome, const std::string& what) {
    throw Error(outcome.code, what + ": " + outcome.text);
}

/// Throws unless it is done; `what` says what was attempted.
inline core::ReplyBody driver_answer(Answer answer, const std::string& what) {
    if (answer.outcome.code != errc::ok) throw_outcome(answer.outcome, what);
    return std::move(answer.outcome.reply);
}

template <typename Reply>
Reply reply_of(Answer answer, const std::string& what) {
    core::ReplyBody body = driver_answer(std::move(answer), what);
    if (auto* reply = std::get_if<Reply>(&body)) return std::move(*reply);
    throw Error(errc::protocol, what + ": the manager sent an answer to another question");
}

}  // namespace handoff

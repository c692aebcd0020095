#pragma once

#include <utility>
#include <variant>

#include "client_driver.hpp"
#include "handoff/error.hpp"

/// From the end of a call to a value or an Error.
namespace handoff {

/// Throws unless it is done. The machine's text says what was attempted, where, and why it failed.
inline core::ReplyBody body_of(Answer answer) {
    if (answer.outcome.code != errc::ok) throw Error(answer.outcome.code, answer.outcome.text);
    return std::move(answer.outcome.reply);
}

template <typename Reply>
Reply reply_of(Answer answer) {
    core::ReplyBody body = body_of(std::move(answer));
    if (auto* reply = std::get_if<Reply>(&body)) return std::move(*reply);
    throw Error(errc::protocol, "the manager sent an answer to another question");
}

}  // namespace handoff

#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/client_machine.hpp"
#include "core/messages.hpp"

/// What depends on the kind of a call alone: which queues it names, which answers fit it, and how
/// it ends when its answer stays away.
namespace handoff::core::client {

/// Why a call ends without an answer.
enum class Ending : std::uint8_t { deadline, cancelled, unreachable, refused, session_lost };

/// The same, with what the caller is told.
struct Cause {
    Ending ending = Ending::deadline;
    errc code = errc::unreachable;  ///< for calls that have no better word for it
    std::string text;
};

/// What is known when the answer of a call stays away depends on what the call does.
enum class Nature : std::uint8_t {
    put,     ///< adds items
    take,    ///< wants items
    settle,  ///< ends or prolongs leases and holds
    change,  ///< does something to a whole queue
    alter,   ///< alters a shared object
    ask,     ///< only wants to know; asking again does no harm
};
[[nodiscard]] Nature nature_of(const RequestBody& body);
/// Whether it is, or has among others, something about what its session holds.
[[nodiscard]] bool settles(const RequestBody& body);

/// How a call ends that has no answer. `sent`: it may have reached the manager.
[[nodiscard]] errc code_without_answer(Nature nature, bool sent, const Cause& cause);

/// The code for a call that the manager ended without doing it because we had asked for that.
[[nodiscard]] errc code_when_withdrawn(Nature nature, Ending why);

/// Whether this can be the answer to that. FAILED can answer everything.
[[nodiscard]] bool answers(const ReplyBody& reply, const RequestBody& body);

/// Whether the application may ask for it; it puts by put().
[[nodiscard]] bool is_call(const RequestBody& body);

/// Whether the manager may let this call wait for others.
[[nodiscard]] bool may_wait(const RequestBody& body);

/// Asks for the number of a queue or of a shared object.
[[nodiscard]] inline bool opens(const RequestBody& body) {
    return std::holds_alternative<Open>(body) || std::holds_alternative<OpenObject>(body);
}

/// Calls `use` for each place in `body` that names a queue.
template <typename AnyBody, typename Use>
void for_each_queue(AnyBody& any_body, Use use) {
    std::visit(
        [&use](auto& body) {
            if constexpr (requires { body.queue; }) use(body.queue);
            if constexpr (requires { body.cursor; }) {
                if (body.cursor) use(body.cursor->queue);
            }
            if constexpr (requires { body.cursors; }) {
                for (auto& cursor : body.cursors) use(cursor.queue);
            }
            if constexpr (requires { body.acks; }) {
                for (auto& acks : body.acks) use(acks.queue);
                for (auto& puts : body.puts) use(puts.queue);
            }
            if constexpr (requires { body.calls; }) {
                for (auto& call : body.calls) use(call.object);
            }
            if constexpr (requires { body.queues; }) {
                for (auto& queue : body.queues) {
                    if constexpr (requires { queue.queue; }) {
                        use(queue.queue);
                    } else {
                        use(queue);
                    }
                }
            }
        },
        any_body);
}

/// The queues that `body` names, each once, in the order of their numbers.
[[nodiscard]] std::vector<QueueRef> queues_of(const RequestBody& body);

/// Calls `use` for each queue at which the call must not overtake earlier puts. A get or an
/// acknowledgement may: it can be what makes room for them. Calls of shared objects have nothing
/// to overtake.
template <typename Use>
void for_each_line(const RequestBody& any_body, Use use) {
    const bool overtakes =
        std::holds_alternative<Get>(any_body) || std::holds_alternative<Settle>(any_body) ||
        std::holds_alternative<Credit>(any_body) || std::holds_alternative<Heartbeat>(any_body) ||
        std::holds_alternative<Calls>(any_body);
    if (overtakes) return;
    if (const Commit* commit = std::get_if<Commit>(&any_body)) {
        for (const Commit::Puts& puts : commit->puts) use(puts.queue);
    } else {
        for_each_queue(any_body, use);
    }
}

}  // namespace handoff::core::client

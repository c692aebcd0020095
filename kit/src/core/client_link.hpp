#pragma once

#include <cstdint>
#include <optional>

#include "core/client_machine.hpp"
#include "core/messages.hpp"
#include "core/time.hpp"

/// The connection and the session that lives on it: who we are to the manager, and how surely.
namespace handoff::core::client {

/// As in HELLO: 1, 2, 3 … of the connections of a client. 0: none.
using ConnectionNumber = std::uint32_t;

enum class LinkState : std::uint8_t {
    down,      ///< nothing can be sent
    greeting,  ///< HELLO is out; nothing else leaves before WELCOME
    welcomed,
    refused,  ///< the manager does not want us; quiet until the next link_up
};

struct Link {
    LinkState state = LinkState::down;
    ConnectionNumber number = 0;  ///< of the last HELLO

    std::optional<SessionId> session;
    SessionId fresh{};  ///< in the last HELLO; no two of them carry the same
    ManagerId manager{};
    Failed refusal;  ///< while refused

    Time heard{};                   ///< when the last message came
    Time greeted{};                 ///< when the last HELLO went out
    Time sent{};                    ///< when the last message of any kind went out
    Time confirmed{};               ///< when the last message that has been answered went out
    std::optional<Time> heartbeat;  ///< when the one that is under way went out
};

/// Says who we are and which session we would go on with, under `fresh` if that is not possible.
Hello greet(Link& link, const Hello& identity, const SessionId& fresh, Time now);

/// A session id for a HELLO that nobody brought one for: follows from `used`, and is random where
/// that is.
[[nodiscard]] SessionId next_session_id(const SessionId& used);

/// A message that went out at `sent` has been answered.
void confirm(Link& link, Time sent) noexcept;

/// When the next HEARTBEAT is due. Another request that goes out puts it off, but only once: calls
/// that wait long for their answers would tell us nothing of the session meanwhile.
[[nodiscard]] Time heartbeat_due(const Link& link, const Limits& limits) noexcept;

/// The manager counts a session's silence from what it has received, and so later than we count.
[[nodiscard]] bool surely_alive(const Link& link, const Limits& limits, Time now) noexcept;

/// The same for held items, which the manager takes back sooner.
[[nodiscard]] bool surely_holds(const Link& link, const Limits& limits, Time now) noexcept;

}  // namespace handoff::core::client

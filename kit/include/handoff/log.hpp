#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace handoff {

/// How much a record matters.
enum class LogLevel : std::uint8_t {
    debug,    ///< what only those want to know who look for a fault: queues made, connections
    info,     ///< what happens in the ordinary course: sessions, connections, addresses
    warning,  ///< what should not happen often: a session lost, a message that was malformed
    error,    ///< what needs somebody: a client that is refused
};

/// "debug", "info", "warning", "error".
std::string_view to_string(LogLevel level) noexcept;

/// Something that happened. It says which session, queue or address, and never what is in an item.
struct LogRecord {
    LogLevel level = LogLevel::info;
    std::string_view text;  ///< a line without its end; valid during the call
};

/// Where a Manager or a Client tells what no call can: it is called with each record, one at a
/// time, in a thread of the kit that holds no lock. So it may use queues and statistics, and should
/// return soon, as deadlines and heartbeats wait for it. The thread of a manager's log is the one
/// that answers: there no call may wait for that manager. What it throws is dropped. Unset:
/// silence.
using Log = std::function<void(const LogRecord&)>;

}  // namespace handoff

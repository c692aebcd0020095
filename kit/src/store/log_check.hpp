#pragma once

#include <cstdint>
#include <string_view>

namespace handoff::store {

enum class LogFault : std::uint8_t { none, head, frame };

/// Whether a write-ahead log can be what its writer left there. SQLite takes the first frame that
/// does not match its sum for the torn end of the log, and goes on without all that follows. That
/// is right if what follows is the one transaction that was being written; but where more than one
/// lies behind it, a bit has flipped among those that were synced.
///
/// It cannot tell a flipped bit in the last two transactions from a torn end.
[[nodiscard]] LogFault fault_in_log(std::string_view log);

}  // namespace handoff::store

#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace handoff {

/// What went wrong. The numbers belong to the protocol (docs/protocol.md): they are the same on
/// every platform and are never reused for another meaning.
enum class errc : std::uint32_t {
    ok = 0,

    // The caller asked for something that cannot be.
    invalid_argument = 1,  ///< a name, duration, count or option out of its documented range
    unsupported = 2,       ///< an opcode, option or feature that this manager does not have
    too_large = 3,         ///< an item, frame or batch above its limit; it can never fit
    wrong_type = 4,        ///< the payload is not what this reader expects; the item is not lost
    queue_mismatch = 5,    ///< an option that is set and differs from what is in force
    config_invalid = 6,    ///< a configuration file or variable that cannot be accepted
    inert = 7,             ///< a moved-from or forked copy of something that only one may use
    misuse = 8,            ///< a call that cannot be made now, as a dispatch() within dispatch()
    object_mismatch = 9,   ///< the name is of another kind of object, or an option differs

    // The queue or the object says no. Nothing was done.
    full = 20,            ///< no room came in time, or others wait for room already
    empty = 21,           ///< nothing came in time
    closed = 22,          ///< closed for puts, or closed and drained for gets
    cancelled = 23,       ///< withdrawn by its caller before it was done
    not_owner = 24,       ///< it is not held by who would release or use it
    broken_barrier = 25,  ///< a party of the barrier died, gave up or aborted
    not_found = 26,       ///< there is nothing under that key, or no such value
    out_of_range = 27,    ///< an index beyond the end; a sum that is no 64-bit integer

    // What was held is held no more, or what was meant is another thing now.
    lease_lapsed = 40,       ///< the lease's time ran out, or its session ended: the item went back
    session_lost = 41,       ///< the manager had declared this client dead; what it held went back
    manager_restarted = 42,  ///< the manager began anew; what it kept in memory only is gone
    stale_reference = 43,    ///< the queue was destroyed since; its name may belong to another now
    lock_lost = 44,          ///< it was held, and is not any more: session, time to live, or broken
    remote_error = 47,       ///< a method of a registered type threw; the text is the exception's

    // The other side, or the way to it.
    unreachable = 60,       ///< no manager answers at this endpoint; surely not done
    outcome_unknown = 61,   ///< sent, but no answer came: it may have been done
    protocol = 62,          ///< the peer sent something that is not this protocol
    version_mismatch = 63,  ///< the peer speaks no version that we speak
    not_welcomed = 64,      ///< a request on a connection that has not said HELLO
    gap = 65,               ///< positions are missing before these puts; the client sends again
    not_authorised = 66,    ///< this client may not do that
    address_in_use = 67,    ///< another manager listens there

    // Limits and stores.
    limit_exceeded = 80,  ///< a configured limit of the manager or of the session
    store_failed = 81,    ///< the store is damaged, or could not sync; see the manager's log
    store_full = 82,      ///< no room left on the store's file system
    system = 83,          ///< the operating system refused; the text says what and why
    store_in_use = 84,    ///< another manager uses this data
};

/// The code's name as it is written in this header, "unknown" for a number that is not there.
std::string_view to_string(errc code) noexcept;

/// The one exception of the kit. `what()` names what was attempted, on which queue and endpoint,
/// the limit in question and what to do about it.
///
/// Thread safety: as std::runtime_error.
class Error : public std::runtime_error {
public:
    Error(errc code, const std::string& text);

    [[nodiscard]] errc code() const noexcept { return code_; }

private:
    errc code_;
};

}  // namespace handoff

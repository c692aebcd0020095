#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/log_book.hpp"
#include "core/time.hpp"

namespace handoff::net {

/// Who came and did not get through the handshake, and why: told once a minute of each address and
/// reason. libzmq tells the reason without saying of whom, and then whose connection has ended.
///
/// Thread safety: none; one owner.
class Strangers {
public:
    enum class Reason : std::uint8_t {
        mechanism,     ///< another than this address asks for
        other_key,     ///< what is encrypted does not fit the manager's key
        no_zmtp,       ///< or badly spoken
        unfinished,    ///< it ended, or took too long
        not_admitted,  ///< told by whoever did not admit it
    };
    /// The connection whose end is told of next was not let in.
    void refused(Reason why) {
        if (!why_) why_ = why;
    }
    /// A connection has ended, in a handshake or later.
    void ended(const std::string& address, core::Time now);

    std::vector<core::LogEntry> take_log() { return std::exchange(log_, {}); }

private:
    std::optional<Reason> why_;
    std::map<std::pair<std::string, Reason>, core::Time> told_;
    std::vector<core::LogEntry> log_;
};

/// The host at the other end of a socket, without its port; for a file's, that it is this one.
std::string peer_of(int descriptor);

}  // namespace handoff::net

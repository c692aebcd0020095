#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "handoff/detail/raw_stream.hpp"
#include "os/fork.hpp"

namespace handoff::detail {

/// What both ends of a stream have: their queue, the process that made them, and somebody to tell.
struct StreamState {
    explicit StreamState(RawQueue of)
        : queue(std::move(of)),
          maker(fork_generation()),
          connection_(queue.connection()),
          driver_(connection_.driver()) {}

    [[nodiscard]] bool of_this_process() const noexcept { return maker == fork_generation(); }
    /// Throws errc::inert in a forked child, and when the client is gone.
    [[nodiscard]] ClientDriver& driver() const {
        if (!of_this_process() || connection_.ended()) fail_inert();
        return driver_;
    }
    /// The queue's number in that driver.
    [[nodiscard]] core::QueueRef ref() const;

    /// Tells the handler; without one, throws the first, with `consequence` behind its text.
    void tell(const std::vector<core::StreamFailure>& failures, const char* consequence) const;
    /// For a destructor: tells the handler, else the client's.
    void tell_at_the_end(ClientDriver& driver,
                         const std::vector<core::StreamFailure>& failures) const noexcept;

    /// Throws errc::invalid_argument unless 1 <= value <= most.
    static void require_within(const std::string& what, const char* name, std::uint64_t value,
                               std::uint64_t most = std::uint64_t{1} << 24);

    RawQueue queue;
    std::uint64_t maker;
    StreamErrorHandler handler;

private:
    [[noreturn]] void fail_inert() const;

    Connection& connection_;  ///< lives as long as the queue's handle
    ClientDriver& driver_;    ///< lives until the connection has ended
};

}  // namespace handoff::detail

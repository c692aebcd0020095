#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "net/monitor.hpp"
#include "net/strangers.hpp"

namespace handoff::net {

/// The connections that a socket's listeners have accepted, and who of them has to go. libzmq
/// accepts whoever comes, and where no descriptor is left it tries again without a pause.
///
/// Refused is what goes beyond three quarters of the process's descriptors, or beyond what there
/// were when they ran out: first who has not said a word yet, then the newest. So is who says
/// nothing for `silence_max`. And so is who sends without end: libzmq keeps the frames of a message
/// until it is whole, however many come, and shows them to nobody. What a tcp connection has
/// brought the kernel knows; where that has grown by more than `unfinished.one` without a message,
/// none is meant. Where that of all together has grown by more than `unfinished.all`, those go that
/// have brought most. Who is refused is shut down, and libzmq closes it; an honest client comes
/// again.
///
/// Thread safety: none; the thread that owns the socket.
class Connections {
public:
    /// Bytes of messages that are not whole.
    struct Unfinished {
        std::uint64_t one = 0;
        std::uint64_t all = 0;
    };
    Connections(core::Millis silence_max, Unfinished unfinished_max);
    ~Connections();
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    /// An event of the socket's monitor.
    void note(const Monitor::Event& event, core::Time now);
    /// A whole message came from this connection; -1 if it has no descriptor.
    void spoke(int descriptor);
    /// Refuses this one; -1: it has no descriptor.
    void cut(int descriptor);
    /// Refuses who has been silent for too long.
    void tick(core::Time now);
    /// Refuses who sends without end; looks at some of them in turn, at each every 250 ms. To be
    /// called so often. drained: all messages that had come have been told of.
    void look_at_bytes(core::Time now, bool drained);
    /// How soon again; empty: there is no connection that would need it.
    [[nodiscard]] std::optional<core::Millis> look_pause() const;

    /// How many were refused since the last call, without the next.
    std::uint64_t take_refused() noexcept { return std::exchange(refused_, 0); }
    /// Those who sent without end, or were cut.
    std::uint64_t take_endless() noexcept { return std::exchange(endless_, 0); }
    /// Of these, those who were cut for what all together had.
    std::uint64_t take_crowded() noexcept { return std::exchange(crowded_, 0); }
    /// Who did not get through the handshake.
    std::vector<core::LogEntry> take_log() { return strangers_.take_log(); }

private:
    /// Of a connection: descriptors are used again, numbers are not.
    using Number = std::uint64_t;
    struct Connection {
        Number number = 0;
        core::Time since{};
        std::string peer;
        bool leaving = false;
        bool tcp = false;
        bool spoke = true;             ///< since its bytes were looked at
        std::uint64_t bytes = 0;       ///< that it had brought when it last had
        std::uint64_t unfinished = 0;  ///< that libzmq has of it since then
    };
    using ByDescriptor = std::map<int, Connection>;

    void forget(ByDescriptor::iterator connection);
    void count(Connection& connection, std::uint64_t unfinished);
    void relieve();
    void refuse(Number number);
    void refuse_beyond(std::size_t connections_max);
    void descriptors_ran_out(core::Time now);
    [[nodiscard]] std::size_t staying() const noexcept { return by_number_.size(); }

    const core::Millis silence_max_;
    const Unfinished unfinished_max_;
    std::set<std::string> addresses_;  ///< of the listeners
    ByDescriptor connections_;
    std::map<Number, int> by_number_;  ///< of those that are not leaving
    std::set<Number> silent_;          ///< likewise
    Number next_ = 1;
    std::uint64_t refused_ = 0;
    std::uint64_t endless_ = 0;
    std::uint64_t crowded_ = 0;
    std::uint64_t unfinished_ = 0;  ///< of all connections
    std::size_t tcp_ = 0;           ///< connections of tcp
    core::Time looked_at_{};        ///< the bytes
    int last_looked_ = -1;          ///< the descriptor where the next look goes on
    std::size_t messages_ = 0;      ///< since then
    std::size_t fitting_;           ///< how many there were room for
    core::Time ran_out_{};
    Strangers strangers_;
    int spare_;  ///< given away where nobody is left to be refused but who comes
};

}  // namespace handoff::net

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/time.hpp"
#include "net/monitor.hpp"

namespace handoff::net {

/// The connections that a socket's listeners have accepted, and who of them has to go. libzmq
/// accepts whoever comes, and where no descriptor is left it tries again without a pause.
///
/// Refused is what goes beyond three quarters of the process's descriptors, or beyond what there
/// were when they ran out: first who has not said a word yet, then the newest. So is who says
/// nothing for `silence_max`. It is shut down, and libzmq closes it; an honest client comes again.
///
/// Thread safety: none; the thread that owns the socket.
class Connections {
public:
    explicit Connections(core::Millis silence_max);
    ~Connections();
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;

    /// An event of the socket's monitor.
    void note(const Monitor::Event& event, core::Time now);
    /// Whether spoke() has to be told who sends messages.
    [[nodiscard]] bool listens() const noexcept { return !silent_.empty(); }
    /// A message came from this connection; -1 if it has no descriptor.
    void spoke(int descriptor);
    /// Refuses who has been silent for too long.
    void tick(core::Time now);

    /// How many were refused since the last call.
    std::uint64_t take_refused() noexcept { return std::exchange(refused_, 0); }

private:
    /// Of a connection: descriptors are used again, numbers are not.
    using Number = std::uint64_t;
    struct Connection {
        Number number = 0;
        core::Time since{};
        bool leaving = false;
    };
    using ByDescriptor = std::map<int, Connection>;

    void forget(ByDescriptor::iterator connection);
    void refuse(Number number);
    void refuse_beyond(std::size_t connections_max);
    void descriptors_ran_out(core::Time now);
    [[nodiscard]] std::size_t staying() const noexcept { return by_number_.size(); }

    const core::Millis silence_max_;
    std::set<std::string> addresses_;  ///< of the listeners
    ByDescriptor connections_;
    std::map<Number, int> by_number_;  ///< of those that are not leaving
    std::set<Number> silent_;          ///< likewise
    Number next_ = 1;
    std::uint64_t refused_ = 0;
    std::size_t fitting_;  ///< how many there were room for
    core::Time ran_out_{};
    int spare_;  ///< given away where nobody is left to be refused but who comes
};

}  // namespace handoff::net

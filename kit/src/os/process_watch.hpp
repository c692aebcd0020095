#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/manager_machine.hpp"

namespace handoff {

/// Sees processes of this machine end, a millisecond after they did, however they did, and whatever
/// they leave behind: by pidfds, one a process.
///
/// Thread safety: none; the manager's loop thread owns it.
class ProcessWatch {
public:
    /// Without descriptors to spare it watches nobody.
    ProcessWatch();
    ~ProcessWatch();
    ProcessWatch(const ProcessWatch&) = delete;
    ProcessWatch& operator=(const ProcessWatch&) = delete;

    /// Watches the process of that session, if it is one of this machine and this pid namespace and
    /// not our own. No more than a quarter of the descriptors that this process may have are used
    /// for it: who is beyond them is not watched. False: it has ended already.
    bool watch(core::Holder session, const core::ClientProcess& process);
    void forget(core::Holder session);
    void forget_all();

    /// Readable when take_ended() has something to tell; -1, which poll() passes over, if never.
    [[nodiscard]] int fd() const noexcept { return epoll_; }
    /// The sessions of processes that have ended since; they are forgotten.
    std::vector<core::Holder> take_ended();

private:
    using Process = std::pair<std::uint32_t, std::uint64_t>;  ///< pid and start time
    struct Watched {
        int pidfd = -1;
        std::set<core::Holder> sessions;
    };
    using Processes = std::map<Process, Watched>;

    void close(Processes::iterator it);

    core::ClientProcess own_;
    int epoll_ = -1;
    std::size_t processes_max_ = 0;
    Processes processes_;
    std::map<core::Holder, Process> by_session_;
};

}  // namespace handoff

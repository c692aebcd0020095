#include "os/process_watch.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "os/fork.hpp"
#include "os/host.hpp"
#include "os/pidfd.hpp"

namespace handoff {
namespace {

std::size_t quarter_of_descriptors() {
    rlimit allowed{};
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return 0;
    return static_cast<std::size_t>(allowed.rlim_cur / 4);
}

core::ClientProcess own_process() {
    const core::Hello self = identity();
    return {self.boot_id, self.pid_namespace, self.pid, self.start_time};
}

}  // namespace

ProcessWatch::ProcessWatch()
    : own_(own_process()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      processes_max_(quarter_of_descriptors()) {
    if (epoll_ >= 0) own_descriptor(epoll_);
}

ProcessWatch::~ProcessWatch() {
    forget_all();
    if (epoll_ < 0) return;
    disown_descriptor(epoll_);
    ::close(epoll_);
}

bool ProcessWatch::watch(core::Holder session, const core::ClientProcess& process) {
    const bool here =
        process.boot_id == own_.boot_id && process.pid_namespace == own_.pid_namespace;
    if (epoll_ < 0 || !here || process.pid == own_.pid || process.start_time == 0) return true;
    const Process key{process.pid, process.start_time};
    auto it = processes_.find(key);
    if (it == processes_.end()) {
        if (processes_.size() >= processes_max_) return true;
        const int pidfd = pidfd_open(static_cast<pid_t>(process.pid));
        if (pidfd < 0) return errno != ESRCH;
        // From now on the pid is nobody else's; was it so before?
        const std::uint64_t began = start_time(std::to_string(process.pid));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = process.pid;
        const bool watched =
            began == process.start_time && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, pidfd, &event) == 0;
        if (!watched) {
            ::close(pidfd);
            return began == 0 || began == process.start_time;
        }
        own_descriptor(pidfd);
        it = processes_.emplace(key, Watched{pidfd, {}}).first;
    }
    it->second.sessions.insert(session);
    by_session_[session] = key;
    return true;
}

void ProcessWatch::close(Processes::iterator it) {
    for (const core::Holder session : it->second.sessions) by_session_.erase(session);
    // Closing it would not, if some child had a copy.
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, it->second.pidfd, nullptr);
    disown_descriptor(it->second.pidfd);
    ::close(it->second.pidfd);
    processes_.erase(it);
}

void ProcessWatch::forget(core::Holder session) {
    const auto known = by_session_.find(session);
    if (known == by_session_.end()) return;
    const auto it = processes_.find(known->second);
    it->second.sessions.erase(session);
    by_session_.erase(known);
    if (it->second.sessions.empty()) close(it);
}

void ProcessWatch::forget_all() {
    while (!processes_.empty()) close(processes_.begin());
}

std::vector<core::Holder> ProcessWatch::take_ended() {
    std::vector<core::Holder> ended;
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        // Of two with one pid, the older one is the one that has ended.
        const std::uint32_t pid = events[static_cast<std::size_t>(i)].data.u32;
        const auto it = processes_.lower_bound({pid, 0});
        if (it == processes_.end() || it->first.first != pid) continue;
        ended.insert(ended.end(), it->second.sessions.begin(), it->second.sessions.end());
        close(it);
    }
    return ended;
}

}  // namespace handoff

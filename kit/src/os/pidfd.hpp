#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace handoff {

// By number, as the first C libraries with these functions declare them for C only.

/// A descriptor that names a process for good, where a pid is soon another's. It is readable once
/// the process has ended, and closed on exec. -1 and errno if there is none.
inline int pidfd_open(pid_t pid) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0u));
}

inline bool pidfd_send_signal(int pidfd, int number) noexcept {
    return ::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0u) == 0;
}

}  // namespace handoff

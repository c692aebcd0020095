#pragma once

#include <atomic>
#include <cstdint>

namespace handoff {

extern std::atomic<std::uint64_t> process_generation;  ///< for the next function alone

/// A number that differs between a process and every child that fork() makes of it, and between
/// that child and its own children. An object that notes it when it is made can tell later whether
/// it is being used by its maker or is a copy in a child. An atomic load, no system call.
///
/// Thread safety: any thread, also between fork() and exec(). Not inside an atfork handler, where
/// it may still be the parent's. Processes made by a bare clone() or _Fork() are not noticed.
[[nodiscard]] inline std::uint64_t fork_generation() noexcept {
    return process_generation.load(std::memory_order_relaxed);
}

/// A step that a child must not be made in the middle of, because a library takes a lock there that
/// the child would find held for ever. While one exists, fork() waits in other threads; and it is
/// not begun while a fork is being made. Neither waits for more than a second, so that no lock of
/// somebody else, held on both sides, can make a deadlock of it.
///
/// Thread safety: any thread, also in a forked child. No fork() within it.
class UnforkedStep {
public:
    UnforkedStep() noexcept;
    ~UnforkedStep();
    UnforkedStep(const UnforkedStep&) = delete;
    UnforkedStep& operator=(const UnforkedStep&) = delete;
};

/// Notes that the kit opened `fd` and that no child has a use for it: every child that fork() makes
/// closes it before fork() returns there. An inherited listener would keep its address in use after
/// its owner has died. Noting a descriptor twice is the same as once.
///
/// Thread safety of both: any thread, also in a forked child of a program with threads.
void own_descriptor(int fd) noexcept;

/// Call it before close(fd), not after: another thread may be given the same number at once, and a
/// child forked in between would close what is now a stranger's.
void disown_descriptor(int fd) noexcept;

}  // namespace handoff

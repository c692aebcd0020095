#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>

#include "handoff/error.hpp"
#include "handoff/process.hpp"

// The two sides of a fork as Process makes it: what the parent does just before, and the whole life
// of the child.

namespace handoff {

/// Keeps all signals away from this thread while it lives. One that reached the child before it has
/// dispositions of its own would run the parent's handler there, which may write into a pipe of the
/// parent.
class SignalsHeld {
public:
    SignalsHeld() noexcept;
    ~SignalsHeld();
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

    [[nodiscard]] const sigset_t& before() const noexcept { return before_; }

private:
    sigset_t before_{};
};

/// Before the fork, so that the parent's lines come before the child's. Not at any price: a thread
/// that is stuck in a write holds the stream, and what cannot be flushed the child drops.
void flush_output();

struct ChildBirth {
    const ProcessOptions& options;
    const std::string& label;  ///< the process, in messages
    const sigset_t& signals;   ///< blocked before the fork; now all are
    pid_t parent;
};

/// Makes the process fit for user code as process.hpp describes, runs `work` and ends the process.
[[noreturn]] void live_as_child(const ChildBirth& birth, const std::function<int()>& work) noexcept;

/// What the system refused to do for the process of that label.
[[nodiscard]] Error process_error(const std::string& label, const char* what, int error);

}  // namespace handoff

#pragma once

#include <poll.h>

#include <span>

#include "core/spin.hpp"

namespace handoff {

/// Nobody spins where there is one core only.
core::Spin make_spin(bool wanted);

/// Waits for descriptors as ::poll() does, with its results; where that pays, it looks for a
/// moment before it sleeps. Whoever else has work for this core meanwhile is let in, and after
/// that it sleeps at once for a good while.
int spin_poll(std::span<pollfd> descriptors, int timeout_ms, core::Spin& spin);

}  // namespace handoff

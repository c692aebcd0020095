#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/messages.hpp"
#include "core/time.hpp"

/// What the rest of the kit asks of the operating system, so that the core never has to.
namespace handoff {

/// Both clocks, now.
core::Now now() noexcept;

/// Changes every few milliseconds, also while this process or the machine stands still, and is read
/// in a fraction of the time that now() takes.
std::int64_t coarse_tick() noexcept;

/// 128 bits from the system's random source. Throws errc::system if there is none.
std::array<std::uint8_t, 16> random_id();

/// When a process began, in clock ticks since boot; 0: the system does not tell, or there is none.
std::uint64_t start_time(const std::string& pid);

/// Who this process is, for HELLO: machine, pid namespace, pid, start time. What the system does
/// not tell stays empty.
core::Hello identity();

}  // namespace handoff

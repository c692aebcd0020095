#include "os/spin_poll.hpp"

#include <sched.h>

#include <chrono>
#include <thread>

namespace handoff {
namespace {

using Clock = std::chrono::steady_clock;

/// A call and its answer over ipc take about 100 µs while somebody looks. With 100 µs the gain was
/// there in some runs only, with 50 µs hardly ever, and 250 µs were no better (docs/benchmarks.md).
constexpr std::chrono::microseconds look_for{150};

/// A look takes a microsecond. Before one that took so long, somebody had work to do; libzmq's
/// threads, which bring us our messages, need less.
constexpr std::chrono::microseconds interrupted_for{300};

}  // namespace

core::Spin make_spin(bool wanted) {
    return core::Spin(wanted && std::thread::hardware_concurrency() > 1);
}

int spin_poll(std::span<pollfd> descriptors, int timeout_ms, core::Spin& spin) {
    const auto look = [&](int patience_ms) {
        return ::poll(descriptors.data(), descriptors.size(), patience_ms);
    };
    if (timeout_ms == 0 || !spin.is_worth_while()) return look(timeout_ms);
    const Clock::time_point begin = Clock::now();
    for (Clock::time_point last = begin; last - begin < look_for;) {
        if (const int found = look(0); found != 0) {
            spin.paid();
            return found;
        }
        ::sched_yield();
        const Clock::time_point now = Clock::now();
        if (now - last > interrupted_for) {
            spin.was_in_the_way();
            return look(timeout_ms);
        }
        last = now;
    }
    spin.was_in_vain();
    return look(timeout_ms);
}

}  // namespace handoff

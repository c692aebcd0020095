#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/client_machine.hpp"
#include "os/fork.hpp"

namespace handoff::detail {

/// The number that this process's driver has given to a queue or object. A forked child has another
/// driver, and asks anew.
///
/// Thread safety: safe, distinct or shared.
class KnownRef {
public:
    [[nodiscard]] std::optional<core::QueueRef> get() const noexcept {
        const std::uint64_t known = both_.load(std::memory_order_relaxed);
        if (known == 0 || known >> 32 != (fork_generation() & low)) return std::nullopt;
        return known & low;
    }
    void set(core::QueueRef ref) noexcept {
        both_.store(fork_generation() << 32 | ref, std::memory_order_relaxed);
    }

private:
    static constexpr std::uint64_t low = 0xffffffff;
    std::atomic<std::uint64_t> both_ = 0;  ///< the fork generation in the upper half
};

}  // namespace handoff::detail

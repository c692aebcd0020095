#pragma once

#include <cstdint>
#include <optional>

#include "handoff/config.hpp"
#include "handoff/error.hpp"

namespace handoff::patterns::detail {

/// Whether it is there again after the manager was killed.
[[nodiscard]] inline bool lasts(std::optional<Durability> durability) {
    return durability.value_or(Durability::memory) != Durability::memory;
}
/// Whether a call that ended so may be made again: the session is over, with its manager or without
/// it, and what lasts is there.
[[nodiscard]] bool session_ended(errc code);
/// Does it again for as long as sessions end meanwhile, but so often at most; then it throws.
template <typename Do>
auto insist(std::uint32_t again_max, Do act) {
    for (std::uint32_t again = 0;; ++again) {
        try {
            return act();
        } catch (const Error& error) {
            if (again >= again_max || !session_ended(error.code())) throw;
        }
    }
}
/// After a restart each of a client's queues and objects in memory says once that it began anew.
constexpr std::uint32_t reopenings_max = 8;
/// So often what lasts outlives a manager while one call of it is made.
constexpr std::uint32_t managers_max = 100;

}  // namespace handoff::patterns::detail

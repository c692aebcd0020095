#pragma once

#include <cstdint>
#include <string_view>

namespace handoff::store {

/// CRC-32C (Castagnoli) of `bytes`, going on from `before`, the sum of what came before them.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace handoff::store

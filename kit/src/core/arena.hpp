#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/slice.hpp"

namespace handoff::core {

/// Storage for small runs that come one after the other: each is written behind the one before, so
/// that a queue of a hundred thousand single puts is a few hundred slices. Blocks grow by doubling
/// up to `block_bytes_max`, never to more than twice what is in them. The arena itself keeps
/// nothing alive: a block is freed when the last slice of it is gone, and an idle queue costs
/// nothing.
///
/// Thread safety: none; one owner. The slices it gave out may be read by any thread meanwhile.
class Arena {
public:
    static constexpr std::size_t block_bytes_max = 64 << 10;
    /// A slice from elsewhere that is larger is not worth moving into a block.
    static constexpr std::size_t moved_bytes_max = 4 << 10;

    /// `front` with `bytes` behind it, as one slice; empty if that would be larger than a block, or
    /// if `front` is large and did not grow here. Neither may be empty.
    Slice append(const Slice& front, std::string_view bytes);

private:
    /// Whether `slice` ends where the block's free room begins.
    [[nodiscard]] bool ends_at_room(const Slice& slice) const noexcept;

    std::weak_ptr<char[]> block_;  ///< of the last append; its bytes are gone if it is expired
    char* room_ = nullptr;         ///< the first free byte of the block
    std::size_t room_bytes_ = 0;
};

}  // namespace handoff::core

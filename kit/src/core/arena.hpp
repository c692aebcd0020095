#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/slice.hpp"

namespace handoff::core {

/// Storage for small runs: copies bytes one behind the other into blocks that grow with use, so
/// that 10,000 idle queues cost little and a busy one allocates once in 64 KiB. A block is freed
/// when the last slice of it is gone.
///
/// Thread safety: none; one owner.
class Arena {
public:
    /// A slice of a copy of `bytes`. Consecutive calls give slices that touch while a block lasts.
    Slice append(std::string_view bytes);

    /// Forgets the current block and begins small again.
    void reset() noexcept;

    /// `front` and `back` as one slice, if they lie side by side in one block; else an empty one.
    static Slice joined(const Slice& front, const Slice& back);

private:
    std::shared_ptr<char[]> block_;
    std::size_t used_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace handoff::core

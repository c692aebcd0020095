#pragma once

#include <cstddef>

// The memory that this program has from operator new, which is all that the core uses.

namespace handoff::core::test {

/// With what the allocator keeps beside each block.
std::size_t bytes_in_use() noexcept;

/// All that there ever were.
std::size_t allocations() noexcept;

}  // namespace handoff::core::test

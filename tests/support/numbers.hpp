#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

namespace handoff::test {

/// 0, 1, 2 … `count` of them.
inline std::vector<int> numbers(int count) {
    std::vector<int> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

}  // namespace handoff::test

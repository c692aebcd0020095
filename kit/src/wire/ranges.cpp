#include "wire/ranges.hpp"

#include <algorithm>

namespace handoff::wire {

bool in_order(const std::vector<core::Range>& ranges) noexcept {
    std::uint64_t before = 0;
    for (const core::Range& range : ranges) {
        if (range.first <= before || range.last < range.first) return false;
        before = range.last;
    }
    return true;
}

std::vector<core::Range> put_in_order(std::vector<core::Range> ranges) {
    for (core::Range& range : ranges) range.first = std::max<std::uint64_t>(range.first, 1);
    std::erase_if(ranges, [](const core::Range& range) { return range.last < range.first; });
    std::sort(ranges.begin(), ranges.end(),
              [](const core::Range& a, const core::Range& b) { return a.first < b.first; });
    std::vector<core::Range> ordered;
    for (const core::Range& range : ranges) {
        if (!ordered.empty() && range.first - 1 <= ordered.back().last) {
            ordered.back().last = std::max(ordered.back().last, range.last);
        } else {
            ordered.push_back(range);
        }
    }
    return ordered;
}

}  // namespace handoff::wire

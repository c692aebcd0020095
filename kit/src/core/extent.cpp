#include "core/extent.hpp"

#include <algorithm>
#include <cassert>

#include "core/run.hpp"

namespace handoff::core {

Extent Extent::split_front(std::uint32_t n) {
    assert(0 < n && n < count);
    const std::size_t cut = prefix_bytes(bytes.view(), n, each);
    Extent front = *this;
    front.count = n;
    front.bytes = bytes.part(0, cut);
    id += n;
    count -= n;
    bytes = bytes.part(cut).compact();
    return front;
}

std::uint64_t Extent::notes_bytes() const noexcept {
    return notes ? notes->bytes() : 0;
}

std::uint64_t Extent::weight(std::uint32_t n) const noexcept {
    const std::size_t items = n == count ? bytes.size() : prefix_bytes(bytes.view(), n, each);
    return items + n * notes_bytes();
}

std::uint32_t Extent::items_within(std::uint64_t items_max,
                                   std::uint64_t weight_max) const noexcept {
    if (count <= items_max && weight() <= weight_max) return count;
    const std::uint64_t notes_each = notes_bytes();
    if (each > 0) {
        const std::uint64_t within = weight_max / (each + notes_each);
        return static_cast<std::uint32_t>(std::min({std::uint64_t{count}, items_max, within}));
    }
    std::string_view rest = bytes.view();
    std::uint32_t n = 0;
    while (n < count && n < items_max) {
        const std::size_t item = prefix_bytes(rest, 1);
        if (item + notes_each > weight_max) break;
        weight_max -= item + notes_each;
        rest.remove_prefix(item);
        ++n;
    }
    return n;
}

}  // namespace handoff::core

#include "core/slice.hpp"

#include <cstring>

namespace handoff::core {

Slice Slice::copy(std::string_view bytes) {
    if (bytes.empty()) return {};
    std::shared_ptr<char[]> block = std::make_shared_for_overwrite<char[]>(bytes.size());
    std::memcpy(block.get(), bytes.data(), bytes.size());
    const std::string_view view{block.get(), bytes.size()};
    return {std::shared_ptr<const void>(std::move(block)), bytes.size(), view};
}

Slice Slice::compact() const {
    return owner_bytes_ / 4 > view_.size() ? copy(view_) : *this;
}

}  // namespace handoff::core

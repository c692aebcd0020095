#include "core/arena.hpp"

#include <bit>
#include <cassert>
#include <cstring>

namespace handoff::core {

Slice Arena::append(const Slice& front, std::string_view bytes) {
    assert(!front.empty() && !bytes.empty());
    const std::size_t size = front.size() + bytes.size();
    if (ends_at_room(front) && bytes.size() <= room_bytes_) {
        std::memcpy(room_, bytes.data(), bytes.size());
        room_ += bytes.size();
        room_bytes_ -= bytes.size();
        return {front.owner(), front.owner_bytes(), {front.view().data(), size}};
    }
    if (size > block_bytes_max) return {};
    if (front.size() > moved_bytes_max && !ends_at_room(front)) return {};

    // Not make_shared: there the bytes would live as long as the weak pointer to them.
    const std::size_t capacity = std::bit_ceil(size);
    const std::shared_ptr<char[]> block(new char[capacity]);
    std::memcpy(block.get(), front.view().data(), front.size());
    std::memcpy(block.get() + front.size(), bytes.data(), bytes.size());
    block_ = block;
    room_ = block.get() + size;
    room_bytes_ = capacity - size;
    return {block, capacity, {block.get(), size}};
}

bool Arena::ends_at_room(const Slice& slice) const noexcept {
    // The owner is compared, not the address alone: another block may lie where a freed one was.
    return slice.owner() != nullptr && !block_.owner_before(slice.owner()) &&
           !slice.owner().owner_before(block_) &&
           slice.view().data() + slice.view().size() == room_;
}

}  // namespace handoff::core

#include "core/run_memory.hpp"

#include <utility>

namespace handoff::core {

RunMemory::Kept::~Kept() {
    for (std::atomic<Block*>& place : blocks_) delete place.load();
}

std::unique_ptr<RunMemory::Block> RunMemory::Kept::take(std::size_t size) {
    for (std::atomic<Block*>& place : blocks_) {
        std::unique_ptr<Block> block(place.exchange(nullptr));
        // One that does not suit is of another time of the stream, and goes.
        if (block && block->size >= size && block->size / 2 < size) return block;
    }
    return nullptr;
}

void RunMemory::Kept::give(std::unique_ptr<Block> block) {
    for (std::atomic<Block*>& place : blocks_) {
        Block* nothing = nullptr;
        if (!place.compare_exchange_strong(nothing, block.get())) continue;
        static_cast<void>(block.release());
        return;
    }
}

RunMemory::Piece RunMemory::take(std::size_t size) {
    // Not make_shared: there the bytes would live as long as the last weak pointer to them.
    if (size < kept_bytes_min) return {std::shared_ptr<char[]>(new char[size]), size};
    if (!kept_) kept_ = std::make_shared<Kept>();
    std::unique_ptr<Block> block = kept_->take(size);
    if (!block) block = std::make_unique<Block>(size);
    char* bytes = block->bytes.get();
    const std::size_t has = block->size;
    const auto give_back = [kept = kept_, raw = block.get()](char*) {
        kept->give(std::unique_ptr<Block>(raw));
    };
    static_cast<void>(block.release());  // from here on it is the deleter's, also if this throws
    return {std::shared_ptr<char[]>(bytes, give_back), has};
}

}  // namespace handoff::core

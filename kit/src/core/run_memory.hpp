#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

namespace handoff::core {

/// Memory that runs are written into. Of large pieces that nobody reads any more, a few are kept
/// for the next runs: getting pages from the system and giving them back again costs as much as
/// writing them does. What is kept goes with this, or with the last piece that it gave out.
///
/// Thread safety: one owner. The pieces may end in any thread.
class RunMemory {
public:
    /// A piece is kept if it has at least so many bytes, else forgotten.
    static constexpr std::size_t kept_bytes_min = 64 << 10;
    static constexpr std::size_t kept_max = 4;

    struct Piece {
        std::shared_ptr<char[]> bytes;
        std::size_t size = 0;
    };
    /// A piece of at least `size` bytes, and less than twice that; what is in it is undefined.
    Piece take(std::size_t size);

private:
    struct Block {
        explicit Block(std::size_t of) : size(of), bytes(new char[of]) {}
        std::size_t size;
        std::unique_ptr<char[]> bytes;
    };
    class Kept {
    public:
        ~Kept();
        /// Null: there is none that suits.
        std::unique_ptr<Block> take(std::size_t size);
        void give(std::unique_ptr<Block> block);

    private:
        std::array<std::atomic<Block*>, kept_max> blocks_{};
    };

    std::shared_ptr<Kept> kept_;  ///< null until the first large piece
};

}  // namespace handoff::core

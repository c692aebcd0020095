#include "core/run_memory.hpp"

#include <catch2/catch.hpp>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

namespace handoff::core {
namespace {

constexpr std::size_t large = RunMemory::kept_bytes_min;

TEST_CASE("memory that nobody reads any more is of the next run") {
    RunMemory memory;
    std::optional<RunMemory::Piece> first = memory.take(large);
    const char* const where = first->bytes.get();
    const RunMemory::Piece second = memory.take(large);
    CHECK(second.bytes.get() != where);
    first.reset();
    CHECK(memory.take(large).bytes.get() == where);
}

TEST_CASE("a kept piece is of the size that is asked for, or less than twice that") {
    RunMemory memory;
    const char* where = memory.take(3 * large).bytes.get();
    CHECK(memory.take(2 * large).bytes.get() == where);
    CHECK(memory.take(2 * large).size == 3 * large);
    CHECK(memory.take(large).size == large);
    CHECK(memory.take(4 * large).size == 4 * large);
}

TEST_CASE("no more pieces are kept than a few") {
    RunMemory memory;
    std::vector<RunMemory::Piece> pieces;
    for (std::size_t i = 0; i < 2 * RunMemory::kept_max; ++i) pieces.push_back(memory.take(large));
    pieces.clear();  // what is beyond is freed, as the sanitizers see
    for (std::size_t i = 0; i < 2 * RunMemory::kept_max; ++i) pieces.push_back(memory.take(large));
    CHECK(pieces.size() == 2 * RunMemory::kept_max);
}

TEST_CASE("a piece may end in another thread, and after what it was taken from") {
    std::optional<RunMemory> memory(std::in_place);
    RunMemory::Piece piece = memory->take(large);
    piece.bytes[large - 1] = 'x';
    std::thread([ends = std::move(piece)]() mutable { ends.bytes.reset(); }).join();
    RunMemory::Piece last = memory->take(large);
    memory.reset();
    last.bytes[0] = 'x';
    CHECK(last.size == large);
}

}  // namespace
}  // namespace handoff::core

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace handoff::bench {

/// Each item says who made it and as how many-th; less does not fit.
inline constexpr std::size_t item_bytes_min = 16;

/// Makes the items of one producer, each different from all others, in memory of the caller's.
class Maker {
public:
    Maker(std::uint32_t producer, std::size_t size);

    /// Writes the whole item with this number to `to`, where `size` bytes are.
    void write(char* to, std::uint64_t number) const;

    /// Changes an item that write() has made into the one with this number.
    void renumber(char* item, std::uint64_t number) const;

private:
    std::uint32_t producer_;
    std::vector<char> body_;
};

/// A sum over the bytes of an item in which the place of each counts. Of a large item it reads a
/// sample, as otherwise it would be the sum that is measured.
std::uint64_t checksum(std::string_view item) noexcept;

/// Numbers first, first + 1 … of one producer.
struct Numbers {
    std::uint32_t producer = 0;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// What one consumer has seen.
class Tally {
public:
    Tally(unsigned producers, std::size_t size);

    /// An item has arrived.
    void take(std::string_view item) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
    /// Items that came after a later one of their producer, or twice.
    [[nodiscard]] std::uint64_t disordered() const noexcept { return disordered_; }
    /// Items that none of the producers has made.
    [[nodiscard]] std::uint64_t damaged() const noexcept { return damaged_; }

private:
    std::size_t size_;
    std::vector<std::uint64_t> next_;  ///< of each producer: the smallest number that may come
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t disordered_ = 0;
    std::uint64_t damaged_ = 0;
};

/// The checksums of all these items, added up: what the tallies must come to.
std::uint64_t sum_of(const Numbers& numbers, std::size_t size);

}  // namespace handoff::bench

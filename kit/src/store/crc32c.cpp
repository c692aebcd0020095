#include "store/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

namespace handoff::store {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected
constexpr std::size_t slices = 8;

using Table = std::array<std::uint32_t, 256>;

/// For each byte, what it does to the sum when `slice` bytes follow it.
constexpr std::array<Table, slices> make_tables() {
    std::array<Table, slices> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t sum = byte;
        for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? polynomial : 0);
        tables[0][byte] = sum;
    }
    for (std::size_t slice = 1; slice < slices; ++slice) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[slice - 1][byte];
            tables[slice][byte] = before >> 8 ^ tables[0][before & 0xff];
        }
    }
    return tables;
}

constexpr std::array<Table, slices> tables = make_tables();

std::uint32_t portable(const unsigned char* at, std::size_t size, std::uint32_t sum) noexcept {
    for (; size >= slices; size -= slices, at += slices) {
        std::uint32_t next = 0;
        for (std::size_t i = 0; i < slices; ++i) {
            const std::uint32_t folded = i < 4 ? at[i] ^ (sum >> (8 * i) & 0xff) : at[i];
            next ^= tables[slices - 1 - i][folded & 0xff];
        }
        sum = next;
    }
    for (; size > 0; --size, ++at) sum = sum >> 8 ^ tables[0][(sum ^ *at) & 0xff];
    return sum;
}

#if defined(__x86_64__)

/// The processor's own instruction, eight bytes at a time.
__attribute__((target("sse4.2"))) std::uint32_t with_sse42(const unsigned char* at,
                                                           std::size_t size,
                                                           std::uint32_t sum) noexcept {
    std::uint64_t wide = sum;
    for (; size >= 8; size -= 8, at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (; size > 0; --size, ++at) narrow = __builtin_ia32_crc32qi(narrow, *at);
    return narrow;
}

/// Known before there are threads, which a fork could catch asking.
const bool has_sse42 = __builtin_cpu_supports("sse4.2") != 0;

std::uint32_t fastest(const unsigned char* at, std::size_t size, std::uint32_t sum) noexcept {
    return has_sse42 ? with_sse42(at, size, sum) : portable(at, size, sum);
}

#else

std::uint32_t fastest(const unsigned char* at, std::size_t size, std::uint32_t sum) noexcept {
    return portable(at, size, sum);
}

#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    return ~fastest(at, bytes.size(), ~before);
}

}  // namespace handoff::store

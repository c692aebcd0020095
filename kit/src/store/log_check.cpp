#include "store/log_check.hpp"

#include <cstddef>
#include <cstdint>

namespace handoff::store {
namespace {

// As SQLite's own page on its file format describes the write-ahead log. Numbers have their most
// significant byte first; sums are over words in the order that the magic number tells.
constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377f0682;  // the lowest bit: words are most significant first

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return number;
}

struct Sum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    bool operator==(const Sum&) const = default;

    void add(std::string_view bytes, bool big_endian) {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first += word(bytes, at, big_endian) + second;
            second += word(bytes, at + 4, big_endian) + first;
        }
    }

private:
    static std::uint32_t word(std::string_view bytes, std::size_t at, bool big_endian) {
        const std::uint32_t number = number_at(bytes, at);
        return big_endian ? number : __builtin_bswap32(number);
    }
};

}  // namespace

LogFault fault_in_log(std::string_view log) {
    if (log.size() < header_bytes + frame_header_bytes) return LogFault::none;
    const std::string_view header = log.substr(0, header_bytes);
    if (header.find_first_not_of('\0') == std::string_view::npos) return LogFault::none;
    const bool big_endian = (number_at(header, 0) & 1) != 0;
    Sum sum;
    sum.add(header.substr(0, 24), big_endian);
    if ((number_at(header, 0) & ~1u) != magic ||
        sum != Sum{number_at(header, 24), number_at(header, 28)}) {
        return LogFault::head;
    }
    const std::string_view salts = header.substr(16, 8);
    const std::size_t frame_bytes = frame_header_bytes + number_at(header, 8);
    bool whole = true;
    int commits_beyond = 0;
    for (std::size_t at = header_bytes; at + frame_bytes <= log.size(); at += frame_bytes) {
        const std::string_view frame = log.substr(at, frame_bytes);
        const Sum stored{number_at(frame, 16), number_at(frame, 20)};
        // Each sum goes on from the one before it. Behind the first that is wrong, a frame that
        // goes on from what its predecessor says is one that was written whole.
        sum.add(frame.substr(0, 8), big_endian);
        sum.add(frame.substr(frame_header_bytes), big_endian);
        const bool right = sum == stored && frame.substr(8, 8) == salts;
        whole = whole && right;
        if (!whole && right && number_at(frame, 4) != 0) ++commits_beyond;
        sum = stored;
    }
    return commits_beyond > 1 ? LogFault::frame : LogFault::none;
}

}  // namespace handoff::store

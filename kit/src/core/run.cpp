#include "core/run.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

namespace handoff::core {
namespace {

/// The three forms of a msgpack `bin` header: one type byte, then the length in 1, 2 or 4 bytes,
/// most significant first (msgpack specification, "bin format family").
constexpr unsigned char bin8 = 0xc4;
constexpr unsigned char bin16 = 0xc5;
constexpr unsigned char bin32 = 0xc6;

struct ItemHeader {
    std::size_t header_bytes = 0;
    std::size_t payload_bytes = 0;
};

std::optional<ItemHeader> read_header(std::string_view run) noexcept {
    const auto byte = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(run[at]));
    };
    if (run.size() < 2) return std::nullopt;
    switch (static_cast<unsigned char>(run[0])) {
        case bin8: return ItemHeader{2, byte(1)};
        case bin16:
            if (run.size() < 3) return std::nullopt;
            return ItemHeader{3, byte(1) << 8 | byte(2)};
        case bin32:
            if (run.size() < 5) return std::nullopt;
            return ItemHeader{5, byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4)};
        default: return std::nullopt;
    }
}

}  // namespace

std::optional<std::size_t> first_item_bytes(std::string_view run) noexcept {
    const std::optional<ItemHeader> header = read_header(run);
    if (!header || run.size() - header->header_bytes < header->payload_bytes) return std::nullopt;
    return header->header_bytes + header->payload_bytes;
}

std::string_view first_payload(std::string_view run) noexcept {
    const std::optional<ItemHeader> header = read_header(run);
    assert(header);
    return run.substr(header->header_bytes, header->payload_bytes);
}

std::vector<Slice> items_of(const Run& run) {
    std::vector<Slice> items;
    if (run.count == 0) return items;
    items.reserve(run.count);
    for (std::size_t at = 0; at < run.bytes.size(); at += items.back().size()) {
        items.push_back(run.bytes.part(at, *first_item_bytes(run.bytes.view().substr(at))));
    }
    return items;
}

namespace {

/// Walks over whole items while `goes_on(payload bytes, bytes up to their end)`; returns the bytes
/// that it has passed. It is done several times with every item that passes through the kit, and
/// most are small: those take the short way.
template <typename GoesOn>
std::size_t walk(std::string_view run, GoesOn goes_on) {
    std::size_t at = 0;
    while (run.size() - at >= 2) {
        ItemHeader header;
        if (static_cast<unsigned char>(run[at]) == bin8) {
            header = {2, static_cast<unsigned char>(run[at + 1])};
        } else if (const auto longer = read_header(run.substr(at))) {
            header = *longer;
        } else {
            break;
        }
        const std::size_t left = run.size() - at - header.header_bytes;
        const std::size_t end = at + header.header_bytes + header.payload_bytes;
        if (left < header.payload_bytes || !goes_on(header.payload_bytes, end)) break;
        at = end;
    }
    return at;
}

}  // namespace

namespace {

/// The shape of a run whose items begin with the same header; empty if they do not. No look at a
/// header waits for the one before, so that the processor fetches many of them at once.
std::optional<RunShape> measure_alike(std::string_view run) noexcept {
    const std::optional<std::size_t> each = first_item_bytes(run);
    if (!each || run.size() % *each != 0 || *each > UINT32_MAX) return std::nullopt;
    const ItemHeader header = *read_header(run);
    const auto form = [&](std::size_t at) {  // the type and the first byte of the length
        std::uint16_t both = 0;
        std::memcpy(&both, run.data() + at, sizeof(both));
        return both;
    };
    const std::uint16_t first = form(0);
    for (std::size_t at = *each; at < run.size(); at += *each) {
        if (form(at) != first) return std::nullopt;
        if (header.header_bytes > 2 &&
            std::memcmp(run.data() + at, run.data(), header.header_bytes) != 0) {
            return std::nullopt;
        }
    }
    return RunShape{static_cast<std::uint32_t>(run.size() / *each), header.payload_bytes,
                    static_cast<std::uint32_t>(*each)};
}

}  // namespace

std::optional<RunShape> measure(std::string_view run) noexcept {
    if (const std::optional<RunShape> alike = measure_alike(run)) return alike;
    RunShape shape;
    const std::size_t walked = walk(run, [&](std::size_t payload, std::size_t) {
        shape.largest_payload = std::max(shape.largest_payload, payload);
        ++shape.count;
        return true;
    });
    if (walked != run.size()) return std::nullopt;
    return shape;
}

std::size_t prefix_bytes(std::string_view run, std::uint32_t count, std::uint32_t each) noexcept {
    if (each > 0) return std::size_t{each} * count;
    const std::size_t bytes =
        walk(run, [&](std::size_t, std::size_t) { return count > 0 && count-- > 0; });
    assert(count == 0);
    return bytes;
}

std::uint32_t items_within(std::string_view run, std::uint32_t count_max, std::size_t bytes_max,
                           std::uint32_t each) noexcept {
    if (each > 0) {
        const std::size_t within = std::min(bytes_max, run.size()) / each;
        return static_cast<std::uint32_t>(std::min<std::size_t>(count_max, within));
    }
    std::uint32_t count = 0;
    walk(run, [&](std::size_t, std::size_t end) {
        if (count == count_max || end > bytes_max) return false;
        ++count;
        return true;
    });
    return count;
}

std::size_t item_bytes(std::size_t payload_bytes) noexcept {
    const std::size_t header = payload_bytes < 0x100 ? 2 : payload_bytes < 0x10000 ? 3 : 5;
    return header + payload_bytes;
}

namespace {

/// Writes the header of an item, 5 bytes at most; returns its length.
std::size_t write_header(char* out, std::size_t payload_bytes) noexcept {
    const auto byte = [&](int shift) { return static_cast<char>(payload_bytes >> shift & 0xff); };
    if (payload_bytes < 0x100) {
        out[0] = static_cast<char>(bin8);
        out[1] = byte(0);
        return 2;
    }
    if (payload_bytes < 0x10000) {
        out[0] = static_cast<char>(bin16);
        out[1] = byte(8);
        out[2] = byte(0);
        return 3;
    }
    out[0] = static_cast<char>(bin32);
    for (int i = 0; i < 4; ++i) out[1 + i] = byte(24 - 8 * i);
    return 5;
}

}  // namespace

void append_item(std::string& run, std::string_view payload) {
    std::array<char, 5> header{};
    run.append(header.data(), write_header(header.data(), payload.size()));
    run.append(payload);
}

namespace {

constexpr std::size_t shortest_header = 2;

}  // namespace

std::size_t open_item(std::string& run) {
    const std::size_t at = run.size();
    run.append(shortest_header, '\0');
    return at;
}

void close_item(std::string& run, std::size_t opened_at) {
    const std::size_t payload_bytes = run.size() - opened_at - shortest_header;
    const std::size_t header_bytes = item_bytes(payload_bytes) - payload_bytes;
    run.insert(opened_at, header_bytes - shortest_header, '\0');
    write_header(run.data() + opened_at, payload_bytes);
}

void RunWriter::append(std::string_view payload) {
    const std::size_t needed = size_ + item_bytes(payload.size());
    if (needed > capacity_) grow(std::max(needed, 2 * capacity_));
    char* out = bytes_.get() + size_;
    out += write_header(out, payload.size());
    if (!payload.empty()) std::memcpy(out, payload.data(), payload.size());
    size_ = needed;
    ++count_;
}

void RunWriter::grow(std::size_t capacity) {
    RunMemory::Piece larger = memory_.take(capacity);
    if (size_ > 0) std::memcpy(larger.bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(larger.bytes);
    capacity_ = larger.size;
}

Run RunWriter::take() {
    const std::string_view written{bytes_.get(), size_};
    Run run{count_, Slice(std::move(bytes_), capacity_, written)};
    last_size_ = size_;
    size_ = 0;
    capacity_ = 0;
    count_ = 0;
    return run;
}

void RunWriter::expect_more() {
    if (count_ == 0 && capacity_ < last_size_) grow(last_size_);
}

}  // namespace handoff::core

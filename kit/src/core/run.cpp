#include "core/run.hpp"

#include <cassert>

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

std::optional<RunShape> measure(std::string_view run) noexcept {
    RunShape shape;
    while (!run.empty()) {
        const std::optional<ItemHeader> header = read_header(run);
        if (!header || run.size() - header->header_bytes < header->payload_bytes) return {};
        if (header->payload_bytes > shape.largest_payload) {
            shape.largest_payload = header->payload_bytes;
        }
        ++shape.count;
        run.remove_prefix(header->header_bytes + header->payload_bytes);
    }
    return shape;
}

std::size_t prefix_bytes(std::string_view run, std::uint32_t count) noexcept {
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::optional<std::size_t> item = first_item_bytes(run.substr(bytes));
        assert(item);
        bytes += *item;
    }
    return bytes;
}

std::uint32_t items_within(std::string_view run, std::uint32_t count_max,
                           std::size_t bytes_max) noexcept {
    std::uint32_t count = 0;
    std::size_t bytes = 0;
    while (count < count_max && bytes < run.size()) {
        const std::optional<std::size_t> item = first_item_bytes(run.substr(bytes));
        if (!item || bytes + *item > bytes_max) break;
        bytes += *item;
        ++count;
    }
    return count;
}

std::size_t item_bytes(std::size_t payload_bytes) noexcept {
    const std::size_t header = payload_bytes < 0x100 ? 2 : payload_bytes < 0x10000 ? 3 : 5;
    return header + payload_bytes;
}

void append_item(std::string& run, std::string_view payload) {
    const std::size_t size = payload.size();
    const auto put_byte = [&](std::size_t value) {
        run.push_back(static_cast<char>(value & 0xff));
    };
    run.reserve(run.size() + item_bytes(size));
    if (size < 0x100) {
        put_byte(bin8);
    } else if (size < 0x10000) {
        put_byte(bin16);
        put_byte(size >> 8);
    } else {
        put_byte(bin32);
        put_byte(size >> 24);
        put_byte(size >> 16);
        put_byte(size >> 8);
    }
    put_byte(size);
    run.append(payload);
}

}  // namespace handoff::core

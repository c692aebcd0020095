#include "core/objects/packed.hpp"

#include <cstddef>
#include <limits>
#include <string>

#include "core/run.hpp"

namespace handoff::core::objects {
namespace {

void append_big_endian(std::string& out, std::uint64_t number, std::size_t width) {
    for (std::size_t i = width; i > 0; --i) {
        out.push_back(static_cast<char>(number >> (8 * (i - 1)) & 0xff));
    }
}

std::uint64_t read_big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

/// The narrowest of the formats whose widths are 1, 2, 4 and 8 bytes: its place among them.
std::size_t width_step(std::uint64_t number) {
    if (number <= 0xff) return 0;
    if (number <= 0xffff) return 1;
    return number <= 0xffffffff ? 2 : 3;
}

std::size_t width_step_below_zero(std::int64_t number) {
    if (number >= std::numeric_limits<std::int8_t>::min()) return 0;
    if (number >= std::numeric_limits<std::int16_t>::min()) return 1;
    return number >= std::numeric_limits<std::int32_t>::min() ? 2 : 3;
}

std::int64_t sign_extended(std::uint64_t number, std::size_t width) {
    switch (width) {
        case 1: return static_cast<std::int8_t>(number);
        case 2: return static_cast<std::int16_t>(number);
        case 4: return static_cast<std::int32_t>(number);
        default: return static_cast<std::int64_t>(number);
    }
}

}  // namespace

std::string_view payload_of(const Packed& value) noexcept {
    return first_payload(value.view());
}

bool same(const Packed& one, const Packed& other) noexcept {
    return payload_of(one) == payload_of(other);
}

Packed to_keep(const Packed& value) {
    return value.compact();
}

Packed pack_payload(std::string_view payload) {
    std::string item;
    append_item(item, payload);
    return Slice::copy(item);
}

Packed pack_integer(std::int64_t number) {
    std::string payload;
    const auto bits = static_cast<std::uint64_t>(number);
    if (number >= -32 && number <= 127) {
        payload.push_back(static_cast<char>(number));
    } else if (number >= 0) {
        const std::size_t step = width_step(bits);
        payload.push_back(static_cast<char>(0xcc + step));
        append_big_endian(payload, bits, std::size_t{1} << step);
    } else {
        const std::size_t step = width_step_below_zero(number);
        payload.push_back(static_cast<char>(0xd0 + step));
        append_big_endian(payload, bits, std::size_t{1} << step);
    }
    return pack_payload(payload);
}

Packed pack_text(std::string_view text) {
    std::string payload;
    if (text.size() <= 31) {
        payload.push_back(static_cast<char>(0xa0 | text.size()));
    } else {
        const std::size_t step = width_step(text.size());
        payload.push_back(static_cast<char>(0xd9 + step));
        append_big_endian(payload, text.size(), std::size_t{1} << step);
    }
    payload.append(text);
    return pack_payload(payload);
}

std::optional<std::int64_t> integer_of(std::string_view payload) noexcept {
    if (payload.empty()) return std::nullopt;
    const auto first = static_cast<unsigned char>(payload.front());
    if (payload.size() == 1) {
        if (first <= 0x7f || first >= 0xe0) return static_cast<std::int8_t>(first);
        return std::nullopt;
    }
    if (first < 0xcc || first > 0xd3) return std::nullopt;
    const bool has_sign = first >= 0xd0;
    const std::size_t width = std::size_t{1} << (first - (has_sign ? 0xd0 : 0xcc));
    if (payload.size() != 1 + width) return std::nullopt;
    const std::uint64_t bits = read_big_endian(payload.substr(1));
    if (has_sign) return sign_extended(bits, width);
    if (bits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(bits);
}

std::optional<std::string_view> string_of(std::string_view payload) noexcept {
    if (payload.empty()) return std::nullopt;
    const auto first = static_cast<unsigned char>(payload.front());
    std::size_t head = 1;
    std::uint64_t size = first & 0x1fu;
    if (first >= 0xd9 && first <= 0xdb) {
        head += std::size_t{1} << (first - 0xd9);
        if (payload.size() < head) return std::nullopt;
        size = read_big_endian(payload.substr(1, head - 1));
    } else if ((first & 0xe0u) != 0xa0) {
        return std::nullopt;
    }
    if (payload.size() - head != size) return std::nullopt;
    return payload.substr(head);
}

}  // namespace handoff::core::objects

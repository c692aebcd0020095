#include "wire/reader.hpp"

#include <array>

namespace handoff::wire {
namespace {

/// How an object goes on after its first byte: a number of `width` bytes, or the number `value`.
struct Lead {
    Kind kind = Kind::invalid;
    std::uint8_t width = 0;
    std::uint8_t value = 0;
};

/// The first bytes c0 to df, in the order of the msgpack specification.
constexpr std::array<Lead, 32> forms{{
    {Kind::nil, 0, 0},     {Kind::invalid, 0, 0}, {Kind::boolean, 0, 0}, {Kind::boolean, 0, 1},
    {Kind::bin, 1, 0},     {Kind::bin, 2, 0},     {Kind::bin, 4, 0},     {Kind::ext, 1, 0},
    {Kind::ext, 2, 0},     {Kind::ext, 4, 0},     {Kind::real, 0, 4},    {Kind::real, 0, 8},
    {Kind::integer, 1, 0}, {Kind::integer, 2, 0}, {Kind::integer, 4, 0}, {Kind::integer, 8, 0},
    {Kind::integer, 1, 0}, {Kind::integer, 2, 0}, {Kind::integer, 4, 0}, {Kind::integer, 8, 0},
    {Kind::ext, 0, 1},     {Kind::ext, 0, 2},     {Kind::ext, 0, 4},     {Kind::ext, 0, 8},
    {Kind::ext, 0, 16},    {Kind::str, 1, 0},     {Kind::str, 2, 0},     {Kind::str, 4, 0},
    {Kind::array, 2, 0},   {Kind::array, 4, 0},   {Kind::map, 2, 0},     {Kind::map, 4, 0},
}};

Lead form_of(std::uint8_t first) noexcept {
    const auto low = [&](unsigned bits) {
        return static_cast<std::uint8_t>(first & ((1u << bits) - 1));
    };
    if (first < 0x80) return {Kind::integer, 0, first};
    if (first < 0x90) return {Kind::map, 0, low(4)};
    if (first < 0xa0) return {Kind::array, 0, low(4)};
    if (first < 0xc0) return {Kind::str, 0, low(5)};
    if (first < 0xe0) return forms[low(5)];
    return {Kind::integer, 0, first};  // -32 to -1
}

bool is_signed(std::uint8_t first) noexcept {
    return first >= 0xe0 || (first >= 0xd0 && first <= 0xd3);
}

/// Widens a two's complement number of `width` bytes to eight.
std::uint64_t extend_sign(std::uint64_t value, std::size_t width) noexcept {
    const std::uint64_t sign = std::uint64_t{1} << (8 * width - 1);
    return (value ^ sign) - sign;
}

/// How many bytes of `item` lie behind its header.
std::uint64_t body_bytes(const Item& item) noexcept {
    switch (item.kind) {
        case Kind::str:
        case Kind::bin:
        case Kind::real: return item.value;
        case Kind::ext: return item.value + 1;
        default: return 0;
    }
}

/// The objects that `item` contains.
std::uint64_t children(const Item& item) noexcept {
    if (item.kind == Kind::array) return item.value;
    if (item.kind == Kind::map) return 2 * item.value;
    return 0;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
    static constexpr std::array<std::string_view, 10> names{
        "nil",   "a boolean", "an integer", "a float", "a str",
        "a bin", "an ext",    "an array",   "a map",   "an invalid byte"};
    return names[static_cast<std::size_t>(kind)];
}

std::uint64_t Reader::big_endian(std::size_t offset, std::size_t width) const noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        value = value << 8 | static_cast<std::uint8_t>(bytes_[offset + i]);
    }
    return value;
}

std::optional<Item> Reader::next() noexcept {
    std::optional<Item> found;
    if (remaining() == 0) return found;
    const auto first = static_cast<std::uint8_t>(bytes_[at_]);
    const Lead form = form_of(first);
    if (form.kind == Kind::invalid || remaining() - 1 < form.width) return found;

    // Made where the caller has it: to copy what has just been written in pieces takes a while.
    Item& item = found.emplace();
    item.kind = form.kind;
    item.value = form.width == 0 ? form.value : big_endian(at_ + 1, form.width);
    if (form.kind == Kind::integer && is_signed(first)) {
        item.value = extend_sign(item.value, form.width == 0 ? 1 : form.width);
        item.negative = static_cast<std::int64_t>(item.value) < 0;
    }

    const std::size_t header = std::size_t{1} + form.width;
    const std::uint64_t behind = remaining() - header;
    const std::uint64_t body = body_bytes(item);
    // Every element takes a byte at least, so a count above what is left is a lie.
    if (body > behind || children(item) > behind) {
        found.reset();
        return found;
    }
    item.body = bytes_.substr(at_ + header, static_cast<std::size_t>(body));
    at_ += header + static_cast<std::size_t>(body);
    return found;
}

bool Reader::skip() noexcept {
    // What is left to pass over, on each level of nesting that is open.
    std::array<std::uint64_t, depth_max + 1> left{1};
    std::size_t depth = 0;
    for (;;) {
        while (left[depth] == 0) {
            if (depth == 0) return true;
            --depth;
        }
        --left[depth];
        const std::optional<Item> item = next();
        if (!item) return false;
        if (const std::uint64_t inside = children(*item)) {
            if (depth == depth_max) return false;
            left[++depth] = inside;
        }
    }
}

bool Reader::take_nil() noexcept {
    if (remaining() == 0 || static_cast<std::uint8_t>(bytes_[at_]) != 0xc0) return false;
    ++at_;
    return true;
}

}  // namespace handoff::wire

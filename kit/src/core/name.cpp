#include "core/name.hpp"

#include "handoff/error.hpp"

namespace handoff::core {

namespace {

constexpr std::size_t quoted_bytes_max = 80;

/// One character at the front of a text: its length in bytes, which is 0 where it is not UTF-8.
struct Character {
    std::size_t bytes = 0;
    char32_t code = 0;

    /// C0, DEL and C1.
    [[nodiscard]] bool control() const noexcept {
        return code < 0x20 || (code >= 0x7F && code < 0xA0);
    }
};

Character first_character(std::string_view text) noexcept {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {1, lead};

    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    char32_t code = lead & (0xFFu >> (bytes + 1));
    for (std::size_t at = 1; at < bytes; ++at) {
        if ((byte(at) & 0xC0) != 0x80) return {};
        code = (code << 6) | (byte(at) & 0x3Fu);
    }
    const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    if (overlong || surrogate || code > 0x10FFFF) return {};
    return {bytes, code};
}

void append_hex(std::string& out, char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    out += "\\x";
    out += digits[value >> 4];
    out += digits[value & 0xF];
}

}  // namespace

std::string_view name_fault(std::string_view name) noexcept {
    if (name.empty()) return "must not be empty";
    if (name.size() > name_bytes_max) return "must not be longer than 255 bytes";
    while (!name.empty()) {
        const Character character = first_character(name);
        if (character.bytes == 0) return "must be valid UTF-8";
        if (character.control()) return "must not hold control characters";
        name.remove_prefix(character.bytes);
    }
    return {};
}

void check_name(std::string_view name) {
    const std::string_view fault = name_fault(name);
    if (fault.empty()) return;
    throw Error(errc::invalid_argument,
                quoted(name) + ": the name of a queue " + std::string(fault));
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const Character character = first_character(text);
        if (character.bytes == 0) return false;
        text.remove_prefix(character.bytes);
    }
    return true;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    std::size_t taken = 0;
    while (taken < text.size()) {
        const Character character = first_character(text.substr(taken));
        const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
        if (taken + bytes > quoted_bytes_max) break;
        if (character.bytes == 0 || character.control()) {
            for (const char byte : text.substr(taken, bytes)) append_hex(out, byte);
        } else {
            out += text.substr(taken, bytes);
        }
        taken += bytes;
    }
    return out + (taken < text.size() ? "…\"" : "\"");
}

}  // namespace handoff::core

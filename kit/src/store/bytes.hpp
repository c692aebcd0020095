#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/time.hpp"
#include "handoff/error.hpp"

namespace handoff::store {

/// Numbers in fixed widths, least significant byte first, and texts behind their lengths.
class ByteWriter {
public:
    template <class Number>
    void number(Number value) {
        static_assert(std::is_integral_v<Number>);
        auto rest = static_cast<std::make_unsigned_t<Number>>(value);
        std::array<char, sizeof(Number)> bytes{};
        for (char& byte : bytes) {
            byte = static_cast<char>(rest & 0xff);
            if constexpr (sizeof(Number) > 1) rest >>= 8;
        }
        bytes_.append(bytes.data(), bytes.size());
    }
    void flag(bool value) { bytes_ += value ? '\1' : '\0'; }
    void time(core::Time value) { number(std::int64_t{value.count()}); }
    void raw(std::string_view bytes) { bytes_.append(bytes); }
    void text(std::string_view bytes) {
        number(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }
    void reserve(std::size_t size) { bytes_.reserve(size); }

    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::string take() noexcept { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// Reads what ByteWriter wrote. Throws errc::store_failed where there is less than that.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    template <class Number>
    Number number() {
        static_assert(std::is_integral_v<Number>);
        std::make_unsigned_t<Number> value = 0;
        const std::string_view bytes = raw(sizeof(Number));
        for (std::size_t i = 0; i < sizeof(Number); ++i) {
            const std::uint64_t byte = static_cast<unsigned char>(bytes[i]);
            value = static_cast<std::make_unsigned_t<Number>>(value | byte << (8 * i));
        }
        return static_cast<Number>(value);
    }
    bool flag() { return number<std::uint8_t>() != 0; }
    core::Time time() { return core::Time{number<std::int64_t>()}; }
    std::string_view raw(std::size_t size) {
        if (size > rest_.size()) throw Error(errc::store_failed, "a row is cut short");
        const std::string_view bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }
    std::string_view text() { return raw(number<std::uint32_t>()); }

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

private:
    std::string_view rest_;
};

}  // namespace handoff::store

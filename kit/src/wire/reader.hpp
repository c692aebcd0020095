#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

namespace handoff::wire {

/// What a msgpack object is, told by its first byte.
enum class Kind : std::uint8_t { nil, boolean, integer, real, str, bin, ext, array, map, invalid };

/// "a str", "an array": for texts.
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

/// One msgpack object, or the header of one that contains others.
struct Item {
    Kind kind = Kind::invalid;
    bool negative = false;    ///< an integer below zero
    std::uint64_t value = 0;  ///< integer (two's complement), boolean, or count of array and map
    std::string_view body;    ///< bytes of str, bin, ext (its type byte first) and real

    /// The integer as a T; empty if it is none or does not fit.
    template <class T>
    [[nodiscard]] std::optional<T> integer() const noexcept {
        if (kind != Kind::integer) return std::nullopt;
        if (!negative) {
            if (value > std::uint64_t{std::numeric_limits<T>::max()}) return std::nullopt;
            return static_cast<T>(value);
        }
        if constexpr (std::is_signed_v<T>) {
            const auto below_zero = static_cast<std::int64_t>(value);
            if (below_zero >= std::numeric_limits<T>::min()) return static_cast<T>(below_zero);
        }
        return std::nullopt;
    }
};

/// Reads msgpack from bytes that anybody may have sent: one object at a time, in place, without
/// allocation and without recursion. Nothing is ever read beyond the bytes given, and a count or a
/// length is handed on only if that many bytes are really there.
///
/// Thread safety: distinct objects are safe; the bytes must outlive the reader.
class Reader {
public:
    /// Containers may be nested so deep, in fields that nobody knows as well.
    static constexpr std::size_t depth_max = 16;

    explicit Reader(std::string_view bytes) noexcept : bytes_(bytes) {}

    /// The next object; of an array or a map only the header: its elements come next. Empty, and
    /// nothing is consumed, if what follows is not a whole object.
    std::optional<Item> next() noexcept;

    /// Passes over the next object with all that is in it. False if it is not whole or nested too
    /// deep.
    bool skip() noexcept;

    /// Consumes a nil if one is next.
    bool take_nil() noexcept;

    /// Bytes consumed so far.
    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - at_; }

private:
    [[nodiscard]] std::uint64_t big_endian(std::size_t offset, std::size_t width) const noexcept;

    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace handoff::wire

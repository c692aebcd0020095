#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <msgpack.hpp>

#include "handoff/error.hpp"

namespace handoff {

/// An item that is its payload, byte for byte: no encoding on either side.
using Bytes = std::vector<std::byte>;

/// A copy of the text's bytes.
inline Bytes to_bytes(std::string_view text) {
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
}

/// The bytes as text, without a copy: it lives as long as they do.
inline std::string_view to_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// How an application's type becomes the payload of an item, and back: as msgpack, by msgpack-c's
/// adaptors (`MSGPACK_DEFINE(…)` in a struct, or a specialisation of `msgpack::adaptor`). Two types
/// are their own payload instead: Bytes, and Dynamic (dynamic.hpp). Specialise Codec for a type
/// that should travel in another form.
template <typename T>
struct Codec {
    /// Appends the item to `payload`. Runs in the thread that puts, so its exceptions arrive there.
    static void encode(const T& item, std::string& payload);

    /// Throws Error (errc::wrong_type) when the payload is not a T, or is a T with something behind
    /// it. Runs in the thread that gets.
    static T decode(std::string_view payload);

    /// The same, of a text, into the memory of an earlier one.
    static void decode_into(T& item,
                            std::string_view payload) requires std::same_as<T, std::string>;
};

namespace detail {

struct StringSink {
    std::string& out;
    void write(const char* data, std::size_t size) { out.append(data, size); }
};

/// Deep enough for any sane type, shallow enough for any stack; lengths are bounded by the payload.
inline constexpr std::size_t nesting_max = 128;

/// The text or the number that the whole payload is, found without the memory that msgpack-c takes
/// for it. Empty if it is something else, about which msgpack-c has to be asked.
[[nodiscard]] std::optional<std::string_view> text_in(std::string_view payload) noexcept;
[[nodiscard]] std::optional<std::int64_t> integer_in(std::string_view payload) noexcept;

template <typename T>
std::optional<T> plain_in(std::string_view payload) {
    if constexpr (std::same_as<T, std::string>) {
        if (const auto text = text_in(payload)) return std::string(*text);
    } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
        const auto number = integer_in(payload);
        const bool has_sign = number && *number < 0;
        if (!number || (has_sign && !std::is_signed_v<T>)) return std::nullopt;
        const auto narrow = static_cast<T>(*number);
        if (static_cast<std::int64_t>(narrow) == *number) return narrow;
    }
    return std::nullopt;
}

}  // namespace detail

template <typename T>
void Codec<T>::encode(const T& item, std::string& payload) {
    detail::StringSink sink{payload};
    msgpack::pack(sink, item);
}

template <typename T>
T Codec<T>::decode(std::string_view payload) {
    if (std::optional<T> plain = detail::plain_in<T>(payload)) return *std::move(plain);
    const std::size_t size = payload.size();
    const msgpack::unpack_limit limit(size, size, size, size, size, detail::nesting_max);
    try {
        std::size_t used = 0;
        const msgpack::object_handle handle =
            msgpack::unpack(payload.data(), size, used, nullptr, nullptr, limit);
        if (used != size) throw Error(errc::wrong_type, "bytes follow the item in its payload");
        return handle->as<T>();
    } catch (const msgpack::type_error&) {
        throw Error(errc::wrong_type, "the payload is msgpack of another type");
    } catch (const msgpack::unpack_error& bad) {
        throw Error(errc::wrong_type, std::string("the payload is not msgpack: ") + bad.what());
    }
}

template <typename T>
void Codec<T>::decode_into(T& item,
                           std::string_view payload) requires std::same_as<T, std::string> {
    if (const auto text = detail::text_in(payload)) {
        item.assign(*text);
    } else {
        item = decode(payload);
    }
}

/// Bytes are their own payload.
template <>
struct Codec<Bytes> {
    /// Appends them.
    static void encode(const Bytes& item, std::string& payload) { payload.append(to_text(item)); }
    /// The payload as it stands, of a type that has it. Any Codec may have this beside encode().
    static std::string_view view(const Bytes& item) noexcept { return to_text(item); }
    /// Copies them.
    static Bytes decode(std::string_view payload) { return to_bytes(payload); }
    /// The same, into the memory of an earlier item. Any Codec may have this beside decode().
    static void decode_into(Bytes& item, std::string_view payload) {
        const auto* data = reinterpret_cast<const std::byte*>(payload.data());
        item.assign(data, data + payload.size());
    }
};

}  // namespace handoff

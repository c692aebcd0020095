#pragma once

#include <cstddef>
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
};

namespace detail {

struct StringSink {
    std::string& out;
    void write(const char* data, std::size_t size) { out.append(data, size); }
};

/// Deep enough for any sane type, shallow enough for any stack; lengths are bounded by the payload.
inline constexpr std::size_t nesting_max = 128;

}  // namespace detail

template <typename T>
void Codec<T>::encode(const T& item, std::string& payload) {
    detail::StringSink sink{payload};
    msgpack::pack(sink, item);
}

template <typename T>
T Codec<T>::decode(std::string_view payload) {
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

/// Bytes are their own payload.
template <>
struct Codec<Bytes> {
    /// Appends them.
    static void encode(const Bytes& item, std::string& payload) { payload.append(to_text(item)); }
    /// Copies them.
    static Bytes decode(std::string_view payload) { return to_bytes(payload); }
    /// The same, into the memory of an earlier item. Any Codec may have this beside decode().
    static void decode_into(Bytes& item, std::string_view payload) {
        const auto* data = reinterpret_cast<const std::byte*>(payload.data());
        item.assign(data, data + payload.size());
    }
};

}  // namespace handoff

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <msgpack.hpp>

#include "handoff/error.hpp"

/// How an application's type becomes the payload of an item: as msgpack, by msgpack-c's adaptors
/// (`MSGPACK_DEFINE(…)` in a struct, or a specialisation of `msgpack::adaptor`). Two types are
/// their own payload instead: Bytes, and Dynamic (dynamic.hpp).
namespace handoff {

/// An item that is its payload, byte for byte: no encoding on either side.
using Bytes = std::vector<std::byte>;

inline Bytes to_bytes(std::string_view text) {
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
}

inline std::string_view to_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Turns a T into a payload and back. Specialise it for a type that should travel in another form
/// than msgpack. encode() runs in the thread that puts, so its exceptions arrive there; decode()
/// throws Error (errc::wrong_type) when the payload is not a T, or is a T with something behind it.
template <typename T>
struct Codec {
    static void encode(const T& item, std::string& payload);
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

template <>
struct Codec<Bytes> {
    static void encode(const Bytes& item, std::string& payload) { payload.append(to_text(item)); }
    static Bytes decode(std::string_view payload) { return to_bytes(payload); }
};

}  // namespace handoff

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "handoff/codec.hpp"

namespace handoff {

/// An item whose type is known only at run time: any one msgpack value, kept as its bytes. For
/// tools and gateways; `Queue<Dynamic>` reads every queue of msgpack items.
///
/// Thread safety: as a plain value.
class Dynamic {
public:
    /// What msgpack tells apart. `real` is a floating-point number of either size.
    enum class Kind : std::uint8_t {
        nil,
        boolean,
        integer,
        real,
        text,
        binary,
        array,
        map,
        extension
    };

    /// nil
    Dynamic() : packed_(1, '\xc0') {}

    /// Any value that msgpack-c can pack. Throws what its Codec throws.
    template <typename T>
    static Dynamic of(const T& value) {
        Dynamic dynamic;
        dynamic.packed_.clear();
        Codec<T>::encode(value, dynamic.packed_);
        return dynamic;
    }

    /// `packed` must be one whole msgpack value; throws errc::wrong_type if it is not.
    static Dynamic from_msgpack(std::string packed);

    /// Throws errc::wrong_type if the value is no T.
    template <typename T>
    [[nodiscard]] T as() const {
        return Codec<T>::decode(packed_);
    }

    /// Which kind of value it is, so that as() can be asked for the right type.
    [[nodiscard]] Kind kind() const noexcept;
    /// The value's bytes, one whole msgpack value.
    [[nodiscard]] const std::string& msgpack() const noexcept { return packed_; }

    /// Whether the bytes are the same; equal values may be packed differently.
    bool operator==(const Dynamic&) const = default;

private:
    std::string packed_;
};

/// A Dynamic is its own payload.
template <>
struct Codec<Dynamic> {
    /// Appends its bytes.
    static void encode(const Dynamic& item, std::string& payload) {
        payload.append(item.msgpack());
    }
    /// Throws errc::wrong_type if the payload is not one whole msgpack value.
    static Dynamic decode(std::string_view payload) {
        return Dynamic::from_msgpack(std::string(payload));
    }
};

}  // namespace handoff

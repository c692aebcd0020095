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

    [[nodiscard]] Kind kind() const noexcept;
    [[nodiscard]] const std::string& msgpack() const noexcept { return packed_; }

    bool operator==(const Dynamic&) const = default;

private:
    std::string packed_;
};

template <>
struct Codec<Dynamic> {
    static void encode(const Dynamic& item, std::string& payload) {
        payload.append(item.msgpack());
    }
    static Dynamic decode(std::string_view payload) {
        return Dynamic::from_msgpack(std::string(payload));
    }
};

}  // namespace handoff

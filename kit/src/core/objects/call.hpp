#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/slice.hpp"
#include "handoff/detail/object_method.hpp"
#include "handoff/error.hpp"
#include "handoff/object_options.hpp"

namespace handoff::core::objects {

using detail::Method;

/// One incarnation of an object; of the same series of numbers as handles of queues. 0: none.
using ObjectHandle = std::uint64_t;

/// A value as it travels and lies: one item, which is a length header and a msgpack value that is
/// looked into by packed.hpp alone.
using Packed = Slice;

/// One call of a method. docs/protocol-objects.md says what numbers and values each takes.
struct Call {
    ObjectHandle object = 0;
    Method method{};
    std::vector<std::int64_t> numbers{};
    std::vector<Packed> values{};
    bool operator==(const Call&) const = default;
};

/// What came of it. Unless the code is errc::ok nothing was changed, and there is only a text.
struct Result {
    errc code = errc::ok;
    std::vector<std::int64_t> numbers{};
    std::vector<Packed> values{};
    std::string text{};
    bool operator==(const Result&) const = default;
};

/// "Surely not done", and why.
[[nodiscard]] inline Result failure(errc code, std::string text) {
    return {code, {}, {}, std::move(text)};
}

}  // namespace handoff::core::objects

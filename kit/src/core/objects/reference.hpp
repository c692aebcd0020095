#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/objects/call.hpp"

/// References to objects and queues, as they stand in values; docs/protocol-objects.md, 1.2.
namespace handoff::core::objects {

struct Reference {
    ObjectKind kind = ObjectKind::queue;
    bool anonymous = false;
    std::array<std::uint8_t, 16> manager{};
    ObjectHandle object = 0;
    std::string name{};  ///< empty: anonymous
    bool operator==(const Reference&) const = default;
};

/// The type of the msgpack ext that a reference is.
inline constexpr std::int8_t reference_ext = 72;

/// The content of the ext, and back; empty if it is no reference.
[[nodiscard]] std::string pack_reference(const Reference& reference);
[[nodiscard]] std::optional<Reference> read_reference(std::string_view content);

/// A value that is this reference.
[[nodiscard]] Packed pack_value(const Reference& reference);

/// False: there is surely no reference in this payload. Costs a search for two bytes.
[[nodiscard]] bool may_refer(std::string_view payload) noexcept;

/// All references in a msgpack value, in their order. One that is no msgpack has none: an
/// application may put bytes of its own. Throws errc::limit_exceeded if containers are nested
/// within it deeper than anybody reads them.
[[nodiscard]] std::vector<Reference> references_in(std::string_view payload);

/// The same of what a manager sends, which has looked into it before: none in what is nested
/// deeper.
[[nodiscard]] std::vector<Reference> references_told(std::string_view payload);

/// How deep arrays and maps may be nested in a value that refers to something.
inline constexpr std::size_t levels_max = 128;

/// Whether it has values, and so can refer to others.
[[nodiscard]] bool is_container(ObjectKind kind) noexcept;

/// Whether the value of a call at this place is kept, or may be. What the others refer to, nobody
/// need know: they are only looked for, or compared.
[[nodiscard]] bool keeps(ObjectKind kind, const Call& call, std::size_t place) noexcept;

}  // namespace handoff::core::objects

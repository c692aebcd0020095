#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/objects/object.hpp"

/// Objects of every kind, by their options.
namespace handoff::core::objects {

using handoff::to_string;

/// "acquire", "put": for texts.
[[nodiscard]] std::string_view to_string(Method method) noexcept;

/// The same of what is called: of a registered type, its own method.
[[nodiscard]] std::string method_of(const Call& call);

/// Whether this version makes objects of this kind.
[[nodiscard]] bool can_make(ObjectKind kind) noexcept;

/// What is wrong with options that somebody gives for an object of this kind; empty if nothing.
[[nodiscard]] std::string fault_of(ObjectKind kind, const ObjectOptions& options);

/// All options that the kind has, with its defaults for those that are not set.
[[nodiscard]] ObjectOptions in_force(ObjectKind kind, const ObjectOptions& options);

/// The option that is set in `wanted` and differs from what is in force, for people; empty if none.
[[nodiscard]] std::string mismatch(const ObjectOptions& wanted, const ObjectOptions& in_force);

/// `options`: in_force(), without a fault.
[[nodiscard]] std::unique_ptr<Object> make_object(ObjectKind kind, const ObjectOptions& options);

}  // namespace handoff::core::objects

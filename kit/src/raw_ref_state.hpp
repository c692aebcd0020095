#pragma once

#include <memory>
#include <utility>

#include "core/objects/reference.hpp"
#include "handoff/detail/raw_ref.hpp"
#include "held_object.hpp"

namespace handoff::detail {

/// What the copies of a reference share.
struct RawRef::State {
    explicit State(core::objects::Reference given)
        : reference(std::move(given)),
          held(reference.anonymous ? HeldObject::of(reference) : nullptr) {}

    const core::objects::Reference reference;
    const std::shared_ptr<HeldObject> held;  ///< null: it has a name
};

}  // namespace handoff::detail

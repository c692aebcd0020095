#pragma once

#include "core/messages.hpp"

namespace handoff::core::sim {

/// A message as it is after its way as bytes. Throws std::logic_error if it cannot be read.
[[nodiscard]] Request through_bytes(Request request);
[[nodiscard]] Reply through_bytes(Reply reply);

}  // namespace handoff::core::sim

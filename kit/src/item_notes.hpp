#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/messages.hpp"
#include "handoff/detail/raw_queue.hpp"

/// What items carry beside their payload: from the options of a put to its columns, and from a
/// delivery to what a Lease tells.
namespace handoff::detail {

/// Adds key, headers and trace of `options`, for a put of `count` items. Throws errc::too_large,
/// with the limit, for what is above its own, errc::invalid_argument for a key that several items
/// would share; `what` is for the text.
void add_notes(core::Columns& columns, const PutOptions& options, std::uint32_t count,
               const std::string& what);

inline bool has_notes(const core::Part& part) noexcept {
    return !part.key.empty() || !part.reason.empty() || !part.headers.empty() ||
           !part.trace.empty();
}

/// Null for the many items that have none.
std::shared_ptr<const ItemNotes> notes_of(const core::Part& part);

}  // namespace handoff::detail

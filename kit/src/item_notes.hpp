#pragma once

#include <memory>
#include <string>

#include "core/messages.hpp"
#include "handoff/detail/raw_queue.hpp"

/// What items carry beside their payload: from the options of a put to its columns, and from a
/// delivery to what a Lease tells.
namespace handoff::detail {

/// Adds the headers and the trace of `options`. Throws errc::too_large, with the limit, for what is
/// above its own; `what` is for the text.
void add_notes(core::Columns& columns, const PutOptions& options, const std::string& what);

/// Null for the many items that have none.
std::shared_ptr<const ItemNotes> notes_of(const core::Part& part);

}  // namespace handoff::detail

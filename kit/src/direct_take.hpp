#pragma once

#include "direct_queue.hpp"
#include "handoff/detail/raw_queue.hpp"

namespace handoff::detail {

/// RawQueue::take() of a direct queue: all that it returns comes from one of its producers.
RawDone take_from_producers(DirectQueue& queue, const RawTake& what, const Wait& wait);

}  // namespace handoff::detail

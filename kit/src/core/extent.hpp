#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/slice.hpp"
#include "core/time.hpp"

namespace handoff::core {

/// What few items have: kept apart so that the others do not pay for it.
struct Notes {
    std::string key;
    std::string reason;  ///< why it is dead, or died in another queue
    Slice headers;
    Slice trace;

    [[nodiscard]] std::size_t bytes() const noexcept {  ///< without the reason
        return key.size() + headers.size() + trace.size();
    }
};

/// Neighbouring items of a queue that share everything but their payload. All storage of a queue
/// is made of these: a frame of 2,570 items is one extent until somebody treats its items
/// differently, and then it splits.
struct Extent {
    std::uint64_t id = 0;  ///< of the first item; the others follow without a gap
    std::uint32_t count = 0;
    std::uint32_t deliveries = 0;  ///< how often these were handed to an application
    std::int32_t priority = 0;
    std::uint32_t each = 0;   ///< bytes of each item, as in Run
    Time put_at{};            ///< wall clock, whole milliseconds
    Time expires_at = never;  ///< wall clock
    Slice bytes;
    std::shared_ptr<const Notes> notes;  ///< null: none

    /// Cuts the first `n` items off and returns them; 0 < n < count. What remains pins at most four
    /// times its size; whoever keeps the front longer than a moment calls Slice::compact() on it.
    Extent split_front(std::uint32_t n);

    /// Key, headers and trace of one item, in bytes.
    [[nodiscard]] std::uint64_t notes_bytes() const noexcept;

    /// What the first `n` items count against a queue's byte capacity: their bytes, and key,
    /// headers and trace for each, so that it does not matter whether they came together or one by
    /// one.
    [[nodiscard]] std::uint64_t weight(std::uint32_t n) const noexcept;
    [[nodiscard]] std::uint64_t weight() const noexcept { return weight(count); }

    /// How many of the first items, `items_max` at most, weigh `weight_max` at most.
    [[nodiscard]] std::uint32_t items_within(std::uint64_t items_max,
                                             std::uint64_t weight_max) const noexcept;
};

}  // namespace handoff::core

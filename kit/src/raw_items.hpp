#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/messages.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "item_notes.hpp"

/// From the parts and runs of a message to single items.
namespace handoff::detail {

inline std::chrono::system_clock::time_point wall_time(core::Millis since_1970) {
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(since_1970));
}

/// Calls `use(item, token)` for each item of a delivery.
template <typename Use>
void for_each_item(const std::vector<core::Part>& parts, const std::vector<core::Slice>& runs,
                   Use&& use) {
    for (std::size_t at = 0; at < parts.size(); ++at) {
        const core::Part& part = parts[at];
        const core::Slice& run = runs[at];
        const std::shared_ptr<const ItemNotes> notes = notes_of(part);
        std::string_view rest = run.view();
        for (std::uint32_t index = 0; index < part.count; ++index) {
            RawItem item;
            item.owner = run.owner();
            item.payload = core::first_payload(rest);
            item.info = {part.id + index, part.token + index,     part.deliveries,
                         part.priority,   wall_time(part.put_at), notes};
            rest.remove_prefix(core::first_item_bytes(rest).value());
            use(std::move(item));
        }
    }
}

}  // namespace handoff::detail

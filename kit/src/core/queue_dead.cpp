#include <algorithm>
#include <utility>

#include "core/queue.hpp"

namespace handoff::core {
namespace {

/// A reason is for people, and capacity does not count it.
constexpr std::size_t reason_bytes_max = 1024;

/// The beginning of `reason`, cut between two characters if it has to be cut.
std::string_view shortened(std::string_view reason) {
    if (reason.size() <= reason_bytes_max) return reason;
    std::size_t end = reason_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;
    return reason.substr(0, end);
}

/// `notes` with another reason; null if there is nothing left to note.
std::shared_ptr<const Notes> with_reason(const std::shared_ptr<const Notes>& notes,
                                         std::string_view reason) {
    Notes changed = notes ? *notes : Notes{};
    changed.reason = reason;
    if (changed.bytes() == 0 && reason.empty()) return nullptr;
    return std::make_shared<const Notes>(std::move(changed));
}

}  // namespace

void Queue::die(Extent extent, std::string_view reason) {
    extent.notes = with_reason(extent.notes, shortened(reason));
    extent.bytes = extent.bytes.compact();
    journal_.out(extent);
    journal_.in(extent, true);
    counters_.buried += extent.count;
    dead_count_ += extent.count;
    const std::uint64_t id = extent.id;
    dead_.emplace(id, std::move(extent));
}

const Extent* Queue::oldest_dead() const noexcept {
    return dead_.empty() ? nullptr : &dead_.begin()->second;
}

/// Removes up to `items_max`, at least one, of the oldest dead items; they still count in items_.
Extent Queue::pop_dead(std::uint64_t items_max) {
    auto node = dead_.extract(dead_.begin());
    Extent& oldest = node.mapped();
    const std::uint64_t n = std::min<std::uint64_t>(oldest.count, items_max);
    dead_count_ -= n;
    if (n == oldest.count) return std::move(oldest);
    Extent front = oldest.split_front(static_cast<std::uint32_t>(n));
    node.key() = oldest.id;
    dead_.insert(dead_.begin(), std::move(node));
    return front;
}

std::optional<Extent> Queue::take_dead(std::uint32_t items_max) {
    if (dead_.empty() || items_max == 0) return std::nullopt;
    Extent extent = pop_dead(items_max);
    drop(extent, counters_.dead_lettered);
    return extent;
}

std::uint64_t Queue::kick(std::uint64_t items_max, Now now) {
    std::uint64_t kicked = 0;
    while (kicked < items_max && !dead_.empty()) {
        Extent extent = pop_dead(items_max - kicked);
        if (extent.expires_at <= now.wall) {
            drop(extent, counters_.expired);
            continue;
        }
        extent.deliveries = 0;
        extent.notes = with_reason(extent.notes, {});
        journal_.out(extent);
        journal_.in(extent);
        kicked += extent.count;
        make_ready(std::move(extent));
    }
    return kicked;
}

}  // namespace handoff::core

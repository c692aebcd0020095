#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "core/messages.hpp"
#include "core/time.hpp"
#include "simulation/promises/violation.hpp"
#include "simulation/world/disk.hpp"
#include "simulation/world/items.hpp"

namespace handoff::core::sim {

/// Whoever makes items in an order of its own: a process's puts to a queue, or a stream.
using Maker = std::uint64_t;

/// All that is known of an item: by those who put, take and acknowledge it, and by the witness at
/// the manager's door.
struct Item {
    ItemNumber number = 0;
    std::size_t queue = 0;       ///< in the plan
    Maker maker = 0;             ///< 0: its order is nobody's business
    std::uint64_t sequence = 0;  ///< 1, 2, 3 … of its maker
    Columns columns;

    // Its puts, as applications know them.
    unsigned puts_open = 0;
    bool confirmed = false;
    Time confirmed_at = never;
    bool put_unsure = false;

    // Its acknowledgements, likewise.
    unsigned acks_open = 0;
    unsigned acked = 0;
    bool ack_unsure = false;

    // What the manager said of it.
    bool entered = false;          ///< was taken in, ever
    bool kept = false;             ///< and nothing that is allowed to has taken it from there
    unsigned acks_accepted = 0;    ///< of what is kept
    bool acked_in_commit = false;  ///< another part of which was seen
    Token delivery = 0;            ///< the last. 0: none
    bool dropped = false;          ///< a purge, close or destroy may have met it
    bool may_come_again = false;   ///< what was known of its key or its end may be forgotten
    bool was_taken_out = false;    ///< handed to anybody, ever
    bool moved = false;            ///< to a queue for the dead
    Transaction entered_by = 0;    ///< of the disk: the last that may be needed to know it
    Transaction acked_by = 0;      ///< likewise

    /// Every put of it has ended, and none is done.
    [[nodiscard]] bool surely_absent() const noexcept {
        return puts_open == 0 && !confirmed && !put_unsure;
    }
    /// It is in its queue, unless it has expired, somebody has it, or it was acknowledged.
    [[nodiscard]] bool surely_kept() const noexcept { return kept && !dropped && !may_come_again; }
    [[nodiscard]] bool maybe_acked() const noexcept { return acks_open > 0 || ack_unsure; }
};

enum class End : std::uint8_t { done, not_done, unknown };

/// What an error says of a put or a commit.
inline End end_of(errc code) noexcept {
    if (code == errc::ok) return End::done;
    return code == errc::outcome_unknown ? End::unknown : End::not_done;
}

/// The items of a run and what became of them. Throws a Violation as soon as two things that were
/// said of an item cannot both be true.
class Ledger {
public:
    ItemNumber make_item(std::size_t queue, const Columns& columns, Maker maker,
                         std::uint64_t sequence);
    [[nodiscard]] Item& item(ItemNumber number);
    [[nodiscard]] std::deque<Item>& items() noexcept { return items_; }

    void put_begins(ItemNumber number) { ++item(number).puts_open; }
    void put_ends(ItemNumber number, End end, Time now);
    void handed_out(ItemNumber number, const std::string& to);
    void ack_begins(ItemNumber number) { ++item(number).acks_open; }
    void ack_ends(ItemNumber number, End end);

    // For the summary of a run.
    std::uint64_t confirmed = 0, refused = 0, unsure = 0, hand_outs = 0, acked = 0;

private:
    std::deque<Item> items_;
};

/// "i17"
inline std::string name_of(const Item& item) {
    return "i" + std::to_string(item.number);
}

}  // namespace handoff::core::sim

#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "core/messages.hpp"
#include "core/time.hpp"
#include "simulation/promises/violation.hpp"
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
    std::uint64_t entered_in = 0;  ///< the life in which it was taken in. 0: in none
    unsigned acks_accepted = 0;    ///< in that life
    Token delivery = 0;            ///< the last. 0: none
    std::uint64_t dropped_in = 0;  ///< the last life in which a purge, close or destroy met it
    bool key_forgotten = false;    ///< another put of it is a new one
    bool was_taken_out = false;    ///< handed to anybody, ever

    /// Every put of it has ended, and none is done.
    [[nodiscard]] bool surely_absent() const noexcept {
        return puts_open == 0 && !confirmed && !put_unsure;
    }
    /// In this life of the manager it is in its queue, unless it has expired or somebody has it.
    [[nodiscard]] bool surely_kept(std::uint64_t life) const noexcept {
        return entered_in == life && dropped_in != life && !key_forgotten;
    }
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

    /// What it had in memory is gone.
    void manager_died();

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

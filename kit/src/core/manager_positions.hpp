#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/journal.hpp"
#include "core/messages.hpp"

namespace handoff::core::manager {

/// The order in which calls began to wait: who has the smaller one goes first. Never used again.
using Ticket = std::uint64_t;

/// What became of one session's puts to one queue. Positions come in order and without a gap, so
/// one watermark tells those that were dealt with; beside it stand only the few that were refused
/// or still wait. A put that is sent again gets its first answer again.
///
/// Thread safety: none; one owner.
class Positions {
public:
    /// The greatest position that can be used: sums of positions never overflow.
    static constexpr Position position_max = Position{1} << 62;

    /// The client waits for no answer below `lowest`: its refusals there are forgotten, and what
    /// never came is skipped.
    void confirm_below(Position lowest);

    /// Below it nothing is remembered, and nothing will be taken.
    [[nodiscard]] Position lowest() const noexcept { return lowest_; }
    /// The first position that has not come yet.
    [[nodiscard]] Position next() const noexcept { return next_; }

    /// These have come, and all before them: what was neither refused nor waits is in the queue.
    void came(Range positions);
    void refuse(Range positions, errc code);
    void waits(Range positions, Ticket ticket) {
        waiting_[positions.first] = {positions.last, ticket};
    }
    /// What waited from `first` on waits no more.
    void waits_no_more(Position first) { waiting_.erase(first); }

    /// Something that waits within `positions`; its ticket is 0 if there is nothing.
    struct Waiting {
        Range positions;
        Ticket ticket = 0;
    };
    [[nodiscard]] Waiting waiting_within(Range positions) const;

    /// The answers to `positions`, all of which have come; those that wait have none yet.
    [[nodiscard]] std::vector<PutDone::Outcome> outcomes(Range positions, Durability level) const;

    /// The first of them that a restart of the manager made undone: they waited for room, and are
    /// below next() all the same. They may come again.
    [[nodiscard]] std::optional<Range> undone_within(Range positions) const;

    /// What is to be known after a restart; session and queue are the caller's to fill in.
    [[nodiscard]] PutsSeen seen() const;
    void restore(const PutsSeen& seen);

    /// How many ranges of refusals are remembered.
    [[nodiscard]] std::size_t refusals() const noexcept { return refused_.size(); }

private:
    struct Refusal {
        Position last = 0;
        errc code = errc::ok;
    };
    struct Wait {
        Position last = 0;
        Ticket ticket = 0;
    };
    Position lowest_ = 1;
    Position next_ = 1;
    std::map<Position, Refusal> refused_;  ///< by first position; ranges do not touch if alike
    std::map<Position, Wait> waiting_;     ///< by first position
    std::map<Position, Wait> undone_;      ///< likewise, without tickets
};

}  // namespace handoff::core::manager

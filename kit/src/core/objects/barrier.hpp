#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/objects/object.hpp"

namespace handoff::core::objects {

/// So many parties wait for each other. One that is lost breaks the barrier for all.
class Barrier final : public Object {
public:
    /// `action`: the last of a round is told to act, and the others go on when it has.
    Barrier(std::uint64_t parties, bool action)
        : parties_(static_cast<std::size_t>(parties)), action_(action) {}

    void give_up(Context& context, Ticket ticket, errc why) override;
    void forget(Ticket ticket) override;
    void session_over(Context& context, Holder session) override;
    [[nodiscard]] std::size_t waiting() const override;
    [[nodiscard]] Report report(std::size_t holders_max) const override;

    static constexpr std::uint64_t parties_max = 65'536;

private:
    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    std::optional<Result> wait(Context& context, const Caller& caller, const Call& call);
    Result acted(Context& context, const Caller& caller, const Call& call);

    /// The last one of a round has come.
    Result complete(Context& context, Holder last);
    /// Those who have come go on, with the index of their arrival.
    void release(Context& context);
    /// Those who came while somebody acted make up the next round, or a part of it.
    void begin_next(Context& context);
    void break_off(Context& context);
    bool remove(Ticket ticket);

    struct Party {
        Ticket ticket = 0;
        Holder session = 0;
    };

    std::size_t parties_;
    bool action_;
    bool broken_ = false;
    bool lost_party_ = false;       ///< session_over() breaks it
    std::vector<Party> come_;       ///< in the order of their arrival
    std::optional<Holder> acting_;  ///< the round is complete but for this one's action
    std::vector<Party> for_next_;   ///< came while somebody acts
};

}  // namespace handoff::core::objects

#pragma once

#include <cstddef>
#include <optional>

#include "core/objects/object.hpp"

namespace handoff::core::objects {

/// One leader among those who want to be it, and those who watch.
class Election final : public Object {
public:
    explicit Election(std::optional<Millis> ttl) : ttl_(ttl) {}

    void give_up(Context& context, Ticket ticket, errc why) override;
    void forget(Ticket ticket) override;
    void session_over(Context& context, Holder session) override;
    [[nodiscard]] Deadlines next_deadline() const override;
    void advance(Context& context) override;
    [[nodiscard]] std::size_t waiting() const override { return line_.size() + watchers_.size(); }
    [[nodiscard]] Report report(std::size_t holders_max) const override;

private:
    struct Candidate {
        Holder session = 0;
        Packed proposal;
        std::optional<Millis> ttl;
    };
    struct Term {
        Candidate leader;
        Token token = 0;
        Time ends = never;
        Time since{};
    };
    struct Nothing {};

    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    std::optional<Result> campaign(Context& context, const Caller& caller, const Call& call);
    Result proclaim(Context& context, const Caller& caller, const Call& call);
    Result renew(Context& context, const Caller& caller, const Call& call);
    Result break_hold(Context& context, const Call& call);
    [[nodiscard]] Result state(const Context& context, const Call& call) const;
    std::optional<Result> changed(const Caller& caller, const Call& call);

    Term& own(const Context& context, const Caller& caller, Token token);
    Result elect(Context& context, Candidate candidate);
    /// The term is over: the next candidate leads, if there is one, and those who watch hear of it.
    void end_term(Context& context, bool abandoned);
    void tell_watchers(Context& context);
    [[nodiscard]] Token token() const { return term_ ? term_->token : 0; }

    std::optional<Millis> ttl_;
    std::optional<Term> term_;
    bool abandoned_ = false;
    Line<Candidate> line_;
    Line<Nothing> watchers_;  ///< of the present state of things
};

}  // namespace handoff::core::objects

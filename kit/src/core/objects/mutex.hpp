#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/manager_agenda.hpp"
#include "core/objects/object.hpp"

namespace handoff::core::objects {

/// A lock, recursive or not, and its conditions.
class Mutex final : public Object {
public:
    /// `ttl`: of each hold, unless its holder says otherwise.
    Mutex(bool recursive, std::optional<Millis> ttl) : recursive_(recursive), ttl_(ttl) {}

    void give_up(Context& context, Ticket ticket, errc why) override;
    void forget(Ticket ticket) override;
    void session_over(Context& context, Holder session) override;
    [[nodiscard]] Deadlines next_deadline() const override;
    void advance(Context& context) override;
    [[nodiscard]] std::size_t waiting() const override { return line_.size() + sleepers_.size(); }
    [[nodiscard]] Report report(std::size_t holders_max) const override;

private:
    /// Whose hold it is: of a recursive lock, a thread's.
    struct Owner {
        Holder session = 0;
        std::int64_t number = 0;
        bool operator==(const Owner&) const = default;
    };
    /// What somebody has, or wants to have.
    struct Claim {
        Owner owner;
        std::uint64_t depth = 1;
        std::optional<Millis> ttl;
    };
    struct Hold {
        Claim claim;
        Token token = 0;
        Time ends = never;
        Time since{};
    };
    /// Who stands in line. One that comes from a condition wants back what it had.
    struct Want {
        Claim claim;
        bool from_condition = false;
        bool notified = false;
    };
    /// Who waits at a condition.
    struct Sleep {
        Claim claim;
        Millis relock{0};
    };
    struct Sleeper {
        std::string condition;
    };

    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    std::optional<Result> acquire(Context& context, const Caller& caller, const Call& call);
    Result release(Context& context, const Caller& caller, const Call& call);
    Result renew(Context& context, const Caller& caller, const Call& call);
    Result break_hold(Context& context, const Call& call);
    [[nodiscard]] Result state(const Context& context, const Call& call) const;
    std::optional<Result> sleep(Context& context, const Caller& caller, const Call& call);
    Result notify(Context& context, const Caller& caller, const Call& call);

    /// The hold with this token, which must be the caller's; else throws.
    Hold& own(const Context& context, const Caller& caller, Token token);
    Hold& own(const Context& context, const Caller& caller, Token token, std::int64_t owner);
    Result grant(Context& context, const Want& want);
    /// The lock is free: to the next in line.
    void pass_on(Context& context);
    void lose_hold(Context& context);
    /// From its condition into the line.
    void wake(Context& context, Ticket ticket, bool notified);
    std::optional<Sleep> leave_condition(Ticket ticket);

    bool recursive_;
    std::optional<Millis> ttl_;
    std::optional<Hold> hold_;
    bool abandoned_ = false;  ///< the last hold was not released
    Line<Want> line_;
    std::map<std::string, Line<Sleep>, std::less<>> conditions_;  ///< at which somebody waits
    std::map<Ticket, Sleeper> sleepers_;
    /// Of sleepers, when they have waited long enough; of who comes from there, when the lock must
    /// be had.
    manager::Agenda<Ticket> deadlines_;
};

}  // namespace handoff::core::objects

#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "core/manager_agenda.hpp"
#include "core/objects/object.hpp"

namespace handoff::core::objects {

/// Many readers or one writer, in the order in which they come.
class RwLock final : public Object {
public:
    explicit RwLock(std::optional<Millis> ttl) : ttl_(ttl) {}

    void give_up(Context& context, Ticket ticket, errc why) override;
    void forget(Ticket ticket) override;
    void session_over(Context& context, Holder session) override;
    [[nodiscard]] Deadlines next_deadline() const override { return {ends_.next(), never}; }
    void advance(Context& context) override;
    [[nodiscard]] std::size_t waiting() const override { return line_.size(); }
    [[nodiscard]] Report report(std::size_t holders_max) const override;

private:
    struct Claim {
        Holder session = 0;
        bool writes = false;
        std::optional<Millis> ttl;
        Time since{};  ///< of a hold
    };

    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    std::optional<Result> acquire(Context& context, const Caller& caller, const Call& call);
    Result release(Context& context, const Caller& caller, const Call& call);
    Result renew(Context& context, const Caller& caller, const Call& call);
    Result break_hold(Context& context, const Call& call);
    [[nodiscard]] Result state(const Call& call) const;

    /// The caller's hold with this token; else throws.
    Claim& own(const Context& context, const Caller& caller, Token token);
    [[nodiscard]] bool has_room_for(const Claim& claim) const;
    Result grant(Context& context, const Claim& claim);
    void serve(Context& context);
    void lose(Token token);

    std::optional<Millis> ttl_;
    std::map<Token, Claim> holds_;  ///< one of a writer, or any number of readers
    manager::Agenda<Token> ends_;
    bool abandoned_ = false;  ///< the last writer did not release
    Line<Claim> line_;
};

}  // namespace handoff::core::objects

#include "core/objects/election.hpp"

#include <utility>

#include "core/objects/packed.hpp"

namespace handoff::core::objects {

std::optional<Result> Election::carry_out(Context& context, const Caller& caller,
                                          const Call& call) {
    switch (call.method) {
        case Method::acquire: return campaign(context, caller, call);
        case Method::proclaim: return proclaim(context, caller, call);
        case Method::renew: return renew(context, caller, call);
        case Method::break_hold: return break_hold(context, call);
        case Method::state: return state(context, call);
        case Method::changed: return changed(caller, call);
        case Method::release:
            own(context, caller, Arguments(call, 1).token(0));
            end_term(context, false);
            return Result{};
        default: unsupported();
    }
}

std::optional<Result> Election::campaign(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 1, 1, 1);
    const std::optional<Millis> ttl = given.span(0);
    Candidate candidate{caller.session, to_keep(given.value(0)), ttl ? ttl : ttl_};
    if (!term_) {
        Result elected = elect(context, std::move(candidate));
        tell_watchers(context);
        return elected;
    }
    if (!caller.may_wait) return not_at_once();
    line_.join(caller.ticket, std::move(candidate));
    return std::nullopt;
}

Election::Term& Election::own(const Context& context, const Caller& caller, Token token) {
    if (term_ && term_->token == token) {
        if (term_->leader.session == caller.session) return *term_;
        throw Error(errc::not_owner, "another session leads");
    }
    if (token == 0 || token >= context.next_token) {
        throw Error(errc::not_owner, "there is no term with this token");
    }
    throw Error(errc::lock_lost, "the term has ended");
}

Result Election::proclaim(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 1, 1, 1);
    own(context, caller, given.token(0)).leader.proposal = to_keep(given.value(0));
    return {};
}

Result Election::renew(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 2);
    const std::optional<Millis> ttl = given.span(1);
    Term& term = own(context, caller, given.token(0));
    if (ttl) term.leader.ttl = ttl;
    term.ends = end_of(context, term.leader.ttl);
    return {};
}

Result Election::break_hold(Context& context, const Call& call) {
    const auto wanted = static_cast<Token>(Arguments(call, 1).number(0, 0));
    const bool ends = term_ && (wanted == 0 || wanted == term_->token);
    if (ends) {
        context.tell_broken(term_->leader.session, term_->token);
        end_term(context, true);
    }
    return {errc::ok, {ends ? 1 : 0}, {}, {}};
}

Result Election::state(const Context& context, const Call& call) const {
    const Arguments none(call, 0);
    if (!term_) return {errc::ok, {0, 0, to_number(line_.size())}, {}, {}};
    const Candidate& leader = term_->leader;
    return {errc::ok,
            {to_number(term_->token), to_number(leader.session), to_number(line_.size())},
            {leader.proposal, pack_text(context.who(leader.session))},
            {}};
}

std::optional<Result> Election::changed(const Caller& caller, const Call& call) {
    const auto known = static_cast<Token>(Arguments(call, 1).number(0));
    if (known != token()) return Result{errc::ok, {to_number(token())}, {}, {}};
    if (!caller.may_wait) return not_at_once();
    watchers_.join(caller.ticket, {});
    return std::nullopt;
}

Result Election::elect(Context& context, Candidate candidate) {
    const Time ends = end_of(context, candidate.ttl);
    term_ = Term{std::move(candidate), context.new_token(), ends, context.now.boot};
    return {errc::ok, {to_number(term_->token), abandoned_ ? 1 : 0}, {}, {}};
}

void Election::end_term(Context& context, bool abandoned) {
    term_.reset();
    abandoned_ = abandoned;
    if (!line_.empty()) {
        Line<Candidate>::Place next = line_.take_first();
        context.end(next.ticket, elect(context, std::move(next.want)));
    }
    tell_watchers(context);
}

void Election::tell_watchers(Context& context) {
    while (!watchers_.empty()) {
        context.end(watchers_.take_first().ticket, {errc::ok, {to_number(token())}, {}, {}});
    }
}

void Election::give_up(Context& context, Ticket ticket, errc why) {
    if (line_.leave(ticket) || watchers_.leave(ticket)) context.end(ticket, gave_up(why));
}

void Election::forget(Ticket ticket) {
    line_.leave(ticket);
    watchers_.leave(ticket);
}

void Election::session_over(Context& context, Holder session) {
    if (term_ && term_->leader.session == session) end_term(context, true);
}

Report Election::report(std::size_t holders_max) const {
    Report report;
    report.held = term_ ? 1 : 0;
    if (term_ && holders_max > 0) {
        report.holders.push_back(
            {term_->leader.session, term_->token, 1, false, term_->since, term_->ends});
    }
    return report;
}

Deadlines Election::next_deadline() const {
    return {term_ ? term_->ends : never, never};
}

void Election::advance(Context& context) {
    if (term_ && term_->ends <= context.now.boot) end_term(context, true);
}

}  // namespace handoff::core::objects

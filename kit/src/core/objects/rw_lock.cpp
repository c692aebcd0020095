#include "core/objects/rw_lock.hpp"

#include <vector>

namespace handoff::core::objects {

std::optional<Result> RwLock::carry_out(Context& context, const Caller& caller, const Call& call) {
    switch (call.method) {
        case Method::acquire:
        case Method::acquire_shared: return acquire(context, caller, call);
        case Method::release: return release(context, caller, call);
        case Method::renew: return renew(context, caller, call);
        case Method::break_hold: return break_hold(context, call);
        case Method::state: return state(call);
        default: unsupported();
    }
}

std::optional<Result> RwLock::acquire(Context& context, const Caller& caller, const Call& call) {
    const std::optional<Millis> ttl = Arguments(call, 1).span(0);
    const Claim claim{caller.session, call.method == Method::acquire, ttl ? ttl : ttl_, Time{}};
    if (line_.empty() && has_room_for(claim)) return grant(context, claim);
    if (!caller.may_wait) return not_at_once();
    line_.join(caller.ticket, claim);
    return std::nullopt;
}

bool RwLock::has_room_for(const Claim& claim) const {
    return holds_.empty() || (!claim.writes && !holds_.begin()->second.writes);
}

Result RwLock::grant(Context& context, const Claim& claim) {
    const Token token = context.new_token();
    Claim& hold = holds_.emplace(token, claim).first->second;
    hold.since = context.now.boot;
    ends_.set(token, end_of(context, claim.ttl));
    return {errc::ok, {to_number(token), abandoned_ ? 1 : 0}, {}, {}};
}

void RwLock::serve(Context& context) {
    while (!line_.empty() && has_room_for(line_.first().want)) {
        const Line<Claim>::Place next = line_.take_first();
        context.end(next.ticket, grant(context, next.want));
    }
}

RwLock::Claim& RwLock::own(const Context& context, const Caller& caller, Token token) {
    const auto hold = holds_.find(token);
    if (hold != holds_.end()) {
        if (hold->second.session == caller.session) return hold->second;
        throw Error(errc::not_owner, "another session has this hold");
    }
    if (token == 0 || token >= context.next_token) {
        throw Error(errc::not_owner, "it is not held under this token");
    }
    throw Error(errc::lock_lost,
                "the hold has ended: its session was lost, its time ran out, or it was broken");
}

Result RwLock::release(Context& context, const Caller& caller, const Call& call) {
    const Token token = Arguments(call, 1).token(0);
    if (own(context, caller, token).writes) abandoned_ = false;
    holds_.erase(token);
    ends_.erase(token);
    serve(context);
    return {};
}

Result RwLock::renew(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 2);
    const std::optional<Millis> ttl = given.span(1);
    Claim& claim = own(context, caller, given.token(0));
    if (ttl) claim.ttl = ttl;
    ends_.set(given.token(0), end_of(context, claim.ttl));
    return {};
}

void RwLock::lose(Token token) {
    const auto hold = holds_.find(token);
    if (hold->second.writes) abandoned_ = true;
    holds_.erase(hold);
    ends_.erase(token);
}

Result RwLock::break_hold(Context& context, const Call& call) {
    const auto token = static_cast<Token>(Arguments(call, 1).number(0, 0));
    std::vector<Token> broken;
    for (const auto& [each, claim] : holds_) {
        if (token == 0 || each == token) broken.push_back(each);
    }
    for (const Token each : broken) {
        context.tell_broken(holds_.at(each).session, each);
        lose(each);
    }
    serve(context);
    return {errc::ok, {to_number(broken.size())}, {}, {}};
}

Result RwLock::state(const Call& call) const {
    const Arguments none(call, 0);
    const bool written = !holds_.empty() && holds_.begin()->second.writes;
    return {errc::ok,
            {written ? to_number(holds_.begin()->first) : 0, written ? 0 : to_number(holds_.size()),
             to_number(line_.size())},
            {},
            {}};
}

Report RwLock::report(std::size_t holders_max) const {
    Report report;
    report.held = holds_.size();
    for (const auto& [token, claim] : holds_) {
        if (report.holders.size() >= holders_max) break;
        report.holders.push_back(
            {claim.session, token, 1, !claim.writes, claim.since, ends_.of(token)});
    }
    return report;
}

void RwLock::give_up(Context& context, Ticket ticket, errc why) {
    if (!line_.leave(ticket)) return;
    context.end(ticket, gave_up(why));
    serve(context);  // readers may have stood behind a writer
}

void RwLock::forget(Ticket ticket) {
    line_.leave(ticket);
}

void RwLock::session_over(Context& context, Holder session) {
    std::vector<Token> gone;
    for (const auto& [token, claim] : holds_) {
        if (claim.session == session) gone.push_back(token);
    }
    for (const Token token : gone) lose(token);
    serve(context);
}

void RwLock::advance(Context& context) {
    while (const std::optional<Token> token = ends_.pop_due(context.now.boot)) lose(*token);
    serve(context);
}

}  // namespace handoff::core::objects

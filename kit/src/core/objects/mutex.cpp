#include "core/objects/mutex.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/objects/packed.hpp"

namespace handoff::core::objects {
namespace {

constexpr std::uint64_t depth_max = 65'535;
constexpr std::size_t condition_bytes_max = 255;
constexpr std::int64_t relock_default = 10'000;

Result lost() {
    return failure(errc::lock_lost, "the lock could not be had again in time: it is not held");
}

}  // namespace

std::optional<Result> Mutex::carry_out(Context& context, const Caller& caller, const Call& call) {
    switch (call.method) {
        case Method::acquire: return acquire(context, caller, call);
        case Method::release: return release(context, caller, call);
        case Method::renew: return renew(context, caller, call);
        case Method::break_hold: return break_hold(context, call);
        case Method::state: return state(context, call);
        case Method::sleep: return sleep(context, caller, call);
        case Method::notify: return notify(context, caller, call);
        default: unsupported();
    }
}

// ------------------------------------------------------------------ holding

std::optional<Result> Mutex::acquire(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 2);
    const Owner owner{caller.session, given.number(0, 0)};
    const std::optional<Millis> ttl = given.span(1);
    const Want want{{owner, 1, ttl ? ttl : ttl_}, false, false};
    if (!hold_) return grant(context, want);
    if (recursive_ && hold_->claim.owner == owner) {
        if (hold_->claim.depth >= depth_max) {
            throw Error(errc::limit_exceeded, "it is locked too deep already");
        }
        ++hold_->claim.depth;
        return Result{errc::ok, {to_number(hold_->token), abandoned_ ? 1 : 0}, {}, {}};
    }
    if (!caller.may_wait) return not_at_once();
    line_.join(caller.ticket, want);
    return std::nullopt;
}

Mutex::Hold& Mutex::own(const Context& context, const Caller& caller, Token token) {
    if (hold_ && hold_->token == token) {
        if (hold_->claim.owner.session == caller.session) return *hold_;
        throw Error(errc::not_owner, "another session holds it");
    }
    if (token == 0 || token >= context.next_token) {
        throw Error(errc::not_owner, "it is not held under this token");
    }
    throw Error(errc::lock_lost,
                "the hold has ended: its session was lost, its time ran out, or it was broken");
}

Mutex::Hold& Mutex::own(const Context& context, const Caller& caller, Token token,
                        std::int64_t owner) {
    Hold& hold = own(context, caller, token);
    if (hold.claim.owner.number == owner) return hold;
    throw Error(errc::not_owner, "another thread of this session holds it");
}

Result Mutex::release(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 2);
    Hold& hold = own(context, caller, given.token(0), given.number(1, 0));
    const std::uint64_t left = --hold.claim.depth;
    if (left == 0) {
        hold_.reset();
        abandoned_ = false;
        pass_on(context);
    }
    return {errc::ok, {to_number(left)}, {}, {}};
}

Result Mutex::renew(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 2);
    const std::optional<Millis> ttl = given.span(1);
    Hold& hold = own(context, caller, given.token(0));
    if (ttl) hold.claim.ttl = ttl;
    hold.ends = end_of(context, hold.claim.ttl);
    return {};
}

Result Mutex::break_hold(Context& context, const Call& call) {
    const Arguments given(call, 1);
    const auto token = static_cast<Token>(given.number(0, 0));
    const bool holds = hold_ && (token == 0 || hold_->token == token);
    if (holds) {
        context.tell_broken(hold_->claim.owner.session, hold_->token);
        lose_hold(context);
    }
    return {errc::ok, {holds ? 1 : 0}, {}, {}};
}

Result Mutex::state(const Context& context, const Call& call) const {
    const Arguments none(call, 0);
    const std::int64_t waiting = to_number(line_.size() + sleepers_.size());
    if (!hold_) return {errc::ok, {0, 0, 0, 0, waiting, -1}, {}, {}};
    const Claim& claim = hold_->claim;
    std::int64_t left = -1;
    if (hold_->ends != never) {
        const Time rest = std::max(hold_->ends - context.now.boot, Time::zero());
        left = std::chrono::duration_cast<Millis>(rest).count();
    }
    return {errc::ok,
            {to_number(hold_->token), to_number(claim.owner.session), claim.owner.number,
             to_number(claim.depth), waiting, left},
            {pack_text(context.who(claim.owner.session))},
            {}};
}

Result Mutex::grant(Context& context, const Want& want) {
    hold_ =
        Hold{want.claim, context.new_token(), end_of(context, want.claim.ttl), context.now.boot};
    Result result{errc::ok, {to_number(hold_->token), abandoned_ ? 1 : 0}, {}, {}};
    if (want.from_condition) result.numbers.push_back(want.notified ? 1 : 0);
    return result;
}

void Mutex::pass_on(Context& context) {
    if (hold_ || line_.empty()) return;
    const Line<Want>::Place next = line_.take_first();
    deadlines_.erase(next.ticket);
    context.end(next.ticket, grant(context, next.want));
}

void Mutex::lose_hold(Context& context) {
    hold_.reset();
    abandoned_ = true;
    pass_on(context);
}

Report Mutex::report(std::size_t holders_max) const {
    Report report;
    report.held = hold_ ? 1 : 0;
    if (hold_ && holders_max > 0) {
        const Claim& claim = hold_->claim;
        report.holders.push_back(
            {claim.owner.session, hold_->token, claim.depth, false, hold_->since, hold_->ends});
    }
    return report;
}

// ------------------------------------------------------------------ conditions

std::optional<Result> Mutex::sleep(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 4, 1, 1);
    const std::string condition(payload_of(given.value(0)));
    if (condition.size() > condition_bytes_max) {
        throw Error(errc::too_large, "the name of a condition has at most 255 bytes");
    }
    const std::int64_t patience = given.number(2, -1);
    const std::int64_t relock = given.number(3, relock_default);
    if (patience < -1 || relock < 0) throw Error(errc::invalid_argument, "a time below 0");
    Hold& hold = own(context, caller, given.token(0), given.number(1, 0));
    if (!caller.may_wait) {
        return Result{errc::ok, {to_number(hold.token), abandoned_ ? 1 : 0, 0}, {}, {}};
    }
    conditions_[condition].join(caller.ticket, {hold.claim, Millis{relock}});
    sleepers_[caller.ticket] = {condition};
    if (patience >= 0) {
        deadlines_.set(caller.ticket, later(context.now.boot, Millis{patience}));
    }
    hold_.reset();
    abandoned_ = false;
    pass_on(context);
    return std::nullopt;
}

Result Mutex::notify(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 3, 1, 1);
    const std::int64_t most = given.number(2, 1);
    if (most < -1) throw Error(errc::invalid_argument, "a count below 0");
    own(context, caller, given.token(0), given.number(1, 0));
    const std::string_view condition = payload_of(given.value(0));
    std::int64_t woken = 0;
    for (; woken != most; ++woken) {
        const auto at = conditions_.find(condition);
        if (at == conditions_.end()) break;
        wake(context, at->second.first().ticket, true);
    }
    return {errc::ok, {woken}, {}, {}};
}

std::optional<Mutex::Sleep> Mutex::leave_condition(Ticket ticket) {
    const auto sleeper = sleepers_.find(ticket);
    if (sleeper == sleepers_.end()) return std::nullopt;
    const auto condition = conditions_.find(sleeper->second.condition);
    std::optional<Sleep> sleep = condition->second.leave(ticket);
    if (condition->second.empty()) conditions_.erase(condition);
    sleepers_.erase(sleeper);
    deadlines_.erase(ticket);
    return sleep;
}

void Mutex::wake(Context& context, Ticket ticket, bool notified) {
    const Sleep sleep = *leave_condition(ticket);
    line_.join(ticket, {sleep.claim, true, notified});
    deadlines_.set(ticket, later(context.now.boot, sleep.relock));
}

// ------------------------------------------------------------------ ends

void Mutex::give_up(Context& context, Ticket ticket, errc why) {
    if (const std::optional<Sleep> sleep = leave_condition(ticket)) {
        if (!hold_) {
            context.end(ticket, grant(context, {sleep->claim, true, false}));
        } else {
            context.end(ticket, why == errc::empty ? lost() : gave_up(why));
        }
        return;
    }
    if (const std::optional<Want> want = line_.leave(ticket)) {
        deadlines_.erase(ticket);
        const bool loses = want->from_condition && why == errc::empty;
        context.end(ticket, loses ? lost() : gave_up(why));
    }
}

void Mutex::forget(Ticket ticket) {
    leave_condition(ticket);
    line_.leave(ticket);
    deadlines_.erase(ticket);
}

void Mutex::session_over(Context& context, Holder session) {
    if (hold_ && hold_->claim.owner.session == session) lose_hold(context);
}

Deadlines Mutex::next_deadline() const {
    return {std::min(deadlines_.next(), hold_ ? hold_->ends : never), never};
}

void Mutex::advance(Context& context) {
    const Time now = context.now.boot;
    if (hold_ && hold_->ends <= now) lose_hold(context);
    while (const std::optional<Ticket> ticket = deadlines_.pop_due(now)) {
        if (line_.leave(*ticket)) {
            context.end(*ticket, lost());
        } else {
            wake(context, *ticket, false);
        }
    }
    pass_on(context);
}

}  // namespace handoff::core::objects

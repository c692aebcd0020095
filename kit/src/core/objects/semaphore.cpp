#include "core/objects/semaphore.hpp"

#include <algorithm>

namespace handoff::core::objects {

std::optional<Result> Semaphore::carry_out(Context& context, const Caller& caller,
                                           const Call& call) {
    switch (call.method) {
        case Method::acquire: return acquire(context, caller, call);
        case Method::release: return release(context, caller, call);
        case Method::state: return state(caller, call);
        default: unsupported();
    }
}

std::uint64_t Semaphore::held_by(Holder session) const {
    const auto holder = holders_.find(session);
    return holder == holders_.end() ? 0 : holder->second;
}

std::optional<Result> Semaphore::acquire(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 1);
    const Want want{caller.session, static_cast<std::uint64_t>(given.count(0, 1))};
    if (want.permits > bound_.value_or(permits_max)) {
        throw Error(errc::invalid_argument, "more permits than there can ever be");
    }
    if (line_.empty() && want.permits <= free_) return grant(context, want);
    if (!caller.may_wait) return not_at_once();
    line_.join(caller.ticket, want);
    return std::nullopt;
}

Result Semaphore::release(Context& context, const Caller& caller, const Call& call) {
    const Arguments given(call, 1);
    const auto permits = static_cast<std::uint64_t>(given.count(0, 1));
    const std::uint64_t own = std::min(permits, held_by(caller.session));
    if (bound_ && own < permits) {
        throw Error(errc::not_owner, "this session does not hold so many permits");
    }
    if (permits - own > permits_max - std::min(free_ + held_, permits_max)) {
        throw Error(errc::out_of_range, "more than 2^62 permits");
    }
    if (own > 0) {
        held_ -= own;
        const auto holder = holders_.find(caller.session);
        holder->second -= own;
        if (holder->second == 0) holders_.erase(holder);
    }
    free_ += permits;
    serve(context);
    return {errc::ok, {to_number(free_)}, {}, {}};
}

Result Semaphore::state(const Caller& caller, const Call& call) const {
    const Arguments none(call, 0);
    return {errc::ok,
            {to_number(free_), to_number(held_by(caller.session)), to_number(held_),
             to_number(line_.size())},
            {},
            {}};
}

Report Semaphore::report(std::size_t holders_max) const {
    Report report;
    report.count = free_;
    report.held = held_;
    for (const auto& [session, permits] : holders_) {
        if (report.holders.size() >= holders_max) break;
        report.holders.push_back({session, 0, permits, true, never, never});
    }
    return report;
}

Result Semaphore::grant(Context& context, const Want& want) {
    free_ -= want.permits;
    held_ += want.permits;
    holders_[want.session] += want.permits;
    return {errc::ok, {to_number(context.new_token())}, {}, {}};
}

void Semaphore::serve(Context& context) {
    while (!line_.empty() && line_.first().want.permits <= free_) {
        const Line<Want>::Place next = line_.take_first();
        context.end(next.ticket, grant(context, next.want));
    }
}

void Semaphore::give_up(Context& context, Ticket ticket, errc why) {
    if (!line_.leave(ticket)) return;
    context.end(ticket, gave_up(why));
    serve(context);  // it may have stood before those that want less
}

void Semaphore::forget(Ticket ticket) {
    line_.leave(ticket);
}

void Semaphore::session_over(Context& context, Holder session) {
    const auto holder = holders_.find(session);
    if (holder != holders_.end()) {
        free_ += holder->second;
        held_ -= holder->second;
        holders_.erase(holder);
    }
    serve(context);
}

}  // namespace handoff::core::objects

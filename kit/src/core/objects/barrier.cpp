#include "core/objects/barrier.hpp"

#include <algorithm>
#include <utility>

namespace handoff::core::objects {
namespace {

Result broken() {
    return failure(errc::broken_barrier, "a party died, gave up or aborted");
}

Result passed(std::size_t index, bool act) {
    return {errc::ok, {to_number(index), act ? 1 : 0}, {}, {}};
}

}  // namespace

std::optional<Result> Barrier::carry_out(Context& context, const Caller& caller, const Call& call) {
    switch (call.method) {
        case Method::wait: return wait(context, caller, call);
        case Method::acted: return acted(context, caller, call);
        default: break;
    }
    const Arguments none(call, 0);
    switch (call.method) {
        case Method::abort: break_off(context); return Result{};
        case Method::reset:
            break_off(context);
            broken_ = false;
            return Result{};
        case Method::state:
            return Result{
                errc::ok, {to_number(parties_), to_number(waiting()), broken_ ? 1 : 0}, {}, {}};
        default: unsupported();
    }
}

std::optional<Result> Barrier::wait(Context& context, const Caller& caller, const Call& call) {
    const Arguments none(call, 0);
    if (broken_) return broken();
    if (!acting_ && come_.size() + 1 == parties_) return complete(context, caller.session);
    if (!caller.may_wait) return not_at_once();
    (acting_ ? for_next_ : come_).push_back({caller.ticket, caller.session});
    return std::nullopt;
}

Result Barrier::complete(Context& context, Holder last) {
    if (action_) {
        acting_ = last;
    } else {
        release(context);
    }
    return passed(parties_ - 1, action_);
}

Result Barrier::acted(Context& context, const Caller& caller, const Call& call) {
    const bool succeeded = Arguments(call, 1).number(0, 1) != 0;
    if (acting_ != caller.session) {
        if (broken_) return broken();
        throw Error(errc::not_owner, "it is not this session that acts");
    }
    if (!succeeded) {
        break_off(context);
        return {};
    }
    acting_.reset();
    release(context);
    begin_next(context);
    return {};
}

void Barrier::release(Context& context) {
    std::size_t index = 0;
    for (const Party& party : std::exchange(come_, {})) {
        context.end(party.ticket, passed(index++, false));
    }
}

void Barrier::begin_next(Context& context) {
    std::vector<Party> waiting = std::exchange(for_next_, {});
    const std::size_t coming = std::min(waiting.size(), parties_ - 1);
    const auto rest = waiting.begin() + static_cast<std::ptrdiff_t>(coming);
    come_.assign(waiting.begin(), rest);
    if (rest == waiting.end()) return;
    context.end(rest->ticket, complete(context, rest->session));
    for_next_.assign(rest + 1, waiting.end());
}

void Barrier::break_off(Context& context) {
    broken_ = true;
    acting_.reset();
    for (const Party& party : std::exchange(come_, {})) context.end(party.ticket, broken());
    for (const Party& party : std::exchange(for_next_, {})) context.end(party.ticket, broken());
}

bool Barrier::remove(Ticket ticket) {
    const auto is_it = [ticket](const Party& party) { return party.ticket == ticket; };
    return std::erase_if(come_, is_it) + std::erase_if(for_next_, is_it) > 0;
}

void Barrier::give_up(Context& context, Ticket ticket, errc why) {
    if (!remove(ticket)) return;
    context.end(ticket, gave_up(why));
    break_off(context);
}

void Barrier::forget(Ticket ticket) {
    lost_party_ = remove(ticket) || lost_party_;
}

void Barrier::session_over(Context& context, Holder session) {
    if (std::exchange(lost_party_, false) || acting_ == session) break_off(context);
}

Report Barrier::report(std::size_t holders_max) const {
    Report report;
    report.count = come_.size() + (acting_ ? 1 : 0);
    report.held = acting_ ? 1 : 0;
    if (acting_ && holders_max > 0) report.holders.push_back({*acting_, 0, 1, false, never, never});
    return report;
}

std::size_t Barrier::waiting() const {
    return come_.size() + for_next_.size();
}

}  // namespace handoff::core::objects

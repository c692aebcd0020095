#include "core/objects/signals.hpp"

#include <utility>

namespace handoff::core::objects {

void Gate::give_up(Context& context, Ticket ticket, errc why) {
    if (line_.leave(ticket)) context.end(ticket, gave_up(why));
}

void Gate::forget(Ticket ticket) {
    line_.leave(ticket);
}

std::optional<Result> Gate::wait(const Caller& caller, const Call& call, bool open) {
    const Arguments none(call, 0);
    if (open) return Result{};
    if (!caller.may_wait) return not_at_once();
    line_.join(caller.ticket, {});
    return std::nullopt;
}

std::int64_t Gate::open(Context& context) {
    std::int64_t count = 0;
    for (; !line_.empty(); ++count) context.end(line_.take_first().ticket, {});
    return count;
}

std::optional<Result> Event::carry_out(Context& context, const Caller& caller, const Call& call) {
    if (call.method == Method::wait) return wait(caller, call, set_);
    const Arguments none(call, 0);
    switch (call.method) {
        case Method::set: set_ = true; return Result{errc::ok, {open(context)}, {}, {}};
        case Method::clear: return Result{errc::ok, {std::exchange(set_, false) ? 1 : 0}, {}, {}};
        case Method::state: return Result{errc::ok, {set_ ? 1 : 0, to_number(waiting())}, {}, {}};
        default: unsupported();
    }
}

std::optional<Result> Latch::carry_out(Context& context, const Caller& caller, const Call& call) {
    switch (call.method) {
        case Method::wait: return wait(caller, call, left_ == 0);
        case Method::count_down: {
            const auto count = static_cast<std::uint64_t>(Arguments(call, 1).count(0, 1));
            if (count > left_) throw Error(errc::out_of_range, "more than is left of the count");
            left_ -= count;
            if (left_ == 0) open(context);
            return Result{errc::ok, {to_number(left_)}, {}, {}};
        }
        case Method::state: {
            const Arguments none(call, 0);
            return Result{errc::ok, {to_number(left_), to_number(waiting())}, {}, {}};
        }
        default: unsupported();
    }
}

}  // namespace handoff::core::objects

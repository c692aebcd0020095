#include "core/objects/watched.hpp"

namespace handoff::core::objects {

Call Watched::to_store(const Context& /*context*/, const Call& call) const {
    switch (call.method) {
        case Method::get:
        case Method::contains:
        case Method::page:
        case Method::changed:
            // All that these change is what leaves because its time has come.
            return {call.object, Method::size, {}, {}};
        default: return call;
    }
}

std::optional<Result> Watched::changed(const Caller& caller, const Call& call) {
    const auto known = static_cast<std::uint64_t>(Arguments(call, 1).number(0));
    if (known != version_) return Result{errc::ok, {to_number(version_)}, {}, {}};
    if (!caller.may_wait) return not_at_once();
    watchers_.join(caller.ticket, {});
    return std::nullopt;
}

std::optional<Result> Watched::changed(const Caller& caller, const std::string& key,
                                       std::uint64_t known, std::uint64_t now) {
    if (known != now) return Result{errc::ok, {to_number(now)}, {}, {}};
    if (!caller.may_wait) return not_at_once();
    keys_[key].join(caller.ticket, {});
    of_keys_.emplace(caller.ticket, key);
    return std::nullopt;
}

void Watched::tell(Context& context) {
    while (!watchers_.empty()) {
        context.end(watchers_.take_first().ticket, {errc::ok, {to_number(version_)}, {}, {}});
    }
}

void Watched::tell(Context& context, const std::string& key, std::uint64_t version) {
    const auto waiting = keys_.find(key);
    if (waiting == keys_.end()) return;
    while (!waiting->second.empty()) {
        const Ticket ticket = waiting->second.take_first().ticket;
        of_keys_.erase(ticket);
        context.end(ticket, {errc::ok, {to_number(version)}, {}, {}});
    }
    keys_.erase(waiting);
}

void Watched::give_up(Context& context, Ticket ticket, errc why) {
    const std::size_t before = waiting();
    forget(ticket);
    if (waiting() < before) context.end(ticket, gave_up(why));
}

void Watched::forget(Ticket ticket) {
    watchers_.leave(ticket);
    const auto known = of_keys_.find(ticket);
    if (known == of_keys_.end()) return;
    const auto waiting = keys_.find(known->second);
    waiting->second.leave(ticket);
    if (waiting->second.empty()) keys_.erase(waiting);
    of_keys_.erase(known);
}

Report Watched::report(std::size_t /*holders_max*/) const {
    const Extent extent = this->extent();
    Report report;
    report.version = version_;
    report.count = extent.entries;
    report.bytes = extent.bytes;
    return report;
}

void Watched::session_over(Context& /*context*/, Holder session) {
    drop_session(session);
}

}  // namespace handoff::core::objects

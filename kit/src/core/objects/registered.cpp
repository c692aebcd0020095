#include "core/objects/registered.hpp"

#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "core/name.hpp"
#include "core/objects/packed.hpp"

namespace handoff::core::objects {

void Registered::begin(const TypeSettings& settings) {
    settings_ = settings;
    begun_ = true;
    if (settings_.per_session) {
        const auto early = benches_.extract(Holder{0});
        while (early && !early.mapped().line.empty()) {
            auto place = early.mapped().line.take_first();
            places_.at(place.ticket).bench = place.want.session;
            benches_[place.want.session].line.join(place.ticket, std::move(place.want));
        }
    }
    for (auto& [key, bench] : benches_) run_next(key, bench);
}

void Registered::run_next(Holder key, Bench& bench) {
    if (!begun_ || bench.running != 0 || bench.line.empty()) return;
    auto next = bench.line.take_first();
    const std::uint64_t number = next_number_++;
    bench.running = number;
    bench.used = true;
    runs_[number] = {key, next.ticket};
    places_.at(next.ticket).number = number;
    errands_.emplace_back(
        RunMethod{self_, number, key, std::move(next.want.method), std::move(next.want.arguments)});
}

void Registered::end() {
    for (const auto& [number, run] : runs_) {
        errands_.emplace_back(StopMethod{self_, number, errc::cancelled});
    }
    errands_.emplace_back(DropInstance{self_, 0});
}

void Registered::done(Context& context, std::uint64_t number, Result result) {
    const auto run = runs_.extract(number);
    if (!run) return;
    if (const Ticket ticket = run.mapped().ticket; ticket != 0) {
        places_.erase(ticket);
        context.end(ticket, std::move(result));
    }
    Bench& bench = benches_.at(run.mapped().bench);
    bench.running = 0;
    run_next(run.mapped().bench, bench);
}

void Registered::give_up(Context& context, Ticket ticket, errc why) {
    const auto place = places_.find(ticket);
    if (place == places_.end()) return;
    if (const std::uint64_t number = place->second.number; number != 0) {
        errands_.emplace_back(StopMethod{self_, number, why});
        return;
    }
    benches_.at(place->second.bench).line.leave(ticket);
    places_.erase(place);
    context.end(ticket, gave_up(why));
}

void Registered::forget(Ticket ticket) {
    const auto place = places_.find(ticket);
    if (place == places_.end()) return;
    if (const std::uint64_t number = place->second.number; number != 0) {
        runs_.at(number).ticket = 0;
        forsaken_.push_back(number);
    } else {
        benches_.at(place->second.bench).line.leave(ticket);
    }
    places_.erase(place);
}

void Registered::session_over(Context& /*context*/, Holder session) {
    for (const std::uint64_t number : std::exchange(forsaken_, {})) {
        errands_.emplace_back(StopMethod{self_, number, errc::cancelled});
    }
    if (!begun_ || !settings_.per_session || session == 0) return;
    const auto bench = benches_.extract(session);
    if (!bench || !bench.mapped().used) return;
    runs_.erase(bench.mapped().running);
    errands_.emplace_back(DropInstance{self_, session});
}

std::optional<Result> Registered::carry_out(Context& /*context*/, const Caller& caller,
                                            const Call& call) {
    if (call.method != Method::invoke) unsupported();
    const Arguments given(call, 0, 1, std::numeric_limits<std::size_t>::max());
    const std::optional<std::string_view> method = string_of(payload_of(given.value(0)));
    if (!method || !name_fault(*method).empty()) {
        throw Error(errc::invalid_argument, "the first value is to be the name of a method");
    }
    if (!caller.may_wait) return not_at_once();
    const Holder key = begun_ && settings_.per_session ? caller.session : 0;
    Bench& bench = benches_[key];
    if (bench.line.size() + (bench.running != 0 ? 1 : 0) >= settings_.calls_max) {
        throw Error(errc::limit_exceeded, "calls_max is " + std::to_string(settings_.calls_max));
    }
    Want want{
        caller.session, std::string(*method), {given.values().begin() + 1, given.values().end()}};
    bench.line.join(caller.ticket, std::move(want));
    places_[caller.ticket] = {key, 0};
    run_next(key, bench);
    return std::nullopt;
}

}  // namespace handoff::core::objects

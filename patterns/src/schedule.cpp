#include "handoff/patterns/schedule.hpp"

#include "handoff/patterns/detail/mailbox.hpp"

namespace handoff::patterns::detail {
namespace {

/// A clock that is set may make an entry due at any time, so that it is looked at now and then.
constexpr std::int64_t look_again_ms = 10'000;

QueueOptions of_the_baton(std::optional<Durability> durability) {
    QueueOptions options;
    options.capacity = 1;  // one there is, or it is held: never another
    options.deliveries_max = unlimited;
    options.durability = durability;
    return options;
}

}  // namespace

std::int64_t to_ms(std::chrono::system_clock::time_point time) {
    return std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::chrono::system_clock::time_point to_time(std::int64_t ms) {
    return std::chrono::system_clock::time_point{std::chrono::milliseconds{ms}};
}

std::int64_t Planned::occurrence(std::int64_t now_ms) const {
    if (catch_up || period_ms == 0 || now_ms < due_ms) return due_ms;
    const auto passed = static_cast<std::uint64_t>((now_ms - due_ms) / period_ms);
    return due_ms + static_cast<std::int64_t>(std::min(passed, left - 1)) * period_ms;
}

std::optional<Planned> Planned::after(std::int64_t occurrence_ms) const {
    Planned next = *this;
    if (period_ms == 0) return std::nullopt;
    next.due_ms = occurrence_ms + period_ms;
    if (left == unlimited) return next;
    next.left -= static_cast<std::uint64_t>((next.due_ms - due_ms) / period_ms);
    if (next.left == 0) return std::nullopt;
    return next;
}

Plan::Plan(Client& client, const std::string& name, const ScheduleOptions& options)
    : lasts_(lasts(options.durability)),
      entries_(
          client.dict<std::string, Planned>(name + ".entries", {.durability = options.durability})),
      baton_(client.queue<Baton>(name + ".baton", of_the_baton(options.durability))) {
    static_cast<void>(baton_.try_put({}));  // false: it is there
}

bool Plan::add(const std::string& id, Planned planned) {
    planned.made = fresh_number();
    return entries_.put_new(id, planned);
}

std::vector<ScheduleEntry> Plan::entries() const {
    std::vector<ScheduleEntry> all;
    const auto there = insist(lasts_ ? managers_max : 0, [this] { return entries_.items(); });
    for (const auto& [id, planned] : there) {
        all.push_back({id, to_time(planned.due_ms), std::chrono::milliseconds{planned.period_ms},
                       planned.left});
    }
    return all;
}

Lease<Baton> Plan::take_baton(const std::stop_token& stop) {
    Lease<Baton> baton = baton_.lease({.ttl = std::nullopt, .renew = true}, stop);
    if (baton && !baton->id.empty()) note(*baton);
    return baton;
}

/// The entry is as it was when it was put, or this was done already.
void Plan::note(const Baton& baton) {
    constexpr int attempts_max = 100;  // a manager gives its entries other versions, no one else
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const auto now = entries_.versioned(baton.id);
        if (!now.value || !now.value->is_as_then(baton.made, baton.due_ms)) return;
        const auto next = now.value->after(baton.occurrence_ms);
        const bool noted = next ? entries_.put_if(baton.id, now.version, *next)
                                : entries_.erase_if(baton.id, now.version);
        if (noted) return;
    }
    throw Error(errc::outcome_unknown,
                "schedule: what was put last of the entry \"" + baton.id + "\" could not be noted");
}

Plan::Next Plan::look() const {
    auto all = entries_.snapshot();
    std::optional<std::pair<std::string, Planned>> first;
    for (const auto& entry : all) {
        if (!first || entry.second.due_ms < first->second.due_ms) first = entry;
    }
    Next next{std::nullopt, all.version(), look_again_ms};
    if (!first) return next;
    const std::int64_t now_ms = std::chrono::floor<std::chrono::milliseconds>(
                                    std::chrono::system_clock::now().time_since_epoch())
                                    .count();
    if (first->second.due_ms > now_ms) {
        next.wait_ms = std::min(next.wait_ms, first->second.due_ms - now_ms);
        return next;
    }
    const auto& [id, planned] = *first;
    next.due = Due{id, planned, planned.occurrence(now_ms)};
    return next;
}

std::optional<Plan::Due> Plan::wait_for_due(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        Next next = look();
        if (next.due) return std::move(next.due);
        static_cast<void>(entries_.wait_until_changed_for(
            next.version, std::chrono::milliseconds{next.wait_ms}, stop));
    }
    return std::nullopt;
}

bool Plan::goes_on_after(errc code) const {
    return code == errc::lease_lapsed || code == errc::session_lost ||
           code == errc::outcome_unknown || (lasts_ && code == errc::manager_restarted);
}

void Plan::pass_baton(Commit& commit, Lease<Baton>& baton, const Due& due) const {
    commit.ack(baton);
    commit.put(baton_, Baton{due.id, due.planned.made, due.planned.due_ms, due.occurrence_ms});
}

}  // namespace handoff::patterns::detail

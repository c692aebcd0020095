// How the calls of an application end, and what that means for the items.
#include <algorithm>
#include <set>
#include <utility>

#include "simulation/applications/application.hpp"
#include "simulation/world/wording.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

void Application::note_end(const Completion& completion) {
    const errc code = completion.outcome.code;
    world_.check_code(code, completion.outcome.text);
    const auto call = calls_.find(completion.call);
    world_.trace.tell(world_.schedule.now(), host_.name(), [&] {
        return "call " + std::to_string(completion.call) + " ends: " +
               (code == errc::ok ? in_words(Reply{0, completion.outcome.reply})
                                 : std::string(to_string(code)));
    });
    if (call != calls_.end()) {
        check_told_of_restart(call->second, code);
    } else if (code == errc::manager_restarted) {
        std::fill(lives_.begin(), lives_.end(), 0);  // it was a stream's; of which queue, it knows
    }
}

/// A queue that lost its content says so before it answers as if nothing had happened.
void Application::check_told_of_restart(const Call& call, errc code) {
    for (const std::size_t queue : call.queues) {
        if (world_.plan.queues[queue].closes) continue;  // it may be another since
        if (world_.plan.is_durable(queue)) continue;     // it lost nothing
        if (code == errc::manager_restarted) lives_[queue] = 0;
        if (code != errc::ok) continue;
        std::uint64_t& life = lives_[queue];
        if (life != 0 && life < host_.life()) {
            broken(Promise::never_lost, world_.plan.queues[queue].name +
                                            " lost its content with its manager, and " +
                                            host_.name() + " was not told");
        }
        life = std::max(life, host_.life());
    }
}

void Application::ended(const Completion& completion) {
    const auto node = calls_.extract(completion.call);
    if (node.empty()) broken(Promise::ends, "a call ended twice, or one that nobody began");
    const Call& call = node.mapped();
    const Outcome& outcome = completion.outcome;
    switch (call.kind) {
        case Kind::put: return put_ended(call, outcome);
        case Kind::get: return get_ended(call, completion);
        case Kind::settle: return settle_ended(call, outcome);
        case Kind::commit: return commit_ended(call, outcome);
        case Kind::confirm:
            if (outcome.code == errc::ok) return hand_out(call.delivered);
            for (const Lease& lease : call.delivered) {
                if (lease.generation == host_.client().session_generation()) {
                    detached(Verb::release, lease);
                }
            }
            return;
        case Kind::shared:
            if (!sharers_.ended(completion) && !referrers_.ended(completion)) break;
            return;
        case Kind::other:
            if (const auto* stats = std::get_if<StatsReply>(&outcome.reply)) {
                check_size(call, *stats);
            }
    }
}

void Application::put_ended(const Call& call, const Outcome& outcome) {
    const Time now = world_.schedule.now();
    std::set<ItemNumber> open(call.puts.begin(), call.puts.end());
    if (const auto* done = std::get_if<PutDone>(&outcome.reply)) {
        for (const PutDone::Outcome& part : done->outcomes) {
            world_.check_code(part.code, "a position");
            for (Position at = part.positions.first; at <= part.positions.last; ++at) {
                const ItemNumber item = call.puts.at(at - 1);
                open.erase(item);
                world_.ledger.put_ends(item, end_of(part.code), now);
            }
        }
    }
    for (const ItemNumber item : open) world_.ledger.put_ends(item, end_of(outcome.code), now);
}

void Application::get_ended(const Call& call, const Completion& completion) {
    const auto* deliver = std::get_if<Deliver>(&completion.outcome.reply);
    if (completion.outcome.code != errc::ok || deliver == nullptr) return;
    std::vector<Lease> leases;
    for (std::size_t i = 0; i < deliver->parts.size(); ++i) {
        Token token = deliver->parts[i].token;
        for (const ItemNumber item : numbers_in(deliver->runs[i].view())) {
            Lease lease;
            lease.item = item;
            lease.queue = call.queues.front();
            for (const std::size_t queue : call.queues) {
                if (ref_of(queue) == deliver->queue) lease.queue = queue;
            }
            lease.ref = deliver->queue;
            lease.token = token++;
            lease.generation = completion.session_generation;
            lease.life = host_.life();
            lease.surely_until = call.begun + deliver->lease;
            leases.push_back(lease);
        }
    }
    if (completion.session_generation != host_.client().session_generation()) return;
    if (host_.client().surely_alive(host_.now())) return hand_out(leases);
    // It may have been stopped since: what it was given may be somebody else's by now.
    const CallId id = this->call(Kind::confirm, Heartbeat{}, {}, {});
    calls_.at(id).delivered = std::move(leases);
}

void Application::hand_out(const std::vector<Lease>& leases) {
    for (const Lease& lease : leases) {
        if (lease.generation != host_.client().session_generation()) continue;
        world_.trace.tell(world_.schedule.now(), host_.name(),
                          [&] { return "has i" + std::to_string(lease.item); });
        world_.ledger.handed_out(lease.item, host_.name());
        leases_.push_back(lease);
        const Item& item = world_.ledger.item(lease.item);
        if (item.may_come_again) continue;
        if (item.acked > 0 && surely_has(item.number)) {
            broken(Promise::never_twice, name_of(item) + " was handed to " + host_.name() +
                                             " although it was acknowledged before");
        }
        for (ClientHost& other : world_.clients) {
            if (&other == &host_ || !other.is_up() || !surely_has(item.number)) continue;
            if (!other.application().surely_has(lease.item)) continue;
            broken(Promise::never_twice, "i" + std::to_string(lease.item) + " was handed to " +
                                             host_.name() + " while " + other.name() +
                                             " surely has it");
        }
    }
}

bool Application::surely_has(ItemNumber item) const {
    return std::any_of(leases_.begin(), leases_.end(), [&](const Lease& lease) {
        // Over a restart it may have it still, but it has not heard whether its session goes on.
        return lease.item == item && world_.schedule.now() < lease.surely_until &&
               lease.life == world_.manager.life() &&
               lease.generation == host_.client().session_generation() &&
               host_.client().surely_alive(host_.now());
    });
}

void Application::settle_ended(const Call& call, const Outcome& outcome) {
    for (const Lease& lease : call.acks) {
        const auto* settled = std::get_if<Settled>(&outcome.reply);
        if (outcome.code != errc::ok || settled == nullptr) {
            // Its session ended before the answer came, or nobody answered.
            world_.ledger.ack_ends(lease.item, End::unknown);
        } else {
            world_.ledger.ack_ends(lease.item,
                                   settled->refused.empty() ? End::done : End::not_done);
        }
    }
}

void Application::commit_ended(const Call& call, const Outcome& outcome) {
    const End end = end_of(outcome.code);
    for (const ItemNumber item : call.puts) {
        world_.ledger.put_ends(item, end, world_.schedule.now());
    }
    for (const Lease& lease : call.acks) {
        world_.ledger.ack_ends(lease.item, end);
        if (end == End::not_done && lease.generation == host_.client().session_generation()) {
            leases_.push_back(lease);
            leases_.back().surely_until = {};
        }
    }
}

/// What was confirmed before the question, and was given to nobody, is counted.
void Application::check_size(const Call& call, const StatsReply& stats) {
    if (stats.queues.size() != 1) return;
    const QueueStats& queue = stats.queues.front();
    const std::uint64_t counted = queue.ready + queue.leased + queue.delayed + queue.dead;
    std::uint64_t surely_there = 0;
    for (const Item& item : world_.ledger.items()) {
        const bool there = item.queue == call.queues.front() && item.confirmed_at <= call.begun &&
                           item.surely_kept() && !item.was_taken_out && !item.columns.time_to_live;
        if (there) ++surely_there;
    }
    if (counted >= surely_there) return;
    broken(Promise::never_stuck,
           host_.name() + " was told that " + queue.name + " has " + std::to_string(counted) +
               " items, and " + std::to_string(surely_there) + " were confirmed before it asked");
}

void Application::look() {
    streamers_.look();
    const Time now = world_.schedule.now();
    constexpr Time slack = 2ms;
    for (const auto& [id, call] : calls_) {
        const auto after = [&](Time since, Time span) {
            return since == never ? never : std::max(since, host_.resumed_at()) + span + slack;
        };
        const Time end = std::min(
            {after(call.until, world_.plan.cancel_grace),
             after(call.cancelled, world_.plan.cancel_grace),
             after(std::max(host_.heard_at(), call.begun), world_.plan.unreachable_after)});
        if (now <= end) continue;
        broken(Promise::ends, "call " + std::to_string(id) + " of " + host_.name() +
                                  " should have ended " + in_words(now - end) + " ago");
    }
}

void Application::died() {
    for (const auto& [id, call] : calls_) {
        for (const ItemNumber item : call.puts) {
            world_.ledger.put_ends(item, End::unknown, world_.schedule.now());
        }
        for (const Lease& lease : call.acks) world_.ledger.ack_ends(lease.item, End::unknown);
    }
    streamers_.died();
    sharers_.died();
}

std::vector<Application::Waiting> Application::waiting() const {
    std::vector<Waiting> waiting;
    for (const auto& [id, call] : calls_) {
        const For what = call.kind == Kind::get                                ? For::items
                         : call.kind == Kind::put || call.kind == Kind::commit ? For::room
                         : call.kind == Kind::settle                           ? For::an_answer
                                                                               : For::others;
        waiting.push_back({id, what, call.queues});
    }
    return waiting;
}

std::size_t Application::count(Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(calls_.begin(), calls_.end(),
                      [kind](const auto& call) { return call.second.kind == kind; }));
}

}  // namespace handoff::core::sim

#include "simulation/world/world.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <set>
#include <utility>

#include "simulation/world/wording.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

namespace {

/// So long nothing need come while something is left: longer than the longest lease, delay and
/// session together.
constexpr int idle_rounds_max = 80;
constexpr Time drain_round = 100ms;

}  // namespace

World::World(std::uint64_t seed, KnownBug bug, Trace::Reader reader)
    : lots(seed),
      plan(draw_plan(lots)),
      trace(std::move(reader)),
      witness(*this),
      saboteur(*this, bug),
      network(*this),
      watchman(*this),
      disk(*this),
      manager(*this),
      nemesis(*this) {
    trace.tell(schedule.now(), "plan", [&] { return in_words(plan); });
    manager.start();
    for (ClientIndex index = 0; index < plan.clients.size(); ++index) {
        clients.emplace_back(*this, index);
    }
    for (ClientHost& client : clients) client.start();
}

void World::check_code(errc code, const std::string& text) const {
    constexpr std::array never_told{errc::protocol,       errc::gap,         errc::invalid_argument,
                                    errc::not_welcomed,   errc::unsupported, errc::version_mismatch,
                                    errc::queue_mismatch, errc::wrong_type};
    if (std::find(never_told.begin(), never_told.end(), code) == never_told.end()) return;
    broken(Promise::ends, "a call ended with " + std::string(to_string(code)) + ": " + text);
}

void World::check_holders(std::size_t lock) {
    std::size_t held = 0, written = 0;
    std::string who;
    for (ClientHost& client : clients) {
        if (!client.is_up()) continue;
        const Sharers::Holds surely = client.application().sharers().surely_holds(lock);
        if (surely.all > 0) who += (who.empty() ? "" : ", ") + client.name();
        held += surely.all;
        written += surely.exclusive;
    }
    const bool only_read = plan.locks[lock].kind == ObjectKind::rw_lock && written == 0;
    if (only_read || held <= plan.locks[lock].permits) return;
    broken(Promise::never_twice, plan.locks[lock].name + " is held " + std::to_string(held) +
                                     " times at once: by " + who);
}

void World::live() {
    nemesis.begin();
    const Time night = schedule.now() + plan.days;
    while (schedule.now() < night) {
        const Time truce =
            plan.between_truces == never ? never : schedule.now() + plan.between_truces;
        schedule.run_until(std::min(night, truce));
        if (schedule.now() < night) keep_truce();
    }
    end();
}

// ------------------------------------------------------------------ truces

/// Long enough for everybody to be connected, for the dead to be given up, and for all messages to
/// arrive; then nobody may wait for what is there.
void World::keep_truce() {
    quiet = true;
    nemesis.make_peace();
    pass(plan.limits.session_limit * 2 + plan.limits.hold + 600ms + 30 * plan.delay_max);
    await_disk();
    check_sessions();
    check_objects();
    check_nobody_is_stuck();
    await_disk();
    witness.check_counts(manager.report());
    look_at_registers();
    trace.tell(schedule.now(), "nemesis", [] { return "ends the truce"; });
    quiet = false;
}

void World::await_disk() {
    for (int i = 0; i < 100 && !disk.idle(); ++i) pass(1ms);
}

void World::check_nobody_is_stuck() {
    const std::set<Stuck> before = find_stuck();
    if (before.empty()) return;
    pass(10 * plan.delay_max + 10 * plan.nap_max + 100ms);
    for (const Stuck& stuck : find_stuck()) {
        if (!before.contains(stuck)) continue;
        for (const QueueStats& queue : manager.report().queues) {
            trace.tell(schedule.now(), "witness", [&] {
                return "somebody has of " + queue.name +
                       witness.holders(queue.queue, manager.now());
            });
        }
        broken(Promise::never_stuck,
               clients[stuck.client].name() + " waits " + stuck.why +
                   (stuck.call == 0 ? "" : " (call " + std::to_string(stuck.call) + ")"));
    }
}

/// Who waits at this moment for what is there.
std::set<World::Stuck> World::find_stuck() {
    std::vector<const char*> has(plan.queues.size(), nullptr);
    std::vector<bool> empty(plan.queues.size(), false);
    const StatsReply report = manager.report();
    for (std::size_t queue = 0; queue < plan.queues.size(); ++queue) {
        for (const QueueStats& stats : report.queues) {
            if (stats.name != plan.queues[queue].name) continue;
            if (stats.ready > 0) has[queue] = ", which has items ready";
            if (has[queue] == nullptr && witness.untaken(stats.queue, manager.now()) > 0) {
                has[queue] = ", from which items were fetched that nobody takes";
            }
            empty[queue] = stats.ready + stats.leased + stats.delayed + stats.dead == 0;
        }
    }
    std::set<Stuck> found;
    const auto at = [&](std::size_t queue) { return plan.queues[queue].name; };
    for (ClientHost& client : clients) {
        for (const Application::Waiting& call : client.application().waiting()) {
            const auto add = [&](const std::string& why) {
                found.insert({client.index(), call.call, why});
            };
            using For = Application::For;
            if (call.what == For::an_answer) add("for the answer to a settlement");
            for (const std::size_t queue : call.queues) {
                if (call.what == For::items && has[queue]) add("at " + at(queue) + has[queue]);
            }
            // A commit that waits for room elsewhere is passed by nobody, in none of its queues.
            const bool all_empty = std::find(empty.begin(), empty.end(), false) == empty.end();
            if (call.what == For::room && all_empty) add("for room in queues that are empty");
        }
        for (std::size_t queue = 0; queue < plan.queues.size(); ++queue) {
            const std::uint64_t credit = client.application().streamers().in_want(queue);
            const ConnectionId over = network.connection_of(client.index());
            if (has[queue] && witness.may_hold(over, at(queue)) < credit) {
                found.insert({client.index(), 0, "as a consumer of " + at(queue) + has[queue]});
            }
        }
    }
    find_stuck_sharers(found);
    return found;
}

/// A lock that nobody has is waited for by nobody, and enough at a barrier pass it. Readers do not
/// wait where there is no writer.
void World::find_stuck_sharers(std::set<Stuck>& found) {
    for (std::size_t lock = 0; lock < plan.locks.size(); ++lock) {
        std::size_t held = 0, writers = 0;
        for (ClientHost& client : clients) {
            const Sharers& sharers = client.application().sharers();
            held += sharers.may_hold(lock).all;
            writers += sharers.may_hold(lock).exclusive + sharers.writers_at(lock);
        }
        const bool only_read = plan.locks[lock].kind == ObjectKind::rw_lock && writers == 0;
        if (held >= plan.locks[lock].permits && !only_read) continue;
        for (ClientHost& client : clients) {
            for (const CallId call : client.application().sharers().waiting_for(lock)) {
                found.insert(
                    {client.index(), call, "for " + plan.locks[lock].name + ", which is free"});
            }
        }
    }
    std::set<Stuck> meeting;
    for (ClientHost& client : clients) {
        for (const CallId call : client.application().sharers().at_barrier()) {
            meeting.insert({client.index(), call, "at the barrier with enough others"});
        }
    }
    if (meeting.size() >= plan.parties) found.merge(meeting);
}

void World::check_sessions() {
    const StatsReply report = manager.report();
    for (ClientHost& client : clients) {
        if (!client.client().welcomed()) {
            broken(Promise::ends, client.name() + " could not connect in a truce");
        }
    }
    if (report.manager.sessions != clients.size()) {
        broken(Promise::freed, "the manager keeps " + std::to_string(report.manager.sessions) +
                                   " sessions of " + std::to_string(clients.size()) + " clients");
    }
    std::size_t waiting = 0;
    for (ClientHost& client : clients) {
        waiting += client.application().waiting_gets() * plan.queues.size();
    }
    std::size_t waits_here = 0;
    for (const QueueStats& queue : report.queues) {
        waits_here += queue.waiting_gets;
        const std::size_t leased = witness.may_be_leased(queue.queue, manager.now());
        if (queue.leased <= leased) continue;
        broken(Promise::freed, queue.name + " has " + std::to_string(queue.leased) +
                                   " items leased, and the living have " + std::to_string(leased));
    }
    if (waits_here > waiting) {
        broken(Promise::freed, "the manager keeps " + std::to_string(waits_here) +
                                   " waiting gets, and the living wait with " +
                                   std::to_string(waiting));
    }
}

void World::check_objects() {
    constexpr std::size_t row_barrier_value_and_dict = 4;
    std::size_t may_be = plan.locks.size() + row_barrier_value_and_dict;
    if (!ending) may_be += Referrers::keys;
    for (ClientHost& client : clients) {
        if (client.is_up()) may_be += client.application().referrers().may_have();
    }
    const std::uint64_t there = manager.report().manager.objects;
    if (there <= may_be) return;
    broken(Promise::freed, "there are " + std::to_string(there) + " objects, and no more than " +
                               std::to_string(may_be) + " have a name or are had by anybody");
}

/// So that what was lost is missed.
void World::look_at_registers() {
    if (plan.locks.empty()) return;
    clients.front().application().sharers().read_all();
    clients.front().pump();
}

/// What it refers to is not to stay at the end.
void World::clear_row() {
    if (plan.locks.empty()) return;
    clients.front().application().referrers().clear_row();
    clients.front().pump();
    pass(drain_round + 6 * plan.delay_max);
}

// ------------------------------------------------------------------ the end

void World::end() {
    keep_truce();
    quiet = true;
    ending = true;
    for (ClientHost& client : clients) {
        client.application().cancel_all();
        client.pump();
    }
    drain();
    clear_row();
    await_disk();
    check_nothing_is_lost();
    shared.check();
    for (ClientHost& client : clients) client.leave();
    pass(plan.limits.session_limit * 2 + 500ms + 30 * plan.delay_max);
    await_disk();
    const StatsReply report = manager.report();
    if (report.manager.sessions != 0) {
        broken(Promise::freed,
               std::to_string(report.manager.sessions) + " sessions are left, and nobody is there");
    }
    check_objects();
    for (const QueueStats& queue : report.queues) {
        if (queue.waiting_gets + queue.waiting_puts + queue.leased == 0) continue;
        broken(Promise::freed, queue.name + " has something left of clients that have gone");
    }
}

bool World::is_over() {
    for (ClientHost& client : clients) {
        if (!client.application().idle() || client.client().pending() > 0) return false;
    }
    for (const QueueStats& queue : manager.report().queues) {
        if (queue.ready + queue.leased + queue.delayed + queue.dead > 0) return false;
    }
    return true;
}

/// One client takes all that there is, until what is held, delayed or waits for room has come, too.
void World::drain() {
    Application& drainer = clients.front().application();
    std::uint64_t acked = 0;
    for (int round = 0, idle = 0; idle < idle_rounds_max; ++round, ++idle) {
        if (std::exchange(acked, ledger.acked) != ledger.acked) idle = 0;
        drainer.drain();
        if (round == 0) clear_row();  // and may be told that its manager restarted
        for (ClientHost& client : clients) {
            client.application().settle_all();
            client.pump();
        }
        pass(drain_round + 4 * plan.delay_max);
        if (round > 1 && is_over()) return;
    }
    for (const QueueStats& queue : manager.report().queues) {
        const std::string has = queue.name + " cannot be drained: it has ";
        if (queue.ready > 0)
            broken(Promise::never_stuck, has + std::to_string(queue.ready) + " ready");
        if (queue.leased > 0)
            broken(Promise::freed, has + std::to_string(queue.leased) + " leased" +
                                       witness.holders(queue.queue, manager.now()));
        if (queue.delayed + queue.dead > 0)
            broken(Promise::never_stuck, has + "delayed or dead items");
    }
    std::string who;
    for (ClientHost& client : clients) {
        const std::size_t pending = client.client().pending();
        if (client.application().idle() && pending == 0) continue;
        who += "; " + client.name() + " has " + client.application().unfinished() + ", and " +
               std::to_string(pending) + " requests under way";
    }
    broken(Promise::ends, "something that was begun does not end" + who);
}

void World::check_nothing_is_lost() {
    for (const Item& item : ledger.items()) {
        const bool lost = item.confirmed && item.acked == 0 && !item.maybe_acked() &&
                          item.surely_kept() && !item.columns.time_to_live;
        if (lost) {
            broken(Promise::never_lost, name_of(item) + " of " + plan.queues[item.queue].name +
                                            " was confirmed, and is gone");
        }
        if (item.puts_open > 0 || item.acks_open > 0) {
            broken(Promise::ends, name_of(item) + ": a call about it never ended");
        }
    }
}

Result run(std::uint64_t seed, KnownBug bug, Trace::Reader reader) {
    World world(seed, bug, std::move(reader));
    Result result;
    result.seed = seed;
    const auto fail = [&](std::optional<Promise> promise, const std::string& text) {
        result.broken = promise;
        result.text = text;
        world.trace.tell(world.schedule.now(), "broken", [&] { return text; });
    };
    try {
        world.live();
    } catch (const Violation& violation) {
        fail(violation.promise, violation.what());
    } catch (const std::exception& error) {
        fail(Promise::ends, std::string("the simulation failed: ") + error.what());
    }
    result.events = world.schedule.events();
    result.confirmed = world.ledger.confirmed;
    result.unsure = world.ledger.unsure;
    result.hand_outs = world.ledger.hand_outs;
    result.acked = world.ledger.acked;
    result.lives = world.manager.life();
    result.sessions_lost = world.sessions_lost;
    result.simulated = world.schedule.now() - std::chrono::hours{1};
    return result;
}

}  // namespace handoff::core::sim

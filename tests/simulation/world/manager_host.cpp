#include "simulation/world/manager_host.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "simulation/world/codec.hpp"
#include "simulation/world/wording.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

namespace {
constexpr const char* the_manager = "manager";
/// How soon what one turn has left is taken by the next: it is never overloaded for long.
constexpr Time next_turn = std::chrono::microseconds{20};
/// So long after it was told of a death the manager may wait for what the dead process had sent.
constexpr Time after_death_max = Millis{51};
/// How soon the real loop tries again to open a store, where that may help.
constexpr Time reopen_pause = Millis{1000};
}  // namespace

ManagerHost::ManagerHost(World& world)
    : world_(world), alarm_(world.schedule, [this] { wake(); }) {}

Now ManagerHost::now() const {
    return {world_.schedule.now() + boot_offset_, world_.schedule.now() + wall_offset_};
}

void ManagerHost::start() {
    if (is_up()) return;
    boot_offset_ = Millis{world_.lots.below(1'000'000)};
    store_failure_.clear();
    reopen_at_ = never;
    stopped_until_ = {};
    try {
        begin();
    } catch (const Error& error) {
        world_.trace.tell(world_.schedule.now(), the_manager,
                          [&] { return std::string("does not start: ") + error.what(); });
        return;
    }
    wake();
}

void ManagerHost::begin() {
    Recovered recovered;
    stores_ = world_.plan.store && store_failure_.empty();
    if (stores_) recovered = world_.disk.open();
    ++life_;
    ManagerSettings settings;
    settings.id = ManagerId{static_cast<std::uint8_t>(life_)};
    settings.epoch = stores_ ? recovered.epoch : life_;
    settings.first_token = life_ * tokens_of_a_life;
    settings.limits = world_.plan.limits;
    settings.store = stores_;
    settings.store_failure = store_failure_;
    // Others may be made by whoever opens them first; this one the manager makes for the dead.
    for (const QueuePlan& queue : world_.plan.queues) {
        if (queue.name == "dead") settings.queues[queue.name] = queue.options;
    }
    world_.saboteur.before_restore(recovered);
    machine_ = std::make_unique<ManagerMachine>(settings, now(), recovered);
    world_.trace.tell(world_.schedule.now(), the_manager, [&] {
        return "begins life " + std::to_string(life_) +
               (stores_ ? " and knows " + test::summary(test::known_of(recovered)) : "");
    });
    const std::optional<Disk::Loss> loss = stores_ ? world_.disk.take_loss() : std::nullopt;
    world_.shared.life_begins(life_, loss, world_.schedule.now());
    world_.witness.manager_begins({life_, stores_, settings.first_token, loss, recovered},
                                  machine_->report(now()), now());
}

/// As the real loop does it: a commit failed, and what rests on it never leaves.
void ManagerHost::begin_anew(const Error& why) {
    world_.trace.tell(world_.schedule.now(), the_manager,
                      [&] { return std::string("begins anew: ") + why.what(); });
    world_.disk.close();
    world_.watchman.forget_all();
    deaths_.clear();
    if (why.code() == errc::store_failed) store_failure_ = why.what();
    try {
        begin();
    } catch (const Error& error) {
        store_failure_ = error.what();
        if (error.code() != errc::store_failed) reopen_at_ = world_.schedule.now() + reopen_pause;
        begin();
    }
}

/// As the real loop does it.
void ManagerHost::try_to_reopen() {
    std::string failure = std::exchange(store_failure_, {});
    try {
        begin();
        world_.watchman.forget_all();
        deaths_.clear();
        reopen_at_ = never;
    } catch (const Error&) {
        store_failure_ = std::move(failure);
        stores_ = false;
        reopen_at_ = world_.schedule.now() + reopen_pause;
    }
}

void ManagerHost::hear_of_store() {
    if (is_up()) alarm_.set(world_.schedule.now() + world_.lots.within(world_.plan.nap_max));
}

void ManagerHost::take_news_of_store() {
    if (!stores_ || !world_.disk.has_news()) return;
    const Storekeeper::Report report = world_.disk.report();
    if (report.failure) return begin_anew(*report.failure);
    machine_->committed(report.committed);
    machine_->set_store_room(report.room);
}

void ManagerHost::kill() {
    if (!is_up()) return;
    world_.trace.tell(world_.schedule.now(), the_manager, [] { return "is killed"; });
    machine_.reset();
    arrivals_.clear();
    deaths_.clear();
    world_.watchman.forget_all();
    world_.network.cut_all();
    if (std::exchange(stores_, false)) world_.disk.close();
}

void ManagerHost::stop_until(Time when) {
    if (!is_up()) return;
    world_.trace.tell(world_.schedule.now(), the_manager,
                      [&] { return "is stopped for " + in_words(when - world_.schedule.now()); });
    stopped_until_ = when;
    alarm_.set(when);
}

void ManagerHost::resume() {
    if (world_.schedule.now() < stopped_until_) {
        world_.trace.tell(world_.schedule.now(), the_manager, [] { return "goes on"; });
    }
    stopped_until_ = std::min(stopped_until_, world_.schedule.now());
    wake();
}

void ManagerHost::arrive(ConnectionId from, Request request) {
    if (!is_up()) return;
    if (world_.plan.as_bytes) request = through_bytes(std::move(request));
    arrivals_.push_back({from, std::move(request)});
    alarm_.set(world_.schedule.now() + world_.lots.within(world_.plan.nap_max));
}

void ManagerHost::hear_gone(ConnectionId connection) {
    if (!is_up() || world_.saboteur.hides_end_of_connection()) return;
    arrivals_.push_back({connection, Gone{}});
    alarm_.set(world_.schedule.now() + world_.lots.within(world_.plan.nap_max));
}

void ManagerHost::hear_of_ends() {
    if (is_up()) alarm_.set(world_.schedule.now());
}

void ManagerHost::wake() {
    if (!is_up()) return;
    if (world_.schedule.now() < stopped_until_) return alarm_.set(stopped_until_);
    if (stopped_until_ != Time{}) resumed_at_ = now().boot;
    stopped_until_ = {};
    take_turn();
    if (!arrivals_.empty()) return alarm_.set(world_.schedule.now() + next_turn);
    const Deadlines next = machine_->next_deadline();
    const auto here = [&](Time time, Time of_now) {
        return time == never ? never : world_.schedule.now() + std::max(time - of_now, Time{1});
    };
    // The real loop looks at its clock so often as well: a longer silence of its own means that it
    // was stopped.
    const Time nap = world_.schedule.now() + world_.plan.limits.session_limit / 8;
    alarm_.set(
        std::min({here(next.boot, now().boot), here(next.wall, now().wall), nap, reopen_at_}));
}

void ManagerHost::take_turn() {
    take_news_of_store();
    if (reopen_at_ <= world_.schedule.now()) try_to_reopen();
    for (std::size_t taken = 0; taken < world_.plan.arrivals_max && !arrivals_.empty(); ++taken) {
        Arrival arrival = std::move(arrivals_.front());
        arrivals_.pop_front();
        take(std::move(arrival));
    }
    // What has come goes before what is overdue.
    if (arrivals_.empty()) {
        look_after_processes();
        machine_->tick(now());
        check_the_dead_are_gone();
    }
    end_turn();
    send_all();
    world_.witness.turn_ended(*machine_, now());
}

/// As the real loop does it: what a process sent before it ended has had its turn.
void ManagerHost::look_after_processes() {
    for (const auto& [session, process] : world_.watchman.take_ended()) see_end(session, process);
    take_watches();
}

void ManagerHost::take_watches() {
    for (const Watch& each : machine_->take_watches()) {
        if (!each.process) {
            deaths_.erase(each.session);
            world_.watchman.forget(each.session);
        } else if (!world_.watchman.watch(each.session, *each.process)) {
            see_end(each.session, *each.process);
        }
    }
}

void ManagerHost::see_end(Holder session, const ClientProcess& process) {
    world_.trace.tell(world_.schedule.now(), the_manager, [&] {
        return "sees that process " + std::to_string(process.pid) + " of session " +
               std::to_string(session) + " has ended";
    });
    world_.witness.saw_end(process);
    deaths_[session] = now().boot;
    for (const Holder each : world_.saboteur.whose_end(session)) {
        machine_->process_ended(each, now());
    }
}

void ManagerHost::check_the_dead_are_gone() {
    take_watches();
    for (const auto& [session, told] : deaths_) {
        if (now().boot - std::max(told, resumed_at_) <= after_death_max) continue;
        broken(Promise::freed, "session " + std::to_string(session) +
                                   " is kept, whose process was seen to end " +
                                   in_words(now().boot - told) + " ago");
    }
}

void ManagerHost::take(Arrival arrival) {
    auto* request = std::get_if<Request>(&arrival.what);
    if (request == nullptr) {
        world_.trace.tell(world_.schedule.now(), the_manager, [&] {
            return "hears that connection " + std::to_string(arrival.from) + " is gone";
        });
        world_.witness.heard_gone(arrival.from);
        machine_->disconnected(arrival.from, now());
        return;
    }
    world_.trace.tell(world_.schedule.now(), the_manager, [&] {
        return "takes from " + std::to_string(arrival.from) + ": " + in_words(*request);
    });
    world_.witness.took(arrival.from, *request, now());
    for (auto& [from, changed] : world_.saboteur.at_the_door(arrival.from, std::move(*request))) {
        machine_->apply(from, std::move(changed), now());
    }
    send_all();  // so that the witness sees what follows from what
}

void ManagerHost::end_turn() {
    std::optional<Changes> changes = machine_->take_changes();
    const Turn turn = machine_->end_turn();
    if (!stores_ || world_.saboteur.leaves_gate_open()) machine_->committed(turn);
    if (!stores_ || !changes) return;
    world_.saboteur.before_store(*changes);
    world_.disk.store(std::move(*changes));
}

void ManagerHost::send_all() {
    for (Outgoing& out : machine_->take_outgoing()) {
        if (!world_.saboteur.on_the_way_out(out)) continue;
        world_.trace.tell(world_.schedule.now(), the_manager, [&] {
            return "says to " + std::to_string(out.to) + ": " + in_words(out.reply);
        });
        world_.witness.said(out.to, out.reply, now());
        world_.network.send(out.to, std::move(out.reply));
    }
}

StatsReply ManagerHost::report() {
    return machine_->report(now());
}

}  // namespace handoff::core::sim

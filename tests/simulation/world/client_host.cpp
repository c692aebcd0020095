#include "simulation/world/client_host.hpp"

#include <algorithm>
#include <utility>

#include "simulation/world/codec.hpp"
#include "simulation/world/wording.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

namespace {

constexpr Millis reconnect_pause_max = 250ms;

ClientSettings settings_of(const World& world, const std::string& name,
                           const ClientProcess& process) {
    ClientSettings settings;
    settings.unreachable_after = world.plan.unreachable_after;
    settings.cancel_grace = world.plan.cancel_grace;
    settings.endpoint = "sim:manager";
    settings.identity.name = name;
    settings.identity.boot_id = process.boot_id;
    settings.identity.pid_namespace = process.pid_namespace;
    settings.identity.pid = process.pid;
    settings.identity.start_time = process.start_time;
    return settings;
}

}  // namespace

ClientHost::Process::Process(World& world, ClientHost& host)
    : id(world.watchman.begin_process(host.index())),
      client(settings_of(world, host.name(), id), host.now()),
      streams(client),
      application(world, host, world.plan.clients[host.index()]) {}

ClientHost::ClientHost(World& world, ClientIndex index)
    : world_(world),
      index_(index),
      boot_offset_(Millis{world.lots.below(1'000'000)}),
      alarm_(world.schedule, [this] { wake(); }),
      actions_(world.schedule, [this] { act(); }) {}

Now ClientHost::now() const {
    const Time time = world_.schedule.now();
    return {time + boot_offset_, time};
}

bool ClientHost::stopped() const noexcept {
    return world_.schedule.now() < stopped_until_;
}

void ClientHost::start() {
    if (is_up()) return;
    const Time time = world_.schedule.now();
    name_ = "client " + std::to_string(index_ + 1) + "." + std::to_string(++processes_);
    connect_at_ = link_since_ = heard_at_ = resumed_at_ = time;
    stopped_until_ = {};
    life_ = life_before_ = life_heard_ = 0;
    process_ = std::make_unique<Process>(world_, *this);
    world_.trace.tell(time, name_, [] { return "begins"; });
    actions_.set(time + world_.lots.within(2 * world_.plan.between_actions));
    pump();
}

void ClientHost::kill() {
    if (!is_up()) return;
    world_.trace.tell(world_.schedule.now(), name_, [] { return "is killed"; });
    application().died();
    end(false);
}

void ClientHost::leave() {
    if (!is_up()) return;
    world_.trace.tell(world_.schedule.now(), name_, [] { return "says goodbye"; });
    if (connection_ != 0 && client().welcomed()) {
        Request goodbye;
        goodbye.body = Goodbye{};
        world_.network.send(connection_, std::move(goodbye));
    }
    application().died();
    end(true);
}

void ClientHost::end(bool in_order) {
    world_.sessions_lost += client().session_generation();
    const ClientProcess process = process_->id;
    process_.reset();
    inbox_.clear();
    connection_ = 0;
    world_.network.end_of(index_, in_order, !world_.lots.one_in(4));
    world_.watchman.end_process(process);
}

void ClientHost::stop_until(Time when) {
    if (!is_up()) return;
    world_.trace.tell(world_.schedule.now(), name_,
                      [&] { return "is stopped for " + in_words(when - world_.schedule.now()); });
    stopped_until_ = when;
    alarm_.set(when);
}

void ClientHost::resume() {
    if (!stopped()) return;
    stopped_until_ = world_.schedule.now();
    wake();
}

void ClientHost::arrive(ConnectionId over, Reply reply) {
    if (!is_up()) return;
    if (world_.plan.as_bytes) reply = through_bytes(std::move(reply));
    inbox_.emplace_back(Arrival{over, std::move(reply)});
    alarm_.set(world_.schedule.now() + world_.lots.within(world_.plan.nap_max));
}

void ClientHost::link_lost() {
    if (!is_up() || connection_ == 0) return;
    inbox_.emplace_back(LinkLost{connection_});
    alarm_.set(world_.schedule.now() + world_.lots.within(world_.plan.nap_max));
}

void ClientHost::wake() {
    if (!is_up()) return;
    const Time time = world_.schedule.now();
    if (time < stopped_until_) return alarm_.set(stopped_until_);
    if (stopped_until_ != Time{}) {
        world_.trace.tell(time, name_, [] { return "goes on"; });
        stopped_until_ = {};
        resumed_at_ = time;
    }
    pump();
}

void ClientHost::act() {
    if (!is_up()) return;
    if (!stopped() && !world_.quiet) {
        application().act();
        pump();
    }
    actions_.set(world_.schedule.now() + Time{1} +
                 world_.lots.within(2 * world_.plan.between_actions));
}

void ClientHost::pump() {
    do {
        take_inbox();
        watch_link();
        hand_out_completions();
        streams().turn(now());
        if (client().next_deadline() <= now().boot && !world_.saboteur.forgets_time(index_)) {
            client().tick(now());
        }
        send_outbox();
    } while (client().has_completions());
    application().look();
    streams().turn(now());
    send_outbox();
    client().take_log();
    set_alarm();
}

void ClientHost::set_alarm() {
    const Time machine = std::min(client().next_deadline(), streams().next_deadline());
    if (machine != never) {
        // A machine that still wants to be woken for what is overdue must not stop the time.
        const Time in = machine - now().boot;
        alarm_.set(world_.schedule.now() + (in > Time{0} ? in : Time{1ms}));
    }
    alarm_.set(connection_ == 0 ? connect_at_ : world_.schedule.now() + 100ms);
}

void ClientHost::take_inbox() {
    while (!inbox_.empty()) {
        auto next = std::move(inbox_.front());
        inbox_.pop_front();
        if (auto* arrival = std::get_if<Arrival>(&next)) {
            take(std::move(*arrival));
        } else if (std::get<LinkLost>(next).over == connection_) {
            lose_link();
        }
    }
}

/// What comes over an earlier connection is read until somebody answers on the next one.
void ClientHost::take(Arrival arrival) {
    const bool late = arrival.over != connection_;
    if (late && client().welcomed()) return;
    world_.trace.tell(world_.schedule.now(), name_, [&] {
        return (late ? "receives late: " : "receives: ") + in_words(arrival.reply);
    });
    heard_at_ = world_.schedule.now();
    life_heard_ = late ? life_before_ : life_;
    world_.saboteur.before_client_receives(*this, arrival.reply);
    client().receive(std::move(arrival.reply), now());
    hand_out_completions();
}

void ClientHost::lose_link() {
    const Time time = world_.schedule.now();
    world_.trace.tell(time, name_, [] { return "loses its connection"; });
    connection_ = 0;
    life_before_ = life_;
    client().link_down(now());
    connect_at_ = time + world_.lots.up_to(reconnect_pause_max);
}

void ClientHost::watch_link() {
    const Time time = world_.schedule.now();
    if (connection_ == 0) {
        if (time >= connect_at_) connect();
        return;
    }
    const Time since = client().welcomed() ? heard_at_ : link_since_;
    if (time - since <= world_.plan.limits.session_limit) return;
    world_.trace.tell(time, name_, [] { return "gives up a silent connection"; });
    world_.network.cut(index_, !world_.lots.one_in(3));
    lose_link();
}

void ClientHost::connect() {
    const Time time = world_.schedule.now();
    connection_ = world_.network.connect(index_);
    if (connection_ == 0) {
        connect_at_ = time + world_.lots.up_to(reconnect_pause_max);
        return;
    }
    world_.trace.tell(time, name_, [&] { return "has connection " + std::to_string(connection_); });
    life_ = world_.manager.life();
    link_since_ = time;
    client().link_up(fresh_id(), now());
}

void ClientHost::send_outbox() {
    if (connection_ == 0) return;
    for (Request& request : client().take_outbox()) {
        world_.trace.tell(world_.schedule.now(), name_,
                          [&] { return "sends: " + in_words(request); });
        world_.saboteur.client_sends(*this, request);
        world_.network.send(connection_, std::move(request));
    }
}

void ClientHost::hand_out_completions() {
    while (client().has_completions()) {
        for (const Completion& completion : client().take_completions()) {
            application().note_end(completion);
            if (!streams().take(completion, now())) application().ended(completion);
        }
    }
}

SessionId ClientHost::fresh_id() {
    SessionId id{};
    for (std::uint8_t& byte : id) byte = static_cast<std::uint8_t>(world_.lots.below(256));
    return id;
}

}  // namespace handoff::core::sim

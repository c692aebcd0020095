#include "simulation/applications/application.hpp"

#include <algorithm>
#include <utility>

#include "simulation/world/wording.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t gets_max = 6;
/// With more of them a client comes to the share of requests_max that calls may wait in, and a get
/// would wait for them, not for its items.
constexpr std::size_t commits_max = 10;
constexpr std::uint32_t drained_at_once = 50;

}  // namespace

Application::Application(World& world, ClientHost& host, const Habits& habits)
    : world_(world),
      host_(host),
      habits_(habits),
      streamers_(world, host),
      sharers_(world, host),
      referrers_(world, host),
      made_(world.plan.queues.size(), 0),
      lives_(world.plan.queues.size(), 0) {
    for (std::size_t i = 0; i < world.plan.queues.size(); ++i) makers_.push_back(world.new_maker());
}

QueueRef Application::ref_of(std::size_t queue) {
    const QueuePlan& plan = world_.plan.queues[queue];
    return host_.client().queue(plan.name, plan.options);
}

void Application::act() {
    const std::size_t queue = world_.lots.below(world_.plan.queues.size());
    const Habits& h = habits_;
    unsigned lot = static_cast<unsigned>(world_.lots.below(h.put + h.get + h.settle + h.commit +
                                                           h.admin + h.cancel + h.send + h.receive +
                                                           h.finish + h.share));
    const auto is = [&lot](unsigned weight) {
        if (lot < weight) return true;
        lot -= weight;
        return false;
    };
    if (is(h.put)) return put();
    if (is(h.get)) return get();
    if (is(h.settle)) return settle();
    if (is(h.commit)) return commit();
    if (is(h.admin)) return world_.lots.one_in(2) ? ask() : administer();
    if (is(h.cancel)) return cancel();
    if (is(h.send)) return streamers_.send(queue);
    if (is(h.receive)) {
        return world_.lots.one_in(4) ? streamers_.vary(queue) : streamers_.receive(queue);
    }
    if (is(h.finish)) return streamers_.finish(queue);
    world_.lots.one_in(3) ? referrers_.act() : sharers_.act();
}

// ------------------------------------------------------------------ how calls begin

Application::Wait Application::draw_wait() {
    Wait wait;
    switch (world_.lots.below(4)) {
        case 0: wait.try_once = true; break;
        case 1: break;
        default: wait.until = host_.now().boot + world_.lots.up_to(600ms);
    }
    return wait;
}

Application::Call& Application::remember(CallId id, Kind kind, const Wait& wait,
                                         std::vector<std::size_t> queues) {
    Call& call = calls_[id];
    call.kind = kind;
    call.queues = std::move(queues);
    call.begun = world_.schedule.now();
    if (wait.until) call.until = call.begun + (*wait.until - host_.now().boot);
    return call;
}

CallId Application::call(Kind kind, RequestBody body, const Wait& wait,
                         std::vector<std::size_t> queues) {
    world_.trace.tell(world_.schedule.now(), host_.name(), [&] {
        return "calls " + in_words(Request{0, 0, {}, {}, body}) +
               (wait.try_once ? ", tries"
                : wait.until  ? ", in limited time"
                              : "");
    });
    const CallId id = host_.client().call(std::move(body), wait, host_.now());
    world_.trace.tell(world_.schedule.now(), host_.name(),
                      [&] { return "  which is call " + std::to_string(id); });
    remember(id, kind, wait, std::move(queues));
    return id;
}

CallId Application::share(RequestBody calls, const Wait& wait) {
    return call(Kind::shared, std::move(calls), wait, {});
}

Columns Application::draw_columns(std::size_t queue) {
    const QueuePlan& plan = world_.plan.queues[queue];
    Columns columns;
    if (plan.priorities && world_.lots.one_in(2)) {
        columns.priority = static_cast<std::int32_t>(world_.lots.below(4)) - 1;
    }
    if (plan.delays && world_.lots.one_in(4)) columns.delay = world_.lots.up_to(900ms);
    if (plan.expires && world_.lots.one_in(3)) columns.time_to_live = world_.lots.up_to(1500ms);
    return columns;
}

void Application::put() {
    const std::size_t queue = world_.lots.below(world_.plan.queues.size());
    if (world_.plan.queues[queue].keys && world_.lots.one_in(3)) {
        std::vector<ItemNumber>& before = world_.put_with_key;
        if (!before.empty() && world_.lots.one_in(2)) {
            const Item& item = world_.ledger.item(before[world_.lots.below(before.size())]);
            if (item.queue == queue && !item.may_come_again) {
                return put_items(queue, {item.number}, item.columns);
            }
        }
        const ItemNumber number = world_.ledger.make_item(queue, draw_columns(queue), 0, 0);
        Item& item = world_.ledger.item(number);
        item.columns.key = "key of " + std::to_string(number);
        before.push_back(number);
        return put_items(queue, {number}, item.columns);
    }
    const Columns columns = draw_columns(queue);
    std::vector<ItemNumber> items;
    for (std::size_t i = world_.lots.between(1, 3); i > 0; --i) {
        items.push_back(world_.ledger.make_item(queue, columns, makers_[queue], ++made_[queue]));
    }
    put_items(queue, items, columns);
}

void Application::put_items(std::size_t queue, const std::vector<ItemNumber>& items,
                            const Columns& columns) {
    std::string bytes;
    for (const ItemNumber item : items) {
        append_item(bytes, payload_of(item, world_.lots.below(20)));
        world_.ledger.put_begins(item);
    }
    const Wait wait = draw_wait();
    const Run run{static_cast<std::uint32_t>(items.size()), Slice::copy(bytes)};
    world_.trace.tell(world_.schedule.now(), host_.name(), [&] {
        return "puts " + items_in_words(bytes) + " into " + world_.plan.queues[queue].name;
    });
    const CallId id = host_.client().put(ref_of(queue), columns, run, wait, host_.now());
    world_.trace.tell(world_.schedule.now(), host_.name(),
                      [&] { return "  which is call " + std::to_string(id); });
    remember(id, Kind::put, wait, {queue}).puts = items;
}

void Application::get() {
    if (count(Kind::get) >= gets_max) return;
    Get get;
    std::vector<std::size_t> queues;
    const std::size_t count = world_.plan.queues.size();
    const std::size_t first = world_.lots.below(count);
    const std::size_t many = world_.lots.one_in(3) ? world_.lots.between(1, count) : 1;
    for (std::size_t i = 0; i < many; ++i) queues.push_back((first + i) % count);
    for (const std::size_t queue : queues) get.queues.push_back(ref_of(queue));
    get.items_max = static_cast<std::uint32_t>(world_.lots.between(1, 3));
    if (world_.lots.one_in(4)) get.lease = world_.lots.between(200ms, 2000ms);
    call(Kind::get, std::move(get), draw_wait(), std::move(queues));
}

std::optional<Application::Lease> Application::draw_lease() {
    if (leases_.empty()) return {};
    std::swap(leases_[world_.lots.below(leases_.size())], leases_.back());
    const Lease lease = leases_.back();
    leases_.pop_back();
    if (lease.generation != host_.client().session_generation()) return {};
    return lease;
}

void Application::settle() {
    const std::optional<Lease> lease = draw_lease();
    if (!lease) return;
    Settle settle;
    settle.queue = lease->ref;
    settle.tokens = {{lease->token, lease->token}};
    const bool delays = world_.plan.queues[lease->queue].delays && world_.lots.one_in(3);
    switch (world_.lots.below(12)) {
        case 0: return;  // it is forgotten, and lapses
        case 1: return detached(Verb::ack, *lease);
        case 2: return detached(Verb::release, *lease);
        case 3:
            settle.verb = Verb::release;
            settle.delay = delays ? world_.lots.up_to(800ms) : 0ms;
            break;
        case 4:
            settle.verb = Verb::bury;
            settle.reason = "by lot";
            break;
        case 5:
            settle.verb = Verb::extend;
            settle.lease = world_.lots.between(100ms, 2000ms);
            leases_.push_back(*lease);
            leases_.back().surely_until = {};
            break;
        default: return ack(*lease);
    }
    call(Kind::settle, std::move(settle), {}, {lease->queue});
}

void Application::ack(const Lease& lease) {
    Settle settle;
    settle.queue = lease.ref;
    settle.tokens = {{lease.token, lease.token}};
    world_.ledger.ack_begins(lease.item);
    const CallId id = call(Kind::settle, std::move(settle), {}, {lease.queue});
    calls_.at(id).acks = {lease};
}

void Application::detached(Verb verb, const Lease& lease) {
    if (verb == Verb::ack) {
        world_.ledger.ack_begins(lease.item);
        world_.ledger.ack_ends(lease.item, End::unknown);
        release_or_ack(verb, lease.ref, lease.token, 0ms);
    } else {
        release(lease.ref, lease.token, 0ms);
    }
}

void Application::release(QueueRef queue, Token token, Millis delay) {
    release_or_ack(Verb::release, queue, token, delay);
}

void Application::release_or_ack(Verb verb, QueueRef queue, Token token, Millis delay) {
    Settle settle;
    settle.verb = verb;
    settle.queue = queue;
    settle.tokens = {{token, token}};
    settle.delay = delay;
    world_.trace.tell(world_.schedule.now(), host_.name(), [&] {
        return "calls " + in_words(Request{0, 0, {}, {}, settle}) + ", waits for no answer";
    });
    Wait wait;
    wait.detached = true;
    host_.client().call(std::move(settle), wait, host_.now());
}

void Application::commit() {
    if (count(Kind::commit) >= commits_max) return;
    Commit commit;
    std::vector<Lease> acks;
    if (const std::optional<Lease> lease = draw_lease()) {
        commit.acks = {{lease->ref, {{lease->token, lease->token}}}};
        acks = {*lease};
        world_.ledger.ack_begins(lease->item);
    }
    std::vector<std::size_t> queues;
    std::vector<ItemNumber> puts;
    for (std::size_t i = world_.lots.below(3); i > 0; --i) {
        const std::size_t queue = world_.lots.below(world_.plan.queues.size());
        const Columns columns = draw_columns(queue);
        // A commit has no position: it may pass puts that wait for those before them.
        const ItemNumber item = world_.ledger.make_item(queue, columns, 0, 0);
        world_.ledger.put_begins(item);
        std::string bytes;
        append_item(bytes, payload_of(item));
        commit.puts.push_back({ref_of(queue), columns, {1, Slice::copy(bytes)}});
        queues.push_back(queue);
        puts.push_back(item);
    }
    if (acks.empty() && puts.empty()) return;
    for (const Lease& lease : acks) queues.push_back(lease.queue);
    const CallId id = call(Kind::commit, std::move(commit), draw_wait(), std::move(queues));
    calls_.at(id).acks = std::move(acks);
    calls_.at(id).puts = std::move(puts);
}

void Application::ask() {
    const std::size_t queue = world_.lots.below(world_.plan.queues.size());
    const QueueRef ref = ref_of(queue);
    Wait wait;
    wait.until = host_.now().boot + world_.lots.up_to(500ms);
    switch (world_.lots.below(3)) {
        case 0: call(Kind::other, Peek{ref, ItemState::ready, 3}, wait, {queue}); break;
        case 1: call(Kind::other, Join{ref}, wait, {queue}); break;
        default: call(Kind::other, Stats{{ref}, {}, 1}, wait, {queue});
    }
}

void Application::administer() {
    const std::size_t queue = world_.lots.below(world_.plan.queues.size());
    const QueuePlan& plan = world_.plan.queues[queue];
    if (plan.closes && world_.lots.one_in(4)) return end_queue(queue);
    if (plan.purged && world_.lots.one_in(2)) {
        call(Kind::other, Purge{ref_of(queue), world_.lots.one_in(2)}, {}, {queue});
    } else {
        call(Kind::other, Kick{ref_of(queue), world_.lots.between(1, 5)}, {}, {queue});
    }
}

void Application::end_queue(std::size_t queue) {
    if (world_.lots.one_in(3)) {
        call(Kind::other, Destroy{ref_of(queue)}, {}, {queue});
    } else {
        call(Kind::other, Close{ref_of(queue), world_.lots.one_in(3)}, {}, {queue});
    }
}

void Application::cancel() {
    if (calls_.empty()) return;
    auto it = calls_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(world_.lots.below(calls_.size())));
    world_.trace.tell(world_.schedule.now(), host_.name(),
                      [&] { return "cancels call " + std::to_string(it->first); });
    it->second.cancelled = std::min(it->second.cancelled, world_.schedule.now());
    host_.client().cancel(it->first, host_.now());
}

// ------------------------------------------------------------------ at the end of a run

void Application::cancel_all() {
    for (auto& [id, call] : calls_) {
        call.cancelled = std::min(call.cancelled, world_.schedule.now());
    }
    for (const auto& [id, call] : std::map(calls_)) host_.client().cancel(id, host_.now());
}

void Application::settle_all() {
    while (!leases_.empty()) {
        const std::optional<Lease> lease = draw_lease();
        if (!lease) continue;
        world_.lots.one_in(3) ? detached(Verb::release, *lease) : ack(*lease);
    }
    streamers_.settle_all();
    sharers_.let_go();
    referrers_.let_go();
}

void Application::drain() {
    Wait at_once;
    at_once.try_once = true;
    for (std::size_t queue = 0; queue < world_.plan.queues.size(); ++queue) {
        call(Kind::other, Kick{ref_of(queue), unlimited}, {}, {queue});
        Get get;
        get.queues = {ref_of(queue)};
        get.items_max = drained_at_once;
        call(Kind::get, std::move(get), at_once, {queue});
    }
    for (const Lease& lease : std::exchange(leases_, {})) {
        if (lease.generation == host_.client().session_generation()) ack(lease);
    }
}

std::string Application::unfinished() const {
    return std::to_string(calls_.size()) + " calls, " + std::to_string(leases_.size()) + " leases" +
           (streamers_.idle() ? "" : ", streams that are not answered");
}

bool Application::idle() const {
    return calls_.empty() && leases_.empty() && streamers_.idle();
}

}  // namespace handoff::core::sim

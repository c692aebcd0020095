#include <algorithm>
#include <array>
#include <set>

#include "core/pair_lots.hpp"
#include "core/pair_world.hpp"

// Bad days, drawn by lot and the same for the same seed: puts, gets, settlements and commits of
// several clients while connections break, clients are stopped for longer than their sessions live,
// clocks jump, and calls run out of time or are cancelled. What must never happen is checked as it
// would happen; what must have happened, at the end.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

/// What the applications know of one item.
struct Fate {
    bool confirmed = false;  ///< its put was done
    bool refused = false;    ///< its put was surely not done
    bool maybe = false;      ///< a put of it has an unknown outcome; only those with keys go on
    bool settled = false;    ///< it may have been acknowledged
    std::size_t acked = 0;   ///< how often it was acknowledged for sure
    std::size_t seen = 0;
};

/// What an application has in its hands.
struct Lease {
    std::string item;
    QueueRef queue = 0;
    Token token = 0;
    std::uint64_t generation = 0;
    Time surely_until{};  ///< the lease surely lasts so long
};

/// An item that was handed out for the first time.
struct FirstTime {
    Token token = 0;
    std::string queue_and_producer;
    std::size_t number = 0;  ///< in the order in which its producer put it there
};

constexpr std::array<const char*, 2> queue_names{"narrow", "wide"};
constexpr Millis lease_time = 3s;
constexpr std::size_t items_of_one = 100'000;  // more than one worker makes

struct Worker {
    Peer* peer = nullptr;
    std::array<QueueRef, 2> queues{};
    std::vector<Lease> leases;
    std::map<CallId, Texts> puts;
    std::map<CallId, Time> gets;  ///< when they were begun
    std::map<CallId, Lease> acks;
    struct Commits {
        Lease acked;
        std::string item;
    };
    std::map<CallId, Commits> commits;
    std::set<CallId> open_calls;
    std::size_t items_made = 0;
    Time stopped_until{};
};

class BadDays {
public:
    explicit BadDays(std::uint64_t seed) : lots_(seed), world_(PairWorld::quick_limits()) {
        for (std::size_t i = 0; i < 4; ++i) hire(i);
        world_.settle();
    }

    void live_through(std::size_t steps) {
        for (std::size_t step = 0; step < steps; ++step) {
            INFO("step " << step);
            one_step();
        }
    }

    void end();

    std::size_t deliveries = 0, confirmed_puts = 0, sessions_lost = 0, unknown = 0, cuts = 0;
    std::size_t duplicates = 0;

private:
    void hire(std::size_t number);
    void one_step();
    void call_something(Worker& worker);
    void put(Worker& worker);
    void put_with_key(Worker& worker, std::size_t queue);
    void get(Worker& worker);
    void settle(Worker& worker);
    void commit(Worker& worker, const Lease& lease);
    void trouble(Worker& worker);
    void run_network();
    void check_order();

    void ended(Worker& worker, CallId call, const Outcome& outcome);
    void put_ended(const Texts& items, const Outcome& outcome);
    void get_ended(Worker& worker, Time begun, const Deliver& delivery);
    void seen(Worker& worker, const Lease& lease);
    void acked(const std::string& item);
    void drain();

    Wait some_wait();
    std::string new_item(Worker& worker, std::size_t queue, const char* kind = "");
    [[nodiscard]] bool stopped(const Worker& worker) const {
        return world_.clock < worker.stopped_until;
    }

    Lots lots_;
    PairWorld world_;
    std::deque<Worker> workers_;
    std::map<std::string, Fate> fates_;
    std::vector<FirstTime> first_times_;
    std::vector<std::string> put_before_;  ///< with a key, by calls that have ended
    Time manager_stopped_until_{};
};

// ------------------------------------------------------------------ the world

void BadDays::hire(std::size_t number) {
    Peer& peer = world_.add_client();
    Worker& worker = workers_.emplace_back();
    worker.peer = &peer;
    for (std::size_t i = 0; i < queue_names.size(); ++i) {
        QueueOptions options;
        options.capacity = i == 0 ? 4 : 60;
        options.deliveries_max = unlimited;
        options.lease = lease_time;
        worker.queues[i] = peer.client.queue(queue_names[i], options);
    }
    worker.items_made = number * items_of_one;
    peer.on_end = [this, &worker](CallId call, const Outcome& outcome) {
        ended(worker, call, outcome);
    };
}

void BadDays::one_step() {
    Worker& worker = workers_[lots_.below(workers_.size())];
    if (!stopped(worker)) {
        if (lots_.below(100) < 60) call_something(worker);
        if (lots_.one_in(25)) trouble(worker);
    }
    if (lots_.one_in(3)) world_.clock += lots_.up_to(60ms);
    if (lots_.one_in(400)) world_.clock += lots_.up_to(4s);  // everybody was stopped
    if (lots_.one_in(300)) manager_stopped_until_ = world_.clock + lots_.up_to(2500ms);
    run_network();
}

/// Some messages arrive, not all: so much is under way when something breaks.
void BadDays::run_network() {
    for (std::size_t i = lots_.below(12); i > 0; --i) {
        Worker& worker = workers_[lots_.below(workers_.size())];
        if (stopped(worker)) continue;
        if (lots_.one_in(2)) {
            world_.arrive_at_client(*worker.peer);
        } else if (world_.clock >= manager_stopped_until_) {
            world_.arrive_at_manager(*worker.peer);
        } else {
            world_.send_all(*worker.peer);
        }
    }
    if (world_.clock >= manager_stopped_until_) world_.tick_manager();
    for (Worker& worker : workers_) {
        if (stopped(worker)) continue;
        if (!worker.peer->connected() && lots_.one_in(4)) world_.connect(*worker.peer);
        world_.tick_client(*worker.peer);
    }
}

void BadDays::trouble(Worker& worker) {
    switch (lots_.below(5)) {
        case 0: worker.stopped_until = world_.clock + lots_.up_to(2500ms); break;
        case 1:
            if (!worker.open_calls.empty()) worker.peer->cancel(*worker.open_calls.begin());
            break;
        default: ++cuts; world_.cut(*worker.peer, lots_.one_in(2));
    }
}

// ------------------------------------------------------------------ calls

Wait BadDays::some_wait() {
    Wait wait;
    switch (lots_.below(4)) {
        case 0: wait.try_once = true; break;
        case 1: break;
        default: wait.until = world_.clock + lots_.up_to(400ms);
    }
    return wait;
}

std::string BadDays::new_item(Worker& worker, std::size_t queue, const char* kind) {
    std::string item =
        std::string(queue_names[queue]) + kind + " " + std::to_string(++worker.items_made);
    fates_[item] = {};
    return item;
}

void BadDays::call_something(Worker& worker) {
    switch (lots_.below(10)) {
        case 0:
        case 1:
        case 2: return put(worker);
        case 3:
        case 4:
        case 5: return get(worker);
        case 6:
        case 7:
        case 8: return settle(worker);
        default: break;
    }
    const QueueRef queue = worker.queues[lots_.below(2)];
    Wait wait;
    wait.until = world_.clock + lots_.up_to(300ms);
    switch (lots_.below(3)) {
        case 0: worker.peer->call(Peek{queue, ItemState::ready, 3}, wait); break;
        case 1: worker.peer->call(Join{queue}, wait); break;
        default: worker.peer->call(Stats{{queue}, {}, 1}, wait);
    }
}

void BadDays::put(Worker& worker) {
    const std::size_t queue = lots_.below(2);
    if (lots_.one_in(4)) return put_with_key(worker, queue);
    Texts items;
    for (std::size_t i = lots_.below(3) + 1; i > 0; --i) items.push_back(new_item(worker, queue));
    const CallId call = worker.peer->put(worker.queues[queue], items, some_wait());
    worker.puts[call] = items;
    worker.open_calls.insert(call);
}

/// A new item, or one that was put before, whatever came of that: it must not come in twice.
void BadDays::put_with_key(Worker& worker, std::size_t queue) {
    std::string item;
    if (!put_before_.empty() && lots_.one_in(2)) {
        std::swap(put_before_[lots_.below(put_before_.size())], put_before_.back());
        item = put_before_.back();
        put_before_.pop_back();
    } else {
        item = new_item(worker, queue, " with key");
    }
    const std::size_t target = item.starts_with(queue_names[0]) ? 0 : 1;
    fates_[item].refused = false;
    const CallId call =
        worker.peer->put(worker.queues[target], {item}, some_wait(), columns_of(item));
    worker.puts[call] = {item};
    worker.open_calls.insert(call);
}

void BadDays::get(Worker& worker) {
    if (worker.gets.size() > 5) return;
    Get get = get_from({worker.queues[lots_.below(2)]});
    if (lots_.one_in(3)) get = get_from({worker.queues[0], worker.queues[1]});
    get.items_max = static_cast<std::uint32_t>(lots_.below(3) + 1);
    const CallId call = worker.peer->call(get, some_wait());
    worker.gets[call] = world_.clock;
    worker.open_calls.insert(call);
}

void BadDays::settle(Worker& worker) {
    if (worker.leases.empty()) return;
    const std::size_t which = lots_.below(worker.leases.size());
    const Lease lease = worker.leases[which];
    worker.leases.erase(worker.leases.begin() + static_cast<std::ptrdiff_t>(which));
    if (lease.generation != worker.peer->client.session_generation()) return;
    const Range token{lease.token, lease.token};
    switch (lots_.below(6)) {
        case 0: worker.peer->call(settle_of(Verb::release, lease.queue, {token})); break;
        case 1: return commit(worker, lease);
        case 2:
            fates_[lease.item].settled = true;
            worker.peer->call(settle_of(Verb::ack, lease.queue, {token}), detached());
            break;
        default: {
            fates_[lease.item].settled = true;
            const CallId call = worker.peer->call(settle_of(Verb::ack, lease.queue, {token}));
            worker.acks[call] = lease;
        }
    }
}

void BadDays::commit(Worker& worker, const Lease& lease) {
    const std::size_t queue = lots_.below(2);
    // A commit has no position: it may pass puts that wait for those before them.
    const bool with_key = lots_.one_in(3);
    const std::string item =
        new_item(worker, queue, with_key ? " by commit with key" : " by commit");
    Commit commit;
    commit.acks = {{lease.queue, {{lease.token, lease.token}}}};
    commit.puts = {{worker.queues[queue], with_key ? columns_of(item) : Columns{}, run_of({item})}};
    fates_[lease.item].settled = true;
    const CallId call = worker.peer->call(commit, some_wait());
    worker.commits[call] = {lease, item};
    worker.open_calls.insert(call);
}

// ------------------------------------------------------------------ how they end

void BadDays::ended(Worker& worker, CallId call, const Outcome& outcome) {
    worker.open_calls.erase(call);
    if (outcome.code == errc::outcome_unknown) ++unknown;
    CHECK(outcome.code != errc::protocol);
    CHECK(outcome.code != errc::gap);
    CHECK(outcome.code != errc::invalid_argument);
    if (const auto put = worker.puts.extract(call)) {
        put_ended(put.mapped(), outcome);
    } else if (const auto get = worker.gets.extract(call)) {
        if (outcome.code != errc::ok) return;
        get_ended(worker, get.mapped(), std::get<Deliver>(outcome.reply));
    } else if (const auto ack = worker.acks.extract(call)) {
        if (outcome.code != errc::ok) return;
        if (std::get<Settled>(outcome.reply).refused.empty()) acked(ack.mapped().item);
    } else if (const auto commit = worker.commits.extract(call)) {
        Fate& added = fates_.at(commit.mapped().item);
        if (has_key(commit.mapped().item)) put_before_.push_back(commit.mapped().item);
        if (outcome.code == errc::ok) {
            added.confirmed = true;
            acked(commit.mapped().acked.item);
        } else if (outcome.code != errc::outcome_unknown) {
            added.refused = true;
        } else {
            added.maybe = true;
        }
    }
}

void BadDays::put_ended(const Texts& items, const Outcome& outcome) {
    std::set<std::string> open(items.begin(), items.end());
    if (has_key(items.front())) put_before_.push_back(items.front());
    const auto refuse = [&](const std::string& item) {
        Fate& fate = fates_[item];
        fate.refused = !fate.maybe && !(has_key(item) && fate.confirmed);
    };
    if (const auto* done = std::get_if<PutDone>(&outcome.reply)) {
        for (const PutDone::Outcome& part : done->outcomes) {
            for (Position at = part.positions.first; at <= part.positions.last; ++at) {
                const std::string& item = items.at(at - 1);
                open.erase(item);
                if (part.code != errc::ok) {
                    refuse(item);
                } else {
                    fates_[item].confirmed = true;
                }
            }
        }
    }
    if (outcome.code == errc::outcome_unknown) {
        for (const std::string& item : open) fates_[item].maybe = true;
        return;
    }
    for (const std::string& item : open) refuse(item);
    confirmed_puts += outcome.code == errc::ok ? items.size() : 0;
}

void BadDays::get_ended(Worker& worker, Time begun, const Deliver& delivery) {
    ClientMachine& client = worker.peer->client;
    const bool surely_ours = client.surely_alive(world_.now());
    for (std::size_t i = 0; i < delivery.parts.size(); ++i) {
        const Part& part = delivery.parts[i];
        Token token = part.token;
        for (const std::string& item : payloads_of(delivery.runs[i].view())) {
            const Columns columns = has_key(item) ? columns_of(item) : Columns{};
            CHECK((part.key == columns.key && part.headers == columns.headers &&
                   part.trace == columns.trace));
            if (part.deliveries == 1 && !has_key(item)) {
                const std::size_t number = std::stoul(item.substr(item.rfind(' ')));
                first_times_.push_back(
                    {token,
                     item.substr(0, item.rfind(' ')) + " " + std::to_string(number / items_of_one),
                     number});
            }
            const Lease lease{item, delivery.queue, token, client.session_generation(),
                              begun + lease_time};
            if (surely_ours) {
                seen(worker, lease);
            } else {
                worker.peer->call(settle_of(Verb::release, lease.queue, {{token, token}}),
                                  detached());
            }
            ++token;
        }
    }
}

void BadDays::seen(Worker& worker, const Lease& lease) {
    INFO("item " << lease.item);
    ++deliveries;
    Fate& fate = fates_.at(lease.item);  // unexpected, if it is not there
    ++fate.seen;
    CHECK_FALSE(fate.refused);
    CHECK(fate.acked == 0);
    for (const Worker& other : workers_) {
        for (const Lease& held : other.leases) {
            const bool surely_held = held.item == lease.item && world_.clock < held.surely_until &&
                                     held.generation == other.peer->client.session_generation() &&
                                     other.peer->client.surely_alive(world_.now());
            CHECK_FALSE(surely_held);
        }
    }
    worker.leases.push_back(lease);
}

void BadDays::acked(const std::string& item) {
    INFO("item " << item);
    CHECK(++fates_.at(item).acked == 1);
}

// ------------------------------------------------------------------ the end

/// Tokens tell the order in which items were handed out. For the first time, that is the order in
/// which each producer put them.
void BadDays::check_order() {
    std::sort(first_times_.begin(), first_times_.end(),
              [](const FirstTime& a, const FirstTime& b) { return a.token < b.token; });
    std::map<std::string, std::size_t> last;
    for (const FirstTime& each : first_times_) {
        INFO(each.queue_and_producer << ": " << each.number);
        CHECK(each.number > last[each.queue_and_producer]);
        last[each.queue_and_producer] = each.number;
    }
}

void BadDays::drain() {
    Worker& last = workers_.front();
    for (std::size_t quiet = 0; quiet < 2;) {
        for (Worker& worker : workers_) {
            while (!worker.leases.empty()) settle(worker);
        }
        world_.settle();
        const std::size_t before = deliveries;
        Get get = get_from({last.queues[0], last.queues[1]});
        get.items_max = 50;
        last.gets[last.peer->call(get, at_once())] = world_.clock;
        world_.settle();
        quiet = deliveries == before ? quiet + 1 : 0;
        if (quiet == 1) world_.pass(lease_time + 5s);  // whatever is held somewhere comes back
    }
}

void BadDays::end() {
    manager_stopped_until_ = {};
    for (Worker& worker : workers_) {
        worker.stopped_until = {};
        if (!worker.peer->connected()) world_.connect(*worker.peer);
    }
    world_.settle();
    for (Worker& worker : workers_) {
        const std::set<CallId> open = worker.open_calls;
        for (const CallId call : open) worker.peer->cancel(call);
    }
    world_.pass(5s);
    drain();
    for (Worker& worker : workers_) {
        CHECK(worker.open_calls.empty());
        CHECK(worker.peer->ended_twice == 0);
        CHECK(worker.peer->client.pending() == 0);
        sessions_lost += worker.peer->client.session_generation();
    }
    check_order();
    for (const char* queue : queue_names) duplicates += world_.stats(queue).duplicates;
    for (const auto& [item, fate] : fates_) {
        INFO("item " << item);
        const bool lost = fate.confirmed && !fate.settled;
        CHECK_FALSE(lost);
        CHECK_FALSE((fate.confirmed && fate.refused));
    }
}

}  // namespace

TEST_CASE("On a thousand bad days nothing is lost, made up or done twice") {
    std::size_t deliveries = 0, puts = 0, lost = 0, unknown = 0, cuts = 0, duplicates = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        INFO("seed " << seed);
        BadDays days(seed);
        days.live_through(3000);
        days.end();
        deliveries += days.deliveries;
        puts += days.confirmed_puts;
        lost += days.sessions_lost;
        unknown += days.unknown;
        cuts += days.cuts;
        duplicates += days.duplicates;
    }
    INFO(deliveries << " deliveries, " << puts << " puts, " << lost << " sessions lost, " << unknown
                    << " outcomes unknown, " << cuts << " cuts, " << duplicates << " duplicates");
    CHECK(deliveries > 1000);
    CHECK(puts > 1000);
    CHECK(lost > 30);
    CHECK(unknown > 30);
    CHECK(cuts > 1000);
    CHECK(duplicates > 500);
}

}  // namespace handoff::core::test

#include "manager_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <utility>
#include <variant>

#include "log_entries.hpp"
#include "os/host.hpp"
#include "os/spin_poll.hpp"

namespace handoff {
namespace {

/// Messages of one turn: enough to share the costs of a turn, few enough that answers leave soon,
/// whoever else may flood. Streams have one or two in a turn, so no look at the clock is theirs.
constexpr int arrivals_max = 1000;
constexpr std::chrono::microseconds arrivals_time{100};
constexpr int arrivals_between_looks = 8;

/// Turns with more answers than this are long, and nobody's wait decides.
constexpr std::size_t sorted_max = 64;

/// Input goes before deadlines, so that nobody is declared dead whose heartbeat has arrived. Under
/// a flood that never ends, deadlines come after so many turns all the same.
constexpr int put_off_max = 16;

/// Somebody works on with items; who is told that his put is done mostly waits for what becomes of
/// it. So those who get items hear first. What goes to one client keeps its order.
std::vector<core::Outgoing> items_first(std::vector<core::Outgoing> all) {
    if (all.size() < 2 || all.size() > sorted_max) return all;
    std::set<core::ConnectionId> getters;
    for (const core::Outgoing& out : all) {
        if (std::holds_alternative<core::Deliver>(out.reply.body)) getters.insert(out.to);
    }
    std::stable_partition(all.begin(), all.end(),
                          [&](const core::Outgoing& out) { return getters.contains(out.to); });
    return all;
}

/// How soon to try again what a peer's full pipe did not take; nothing tells when it empties.
constexpr core::Millis retry_pause{2};

/// How soon to try again to open a store that could not be opened, for want of room, say.
constexpr core::Millis reopen_pause{1000};

}  // namespace

ManagerLoop::ManagerLoop(net::Router& router, core::ManagerSettings settings,
                         const wire::DecodeLimits& decode_limits, bool spins, Log log,
                         OpenStore open_store, std::uint64_t workers)
    : router_(router),
      settings_(std::move(settings)),
      open_store_(std::move(open_store)),
      machine_(begin()),
      methods_(workers, [this] { wakeup_.signal(); }),
      decode_limits_(decode_limits),
      // The machine takes a longer silence of its own for having been stopped; and the wall clock,
      // which may be set, is looked at once a second.
      longest_nap_(
          std::clamp(settings_.limits.session_limit / 8, core::Millis{1}, core::Millis{1000})),
      spin_(make_spin(spins)),
      log_(std::move(log)) {}

/// A machine that knows what the store knows.
core::ManagerMachine ManagerLoop::begin() {
    core::Recovered recovered;
    if (open_store_ && settings_.store_failure.empty()) {
        OpenedStore opened = open_store_([this] { wakeup_.signal(); });
        store_ = std::move(opened.keeper);
        recovered = std::move(opened.recovered);
        settings_.epoch = recovered.epoch;
    }
    settings_.store = store_ != nullptr;
    // Larger than any that this or an earlier manager gave, also where nothing is stored, as long
    // as the clock is not set back by its whole life.
    settings_.first_token = static_cast<core::Token>(now().wall.count());
    return {settings_, now(), recovered};
}

/// A commit failed: what rests on it never leaves, and this manager goes on as if it had been
/// started again.
void ManagerLoop::begin_anew(const Error& why) {
    own_log_.push_back({LogLevel::error, "a commit failed, and the manager begins anew: " +
                                             std::string(why.what())});
    store_.reset();
    processes_.forget_all();
    settings_.id = random_id();
    settings_.first_token = static_cast<core::Token>(now().wall.count());
    if (why.code() == errc::store_failed) settings_.store_failure = why.what();
    try {
        machine_ = begin();
    } catch (const Error& error) {
        own_log_.push_back({LogLevel::error, error.what()});
        settings_.store_failure = error.what();
        if (error.code() != errc::store_failed) reopen_at_ = now().boot + reopen_pause;
        machine_ = begin();
    }
    expose_anew();
}

/// What is wrong with the store may pass, as a full disk does: then this manager begins anew once
/// more. Until then the machine goes on without durable queues.
void ManagerLoop::try_to_reopen() {
    std::string failure = std::exchange(settings_.store_failure, {});
    auto id = std::exchange(settings_.id, random_id());
    try {
        core::ManagerMachine machine = begin();
        processes_.forget_all();
        machine_ = std::move(machine);
        expose_anew();
        reopen_at_.reset();
        own_log_.push_back({LogLevel::info, "the store can be used again"});
    } catch (const Error&) {
        settings_.store_failure = std::move(failure);
        settings_.id = std::move(id);
        settings_.store = false;
        reopen_at_ = now().boot + reopen_pause;
    }
}

void ManagerLoop::hear_of_others() {
    const bool stored = store_ != nullptr && store_->has_news();
    if (!std::exchange(woken_, false) && !stored && !methods_.has_news()) return;
    wakeup_.clear();  // first: what comes after it wakes again
    if (stored) hear_of_store();
    for (MethodPool::Done& each : methods_.take_done()) method_done(std::move(each));
}

void ManagerLoop::hear_of_store() {
    const Storekeeper::Report report = store_->report();
    if (report.failure) return begin_anew(*report.failure);
    machine_.committed(report.committed);
    machine_.set_store_room(report.room);
}

void ManagerLoop::end_turn() {
    std::optional<core::Changes> changes = machine_.take_changes();
    const core::Turn turn = machine_.end_turn();
    if (store_ == nullptr) {
        machine_.committed(turn);  // everything is in memory
    } else if (changes) {
        store_->store(std::move(*changes));
    }
}

void ManagerLoop::stop() noexcept {
    stopping_ = true;
    wakeup_.signal();
}

void ManagerLoop::run() {
    std::array<pollfd, 4> items{{{router_.fd(), POLLIN, 0},
                                 {wakeup_.fd(), POLLIN, 0},
                                 {processes_.fd(), POLLIN, 0},
                                 {router_.news_fd(), POLLIN, 0}}};
    while (!stopping_) {
        // Not zmq_poll(), which looks at the socket twice as often. EINTR and errors alike: look at
        // the state again.
        if (!more_arrivals_ && !router_.readable()) {
            spin_poll(items, poll_timeout_ms(), spin_);
            woken_ = items[1].revents != 0;
            some_ended_ = items[2].revents != 0;
            some_came_ = some_came_ || items[3].revents != 0;
        } else if (++turns_without_poll_ % put_off_max == 0) {
            some_ended_ = some_came_ = true;  // for all we know
        }
        tell(log_, take_turn());
        run_errands();
    }
    if (methods_.has_news()) tell(log_, take_turn());  // who waits may still hear of them
}

void ManagerLoop::note(core::LogEntry entry) {
    const std::lock_guard lock(mutex_);
    if (own_log_.size() < core::LogBook::entries_max) own_log_.push_back(std::move(entry));
    wakeup_.signal();
}

void ManagerLoop::set_roles(const core::Roles& roles) {
    const std::lock_guard lock(mutex_);
    if (roles == settings_.roles) return;
    if (roles.empty()) {
        throw Error(errc::config_invalid,
                    "there would be no role any more, and whoever has a key could do all; roles "
                    "are given up by starting the manager without them");
    }
    settings_.roles = roles;  // also of a machine that begins anew
    machine_.set_roles(roles, now());
    wakeup_.signal();
}

void ManagerLoop::say_farewell(core::Millis limit) {
    std::unique_lock lock(mutex_);
    machine_.say_farewell(now());
    wakeup_.signal();
    turned_.wait_for(lock, limit, [this] { return machine_.farewell_is_answered(); });
}

/// Returns what is to be told of it, which is done without the lock.
std::vector<core::LogEntry> ManagerLoop::take_turn() {
    const std::lock_guard lock(mutex_);
    hear_of_others();
    if (reopen_at_ && *reopen_at_ <= now().boot) try_to_reopen();
    more_arrivals_ = take_arrivals();
    if (!more_arrivals_ || ++deadlines_put_off_ >= put_off_max) {
        // Of processes first: what they sent before they ended has had its turn.
        look_after_processes();
        deadlines_put_off_ = 0;
        look_after_connections();
        look_at_keys();
        machine_.tick(now());
    }
    end_turn();
    errands_ = machine_.take_errands();
    for (const core::Outgoing& out : items_first(machine_.take_outgoing())) {
        router_.send(out.to, wire::encode(out.reply));
    }
    flushed_ = router_.flush();
    for (const core::ConnectionId gone : router_.take_gone()) machine_.disconnected(gone, now());
    turned_.notify_all();
    std::vector<core::LogEntry> log = std::exchange(own_log_, {});
    for (core::LogEntry& entry : machine_.take_log()) log.push_back(std::move(entry));
    return log;
}

void ManagerLoop::look_after_processes() {
    if (std::exchange(some_ended_, false)) {
        for (const core::Holder session : processes_.take_ended()) {
            machine_.process_ended(session, now());
        }
    }
    for (const core::Watch& each : machine_.take_watches()) {
        if (!each.process) {
            processes_.forget(each.session);
        } else if (!processes_.watch(each.session, *each.process)) {
            machine_.process_ended(each.session, now());
        }
    }
}

void ManagerLoop::look_after_connections() {
    const core::Time current = now().boot;
    if (std::exchange(some_came_, false)) router_.look_at_connections(current);
    for (core::LogEntry& entry : router_.take_log()) own_log_.push_back(std::move(entry));
    const std::uint64_t endless = router_.refuse_endless(current);
    const std::uint64_t crowded = router_.take_crowded();
    if (endless > crowded && endless_.due(current)) {
        own_log_.push_back({LogLevel::warning,
                            "a connection is cut: it sent a message without end, or one of more "
                            "than 1,000 frames"});
    }
    if (crowded > 0 && crowded_.due(current)) {
        own_log_.push_back({LogLevel::warning,
                            "connections are cut that sent most of messages that are not whole: "
                            "all together had more than unfinished_bytes_max"});
    }
    if (router_.refuse_silent(current) > 0 && refused_.due(current)) {
        own_log_.push_back({LogLevel::warning,
                            "connections are refused: they say nothing, or there are too many for "
                            "the descriptors that this process may have (`ulimit -n`)"});
    }
}

bool ManagerLoop::take_arrivals() {
    const core::Now arrival_time = now();
    const auto begin = std::chrono::steady_clock::now();
    for (int count = 1; count <= arrivals_max; ++count) {
        std::optional<net::Router::Arrival> arrival = router_.receive();
        if (!arrival) return false;
        const net::Frames& frames = arrival->frames;
        if (arrival->from == 0 || frames.count > 2) {
            machine_.malformed(arrival->from, 0, errc::protocol,
                               "a message is one frame or two, from a peer without a routing id");
            continue;
        }
        auto decoded = wire::decode_request(frames.first, frames.second, decode_limits_);
        if (auto* request = std::get_if<core::Request>(&decoded)) {
            if (may_greet(*arrival, *request)) {
                machine_.apply(arrival->from, std::move(*request), arrival_time);
            }
        } else {
            const auto& error = std::get<wire::DecodeError>(decoded);
            machine_.malformed(arrival->from, error.id, error.code, error.text);
        }
        if (count % arrivals_between_looks == 0 &&
            std::chrono::steady_clock::now() - begin >= arrivals_time) {
            break;
        }
    }
    return true;
}

/// Adds to a HELLO whose it is. libzmq keeps a connection whose key is not listed any more; without
/// a session it is of no use.
bool ManagerLoop::may_greet(const net::Router::Arrival& arrival, core::Request& request) {
    auto* hello = std::get_if<core::Hello>(&request.body);
    if (hello == nullptr || arrival.user.empty()) return true;
    hello->user = arrival.user;
    if (admission_ == nullptr) return true;
    hello->user_names = admission_->names_of(arrival.user);
    if (!hello->user_names.empty()) return true;
    machine_.malformed(arrival.from, request.id, errc::not_authorised,
                       "the key " + arrival.user + " is not let in any more");
    return false;
}

/// Keys that are gone or of other names end sessions: what roles allow to a client holds for the
/// whole of its session.
void ManagerLoop::look_at_keys() {
    if (admission_ == nullptr) return;
    Admission::News news = admission_->look();
    for (core::LogEntry& entry : news.log) own_log_.push_back(std::move(entry));
    if (!news.changed) return;
    const auto reason = [this](const core::Principal& user) -> std::string {
        const std::vector<std::string> names = admission_->names_of(user.key);
        if (names == user.names) return {};
        return "its key " + user.key +
               (names.empty() ? " is not let in any more" : " has another name now");
    };
    machine_.end_sessions_of(reason, now());
}

int ManagerLoop::poll_timeout_ms() {
    const std::lock_guard lock(mutex_);
    const core::Deadlines next = machine_.next_deadline();
    const core::Now current = now();
    core::Time nap = longest_nap_;
    nap = std::min(nap, next.boot - current.boot);
    nap = std::min(nap, next.wall - current.wall);
    if (!flushed_) nap = std::min<core::Time>(nap, retry_pause);
    nap = std::min<core::Time>(nap, router_.look_pause().value_or(longest_nap_));
    // Rounded up: a poll that ends early would only come back for the rest.
    return static_cast<int>(std::max<long>(0, std::chrono::ceil<core::Millis>(nap).count()));
}

}  // namespace handoff

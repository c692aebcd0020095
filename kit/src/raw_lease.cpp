#include <utility>

#include "answer.hpp"
#include "connection.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "os/fork.hpp"
#include "raw_queue_state.hpp"

namespace handoff::detail {
namespace {

core::Settle settle(core::Verb verb, core::QueueRef queue, core::Token token) {
    core::Settle what;
    what.verb = verb;
    what.queue = queue;
    what.tokens = {{token, token}};
    return what;
}

std::string describe(const char* what, const ItemInfo& item) {
    return std::string(what) + " item " + std::to_string(item.id) + " (token " +
           std::to_string(item.token) + ")";
}

/// Settles, and throws unless the item was held until then.
void settle_now(Connection& connection, std::uint64_t session, core::Settle what,
                const std::string& description) {
    ClientDriver& driver = connection.driver();
    if (driver.session_generation() != session) {
        throw Error(errc::session_lost,
                    description + ": the session that leased it has ended, and it went back");
    }
    const auto answer = reply_of<core::Settled>(driver.call(std::move(what), Wait::forever()));
    if (answer.refused.empty()) return;
    throw Error(errc::lease_lapsed,
                description +
                    ": its lease had ended, and it went back; lease it for longer, or "
                    "extend it while you work");
}

}  // namespace

RawLease::RawLease(std::shared_ptr<Connection> connection, std::uint64_t queue,
                   std::uint64_t session_generation, RawItem item)
    : connection_(std::move(connection)),
      queue_(queue),
      session_generation_(session_generation),
      fork_generation_(handoff::fork_generation()),
      item_(std::move(item)),
      held_(true) {}

RawLease::~RawLease() {
    drop();
}

RawLease::RawLease(RawLease&& other) noexcept
    : connection_(std::move(other.connection_)),
      queue_(other.queue_),
      session_generation_(other.session_generation_),
      fork_generation_(other.fork_generation_),
      item_(std::move(other.item_)),
      held_(std::exchange(other.held_, false)) {}

RawLease& RawLease::operator=(RawLease&& other) noexcept {
    if (this == &other) return *this;
    drop();
    connection_ = std::move(other.connection_);
    queue_ = other.queue_;
    session_generation_ = other.session_generation_;
    fork_generation_ = other.fork_generation_;
    item_ = std::move(other.item_);
    held_ = std::exchange(other.held_, false);
    return *this;
}

void RawLease::require_held(const char* what) const {
    if (!held_) {
        throw Error(errc::inert, std::string(what) +
                                     ": this Lease holds nothing; it was settled, "
                                     "moved from, or never held an item");
    }
    if (fork_generation_ != handoff::fork_generation()) {
        throw Error(errc::inert, describe(what, item_.info) +
                                     ": the lease belongs to the process that this one was forked "
                                     "from");
    }
}

void RawLease::ack() {
    require_held("acknowledge");
    settle_now(*connection_, session_generation_, settle(core::Verb::ack, queue_, item_.info.token),
               describe("acknowledge", item_.info));
    held_ = false;
}

void RawLease::ack_without_waiting(std::vector<RawLease>& leases, std::size_t count) noexcept {
    if (count == 0 || leases.front().fork_generation_ != handoff::fork_generation()) return;
    core::Settle what;
    what.queue = leases.front().queue_;
    for (std::size_t at = 0; at < count; ++at) {
        leases[at].held_ = false;
        add_token(what.tokens, leases[at].item_.info.token);
    }
    try {
        leases.front().connection_->driver().call_detached(std::move(what));
    } catch (const Error&) {
        // The client is gone, and with its session the leases: the items went back.
    }
}

void RawLease::release(std::chrono::milliseconds delay) {
    require_held("release");
    if (delay.count() < 0) {
        throw Error(errc::invalid_argument,
                    describe("release", item_.info) + ": the delay cannot be negative");
    }
    core::Settle what = settle(core::Verb::release, queue_, item_.info.token);
    what.delay = delay;
    settle_now(*connection_, session_generation_, std::move(what), describe("release", item_.info));
    held_ = false;
}

void RawLease::bury(const std::string& reason) {
    require_held("bury");
    core::Settle what = settle(core::Verb::bury, queue_, item_.info.token);
    what.reason = reason;
    settle_now(*connection_, session_generation_, std::move(what), describe("bury", item_.info));
    held_ = false;
}

void RawLease::extend(std::optional<std::chrono::milliseconds> ttl) {
    require_held("extend");
    if (ttl && ttl->count() <= 0) {
        throw Error(errc::invalid_argument,
                    describe("extend", item_.info) + ": the ttl must be longer than nothing");
    }
    core::Settle what = settle(core::Verb::extend, queue_, item_.info.token);
    what.lease = ttl;
    settle_now(*connection_, session_generation_, std::move(what), describe("extend", item_.info));
}

void RawLease::drop() noexcept {
    if (!held_ || fork_generation_ != handoff::fork_generation()) return;
    held_ = false;
    try {
        ClientDriver& driver = connection_->driver();
        if (driver.session_generation() != session_generation_) return;
        driver.call_detached(settle(core::Verb::release, queue_, item_.info.token));
    } catch (const Error&) {
        // As above: without its session there is nothing to give back.
    }
}

}  // namespace handoff::detail

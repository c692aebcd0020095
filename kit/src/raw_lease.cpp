#include <utility>

#include "answer.hpp"
#include "connection.hpp"
#include "handoff/detail/raw_queue.hpp"
#include "os/fork.hpp"
#include "raw_queue_state.hpp"

namespace handoff::detail {
namespace {

constexpr const char* not_later =
    "asynchronous calls: they are told of by the client's session with one manager";

std::string describe(const char* what, const ItemInfo& item) {
    return std::string(what) + " item " + std::to_string(item.id) + " (token " +
           std::to_string(item.token) + ")";
}

}  // namespace

/// What is to become of a lease.
struct RawLease::Settlement {
    std::shared_ptr<Connection> connection;
    std::uint64_t session_generation;
    core::Settle what;
    std::string description;

    static Settlement of(const RawLease& lease, core::Verb verb, const char* name) {
        lease.require_held(name);
        core::Settle what;
        what.verb = verb;
        what.queue = lease.ref_;
        what.tokens = {{lease.item_.info.token, lease.item_.info.token}};
        return {lease.queue_.state().connection, lease.session_generation_, std::move(what),
                describe(name, lease.item_.info)};
    }

    /// Throws if the session that it belongs to has ended.
    ClientDriver& driver() const {
        ClientDriver& found = connection->driver();
        if (found.session_generation() == session_generation) return found;
        throw Error(errc::session_lost,
                    description + ": the session that leased it has ended, and it went back");
    }

    /// Throws unless the item was held until then.
    void check(const Answer& answer) const {
        if (reply_of<core::Settled>(answer).refused.empty()) return;
        throw Error(errc::lease_lapsed,
                    description +
                        ": its lease had ended, and it went back; lease it for longer, or extend "
                        "it while you work");
    }

    void run() const { check(driver().call(what, Wait::forever())); }

    void run_later(const RawHandler& handler) const {
        driver().call_async(what, Wait::forever(),
                            [settlement = *this, handler](const Answer& answer) {
                                RawDone done;
                                try {
                                    settlement.check(answer);
                                } catch (const Error& error) {
                                    done.code = error.code();
                                    done.text = error.what();
                                }
                                handler(std::move(done));
                            });
    }
};

RawLease::RawLease(RawQueue queue, std::uint64_t ref, std::uint64_t session_generation,
                   RawItem item)
    : queue_(std::move(queue)),
      ref_(ref),
      session_generation_(session_generation),
      fork_generation_(handoff::fork_generation()),
      item_(std::move(item)),
      held_(true) {}

RawLease::~RawLease() {
    drop();
}

RawLease::RawLease(RawLease&& other) noexcept
    : queue_(std::move(other.queue_)),
      ref_(other.ref_),
      session_generation_(other.session_generation_),
      fork_generation_(other.fork_generation_),
      item_(std::move(other.item_)),
      held_(std::exchange(other.held_, false)),
      consumer_(other.consumer_) {}

RawLease& RawLease::operator=(RawLease&& other) noexcept {
    if (this == &other) return *this;
    drop();
    queue_ = std::move(other.queue_);
    ref_ = other.ref_;
    session_generation_ = other.session_generation_;
    fork_generation_ = other.fork_generation_;
    item_ = std::move(other.item_);
    held_ = std::exchange(other.held_, false);
    consumer_ = other.consumer_;
    return *this;
}

void RawLease::refill(const RawQueue& queue, void* consumer, std::uint64_t ref,
                      std::uint64_t session_generation) {
    if (queue_.state_ != queue.state_) queue_ = queue;
    ref_ = ref;
    session_generation_ = session_generation;
    fork_generation_ = handoff::fork_generation();
    held_ = true;
    consumer_ = consumer;
}

bool RawLease::of_this_process() const noexcept {
    return fork_generation_ == handoff::fork_generation();
}

bool RawLease::surely_held() const {
    if (!held_ || !of_this_process()) return false;
    try {
        return queue_.state().connection->driver().session_surely_lives(session_generation_);
    } catch (const Error&) {
        return false;  // the client is gone
    }
}

const std::string& RawLease::queue_name() const noexcept {
    static const std::string none;
    return queue_.state_ ? queue_.state_->name : none;
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

void RawDone::give_up_what_went_back() {
    if (leases.empty() || leases.front().surely_held()) return;
    const RawLease& first = leases.front();
    const std::string what = describe("take", first.item().info);
    if (first.of_this_process()) {
        code = errc::session_lost;
        text = what +
               ": it was fetched too late; the session that it was given to has ended, or may "
               "have, and it goes back";
    } else {
        code = errc::inert;
        text = what + ": it was given to the process that this one was forked from";
    }
    leases.clear();
}

// ---- settling

RawLease::Settlement RawLease::acking() const {
    return Settlement::of(*this, core::Verb::ack, "acknowledge");
}

RawLease::Settlement RawLease::releasing(std::chrono::milliseconds delay) const {
    Settlement settlement = Settlement::of(*this, core::Verb::release, "release");
    if (delay.count() < 0) {
        throw Error(errc::invalid_argument,
                    settlement.description + ": the delay cannot be negative");
    }
    settlement.what.delay = delay;
    return settlement;
}

RawLease::Settlement RawLease::burying(const std::string& reason) const {
    Settlement settlement = Settlement::of(*this, core::Verb::bury, "bury");
    settlement.what.reason = reason;
    return settlement;
}

RawLease::Settlement RawLease::extending(std::optional<std::chrono::milliseconds> ttl) const {
    Settlement settlement = Settlement::of(*this, core::Verb::extend, "extend");
    if (ttl && ttl->count() <= 0) {
        throw Error(errc::invalid_argument,
                    settlement.description + ": the ttl must be longer than nothing");
    }
    settlement.what.lease = ttl;
    return settlement;
}

void RawLease::ack() {
    if (consumer_ != nullptr && held_ && of_this_process()) {
        ack_streamed();
    } else {
        acking().run();
    }
    held_ = false;
}

void RawLease::ack_streamed() {
    queue_.state().connection->driver().ack_streamed(
        *static_cast<core::ConsumerMachine*>(consumer_), {item_.info.token, session_generation_});
}

void RawLease::release(std::chrono::milliseconds delay) {
    releasing(delay).run();
    held_ = false;
}

void RawLease::bury(const std::string& reason) {
    burying(reason).run();
    held_ = false;
}

void RawLease::extend(std::optional<std::chrono::milliseconds> ttl) {
    extending(ttl).run();
}

void RawLease::renew(const std::vector<RawLease>& leases,
                     std::optional<std::chrono::milliseconds> ttl) {
    for (const RawLease& lease : leases) {
        const std::uint64_t token = lease.item_.info.token;
        lease.queue_.state().connection->driver().renew(lease.ref_, lease.session_generation_,
                                                        {token, token}, ttl);
    }
}

// ---- settling without waiting

void RawLease::ack_without_waiting(std::vector<RawLease>& leases, std::size_t count) noexcept {
    if (count == 0 || leases.front().fork_generation_ != handoff::fork_generation()) return;
    const RawLease& first = leases.front();
    core::Settle what;
    what.queue = first.ref_;
    for (std::size_t at = 0; at < count; ++at) {
        leases[at].held_ = false;
        add_token(what.tokens, leases[at].item_.info.token);
    }
    try {
        first.queue_.state().connection->driver().call_detached(std::move(what));
    } catch (const Error&) {
        // The client is gone, and with its session the leases: the items went back.
    }
}

RawOperation RawLease::ack_later() {
    return ending_later(acking());
}

RawOperation RawLease::release_later(std::chrono::milliseconds delay) {
    return ending_later(releasing(delay));
}

RawOperation RawLease::bury_later(const std::string& reason) {
    return ending_later(burying(reason));
}

RawOperation RawLease::extend_later(std::optional<std::chrono::milliseconds> ttl) const {
    Settlement settlement = extending(ttl);
    queue_.state().refuse_direct("extend a lease of", not_later);
    return [settlement = std::move(settlement)](const RawHandler& handler) {
        settlement.run_later(handler);
    };
}

/// The lease goes into the operation, and goes back with it if that never begins.
RawOperation RawLease::ending_later(Settlement settlement) {
    queue_.state().refuse_direct("settle a lease of", not_later);
    return [settlement = std::move(settlement),
            lease = std::make_shared<RawLease>(std::move(*this))](const RawHandler& handler) {
        lease->require_held("settle");  // a copy of this may have begun; or this is a child
        settlement.run_later(handler);
        lease->held_ = false;
    };
}

void RawLease::drop() noexcept {
    if (!held_ || fork_generation_ != handoff::fork_generation()) return;
    try {
        const Settlement settlement = Settlement::of(*this, core::Verb::release, "release");
        held_ = false;
        ClientDriver& driver = settlement.connection->driver();
        if (driver.session_generation() != session_generation_) return;
        driver.call_detached(settlement.what);
    } catch (const Error&) {
        // As above: without its session there is nothing to give back.
    }
}

}  // namespace handoff::detail

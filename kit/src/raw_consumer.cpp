#include <string>
#include <utility>
#include <vector>

#include "handoff/detail/raw_stream.hpp"
#include "raw_items.hpp"
#include "raw_queue_state.hpp"
#include "raw_stream_state.hpp"

namespace handoff::detail {

struct RawConsumer::State : StreamState {
    State(RawQueue of, const ConsumerOptions& options)
        : StreamState(std::move(of)),
          share{options.credit, options.credit_bytes, options.ttl},
          machine(driver().begin_consumer(ref(), share)) {}

    const ClientDriver::Share share;
    core::ConsumerMachine& machine;
};

RawConsumer::RawConsumer(const RawQueue& queue, const ConsumerOptions& options) {
    const std::string what = queue.describe("consumer of");
    StreamState::require_within(what, "credit", options.credit);
    StreamState::require_within(what, "credit_bytes", options.credit_bytes, unlimited);
    if (options.ttl && options.ttl->count() <= 0) {
        throw Error(errc::invalid_argument, what + ": the ttl must be longer than nothing");
    }
    state_ = std::make_unique<State>(queue, options);
}

RawConsumer::RawConsumer(RawConsumer&&) noexcept = default;

RawConsumer& RawConsumer::operator=(RawConsumer&& other) noexcept {
    RawConsumer old(std::exchange(state_, std::move(other.state_)));
    return *this;
}

RawConsumer::RawConsumer(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

RawConsumer::~RawConsumer() {
    if (!state_ || !state_->of_this_process()) return;
    try {
        ClientDriver& driver = state_->driver();
        driver.end_consumer(state_->machine, state_->share);
        state_->tell_at_the_end(driver, driver.take_failures(state_->machine));
    } catch (const Error&) {
        // The client is gone, and with its session what was held: it went back.
    }
}

RawConsumer::State& RawConsumer::usable() const {
    if (!state_) throw Error(errc::inert, "this Consumer was moved from");
    state_->require_usable();
    return *state_;
}

errc RawConsumer::next(RawLease& lease, const Wait& wait) {
    State& state = usable();
    ClientDriver& driver = state.driver();
    if (state.handler && driver.has_failed(state.machine)) {
        state.tell(driver.take_failures(state.machine), "");
    }
    lease.drop();
    const core::Outcome outcome = driver.next(
        state.machine,
        [&](const core::Part& part, std::uint32_t index, const core::Slice& run,
            std::string_view payload, std::uint64_t generation) {
            lease.refill(state.queue, state.machine.queue(), generation);
            RawItem& item = lease.item_;
            if (item.owner != run.owner()) item.owner = run.owner();
            item.payload = payload;
            item.info.id = part.id + index;
            item.info.token = part.token + index;
            item.info.deliveries = part.deliveries;
            item.info.priority = part.priority;
            item.info.put_at = wall_time(part.put_at);
            item.info.notes = notes_of(part);
        },
        wait);
    const bool nothing = outcome.code == errc::empty || outcome.code == errc::cancelled ||
                         outcome.code == errc::closed;
    if (outcome.code != errc::ok && !nothing) throw Error(outcome.code, outcome.text);
    return outcome.code;
}

bool RawConsumer::flush(const Wait& wait) {
    State& state = usable();
    ClientDriver& driver = state.driver();
    const bool done = driver.flush(state.machine, wait);
    state.tell(driver.take_failures(state.machine), "");
    if (!done && !wait.limit) {
        throw Error(errc::cancelled, state.queue.describe("flush of a consumer of") +
                                         ": cancelled; the acknowledgements go on");
    }
    return done;
}

void RawConsumer::on_error(StreamErrorHandler handler) {
    usable().handler = std::move(handler);
}

}  // namespace handoff::detail

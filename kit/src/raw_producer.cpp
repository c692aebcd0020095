#include <string>
#include <utility>
#include <vector>

#include "handoff/detail/raw_stream.hpp"
#include "os/fork.hpp"
#include "raw_queue_state.hpp"
#include "raw_stream_state.hpp"

namespace handoff::detail {

struct RawProducer::State : StreamState {
    State(const RawQueue& of, const ProducerOptions& options)
        : StreamState(of.for_puts()),
          machine(driver().begin_producer(ref(), {options.window, options.window_bytes})) {}

    bool send(const core::Columns* columns, std::string_view payload, const Wait& wait);

    core::ProducerMachine& machine;
};

RawProducer::RawProducer(const RawQueue& queue, const ProducerOptions& options) {
    const std::string what = queue.describe("producer of");
    StreamState::require_within(what, "window", options.window);
    StreamState::require_within(what, "window_bytes", options.window_bytes, unlimited);
    state_ = std::make_unique<State>(queue, options);
}

RawProducer::RawProducer(RawProducer&&) noexcept = default;

RawProducer& RawProducer::operator=(RawProducer&& other) noexcept {
    RawProducer old(std::exchange(state_, std::move(other.state_)));
    return *this;
}

RawProducer::RawProducer(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

RawProducer::~RawProducer() {
    if (!state_ || !state_->of_this_process()) return;
    try {
        ClientDriver& driver = state_->driver();
        state_->tell_at_the_end(driver, driver.end_producer(state_->machine));
    } catch (const Error&) {
        // The client is gone, and has told what was not confirmed.
    }
}

RawProducer::State& RawProducer::usable() const {
    if (!state_) throw Error(errc::inert, "this Producer was moved from");
    return *state_;
}

bool RawProducer::send(std::string_view payload, const PutOptions* options, const Wait& wait) {
    State& state = usable();
    if (options == nullptr) return state.send(nullptr, payload, wait);
    const core::Columns columns = state.queue.state().columns(*options, 1, "send to");
    return state.send(&columns, payload, wait);
}

bool RawProducer::State::send(const core::Columns* columns, std::string_view payload,
                              const Wait& wait) {
    ClientDriver& driver = this->driver();
    for (;;) {
        switch (driver.send(machine, columns, payload, wait)) {
            case ClientDriver::Sent::yes: return true;
            case ClientDriver::Sent::no_room: return false;
            case ClientDriver::Sent::stopped:
                if (wait.limit) return false;
                throw Error(errc::cancelled, queue.describe("send to") + ": cancelled");
            case ClientDriver::Sent::too_large:
                throw Error(errc::too_large, queue.describe("send to") + ": the item has " +
                                                 std::to_string(payload.size()) +
                                                 " bytes; item_bytes_max is " +
                                                 std::to_string(driver.limits().item_bytes_max));
            case ClientDriver::Sent::failed: break;
        }
        tell(driver.take_failures(machine), "; the item at hand was not sent");
    }
}

bool RawProducer::flush(const Wait& wait) {
    State& state = usable();
    ClientDriver& driver = state.driver();
    const bool done = driver.flush(state.machine, wait);
    state.tell(driver.take_failures(state.machine), "");
    if (!done && !wait.limit) {
        throw Error(errc::cancelled, state.queue.describe("flush of a producer of") +
                                         ": cancelled; what was sent goes on");
    }
    return done;
}

std::size_t RawProducer::unconfirmed() const {
    const State& state = usable();
    return static_cast<std::size_t>(state.driver().unconfirmed(state.machine));
}

void RawProducer::on_error(StreamErrorHandler handler) {
    usable().handler = std::move(handler);
}

}  // namespace handoff::detail

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "direct_ends.hpp"
#include "handoff/detail/raw_stream.hpp"
#include "raw_items.hpp"
#include "raw_queue_state.hpp"
#include "raw_stream_state.hpp"

namespace handoff::detail {

namespace {

/// Into the place of an item before it, of which it keeps what it shares.
void fill(RawItem& item, const core::Part& part, std::uint32_t index, const core::Slice& run,
          std::string_view payload) {
    if (item.owner != run.owner()) item.owner = run.owner();
    item.payload = payload;
    item.info.id = part.id + index;
    item.info.token = part.token + index;
    item.info.deliveries = part.deliveries;
    item.info.priority = part.priority;
    item.info.put_at = wall_time(part.put_at);
    if (item.info.notes || has_notes(part)) item.info.notes = notes_of(part);
}

}  // namespace

/// A consumer of a queue has one end, a consumer of a direct queue one for each producer.
struct RawConsumer::State : StreamState {
    State(RawQueue of, const ConsumerOptions& options)
        : StreamState(std::move(of)),
          share{options.credit, options.credit_bytes, options.ttl, options.renew} {
        if (DirectQueue* direct = queue.direct()) {
            ends = std::make_unique<DirectEnds>(*direct, share);
        } else {
            machine = &driver().begin_consumer(ref(), share);
        }
    }

    /// Calls `use` with each driver and the machine there.
    template <typename Use>
    void for_each_machine(Use use) {
        if (!ends) return use(driver(), *machine);
        for (const DirectEnds::End& end : ends->all()) use(end.driver(), *end.machine);
    }

    std::vector<core::StreamFailure> take_failures() {
        std::vector<core::StreamFailure> all;
        for_each_machine([&](ClientDriver& driver, core::ConsumerMachine& of) {
            if (!driver.has_failed(of)) return;
            for (core::StreamFailure& failure : driver.take_failures(of)) {
                all.push_back(std::move(failure));
            }
        });
        return all;
    }

    const ClientDriver::Share share;
    core::ConsumerMachine* machine = nullptr;
    std::unique_ptr<DirectEnds> ends;
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
        if (state_->machine != nullptr) driver.end_consumer(*state_->machine, state_->share);
        if (state_->ends) state_->ends->end();
        state_->tell_at_the_end(driver, state_->take_failures());
    } catch (const Error&) {
        // The client is gone, and with its session what was held: it went back.
    }
}

RawConsumer::State& RawConsumer::usable() const {
    if (!state_) throw Error(errc::inert, "this Consumer was moved from");
    return *state_;
}

errc RawConsumer::next(RawLease& lease, const Wait& wait, bool acknowledge) {
    State& state = usable();
    if (state.handler) state.tell(state.take_failures(), "");
    return state.ends ? next_of_any(lease, wait, acknowledge)
                      : next_of_one(lease, wait, acknowledge);
}

errc RawConsumer::next_of_one(RawLease& lease, const Wait& wait, bool acknowledge) {
    using Look = core::ConsumerMachine::Look;
    State& state = *state_;
    ClientDriver& driver = state.driver();
    core::ConsumerMachine& machine = *state.machine;
    const bool acks = acknowledge && lease.held_ && lease.consumer_ == &machine;
    const ClientDriver::Taken done{lease.item_.info.token, lease.session_generation_};
    if (acks) lease.held_ = false;
    lease.drop();
    const auto hand_out = [&](const core::Part& part, std::uint32_t index, const core::Slice& run,
                              std::string_view payload, std::uint64_t generation) {
        lease.refill(state.queue, &machine, machine.queue(), generation);
        fill(lease.item_, part, index, run, payload);
    };
    std::optional<core::Time> until;
    for (const ClientDriver::Taken* ends = acks ? &done : nullptr;; ends = nullptr) {
        switch (driver.take_next(machine, ends, hand_out)) {
            case Look::item: return errc::ok;
            case Look::over: return errc::closed;
            case Look::failed: {
                const core::Outcome failure = driver.take_failure(machine);
                throw Error(failure.code, failure.text);
            }
            case Look::empty: break;
        }
        if (!until) until = until_of(wait);
        const errc news = driver.wait_for_item(machine, *until, wait.stop);
        if (news != errc::ok) return news;
    }
}

errc RawConsumer::next_of_any(RawLease& lease, const Wait& wait, bool acknowledge) {
    (void)state_->driver();  // throws where the consumer cannot be used any more
    DirectEnds& ends = *state_->ends;
    DirectEnds::End* const same = ends.in_turn();
    const ClientDriver::Taken done{lease.item_.info.token, lease.session_generation_};
    const bool acks = acknowledge && lease.held_;
    const bool acks_there = acks && same != nullptr && lease.consumer_ == same->machine;
    if (acks_there) lease.held_ = false;
    if (acks && !acks_there) lease.ack();
    lease.drop();
    const auto hand_out = [&](const DirectEnds::End& end, const core::Part& part,
                              std::uint32_t index, const core::Slice& run, std::string_view payload,
                              std::uint64_t generation) {
        lease.refill(end.part->queue, end.machine, end.ref, generation);
        fill(lease.item_, part, index, run, payload);
    };
    if (same != nullptr &&
        ends.take_again(*same, acks_there ? &done : nullptr,
                        [&](const auto&... item) { hand_out(*same, item...); })) {
        return errc::ok;
    }
    const core::Outcome outcome = ends.next(hand_out, wait);
    const bool nothing = outcome.code == errc::empty || outcome.code == errc::cancelled ||
                         outcome.code == errc::closed;
    if (outcome.code != errc::ok && !nothing) throw Error(outcome.code, outcome.text);
    return outcome.code;
}

bool RawConsumer::flush(const Wait& wait) {
    State& state = usable();
    bool done = true;
    const auto begin = std::chrono::steady_clock::now();
    state.for_each_machine([&](ClientDriver& driver, core::ConsumerMachine& machine) {
        done = driver.flush(machine, wait.left_since(begin)) && done;
    });
    state.tell(state.take_failures(), "");
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

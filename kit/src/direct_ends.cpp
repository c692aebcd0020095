#include "direct_ends.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "bell.hpp"
#include "handoff/error.hpp"
#include "os/host.hpp"

namespace handoff::detail {
namespace {

/// The bell hangs at every end while somebody waits.
class Watch {
public:
    Watch(DirectQueue& queue, DirectQueue::Waiter whose, std::vector<DirectEnds::End>& ends,
          Bell& bell)
        : queue_(queue), ends_(ends), bell_(bell) {
        for (DirectEnds::End& end : ends_) end.driver().watch(*end.machine, bell_);
        queue_.add_bell(bell_, whose);
    }
    ~Watch() {
        queue_.remove_bell(bell_);
        for (DirectEnds::End& end : ends_) end.driver().unwatch(*end.machine, bell_);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

private:
    DirectQueue& queue_;
    std::vector<DirectEnds::End>& ends_;
    Bell& bell_;
};

}  // namespace

DirectEnds::DirectEnds(DirectQueue& queue, const ClientDriver::Share& share)
    : queue_(queue), share_(share) {
    for (const std::shared_ptr<DirectPart>& part : queue.parts()) {
        ClientDriver& driver = part->queue.connection().driver();
        const core::QueueRef ref = part->queue.ref();
        ends_.push_back({part, ref, &driver, &driver.begin_consumer(ref, share)});
    }
    turn_ = queue.turn++ % ends_.size();
}

DirectEnds::DirectEnds(DirectQueue& queue) : queue_(queue) {
    for (const std::shared_ptr<DirectPart>& part : queue.parts()) {
        ClientDriver& driver = part->queue.connection().driver();
        const core::QueueRef ref = part->queue.ref();
        ends_.push_back({part, ref, &driver, &driver.listen_for_end(ref)});
        driver.lend_credit(*ends_.back().machine);
    }
    turn_ = queue.turn++ % ends_.size();
}

DirectEnds::~DirectEnds() {
    end();
}

void DirectEnds::end() {
    if (std::exchange(ended_, true)) return;
    for (const End& end : ends_) {
        try {
            if (share_) {
                end.driver().end_consumer(*end.machine, *share_);
            } else {
                end.driver().take_credit_back(*end.machine);
            }
        } catch (const Error&) {
            // The client is gone, and with its sessions the credit.
        }
    }
}

core::Outcome DirectEnds::next(const Use& use, const Wait& wait) {
    for (End& end : ends_) end.over = end.away = false;
    core::Outcome outcome = take_in_turn(use);
    return outcome.code == errc::empty ? wait_for_next(use, wait) : outcome;
}

core::Outcome DirectEnds::take_in_turn(const Use& use) {
    for (std::size_t i = 0; i < ends_.size(); ++i) {
        const std::size_t at = (turn_ + i) % ends_.size();
        core::Outcome outcome = take_from(ends_[at], use);
        if (outcome.code == errc::empty) continue;
        if (at != turn_) in_a_row_ = 0;
        turn_ = ++in_a_row_ % in_a_row_max == 0 ? (at + 1) % ends_.size() : at;
        return outcome;
    }
    return verdict();
}

core::Outcome DirectEnds::wait_for_next(const Use& use, const Wait& wait) {
    const core::Time until = wait.once    ? now().boot
                             : wait.limit ? core::later(now().boot, *wait.limit)
                                          : core::never;
    Bell bell;
    const auto whose = share_ ? DirectQueue::Waiter::consumer : DirectQueue::Waiter::call;
    const Watch watch(queue_, whose, ends_, bell);
    for (;;) {
        core::Outcome outcome = take_in_turn(use);
        if (outcome.code != errc::empty) return outcome;
        if (wait.stop.stop_requested()) return {errc::cancelled, "the call was stopped", {}};
        if (until <= now().boot) return outcome;
        bell.hear(std::min(until, next_look()), wait.stop);
    }
}

/// errc::empty: not now. Notes why, if there is a reason.
core::Outcome DirectEnds::take_from(End& end, const Use& use) {
    ClientDriver::Found found = end.driver().next_held(
        *end.machine, [&](const core::Part& part, std::uint32_t index, const core::Slice& run,
                          std::string_view payload, std::uint64_t generation) {
            use(end, part, index, run, payload, generation);
        });
    const ClientDriver::Link& link = found.link;
    switch (found.outcome.code) {
        case errc::ok: end.away = false; break;
        case errc::closed:
            end.over = true;
            end.part->over_on = link.connection;
            return {errc::empty, {}, {}};
        case errc::unreachable:
            end.away = true;
            end.heard = link.heard;
            last_failure_ = std::move(found.outcome);
            return {errc::empty, {}, {}};
        case errc::empty:
            if (link.up) {
                end.away = end.away && link.heard == end.heard;
            } else if (link.connection != 0 && end.part->over_on == link.connection) {
                end.over = true;
            }
            break;
        case errc::manager_restarted:
        case errc::session_lost:
            // Another producer is there now, or thinks that this is another consumer; what was held
            // is gone, and what is there comes.
            return {errc::empty, {}, {}};
        default: break;
    }
    return std::move(found.outcome);
}

/// errc::empty: something may still come. An address without a producer keeps nothing from ending.
core::Outcome DirectEnds::verdict() const {
    const auto over = [](const End& end) { return end.over; };
    const auto absent = [](const End& end) { return end.part->is_absent(); };
    const auto done = [&](const End& end) { return over(end) || absent(end); };
    const auto lost = [&](const End& end) { return over(end) || end.away; };
    if (std::ranges::all_of(ends_, done) &&
        (queue_.is_closed() || std::ranges::any_of(ends_, over))) {
        return {errc::closed, "the queue is closed and drained at all its producers", {}};
    }
    if (std::ranges::all_of(ends_, lost)) return last_failure_;
    return {errc::empty, {}, {}};
}

/// When verdict() may say something else although nothing has come.
core::Time DirectEnds::next_look() const {
    std::chrono::nanoseconds patience{0};
    for (const End& end : ends_) patience = std::max(patience, end.part->patience());
    return patience.count() == 0 ? core::never : core::later(now().boot, patience);
}

}  // namespace handoff::detail

#include "core/client_puts.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "core/client_calls.hpp"

namespace handoff::core::client {
namespace {

using Outcomes = std::vector<PutDone::Outcome>;

void append(Outcomes& outcomes, const PutDone::Outcome& next) {
    if (!outcomes.empty()) {
        PutDone::Outcome& last = outcomes.back();
        const bool alike = last.code == next.code && last.level == next.level;
        if (alike && last.positions.last + 1 == next.positions.first) {
            last.positions.last = next.positions.last;
            return;
        }
    }
    outcomes.push_back(next);
}

/// The hole before a put that has one hole before it already.
ConnectionNumber deeper(const std::optional<ConnectionNumber>& known, ConnectionNumber other) {
    return known ? std::min(*known, other) : other;
}

/// The next put of a stalled queue may go if it has become the front.
void end_stall(State& state, QueueState& queue) {
    if (!queue.stalled_at || lowest_unconfirmed(state, queue) < *queue.stalled_at) return;
    queue.stalled_at.reset();
    for (const auto& [first, id] : queue.puts) {
        const Call& call = state.calls.at(id);
        if (call.sent_on != state.link.number) state.again.insert(call.request);
    }
    look_at_line(state, queue);
}

}  // namespace

const Put& put_of(const Call& call) {
    return std::get<Put>(call.body);
}

Position first_unanswered(const Call& call) {
    const Outcomes& outcomes = call.put.outcomes;
    Position first = call.put.first;
    for (const PutDone::Outcome& outcome : outcomes) {
        if (outcome.positions.first != first) break;
        first = outcome.positions.last + 1;
    }
    return first;
}

Position lowest_unconfirmed(const State& state, const QueueState& queue) {
    if (queue.puts.empty()) return queue.next_position;
    return first_unanswered(state.calls.at(queue.puts.begin()->second));
}

void rewind_puts(State& state, QueueState& queue) {
    for (const auto& [first, id] : queue.puts) {
        state.again.insert(state.calls.at(id).request);
    }
}

void give_up_positions(State& state, Call& call) {
    QueueState& queue = queue_of(state, put_of(call).queue);
    const ConnectionNumber hole = deeper(call.put.hole, call.sent_on);
    const auto next = queue.puts.upper_bound(call.put.first);
    std::optional<ConnectionNumber>& before_next =
        next == queue.puts.end() ? queue.hole : state.calls.at(next->second).put.hole;
    before_next = deeper(before_next, hole);
}

void put_is_over(State& state, Call& call) {
    const Put& put = put_of(call);
    QueueState& queue = queue_of(state, put.queue);
    queue.puts.erase(call.put.first);
    --state.puts_sent;
    state.put_bytes -= put.items.bytes.size();
    const auto message = state.put_messages.find(call.put.message);
    if (message != state.put_messages.end() && --message->second == 0) {
        state.put_messages.erase(message);
    }
    end_stall(state, queue);
    if (queue.puts.empty()) look_at_line(state, queue);
}

void note_outcome(Call& call, PutDone::Outcome news) {
    const Position last = call.put.first + put_of(call).items.count - 1;
    news.positions.first = std::max(news.positions.first, call.put.first);
    news.positions.last = std::min(news.positions.last, last);
    Position next = news.positions.first;  // of the news, what has not been placed yet
    const auto place_until = [&](Outcomes& outcomes, Position end) {
        if (next >= end || next > news.positions.last) return;
        const Range range{next, std::min(news.positions.last, end - 1)};
        append(outcomes, {range, news.code, news.level});
    };
    Outcomes merged;
    for (const PutDone::Outcome& known : call.put.outcomes) {
        place_until(merged, known.positions.first);
        append(merged, known);
        next = std::max(next, known.positions.last + 1);
    }
    place_until(merged, last + 1);
    call.put.outcomes = std::move(merged);
}

bool has_all_outcomes(const Call& call) {
    const Outcomes& outcomes = call.put.outcomes;
    std::uint64_t count = 0;
    for (const PutDone::Outcome& outcome : outcomes) count += outcome.positions.count();
    return count == put_of(call).items.count;
}

PutDone outcomes_for_caller(const Call& call) {
    PutDone done;
    done.queue = put_of(call).queue;
    done.outcomes = call.put.outcomes;
    for (PutDone::Outcome& outcome : done.outcomes) {
        outcome.positions.first -= call.put.first - 1;
        outcome.positions.last -= call.put.first - 1;
    }
    return done;
}

}  // namespace handoff::core::client

#include "core/client_puts.hpp"

#include <algorithm>
#include <utility>

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

void leave_message(State& state, const Call& call) {
    const auto message = state.messages.find(call.put.message);
    if (message == state.messages.end() || --message->second.calls > 0) return;
    state.again.erase(message->first);
    state.messages.erase(message);
}

void strike_out(State& state, QueueState& queue, const Call& call) {
    queue.puts.erase(call.put.first);
    state.put_cost -= call.put.cost;
    leave_message(state, call);
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

bool is_front(const State& state, const Call& call) {
    return queue_of(state, put_of(call).queue).puts.begin()->second == call.id;
}

Position end_of(const Call& call) {
    return call.put.first + put_of(call).items.count;
}

std::vector<Call*> puts_in(State& state, RequestId message) {
    const auto known = state.messages.find(message);
    if (known == state.messages.end()) return {};
    std::vector<Call*> calls;
    const QueueState& queue = queue_of(state, known->second.queue);
    auto it = queue.puts.lower_bound(known->second.first);
    for (; it != queue.puts.end() && calls.size() < known->second.calls; ++it) {
        calls.push_back(&state.calls.at(it->second));
    }
    return calls;
}

void rewind_puts(State& state, const QueueState& queue) {
    for (const auto& [first, id] : queue.puts) state.again.insert(state.calls.at(id).put.message);
}

void enter_message(State& state, RequestId request, const std::vector<Call*>& calls) {
    const Call& first = *calls.front();
    for (Call* call : calls) {
        leave_message(state, *call);
        call->put.message = request;
        if (call->sent_on != 0 && call->sent_on != state.link.number) call->put.repeated = true;
        call->sent_on = state.link.number;
    }
    state.messages[request] = {put_of(first).queue, first.put.first, calls.size()};
}

void put_is_over(State& state, Call& call) {
    QueueState& queue = queue_of(state, put_of(call).queue);
    const bool front_moves = is_front(state, call);
    strike_out(state, queue, call);
    while (!queue.puts.empty()) {
        const Call& front = state.calls.at(queue.puts.begin()->second);
        if (front.stage != Stage::abandoned) break;
        const CallId id = front.id;
        strike_out(state, queue, front);
        state.calls.erase(id);
    }
    if (queue.puts.empty()) look_at_line(state, queue);
    // What was missing before the others may be what nobody waits for any more.
    if (front_moves && std::exchange(queue.gapped, false)) rewind_puts(state, queue);
}

void note_outcome(Call& call, PutDone::Outcome news) {
    const Position last = end_of(call) - 1;
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

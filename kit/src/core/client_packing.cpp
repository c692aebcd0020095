#include "core/client_packing.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/client_calls.hpp"
#include "core/client_puts.hpp"
#include "core/client_sending.hpp"

namespace handoff::core::client {
namespace {

/// Packing copies; a longer run travels alone and is not copied.
constexpr std::size_t packed_run_bytes_max = 16u << 10;

/// Calls that travel in one PUT, in the order of their positions.
using Pack = std::vector<Call*>;

bool packable(const Put& put) {
    return put.items.bytes.size() <= packed_run_bytes_max && put.columns.key.empty();
}

bool alike(const Call& one, const Call& other) {
    return one.wait.try_once == other.wait.try_once && one.wait.until == other.wait.until &&
           put_of(one).columns == put_of(other).columns;
}

Position end_of(const Call& call) {
    return call.put.first + put_of(call).items.count;
}

/// The put at `first` follows positions that were given up, and that this connection has not seen.
/// The manager would take that for a gap, unless nothing before it is waited for: then
/// `lowest_unconfirmed` says that it is none.
bool must_wait(const State& state, const QueueState& queue, Position first,
               std::optional<ConnectionNumber> hole) {
    const bool front = queue.puts.empty() || queue.puts.begin()->first >= first;
    return hole && *hole != state.link.number && !front;
}

/// What the line of `queue` begins with, as far as it fits into one PUT.
Pack first_of_line(State& state, const QueueState& queue) {
    Pack pack;
    std::size_t bytes = 0;
    for (const CallId id : queue.line) {
        Call& call = state.calls.at(id);
        const Put* put = std::get_if<Put>(&call.body);
        if (put == nullptr) break;
        bytes += put->items.bytes.size();
        const bool joins = pack.empty() || (packable(*put) && alike(*pack.front(), call) &&
                                            bytes <= state.limits.frame_bytes_max);
        if (!joins) break;
        pack.push_back(&call);
        if (!packable(*put)) break;
    }
    return pack;
}

/// `call` and those behind it that were in the same PUT and are to be sent again as well.
Pack same_message(State& state, const QueueState& queue, Call& call) {
    Pack pack{&call};
    for (auto it = queue.puts.upper_bound(call.put.first); it != queue.puts.end(); ++it) {
        Call& next = state.calls.at(it->second);
        const bool joins = next.put.message == call.put.message && next.stage == call.stage &&
                           next.put.first == end_of(*pack.back()) &&
                           state.again.count(next.request) > 0;
        if (!joins) break;
        pack.push_back(&next);
    }
    return pack;
}

/// The items of all calls, without the first `skip`.
Run items_of(const Pack& pack, std::uint32_t skip) {
    const Run& first = put_of(*pack.front()).items;
    const std::size_t offset = skip == 0 ? 0 : prefix_bytes(first.bytes.view(), skip);
    if (pack.size() == 1) return {first.count - skip, first.bytes.part(offset)};
    std::size_t bytes = 0;
    Run all{0, {}};
    for (const Call* call : pack) {
        bytes += put_of(*call).items.bytes.size();
        all.count += put_of(*call).items.count;
    }
    const auto packed = std::make_shared<std::string>();
    packed->reserve(bytes - offset);
    for (const Call* call : pack) packed->append(put_of(*call).items.bytes.view());
    packed->erase(0, offset);
    all.count -= skip;
    all.bytes = Slice(packed, packed->size(), *packed);
    return all;
}

/// A PUT has the number of its last call: so it is never below `done_below` while we wait for the
/// answer to any of its items.
void enter_message(State& state, const Pack& pack) {
    const RequestId message = pack.back()->request;
    for (Call* call : pack) {
        const auto old = state.put_messages.find(call->put.message);
        if (old != state.put_messages.end() && --old->second == 0) state.put_messages.erase(old);
        call->put.message = message;
        ++state.put_messages[message];
    }
}

void post_pack(State& state, const QueueState& queue, const Pack& pack) {
    const Call& first = *pack.front();
    enter_message(state, pack);
    Put put;
    put.queue = queue.handle;
    put.first = first_unanswered(first);
    put.lowest_unconfirmed = lowest_unconfirmed(state, queue);
    put.columns = put_of(first).columns;
    put.items = items_of(pack, static_cast<std::uint32_t>(put.first - first.put.first));
    for (Call* call : pack) {
        call->put.was_front = put.first == put.lowest_unconfirmed;
        call->sent_on = state.link.number;
    }
    post(state, first.put.message, remaining_of(state, first), std::move(put));
}

}  // namespace

void send_puts(State& state, QueueState& queue) {
    if (must_wait(state, queue, queue.next_position, queue.hole)) {
        queue.stalled_at = queue.next_position;
    }
    const Pack pack = first_of_line(state, queue);
    if (queue.stalled_at) {
        set_aside(state, *pack.front());
        return;
    }
    for (Call* call : pack) {
        const Run& items = put_of(*call).items;
        call->put.first = queue.next_position;
        call->put.hole = std::exchange(queue.hole, std::nullopt);
        queue.next_position += items.count;
        queue.puts.emplace(call->put.first, call->id);
        ++state.puts_sent;
        state.put_bytes += items.bytes.size();
        number_call(state, *call);
    }
    post_pack(state, queue, pack);
}

void send_puts_again(State& state, Call& call) {
    QueueState& queue = queue_of(state, put_of(call).queue);
    if (must_wait(state, queue, call.put.first, call.put.hole)) {
        queue.stalled_at = call.put.first;
        for (auto it = queue.puts.lower_bound(call.put.first); it != queue.puts.end(); ++it) {
            state.again.erase(state.calls.at(it->second).request);
        }
        return;
    }
    const Pack pack = same_message(state, queue, call);
    for (const Call* each : pack) state.again.erase(each->request);
    post_pack(state, queue, pack);
    for (const Call* each : pack) {
        if (each->stage == Stage::asked) send_inquiry(state, *each);
    }
}

}  // namespace handoff::core::client

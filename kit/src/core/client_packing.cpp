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

/// What a put that waits costs the manager besides its bytes.
constexpr std::uint64_t put_overhead = 256;

/// Calls that travel in one PUT, in the order of their positions.
using Pack = std::vector<Call*>;

bool packable(const Put& put) {
    return put.items.bytes.size() <= packed_run_bytes_max && put.columns.key.empty();
}

bool alike(const Call& one, const Call& other) {
    return one.wait.try_once == other.wait.try_once && one.wait.until == other.wait.until &&
           put_of(one).columns == put_of(other).columns;
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

RequestId post_put(State& state, const QueueState& queue, const Pack& pack) {
    const Call& first = *pack.front();
    Put put;
    put.queue = queue.handle;
    put.first = first_unanswered(first);
    put.lowest_unconfirmed = lowest_unconfirmed(state, queue);
    put.columns = put_of(first).columns;
    put.items = items_of(pack, static_cast<std::uint32_t>(put.first - first.put.first));
    const RequestId request = state.next_request++;
    post(state, request, remaining_of(state, first), std::move(put));
    return request;
}

bool is_wanted(const Call& call) {
    return call.stage == Stage::sent;
}

/// The puts of a message that are not over, in packs that touch and fare alike.
std::vector<Pack> packs_of(State& state, RequestId message) {
    std::vector<Pack> packs;
    const Call* last = nullptr;
    for (Call* call : puts_in(state, message)) {
        const bool joins = last != nullptr && end_of(*last) == call->put.first &&
                           is_wanted(*last) == is_wanted(*call);
        if (!joins) packs.emplace_back();
        packs.back().push_back(call);
        last = call;
    }
    return packs;
}

}  // namespace

void send_puts(State& state, QueueState& queue) {
    const Pack pack = first_of_line(state, queue);
    for (Call* call : pack) {
        const Put& put = put_of(*call);
        call->stage = Stage::sent;
        call->first_sent = state.now;
        call->put.first = queue.next_position;
        call->put.cost = put_overhead + put.items.bytes.size() + put.columns.notes_bytes();
        queue.next_position += put.items.count;
        queue.puts.emplace(call->put.first, call->id);
        state.put_cost += call->put.cost;
        leave_lines(state, *call);
    }
    enter_message(state, post_put(state, queue, pack), pack);
}

void send_message_again(State& state, RequestId message) {
    const QueueState& queue = queue_of(state, state.messages.at(message).queue);
    for (const Pack& pack : packs_of(state, message)) {
        if (is_wanted(*pack.front())) {
            enter_message(state, post_put(state, queue, pack), pack);
        } else {
            enter_message(state, state.next_request++, pack);  // to keep their place among them
            withdraw(state, {pack.front()->put.first, end_of(*pack.back()) - 1}, queue);
        }
    }
}

}  // namespace handoff::core::client

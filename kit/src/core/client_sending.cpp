#include "core/client_sending.hpp"

#include <algorithm>
#include <utility>

#include "core/client_calls.hpp"
#include "core/client_packing.hpp"
#include "core/client_puts.hpp"
#include "core/client_queues.hpp"
#include "core/client_text.hpp"
#include "core/overload.hpp"

namespace handoff::core::client {
namespace {

/// For so long the manager may keep back what it says of a settlement that nobody waits for.
constexpr Millis settled_patience{10};

/// The longest wait that a request can tell of; docs/protocol.md, 1.3.
constexpr Millis remaining_max = std::chrono::hours{24 * 36525};

/// Adds how far the application has come in the stream of a queue. Credit says it always: it may be
/// the first of its connection.
void add_cursor(QueueState& queue, std::optional<Cursor>& cursor, bool always) {
    if (queue.taken == 0 || (!always && queue.told == queue.taken)) return;
    queue.told = queue.taken;
    cursor = Cursor{queue.ref, queue.taken};
}

std::vector<Cursor> moved_cursors(State& state) {
    constexpr std::size_t cursors_max = 4096;
    std::vector<Cursor> cursors;
    for (QueueState& queue : state.queues) {
        std::optional<Cursor> cursor;
        if (cursors.size() < cursors_max) add_cursor(queue, cursor, false);
        if (cursor) cursors.push_back(*cursor);
    }
    return cursors;
}

/// The body as it travels: with handles for numbers, and with what rides along.
RequestBody as_sent(State& state, const RequestBody& body) {
    RequestBody sent = body;
    std::visit(
        Overload{
            [&](Credit& credit) { add_cursor(queue_of(state, credit.queue), credit.cursor, true); },
            [&](Settle& settle) {
                add_cursor(queue_of(state, settle.queue), settle.cursor, false);
            },
            [&](Heartbeat& heartbeat) { heartbeat.cursors = moved_cursors(state); },
            [&](OpenObject& open) {
                if (open.object != 0) open.object = queue_of(state, open.object).anonymous;
            },
            [](auto&) {},
        },
        sent);
    for_each_queue(sent, [&](std::uint64_t& queue) { queue = queue_of(state, queue).handle; });
    return sent;
}

/// `parts` of `whole_parts` of a limit, and never nothing.
std::uint64_t part_of(std::uint64_t limit, std::uint64_t parts, std::uint64_t whole_parts) {
    return std::max<std::uint64_t>(1, limit / whole_parts * parts + limit % whole_parts);
}

/// Of what the manager allows, calls that wait long may use a part only: what comes back and makes
/// room for them has to get through as well, and a commit brings bytes of its own. A last part is
/// for what CANCEL makes the manager remember.
bool has_room(const State& state, Share share) {
    const Limits& limits = state.limits;
    const std::uint64_t requests = state.sent.size() + state.answered.size();
    switch (share) {
        case Share::puts: return state.put_cost < part_of(limits.session_bytes_max, 3, 4);
        case Share::waits: return requests < part_of(limits.requests_max, 3, 4);
        case Share::quick: return requests < part_of(limits.requests_max, 15, 16);
    }
    return false;
}

/// The oldest call that may go; null if there is none.
Call* next_to_go(State& state) {
    CallId oldest = 0;
    for (const Share share : {Share::puts, Share::waits, Share::quick}) {
        const std::set<CallId>& ready = state.ready[static_cast<std::size_t>(share)];
        if (ready.empty() || !has_room(state, share)) continue;
        if (oldest == 0 || *ready.begin() < oldest) oldest = *ready.begin();
    }
    return oldest == 0 ? nullptr : &state.calls.at(oldest);
}

void send_call(State& state, Call& call) {
    call.sent_on = state.link.number;
    // In this order: a request that was lost with its connection, and is not wanted any more, is
    // then refused as cancelled and not carried out now.
    if (call.stage != Stage::sent) send_inquiry(state, call);
    if (const Credit* credit = std::get_if<Credit>(&call.body)) {
        QueueState& queue = queue_of(state, credit->queue);
        queue.streams = true;
        queue.credit_request = call.request;
    }
    post(state, call.request, remaining_of(state, call), as_sent(state, call.body));
}

void send_under_new_number(State& state, Call& call) {
    leave_lines(state, call);
    call.stage = Stage::sent;
    call.request = state.next_request++;
    call.first_sent = state.now;
    state.sent.emplace(call.request, call.id);
    send_call(state, call);
}

/// Asks for the queue, unless somebody has done so. Its calls wait for the answer.
void open_queue(State& state, QueueState& queue) {
    if (queue.opener != 0) return;
    RequestBody body = Open{queue.name, queue.wanted, queue.create};
    if (queue.kind != ObjectKind::queue) {
        body = OpenObject{queue.name, queue.kind, queue.object_wanted, queue.create, 0};
    }
    Call& open = begin_call(state, Owner::machine, std::move(body), {});
    queue.opener = open.id;
    send_under_new_number(state, open);
}

const char* why_over(const QueueState& queue) {
    if (queue.anonymous != 0) return "it went with the session or the manager that it was of";
    return queue.kind == ObjectKind::queue ? "the queue was destroyed" : "it was destroyed";
}

/// Whether a queue of `call` was destroyed in an earlier session; then the call is over. In the
/// session that it was destroyed in, the manager says so.
bool names_gone_queue(State& state, Call& call) {
    const auto end_if_over = [&](const QueueState& queue) {
        if (!is_over(state, queue)) return false;
        complete(state, call, refused(state, call, errc::stale_reference, why_over(queue)));
        return true;
    };
    const auto* open = std::get_if<OpenObject>(&call.body);
    if (open != nullptr && open->object != 0) return end_if_over(queue_of(state, open->object));
    const std::vector<QueueRef> queues = queues_of(call.body);
    return std::any_of(queues.begin(), queues.end(),
                       [&](QueueRef ref) { return end_if_over(queue_of(state, ref)); });
}

/// Whether `call` has to wait for a queue; then it is set aside and the queue is opened.
bool waits_for_queue(State& state, Call& call) {
    for_each_queue(call.body, [&](QueueRef ref) {
        QueueState& queue = queue_of(state, ref);
        if (queue.handle != 0) return;
        open_queue(state, queue);
        if (call.waits_for != 0) return;
        call.waits_for = ref;
        queue.waiting.insert(call.id);
        set_aside(state, call);
    });
    return call.waits_for != 0;
}

void send_first_time(State& state, Call& call) {
    if (names_gone_queue(state, call) || waits_for_queue(state, call)) return;
    if (const Put* put = std::get_if<Put>(&call.body)) {
        send_puts(state, queue_of(state, put->queue));
        return;
    }
    if (QueueState* asked = asked_for(state, call.body)) asked->opener = call.id;
    send_under_new_number(state, call);
}

void send_again(State& state) {
    while (!state.again.empty()) {
        const RequestId request = *state.again.begin();
        state.again.erase(request);
        if (Call* call = find_sent(state, request)) {
            send_call(state, *call);
        } else {
            send_message_again(state, request);
        }
    }
}

/// Whether the answers that the manager still remembers are so many that it has to be told: a
/// quarter of all that it may, or fewer if they keep calls from being sent.
bool must_be_forgotten(const State& state) {
    const std::uint64_t all = state.limits.requests_max;
    const bool some_stay_here = !state.ready[static_cast<std::size_t>(Share::waits)].empty() &&
                                !has_room(state, Share::waits);
    const std::uint64_t quarter = part_of(all, 1, 4);
    const std::uint64_t few = part_of(all, 1, 64);
    return state.answered.size() >= (some_stay_here ? std::min(few, quarter) : quarter) ||
           state.answered_bytes >= part_of(state.limits.session_bytes_max, 1, 16);
}

/// A call that waits long keeps `done_below` where it is; so what was answered since is told apart.
void tell_answered(State& state) {
    if (state.answered.empty() || !must_be_forgotten(state)) return;
    Heartbeat heartbeat;
    for (const RequestId id : state.answered) {
        if (!heartbeat.answered.empty() && heartbeat.answered.back().last + 1 == id) {
            heartbeat.answered.back().last = id;
        } else {
            heartbeat.answered.push_back({id, id});
        }
    }
    state.told.merge(state.answered);
    state.answered.clear();
    state.answered_bytes = 0;
    state.untold_since.reset();
    // With a number, so that its answer is not taken for one to the heartbeat that is under way.
    post(state, state.next_request++, std::nullopt, as_sent(state, std::move(heartbeat)));
}

}  // namespace

void send_what_may_go(State& state) {
    if (state.link.state != LinkState::welcomed) return;
    send_again(state);
    tell_answered(state);
    while (Call* call = next_to_go(state)) send_first_time(state, *call);
}

void send_hello(State& state, const SessionId& fresh) {
    state.outbox.clear();
    Hello hello = greet(state.link, state.settings.identity, fresh, state.now);
    state.outbox.push_back({0, 0, std::nullopt, {}, std::move(hello)});
}

void send_inquiry(State& state, const Call& call) {
    const bool here = state.link.state == LinkState::welcomed && call.sent_on == state.link.number;
    if (!here) return;
    if (const Put* put = std::get_if<Put>(&call.body)) {
        withdraw(state, {call.put.first, end_of(call) - 1}, queue_of(state, put->queue));
    } else if (!opens(call.body)) {  // for which others may wait as well
        post(state, 0, std::nullopt, Cancel{call.request});
    }
}

void withdraw(State& state, Range positions, const QueueState& queue) {
    send_under_new_number(state,
                          begin_call(state, Owner::machine, Withdraw{queue.ref, positions}, {}));
}

Time heartbeat_due(const State& state) {
    const Time due = heartbeat_due(state.link, state.limits);
    if (!state.untold_since || due == never) return due;
    return std::min(due, later(*state.untold_since, state.limits.heartbeat));
}

void send_heartbeat(State& state) {
    if (heartbeat_due(state) > state.now) return;
    state.link.heartbeat = state.now;
    state.untold_since.reset();
    post(state, 0, std::nullopt, as_sent(state, Heartbeat{}));
}

std::optional<Millis> remaining_of(const State& state, const Call& call) {
    // Nobody waits for this answer: it may come with the next one.
    const bool unhurried = call.wait.detached || call.wait.unhurried;
    if (unhurried && std::holds_alternative<Settle>(call.body)) return settled_patience;
    const bool over = call.stage == Stage::asked || call.stage == Stage::abandoned;
    if (over || call.wait.try_once) return Millis{0};
    if (!call.wait.until) return std::nullopt;
    // Less than nothing is left when the deadline has passed and nobody has looked yet. That it
    // must not wait at all would be for the caller to say.
    const auto left = std::chrono::ceil<Millis>(*call.wait.until - state.now);
    return std::clamp(left, Millis{1}, remaining_max);
}

void post(State& state, RequestId id, std::optional<Millis> remaining, RequestBody body) {
    const RequestId done_below =
        state.sent.empty() ? state.next_request : state.sent.begin()->first;
    state.link.sent = state.now;
    state.outbox.push_back({id, done_below, remaining, {}, std::move(body)});
}

}  // namespace handoff::core::client

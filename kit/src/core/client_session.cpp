#include "core/client_session.hpp"

#include <algorithm>
#include <variant>

#include "core/client_calls.hpp"
#include "core/client_endings.hpp"
#include "core/client_sending.hpp"
#include "core/client_text.hpp"
#include "core/run.hpp"

namespace handoff::core::client {
namespace {

/// An abandoned call is asked again only if its answer matters: a GET may have been given items,
/// and a call of an object a lock. Puts that are not wanted any more are withdrawn anew.
bool matters(const Call& call) {
    if (std::holds_alternative<Withdraw>(call.body)) return false;
    return call.stage != Stage::abandoned || std::holds_alternative<Get>(call.body) ||
           std::holds_alternative<Calls>(call.body) || opens(call.body);
}

/// What the last connection may have swallowed goes out again before anything else.
void resume(State& state) {
    for (auto it = state.sent.begin(); it != state.sent.end();) {
        Call& call = state.calls.at(it->second);
        ++it;  // as this one may be gone
        if (matters(call)) {
            state.again.insert(call.request);
        } else {
            forget(state, call);
        }
    }
    for (const auto& [request, message] : state.messages) state.again.insert(request);
    state.answered.merge(state.told);  // which it may not have heard
    state.told.clear();
    for (QueueState& queue : state.queues) queue.told = 0;
}

/// The payload of the largest item of `items` if it is more than `limit`, else 0.
std::size_t beyond(std::uint64_t limit, const Run& items) {
    if (items.bytes.size() <= limit) return 0;
    const std::optional<RunShape> shape = measure(items.bytes.view());
    const std::size_t largest = shape ? shape->largest_payload : items.bytes.size();
    return largest > limit ? largest : 0;
}

std::size_t beyond(std::uint64_t limit, const RequestBody& body) {
    if (const Put* put = std::get_if<Put>(&body)) return beyond(limit, put->items);
    std::size_t largest = 0;
    if (const Commit* commit = std::get_if<Commit>(&body)) {
        for (const Commit::Puts& puts : commit->puts) {
            largest = std::max(largest, beyond(limit, puts.items));
        }
    }
    return largest;
}

/// Calls of objects travel whole; see docs/protocol.md, 1.1, for how long a message may be.
std::size_t beyond(const Limits& limits, const Calls& calls) {
    std::size_t bytes = 0;
    for (const objects::Call& call : calls.calls) {
        bytes += call.numbers.size() * sizeof(std::int64_t);
        for (const objects::Packed& value : call.values) bytes += value.size();
    }
    return bytes > std::max(limits.item_bytes_max, limits.frame_bytes_max) ? bytes : 0;
}

/// Calls that were begun before we knew what this manager takes.
void check_sizes(State& state) {
    for (auto it = state.calls.begin(); it != state.calls.end();) {
        Call& call = it->second;
        ++it;  // as this one may be gone
        if (call.stage == Stage::unsent) end_too_large(state, call);
    }
}

}  // namespace

void take_welcome(State& state, const Welcome& welcome) {
    Link& link = state.link;
    const bool ours = link.state == LinkState::greeting && link.number == welcome.connection_number;
    if (!ours) return;
    link.state = LinkState::welcomed;
    confirm(link, link.greeted);
    const bool had_session = link.session.has_value();
    const bool restarted = link.manager != welcome.manager;
    link.manager = welcome.manager;
    if (had_session && welcome.resumed) {
        state.log.write(LogLevel::info,
                        "the session with the manager at " + state.settings.endpoint + " goes on");
        // What the session has is stored; an earlier one may have used what was not.
        if (restarted) forget_memory(state);
        resume(state);
        if (restarted) tell_unsent_of_restart(state);
    } else {
        link.session = link.fresh;
        state.log.write(LogLevel::info,
                        "a session with the manager at " + state.settings.endpoint + " begins");
        if (had_session) end_session(state, restarted);
    }
    if (state.limits == welcome.limits) return;
    state.limits = welcome.limits;
    check_sizes(state);
}

void greet_again(State& state) {
    send_hello(state, next_session_id(state.link.fresh));
}

bool end_too_large(State& state, Call& call) {
    const auto* calls = std::get_if<Calls>(&call.body);
    const std::size_t bytes = calls != nullptr ? beyond(state.limits, *calls)
                                               : beyond(state.limits.item_bytes_max, call.body);
    if (bytes == 0) return false;
    if (call.owner == Owner::nobody) ++state.refused_detached;
    complete(state, call,
             refused(state, call, errc::too_large,
                     text_of_too_large(state, calls != nullptr ? "a call" : "an item", bytes)));
    return true;
}

}  // namespace handoff::core::client

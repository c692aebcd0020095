#include "core/client_objects.hpp"

#include <algorithm>
#include <utility>

#include "core/client_calls.hpp"
#include "core/client_rules.hpp"
#include "core/client_text.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"

namespace handoff::core::client {
namespace {

using objects::Method;

Nature nature_of(Method method) {
    switch (method) {
        case Method::state:
        case Method::get:
        case Method::size:
        case Method::contains:
        case Method::find:
        case Method::count:
        case Method::compare:
        case Method::page: return Nature::ask;
        case Method::acquire:
        case Method::acquire_shared:
        case Method::wait:
        case Method::changed: return Nature::take;
        case Method::release:
        case Method::renew:
        case Method::sleep:
        case Method::notify:
        case Method::proclaim:
        case Method::acted: return Nature::settle;
        default: return Nature::alter;
    }
}

/// How much there is to say when no answer comes.
int weight_of(Nature nature) {
    switch (nature) {
        case Nature::ask: return 0;
        case Nature::take: return 1;
        case Nature::settle: return 2;
        default: return 3;
    }
}

bool may_wait(Method method) {
    switch (method) {
        case Method::acquire:
        case Method::acquire_shared:
        case Method::wait:
        case Method::sleep:
        case Method::changed:
        case Method::invoke: return true;
        default: return false;
    }
}

std::int64_t first_number(const objects::Call& call, std::int64_t otherwise) {
    return call.numbers.empty() ? otherwise : call.numbers.front();
}

}  // namespace

Nature nature_of(const Calls& calls) {
    Nature heaviest = Nature::ask;
    for (const objects::Call& call : calls.calls) {
        const Nature nature = nature_of(call.method);
        if (weight_of(nature) > weight_of(heaviest)) heaviest = nature;
    }
    return heaviest;
}

bool counts_unanswered(const State& state, const Calls& calls) {
    return std::any_of(calls.calls.begin(), calls.calls.end(), [&](const objects::Call& call) {
        return call.method == Method::wait &&
               queue_of(state, call.object).kind == ObjectKind::barrier;
    });
}

bool settles(const Calls& calls) {
    return std::any_of(calls.calls.begin(), calls.calls.end(), [](const objects::Call& call) {
        return nature_of(call.method) == Nature::settle;
    });
}

bool may_wait(const Calls& calls) {
    return std::any_of(calls.calls.begin(), calls.calls.end(),
                       [](const objects::Call& call) { return may_wait(call.method); });
}

std::string describe_calls(const State& state, const Calls& calls) {
    constexpr std::size_t most = 4;
    std::string text;
    for (std::size_t at = 0; at < calls.calls.size(); ++at) {
        if (at > 0) text += ", ";
        if (at == most) return text + "and more";
        const objects::Call& call = calls.calls[at];
        const QueueState& object = queue_of(state, call.object);
        text += objects::method_of(call) + " of " + std::string(objects::to_string(object.kind)) +
                " " + shown(object);
    }
    return text;
}

void explain_results(const Call& call, Results& results) {
    if (call.stage != Stage::asked) return;
    for (objects::Result& result : results.results) {
        if (result.code != errc::cancelled && result.code != errc::empty) continue;
        result.code = code_when_withdrawn(Nature::take, call.asked_for);
    }
}

objects::Call giving_back(ObjectKind kind, const objects::Call& call,
                          const objects::Result& result) {
    if (result.code != errc::ok || result.numbers.empty()) return {};
    const std::int64_t first = result.numbers.front();
    switch (call.method) {
        case Method::acquire:
        case Method::acquire_shared:
            if (kind == ObjectKind::semaphore || kind == ObjectKind::bounded_semaphore) {
                return {call.object, Method::release, {first_number(call, 1)}, {}};
            }
            if (kind == ObjectKind::lock || kind == ObjectKind::recursive_lock) {
                return {call.object, Method::release, {first, first_number(call, 0)}, {}};
            }
            return {call.object, Method::release, {first}, {}};
        // Its caller has been told that the lock is lost, in the midst of what it protects.
        case Method::sleep: return {call.object, Method::break_hold, {first}, {}};
        case Method::wait:
            // The others wait for what this one was to do.
            if (kind == ObjectKind::barrier && result.numbers.size() > 1 &&
                result.numbers[1] == 1) {
                return {call.object, Method::acted, {0}, {}};
            }
            return {};
        default: return {};
    }
}

void give_back(State& state, const Calls& calls, const Results& results) {
    Calls back;
    const std::size_t count = std::min(calls.calls.size(), results.results.size());
    for (std::size_t at = 0; at < count; ++at) {
        const objects::Call& call = calls.calls[at];
        objects::Call one =
            giving_back(queue_of(state, call.object).kind, call, results.results[at]);
        if (one.object != 0) back.calls.push_back(std::move(one));
    }
    if (back.calls.empty()) return;
    enlist(state, begin_call(state, Owner::machine, std::move(back), {}));
}

}  // namespace handoff::core::client

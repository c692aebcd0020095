#include "core/client_rules.hpp"

#include <algorithm>
#include <type_traits>

#include "core/client_objects.hpp"
#include "core/overload.hpp"

namespace handoff::core::client {

Nature nature_of(const RequestBody& body) {
    return std::visit(Overload{
                          [](const Put&) { return Nature::put; },
                          [](const Commit&) { return Nature::put; },
                          [](const Get&) { return Nature::take; },
                          [](const Settle&) { return Nature::settle; },
                          [](const Close&) { return Nature::change; },
                          [](const Purge&) { return Nature::change; },
                          [](const Kick&) { return Nature::change; },
                          [](const Destroy&) { return Nature::change; },
                          [](const Calls& calls) { return nature_of(calls); },
                          [](const auto&) { return Nature::ask; },
                      },
                      body);
}

bool settles(const RequestBody& body) {
    const auto* calls = std::get_if<Calls>(&body);
    return calls != nullptr ? settles(*calls) : nature_of(body) == Nature::settle;
}

errc code_without_answer(Nature nature, bool sent, const Cause& cause) {
    const bool lost = cause.ending == Ending::session_lost;
    if (sent && (nature == Nature::put || nature == Nature::alter)) return errc::outcome_unknown;
    // The leases of a lost session went back, which is all that there is to know of them.
    if (sent && !lost && (nature == Nature::settle || nature == Nature::change)) {
        return errc::outcome_unknown;
    }
    if (cause.ending == Ending::deadline && nature == Nature::put) return errc::full;
    if (cause.ending == Ending::deadline && nature == Nature::take) return errc::empty;
    return cause.code;
}

errc code_when_withdrawn(Nature nature, Ending why) {
    if (why == Ending::cancelled) return errc::cancelled;
    return nature == Nature::put ? errc::full : errc::empty;
}

bool answers(const ReplyBody& reply, const RequestBody& body) {
    const auto is = [&reply](auto kind) {
        return std::holds_alternative<typename decltype(kind)::type>(reply);
    };
    return std::visit(Overload{
                          [&](const Heartbeat&) { return is(std::type_identity<Alive>{}); },
                          [&](const Open&) { return is(std::type_identity<Opened>{}); },
                          [&](const Get&) { return is(std::type_identity<Deliver>{}); },
                          [&](const Settle&) { return is(std::type_identity<Settled>{}); },
                          [&](const Peek&) { return is(std::type_identity<Peeked>{}); },
                          [&](const Stats&) { return is(std::type_identity<StatsReply>{}); },
                          [&](const Put&) { return is(std::type_identity<PutDone>{}); },
                          [&](const Withdraw&) { return is(std::type_identity<PutDone>{}); },
                          [&](const OpenObject&) { return is(std::type_identity<ObjectOpened>{}); },
                          [&](const Calls&) { return is(std::type_identity<Results>{}); },
                          [&](const Objects&) { return is(std::type_identity<ObjectsReply>{}); },
                          [&](const auto&) { return is(std::type_identity<Done>{}); },
                      },
                      body);
}

bool is_call(const RequestBody& body) {
    return std::visit(Overload{
                          [](const Hello&) { return false; },
                          [](const Goodbye&) { return false; },
                          [](const Cancel&) { return false; },
                          [](const Put&) { return false; },
                          [](const Withdraw&) { return false; },
                          [](const LetGo&) { return false; },
                          [](const UnknownRequest&) { return false; },
                          [](const auto&) { return true; },
                      },
                      body);
}

bool may_wait(const RequestBody& body) {
    if (const auto* calls = std::get_if<Calls>(&body)) return may_wait(*calls);
    return std::holds_alternative<Get>(body) || std::holds_alternative<Join>(body) ||
           std::holds_alternative<Commit>(body);
}

std::vector<QueueRef> queues_of(const RequestBody& body) {
    std::vector<QueueRef> queues;
    for_each_queue(body, [&](QueueRef queue) { queues.push_back(queue); });
    std::sort(queues.begin(), queues.end());
    queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
    return queues;
}

}  // namespace handoff::core::client

#include "core/client_text.hpp"

#include <string_view>
#include <variant>

#include "core/client_objects.hpp"
#include "core/client_puts.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"
#include "core/overload.hpp"

namespace handoff::core::client {
namespace {

std::string_view verb_of(const RequestBody& body) {
    return std::visit(Overload{
                          [](const Open&) { return "open"; },
                          [](const Put&) { return "put on"; },
                          [](const Get&) { return "get from"; },
                          [](const Credit&) { return "stream from"; },
                          [](const Settle& settle) {
                              switch (settle.verb) {
                                  case Verb::ack: return "acknowledge on";
                                  case Verb::release: return "release to";
                                  case Verb::bury: return "bury in";
                                  case Verb::extend: return "extend a lease of";
                                  case Verb::giveback: return "give back to";
                              }
                              return "settle on";
                          },
                          [](const Commit&) { return "commit on"; },
                          [](const Close&) { return "close"; },
                          [](const Join&) { return "join"; },
                          [](const Peek&) { return "peek into"; },
                          [](const Purge&) { return "purge"; },
                          [](const Kick&) { return "kick"; },
                          [](const Destroy&) { return "destroy"; },
                          [](const Stats&) { return "stats of"; },
                          [](const Heartbeat&) { return "heartbeat of"; },
                          [](const OpenObject&) { return "open"; },
                          [](const Objects&) { return "list"; },
                          [](const auto&) { return "request to"; },
                      },
                      body);
}

/// What a refusal means to the caller who only gets its number.
std::string_view reason_of(errc code) {
    switch (code) {
        case errc::full: return "it is full, or others wait for room; no room came in time";
        case errc::empty: return "nothing came in time";
        case errc::closed: return "it is closed";
        case errc::cancelled: return "withdrawn before it was done";
        case errc::too_large: return "the item can never fit; see its capacity_bytes";
        default: return to_string(code);
    }
}

/// How much of a put that failed as a whole went in.
std::string extent_of(const Call& call) {
    const Put* put = std::get_if<Put>(&call.body);
    if (put == nullptr || put->items.count < 2) return {};
    std::uint64_t in_queue = 0;
    for (const PutDone::Outcome& outcome : call.put.outcomes) {
        if (outcome.code == errc::ok) in_queue += outcome.positions.count();
    }
    return " (" + std::to_string(in_queue) + " of " + std::to_string(put->items.count) +
           " items are known to be in it)";
}

void attach_what_is_known(const Call& call, Outcome& outcome) {
    if (std::holds_alternative<Put>(call.body)) outcome.reply = outcomes_for_caller(call);
}

}  // namespace

std::string describe(const State& state, const RequestBody& body) {
    std::string text;
    if (const Calls* calls = std::get_if<Calls>(&body)) {
        return describe_calls(state, *calls) + " at " + state.settings.endpoint;
    }
    text = verb_of(body);
    if (const Open* open = std::get_if<Open>(&body)) {
        text += " queue " + core::quoted(open->name);
    } else if (const OpenObject* object = std::get_if<OpenObject>(&body)) {
        text.append(" ").append(objects::to_string(object->kind));
        if (object->object != 0) text.append(" ").append(shown(queue_of(state, object->object)));
        if (!object->name.empty()) text.append(" ").append(core::quoted(object->name));
    } else if (const Objects* objects = std::get_if<Objects>(&body)) {
        text += objects->name.empty() ? " all objects" : " object " + core::quoted(objects->name);
    } else if (const std::vector<QueueRef> queues = queues_of(body); queues.empty()) {
        text += std::holds_alternative<Stats>(body) ? " all queues" : " the session";
    } else {
        const ObjectKind kind = queue_of(state, queues.front()).kind;
        text.append(" ").append(objects::to_string(kind)).append(queues.size() == 1 ? "" : "s");
        std::string_view separator = " ";
        for (const QueueRef ref : queues) {
            text.append(separator).append(shown(queue_of(state, ref)));
            separator = ", ";
        }
    }
    return text + " at " + state.settings.endpoint;
}

std::string shown(const QueueState& queue) {
    if (queue.anonymous != 0) return "#" + std::to_string(queue.anonymous);
    return core::quoted(queue.name);
}

Outcome refused(const State& state, const Call& call, errc code, const std::string& text) {
    const bool ended_by_us = code == errc::cancelled || code == errc::full || code == errc::empty;
    Outcome outcome;
    outcome.code = call.stage == Stage::asked && ended_by_us
                       ? code_when_withdrawn(nature_of(call.body), call.asked_for)
                       : code;
    const std::string why =
        text.empty() || outcome.code != code ? std::string(reason_of(outcome.code)) : text;
    outcome.text = describe(state, call.body) + ": " + why + extent_of(call);
    attach_what_is_known(call, outcome);
    return outcome;
}

Outcome unanswered(const State& state, const Call& call, const Cause& cause) {
    const bool sent = call.stage != Stage::unsent;
    Outcome outcome;
    const auto* calls = std::get_if<Calls>(&call.body);
    const bool counts = calls != nullptr && counts_unanswered(state, *calls);
    const Nature nature = counts ? Nature::change : nature_of(call.body);
    outcome.code = code_without_answer(nature, sent, cause);
    outcome.text = describe(state, call.body) + ": " + cause.text;
    if (outcome.code == errc::outcome_unknown) {
        outcome.text += "; it was sent, and may have been done";
    }
    outcome.text += extent_of(call);
    if (sent) attach_what_is_known(call, outcome);
    return outcome;
}

std::string text_of_too_large(const State& state, const std::string& what, std::size_t bytes) {
    return what + " of " + std::to_string(bytes) +
           " bytes is larger than the manager takes; its item_bytes_max is " +
           std::to_string(state.limits.item_bytes_max);
}

std::string text_of_silence(const State& state) {
    return "no manager has answered for " + in_words(state.settings.unreachable_after) + "; " +
           state.settings.advice;
}

std::string in_words(Millis span) {
    const auto count = span.count();
    if (count >= 1000 && count % 1000 == 0) return std::to_string(count / 1000) + " s";
    return std::to_string(count) + " ms";
}

}  // namespace handoff::core::client

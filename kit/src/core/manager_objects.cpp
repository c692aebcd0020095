#include "core/manager_objects.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_references.hpp"
#include "core/manager_registered.hpp"
#include "core/manager_rights.hpp"
#include "core/manager_stored.hpp"
#include "core/manager_stored_objects.hpp"
#include "core/manager_waiting.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"

namespace handoff::core::manager {
namespace {

using objects::Method;
using objects::ObjectHandle;
using objects::Result;

constexpr std::size_t calls_max = 4096;

}  // namespace

Stand* find_stand(State& state, ObjectHandle handle) {
    const auto it = state.stands.find(handle);
    return it == state.stands.end() ? nullptr : &it->second;
}

std::string in_words(ObjectKind kind, const std::string& name, ObjectHandle handle) {
    const std::string text(objects::to_string(kind));
    if (!name.empty()) return text + " " + core::quoted(name);
    return handle == 0 ? text : text + " #" + std::to_string(handle);
}

std::string describe(const OpenObject& open) {
    return in_words(open.kind, open.name, open.object);
}

objects::Context context_of(State& state) {
    return {state.now(),
            state.next_token,
            state.ended,
            [&state](Holder session) {
                const auto known = state.sessions.find(session);
                return known == state.sessions.end() ? std::string() : known->second.who;
            },
            [&state](ObjectHandle handle) -> const objects::Object* {
                const Stand* stand = find_stand(state, handle);
                return stand == nullptr ? nullptr : stand->object.get();
            },
            static_cast<std::size_t>(state.limits().frame_bytes_max),
            [&state](Holder session, Token token) {
                const auto known = state.sessions.find(session);
                if (known == state.sessions.end()) return;
                send(state, known->second, {0, Event{Event::hold_broken, token}});
            }};
}

namespace {

void note_deadlines(State& state, const Stand& stand) {
    const Deadlines next = stand.object->next_deadline();
    state.object_boot.set(stand.handle, next.boot);
    state.object_wall.set(stand.handle, next.wall);
}

// ------------------------------------------------------------------ calls

Result no_such_object(ObjectHandle handle) {
    return objects::failure(errc::stale_reference, "there is no object " + std::to_string(handle) +
                                                       "; it may have been destroyed");
}

Result not_done() {
    return objects::failure(errc::cancelled, "one before it was cancelled or failed");
}

std::size_t bytes_of(const Calls& calls) {
    std::size_t bytes = waiting_overhead;
    for (const objects::Call& call : calls.calls) {
        bytes += sizeof call + call.numbers.size() * sizeof(std::int64_t);
        for (const Slice& value : call.values) bytes += value.owner_bytes();
    }
    return bytes;
}

std::uint64_t bytes_of(const Result& result) {
    std::uint64_t bytes = 0;
    for (const Slice& value : result.values) bytes += value.size();
    return bytes;
}

/// Why a further call cannot wait here; empty if it can.
std::optional<Failed> cannot_wait_at(const State& state, const Session& session, const Stand& stand,
                                     std::size_t bytes) {
    if (stand.object->waiting() >= state.settings.waiters_max) {
        return Failed{errc::limit_exceeded,
                      "waiters_max is " + std::to_string(state.settings.waiters_max)};
    }
    if (session.waiting_bytes + bytes > state.limits().session_bytes_max) {
        return Failed{errc::limit_exceeded,
                      "session_bytes_max is " + std::to_string(state.limits().session_bytes_max)};
    }
    return std::nullopt;
}

/// The text of a failure names object and method.
Result in_full(Result result, const Stand& stand, const objects::Call& call) {
    if (result.code == errc::ok) return result;
    result.text = describe(stand) + ": " + objects::method_of(call) + ": " + result.text;
    return result;
}

/// The same as Object::call(), of a call whose references are counted.
std::optional<Result> call_object(State& state, const Session& session, Stand& stand,
                                  const objects::Caller& caller, const objects::Call& call) {
    objects::Context context = context_of(state);
    std::optional<objects::Call> counted;
    try {
        counted = with_references(state, session, stand, call);
    } catch (const Error& error) {
        return objects::failure(error.code(), error.what());
    }
    if (stand.stored != nullptr) return call_stored(state, stand, context, caller, call);
    return stand.object->call(context, caller, counted ? *counted : call);
}

/// Nobody is told of an object before that is stored.
void note_rest(const State& state, WaitingCalls& all) {
    const auto stand = state.stands.find(all.object);
    const Turn turn = stand == state.stands.end() ? state.queue_gone_in : stand->second.changed_in;
    all.rests_on = std::max(all.rests_on, turn);
}

/// Carries out one call. Empty: it waits at its object.
std::optional<Result> carry_out(State& state, Session& session, Ticket ticket, bool may_wait,
                                std::size_t bytes, const objects::Call& call) {
    Stand* stand = find_stand(state, call.object);
    if (stand == nullptr) return no_such_object(call.object);
    if (auto why = cannot_allow(state, session, *stand, call)) return why;
    const std::optional<Failed> no_room =
        may_wait ? cannot_wait_at(state, session, *stand, bytes) : std::nullopt;
    session.objects.insert(stand->handle);
    stand->callers.insert(session.number);
    std::optional<Result> result =
        call_object(state, session, *stand, {session.number, ticket, may_wait && !no_room}, call);
    note_deadlines(state, *stand);
    if (!result) {
        stand->waiting.insert(ticket);
        return std::nullopt;
    }
    if (no_room && result->code == errc::empty) {
        result = objects::failure(no_room->code, no_room->text);
    }
    tell_references(state, session, call, *result);
    return in_full(std::move(*result), *stand, call);
}

/// Carries out those that have no result yet, as far as none has to wait; true if all are done.
bool go_on(State& state, Session& session, Ticket ticket, WaitingCalls& all, std::size_t bytes) {
    const std::vector<objects::Call>& calls = all.calls.calls;
    std::uint64_t answered = 0;
    for (const Result& each : all.results) answered += bytes_of(each);
    while (all.results.size() < calls.size()) {
        const bool failed = !all.results.empty() && all.results.back().code != errc::ok;
        if (all.cancelled || (failed && all.calls.stop)) {
            all.results.push_back(not_done());
            continue;
        }
        if (answered > state.limits().session_bytes_max) {
            all.results.push_back(
                objects::failure(errc::limit_exceeded,
                                 "the answers before it are too long already; "
                                 "session_bytes_max is " +
                                     std::to_string(state.limits().session_bytes_max)));
            continue;
        }
        const objects::Call& next = calls[all.results.size()];
        all.object = next.object;
        std::optional<Result> result = carry_out(state, session, ticket, all.may_wait, bytes, next);
        if (!result) return false;
        note_rest(state, all);
        answered += bytes_of(*result);
        all.results.push_back(std::move(*result));
    }
    return true;
}

/// What a call that waited has come to.
void take_result(State& state, Ticket ticket, Result result) {
    const auto found = state.waiting.find(ticket);
    if (found == state.waiting.end()) return;  // its session is over, or it was withdrawn
    auto& all = std::get<WaitingCalls>(found->second.what);
    const objects::Call& call = all.calls.calls[all.results.size()];
    Session& session = session_of(state, found->second.session);
    tell_references(state, session, call, result);
    if (Stand* stand = find_stand(state, all.object)) {
        stand->waiting.erase(ticket);
        result = in_full(std::move(result), *stand, call);
    }
    note_rest(state, all);
    all.results.push_back(std::move(result));
    // The bytes of those that wait are counted already.
    if (!go_on(state, session, ticket, all, 0)) return;
    const Turn rests_on = all.rests_on;
    Results results{std::move(all.results)};
    conclude(state, ticket, {std::move(results), rests_on});
}

}  // namespace

std::string describe(const Stand& stand) {
    return in_words(stand.kind, stand.name, stand.handle);
}

bool only_reads(const Calls& calls) {
    return std::all_of(calls.calls.begin(), calls.calls.end(), [](const objects::Call& call) {
        switch (call.method) {
            case Method::state:
            case Method::get:
            case Method::size:
            case Method::contains:
            case Method::find:
            case Method::count:
            case Method::compare: return true;
            default: return false;
        }
    });
}

std::optional<Answer> handle(State& state, Session& session, const Request& request, Calls& calls) {
    if (calls.calls.empty()) return failed(errc::invalid_argument, "CALL: no call");
    if (calls.calls.size() > calls_max) {
        return failed(errc::limit_exceeded, "CALL: more than 4096 calls");
    }
    if (request.remaining && *request.remaining < Millis{0}) {
        return failed(errc::invalid_argument, "CALL: remaining time below 0");
    }
    const Ticket ticket = state.next_ticket++;
    const std::size_t bytes = bytes_of(calls);
    WaitingCalls all;
    all.calls = std::move(calls);
    all.results.reserve(all.calls.calls.size());
    all.may_wait = request.remaining != Millis{0};
    if (go_on(state, session, ticket, all, bytes)) {
        return Answer{Results{std::move(all.results)}, all.rests_on};
    }
    wait(state, ticket,
         {session.number, request.id, wait_until(state, request.remaining), bytes, std::move(all)});
    return std::nullopt;
}

void tell_ended(State& state) {
    // What goes on may end others, which come behind those that are told now.
    while (!state.ended.empty()) {
        for (objects::Ended& each : std::exchange(state.ended, {})) {
            take_result(state, each.ticket, std::move(each.result));
        }
    }
}

void give_up_calls(State& state, Ticket ticket, errc why) {
    auto& all = std::get<WaitingCalls>(state.waiting.at(ticket).what);
    // Those behind one that is not allowed are judged, and may wait, as if it had just come.
    all.may_wait = all.may_wait && why == errc::not_authorised;
    all.cancelled = why == errc::cancelled;
    Stand& stand = *find_stand(state, all.object);
    objects::Context context = context_of(state);
    stand.object->give_up(context, ticket, why);
    note_deadlines(state, stand);
    tell_ended(state);
}

void leave_object(State& state, Ticket ticket, ObjectHandle handle) {
    Stand* stand = find_stand(state, handle);
    if (stand == nullptr || stand->waiting.erase(ticket) == 0) return;
    objects::Context context = context_of(state);
    stand->object->forget(ticket);
    stand->object->session_over(context, 0);  // those who stood behind it may have their turn
    note_deadlines(state, *stand);
}

void leave_objects(State& state, Session& session) {
    // Nobody is told before it has left all of them: so nothing is handed out to it any more.
    for (const Ticket ticket : session.waiting) {
        const auto* all = std::get_if<WaitingCalls>(&state.waiting.at(ticket).what);
        if (all == nullptr) continue;
        Stand& stand = *find_stand(state, all->object);
        stand.object->forget(ticket);
        stand.waiting.erase(ticket);
    }
    for (const ObjectHandle handle : session.objects) {
        Stand& stand = *find_stand(state, handle);
        objects::Context context = context_of(state);
        stand.callers.erase(session.number);
        stand.object->session_over(context, session.number);
        note_deadlines(state, stand);
    }
    session.objects.clear();
}

// ------------------------------------------------------------------ whole objects

namespace {

bool durable(const OpenObject& open) {
    return open.options.durability.value_or(Durability::memory) != Durability::memory;
}

std::optional<Failed> cannot_open(const State& state, const OpenObject& open) {
    const std::string_view fault = open.name.empty() ? "" : name_fault(open.name);
    if (!fault.empty()) {
        return Failed{errc::invalid_argument,
                      core::quoted(open.name) + ": the name of an object " + std::string(fault)};
    }
    if (!objects::can_make(open.kind) && open.kind != ObjectKind::registered) {
        return Failed{errc::unsupported, "there are no objects of kind " +
                                             std::to_string(static_cast<unsigned>(open.kind))};
    }
    const std::string wrong = objects::fault_of(open.kind, open.options);
    if (!wrong.empty()) {
        return Failed{errc::invalid_argument, describe(open) + ": " + wrong};
    }
    if (!durable(open)) return std::nullopt;
    if (open.name.empty() && open.object == 0) {
        return Failed{errc::invalid_argument,
                      describe(open) +
                          ": without a name nobody finds it after a restart, so it "
                          "cannot be durable"};
    }
    const std::optional<Failed> why = cannot_store(state);
    if (why) return Failed{why->code, describe(open) + ": " + why->text};
    return std::nullopt;
}

Stand* find_named(State& state, const OpenObject& open) {
    if (open.object != 0) return find_stand(state, open.object);
    const auto it = state.stand_names.find(open.name);
    return it == state.stand_names.end() ? nullptr : find_stand(state, it->second);
}

Stand& place_stand(State& state, ObjectHandle handle, const OpenObject& open) {
    Stand& stand = state.stands[handle];
    stand.handle = handle;
    stand.name = open.name;
    stand.kind = open.kind;
    stand.options = objects::in_force(open.kind, open.options);
    stand.object = objects::make_object(open.kind, stand.options);
    if (!open.name.empty()) state.stand_names.emplace(open.name, handle);
    return stand;
}

Stand& make_stand(State& state, const Session& session, const OpenObject& open) {
    Stand& stand = place_stand(state, state.next_queue++, open);
    if (open.name.empty()) stand.made_by = session.user.key;
    store_object(state, stand);
    state.log.write(LogLevel::debug, describe(stand) + " is made");
    return stand;
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request&,
                             const OpenObject& open) {
    if (auto why = cannot_open(state, open)) return Answer{std::move(*why), 0};
    Stand* stand = open.name.empty() && open.object == 0 ? nullptr : find_named(state, open);
    if (stand != nullptr) {
        std::string differs = objects::mismatch(open.options, stand->options);
        if (stand->kind != open.kind) differs = "it is a " + describe(*stand);
        if (!differs.empty()) {
            return failed(errc::object_mismatch, describe(open) + ": " + differs);
        }
    } else if (!open.create || open.object != 0 || open.kind == ObjectKind::registered) {
        return failed(errc::stale_reference, "there is no " + describe(open));
    } else if (state.stands.size() >= state.settings.objects_max) {
        return failed(errc::limit_exceeded,
                      "objects_max is " + std::to_string(state.settings.objects_max));
    } else {
        stand = &make_stand(state, session, open);
    }
    tell_of(state, session, *stand);
    const Turn ends = ends_with_manager(state, session);
    return Answer{ObjectOpened{stand->handle, stand->kind, stand->options},
                  std::max(ends, stand->changed_in)};
}

void restore_object(State& state, const Recovered::Object& known) {
    const ObjectMade& made = known.made;
    const OpenObject open{made.name, made.kind, made.options, true, 0};
    Stand& stand = place_stand(state, made.object, open);
    make_again(state, stand, known);
    note_deadlines(state, stand);
}

bool destroy_object(State& state, ObjectHandle handle) {
    Stand* stand = find_stand(state, handle);
    if (stand == nullptr) return false;
    const std::string what = describe(*stand);
    for (const Ticket ticket : std::exchange(stand->waiting, {})) {
        state.ended.push_back(
            {ticket, objects::failure(errc::stale_reference, what + " was destroyed")});
    }
    for (const Holder caller : stand->callers) session_of(state, caller).objects.erase(handle);
    if (stand->held_by > 0) {
        for (auto& [number, session] : state.sessions) session.told.erase(handle);
    }
    if (stand->kind == ObjectKind::registered) end_type(*stand);
    forget_object(state, *stand);
    state.log.write(LogLevel::debug, what + " is destroyed");
    state.stand_names.erase(stand->name);
    state.object_boot.erase(handle);
    state.object_wall.erase(handle);
    state.stands.erase(handle);
    return true;
}

void advance_objects(State& state) {
    const Now now = state.now();
    const auto advance = [&](ObjectHandle handle) {
        Stand& stand = *find_stand(state, handle);
        objects::Context context = context_of(state);
        advance_stored(state, stand, context);
        note_deadlines(state, stand);
    };
    while (const auto handle = state.object_wall.pop_due(now.wall)) advance(*handle);
    while (const auto handle = state.object_boot.pop_due(now.boot)) advance(*handle);
    tell_ended(state);
}

}  // namespace handoff::core::manager

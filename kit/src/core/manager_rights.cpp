#include "core/manager_rights.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_objects.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"
#include "core/overload.hpp"

namespace handoff::core::manager {
namespace {

using objects::Method;
using objects::ObjectHandle;

/// Objects that are looked at, at most, to find one with a name that refers to one without.
constexpr std::size_t looked_at_max = 1000;
/// Clients of whom it is remembered that the log tells of them.
constexpr std::size_t forbidden_max = 1000;

// ------------------------------------------------------------------ refusals

/// "Not allowed", counted, and told in the log once a minute for each client.
Failed refuse(State& state, const Session& session, const std::string& what, Right right,
              std::string_view name) {
    ++state.requests_refused;
    std::string text = what + " is not allowed to client " + session.rights.who() + ": " +
                       session.rights.advice(right, name);
    auto& told = state.forbidden;
    if (told.size() >= forbidden_max && !told.contains(session.user.key)) told.clear();
    Sparsely& told_of_it = told[session.user.key];
    if (told_of_it.due(state.now().boot)) {
        state.log.write(LogLevel::warning, session.who + ": " + text +
                                               "; requests of this key refused since the last "
                                               "such record: " +
                                               std::to_string(told_of_it.since()));
    }
    return {errc::not_authorised, std::move(text)};
}

using Refusal = std::optional<Failed>;

// ------------------------------------------------------------------ queues

/// A number may have been guessed: its name is told only to those who may know it.
std::string shown(State& state, const Session& session, const Desk& desk) {
    return may_know(state, session, desk) ? describe(desk) : "queue " + std::to_string(desk.handle);
}

Refusal need(State& state, const Session& session, QueueHandle queue, Right right,
             const char* what) {
    const Desk* desk = find_desk(state, queue);
    if (desk == nullptr || session.rights.may(right, desk->name)) return std::nullopt;
    const bool known = may_know(state, session, *desk);
    return refuse(state, session, std::string(what) + shown(state, session, *desk), right,
                  known ? std::string_view(desk->name) : std::string_view());
}

/// Any right is enough.
Refusal need_any(State& state, const Session& session, const std::string& what,
                 std::string_view name) {
    if (session.rights.may_any(name)) return std::nullopt;
    return refuse(state, session, what, Right::get, name);
}

Refusal need_some(State& state, const Session& session, QueueHandle queue, const char* what) {
    const Desk* desk = find_desk(state, queue);
    if (desk == nullptr || may_know(state, session, *desk)) return std::nullopt;
    return refuse(state, session, what + shown(state, session, *desk), Right::get, {});
}

Refusal judge(State& state, const Session& session, const Open& open) {
    const std::string what = "opening queue " + core::quoted(open.name);
    const bool there = state.names.contains(open.name);
    if (there || !open.create) return need_any(state, session, what, open.name);
    if (!session.rights.may(Right::create, open.name)) {
        return refuse(state, session, "making queue " + core::quoted(open.name), Right::create,
                      open.name);
    }
    // Or its dead would be put where this client may not put.
    const std::string& dead = open.options.dead_letter.value_or(std::string());
    const auto file = state.settings.queues.find(open.name);
    const bool on_file =
        file != state.settings.queues.end() && file->second.dead_letter == open.options.dead_letter;
    if (dead.empty() || on_file) return std::nullopt;
    const bool made = !state.names.contains(dead);
    const Right right = session.rights.may(Right::put, dead) ? Right::create : Right::put;
    if (session.rights.may(right, dead) || (right == Right::create && !made)) return std::nullopt;
    return refuse(state, session, what + " with dead_letter " + core::quoted(dead), right, dead);
}

Refusal judge(State& state, const Session& session, const Put& put) {
    return need(state, session, put.queue, Right::put, "putting into ");
}

Refusal judge(State& state, const Session& session, const Get& get) {
    for (const QueueHandle queue : get.queues) {
        if (auto why = need(state, session, queue, Right::get, "getting from ")) return why;
    }
    return std::nullopt;
}

Refusal judge(State& state, const Session& session, const Credit& credit) {
    if (credit.items == 0) return std::nullopt;  // it ends a stream
    return need(state, session, credit.queue, Right::get, "getting from ");
}

Refusal judge(State& state, const Session& session, const Commit& commit) {
    for (const Commit::Puts& puts : commit.puts) {
        if (auto why = need(state, session, puts.queue, Right::put, "putting into ")) return why;
    }
    return std::nullopt;
}

Refusal judge(State& state, const Session& session, const Close& close) {
    if (!close.now) return need(state, session, close.queue, Right::put, "closing ");
    return need(state, session, close.queue, Right::admin, "closing at once ");
}

Refusal judge(State& state, const Session& session, const Join& join) {
    return need_some(state, session, join.queue, "joining ");
}

Refusal judge(State& state, const Session& session, const Peek& peek) {
    return need(state, session, peek.queue, Right::get, "looking into ");
}

Refusal judge(State& state, const Session& session, const Purge& purge) {
    return need(state, session, purge.queue, Right::admin, "purging ");
}

Refusal judge(State& state, const Session& session, const Kick& kick) {
    return need(state, session, kick.queue, Right::admin, "kicking ");
}

// ------------------------------------------------------------------ objects

bool may(State& state, const Session& session, Right right, const Stand& stand);

/// Whether it may do so with an object that has a name and holds this one, directly or not.
bool may_by_container(State& state, const Session& session, Right right, const Stand& stand) {
    std::set<ObjectHandle> seen{stand.handle};
    std::vector<const Stand*> next{&stand};
    while (!next.empty() && seen.size() < looked_at_max) {
        const Stand& each = *next.back();
        next.pop_back();
        for (const auto& [handle, count] : each.referred_by) {
            const Stand* container = find_stand(state, handle);
            if (container == nullptr || !seen.insert(handle).second) continue;
            if (!container->name.empty() && session.rights.may(right, container->name)) return true;
            if (container->name.empty()) next.push_back(container);
        }
    }
    return false;
}

/// What has no name belongs to the client that made it. Others may use what they find in what they
/// may use.
bool may(State& state, const Session& session, Right right, const Stand& stand) {
    if (!stand.name.empty()) return session.rights.may(right, stand.name);
    if (!session.rights.limited() || stand.made_by == session.user.key) return true;
    if (session.rights.may(right, stand.name)) return true;  // all names are allowed
    return (right == Right::put || right == Right::get) &&
           may_by_container(state, session, right, stand);
}

std::string shown(State& state, const Session& session, const Stand& stand) {
    return may_know(state, session, stand) ? describe(stand)
                                           : "object " + std::to_string(stand.handle);
}

Refusal need(State& state, const Session& session, const Stand& stand, Right right,
             const std::string& what) {
    if (may(state, session, right, stand)) return std::nullopt;
    const bool known = may_know(state, session, stand);
    return refuse(state, session, what + shown(state, session, stand), right,
                  known ? std::string_view(stand.name) : std::string_view());
}

Refusal judge(State& state, const Session& session, const OpenObject& open) {
    const std::string what = in_words(open.kind, open.name, open.object);
    if (open.object != 0) {
        const Stand* stand = find_stand(state, open.object);
        if (stand == nullptr || may_know(state, session, *stand)) return std::nullopt;
        return refuse(state, session, "opening object " + std::to_string(open.object), Right::get,
                      {});
    }
    if (open.name.empty()) {
        if (session.rights.may_somewhere(Right::create)) return std::nullopt;
        return refuse(state, session, "making a " + what, Right::create, {});
    }
    const bool there = state.stand_names.contains(open.name);
    if (there || !open.create) return need_any(state, session, "opening " + what, open.name);
    if (session.rights.may(Right::create, open.name)) return std::nullopt;
    return refuse(state, session, "making " + what, Right::create, open.name);
}

Refusal judge(State& state, const Session& session, const Destroy& destroy) {
    if (const Stand* stand = find_stand(state, destroy.queue)) {
        return need(state, session, *stand, Right::destroy, "destroying ");
    }
    return need(state, session, destroy.queue, Right::destroy, "destroying ");
}

// ------------------------------------------------------------------ what is its own

// Leases, positions of puts, requests and references belong to a session, and nobody else's can be
// named. STATS and OBJECTS leave away what the client may not know; each call of CALL is judged
// when it is its turn.
Refusal judge(State&, const Session&, const Hello&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Heartbeat&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Goodbye&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Cancel&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Withdraw&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Settle&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Stats&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Objects&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const Calls&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const LetGo&) {
    return std::nullopt;
}
Refusal judge(State&, const Session&, const UnknownRequest&) {
    return std::nullopt;
}

// ------------------------------------------------------------------ methods

/// What a method needs. Whoever changes and is told what was there needs both.
enum class Need : std::uint8_t { any, get, put, both, admin };

bool is_semaphore(ObjectKind kind) {
    return kind == ObjectKind::semaphore || kind == ObjectKind::bounded_semaphore;
}

Need need_of(ObjectKind kind, Method method) {
    switch (method) {
        case Method::renew: return Need::any;  // a hold belongs to its session
        case Method::release: return is_semaphore(kind) ? Need::put : Need::any;
        case Method::break_hold: return Need::admin;
        case Method::wait: return kind == ObjectKind::barrier ? Need::put : Need::get;
        case Method::acquire_shared:
        case Method::state:
        case Method::get:
        case Method::size:
        case Method::changed:
        case Method::page:
        case Method::contains:
        case Method::find:
        case Method::count:
        case Method::compare: return Need::get;
        case Method::acquire:
        case Method::sleep:
        case Method::notify:
        case Method::proclaim:
        case Method::set:
        case Method::count_down:
        case Method::acted:
        case Method::abort:
        case Method::reset:
        case Method::put:
        case Method::clear:
        case Method::erase:
        case Method::append:
        case Method::insert:
        case Method::erase_value:
        case Method::reverse:
        case Method::replace:
        case Method::fill:
        case Method::combine:
        case Method::invoke: return Need::put;
        case Method::add:
        case Method::compare_exchange:
        case Method::exchange:
        case Method::take:
        case Method::take_any:
        case Method::get_or_put: return Need::both;
    }
    return Need::any;  // there is no such method, as the object will say
}

/// What a session holds it may renew and give up whatever roles say, as they may have changed; also
/// break it: so a client gives up what it got too late. Permits have no tokens of their own.
bool is_of_own_hold(const Session& session, const Stand& stand, const objects::Call& call) {
    const bool permits = is_semaphore(stand.kind) && call.method == Method::release;
    const std::int64_t first = call.numbers.empty() ? 0 : call.numbers.front();
    const auto is_own = [&](const objects::Holding& hold) {
        if (hold.session != session.number) return false;
        if (call.method == Method::acted) return true;
        if (permits) return first >= 0 && hold.count >= static_cast<std::uint64_t>(first);
        return first != 0 && hold.token == static_cast<Token>(first);
    };
    const objects::Report report = stand.object->report(looked_at_max);
    return std::any_of(report.holders.begin(), report.holders.end(), is_own);
}

/// Whether that is all that would allow a call. It is asked last, as there may be many holds.
bool only_own_hold_allows(State& state, const Session& session, const Stand& stand,
                          const objects::Call& call) {
    switch (call.method) {
        case Method::renew:
        case Method::release:
            if (is_semaphore(stand.kind) ? may(state, session, Right::put, stand)
                                         : may_know(state, session, stand)) {
                return false;
            }
            break;
        case Method::acted:
            if (may(state, session, Right::put, stand)) return false;
            break;
        case Method::break_hold:
            if (may(state, session, Right::admin, stand)) return false;
            break;
        default: return false;
    }
    return is_of_own_hold(session, stand, call);
}

/// Another object that the call reads as well; null: none.
const Stand* operand(State& state, const objects::Call& call) {
    const bool has_one = call.method == Method::combine || call.method == Method::compare;
    if (!has_one || call.numbers.size() < 2) return nullptr;
    return find_stand(state, static_cast<ObjectHandle>(call.numbers[1]));
}

Refusal judge(State& state, const Session& session, const Stand& stand, const objects::Call& call) {
    const std::string what = objects::method_of(call) + " of ";
    if (const Stand* other = operand(state, call)) {
        if (auto why = need(state, session, *other, Right::get, what)) return why;
    }
    if (only_own_hold_allows(state, session, stand, call)) return std::nullopt;
    switch (need_of(stand.kind, call.method)) {
        case Need::any:
            if (may_know(state, session, stand)) return std::nullopt;
            return refuse(state, session, what + shown(state, session, stand), Right::get, {});
        case Need::get: return need(state, session, stand, Right::get, what);
        case Need::put: return need(state, session, stand, Right::put, what);
        case Need::both:
            if (auto why = need(state, session, stand, Right::get, what)) return why;
            return need(state, session, stand, Right::put, what);
        case Need::admin: break;
    }
    return need(state, session, stand, Right::admin, what);
}

}  // namespace

std::optional<Answer> cannot_allow(State& state, Session& session, const Request& request) {
    if (!session.rights.limited()) return std::nullopt;
    Refusal why =
        std::visit([&](const auto& body) { return judge(state, session, body); }, request.body);
    if (!why) return std::nullopt;
    return Answer{std::move(*why), 0};
}

std::optional<objects::Result> cannot_allow(State& state, Session& session, const Stand& stand,
                                            const objects::Call& call) {
    if (!session.rights.limited()) return std::nullopt;
    Refusal why = judge(state, session, stand, call);
    if (!why) return std::nullopt;
    return objects::failure(why->code, std::move(why->text));
}

std::optional<Failed> cannot_allow(State& state, const Session& session, const WaitingCall& call) {
    return std::visit(
        Overload{
            [&](const WaitingGet& get) { return judge(state, session, get.get); },
            [&](const WaitingPut& put) {
                return need(state, session, put.queue, Right::put, "putting into ");
            },
            [&](const WaitingCommit& commit) { return judge(state, session, commit.commit); },
            [&](const WaitingJoin& join) {
                return need_some(state, session, join.queue, "joining ");
            },
            [&](const WaitingCalls& all) -> Refusal {
                const objects::Call& next = all.calls.calls[all.results.size()];
                const Stand* stand = find_stand(state, all.object);
                if (stand == nullptr || next.method == Method::sleep) return std::nullopt;
                return judge(state, session, *stand, next);
            },
        },
        call.what);
}

std::optional<Failed> cannot_stream(State& state, const Session& session, const Desk& desk) {
    return need(state, session, desk.handle, Right::get, "getting from ");
}

bool may_know(State&, const Session& session, const Desk& desk) {
    return session.rights.may_any(desk.name);
}

bool may_know(State& state, const Session& session, const Stand& stand) {
    if (!stand.name.empty()) return session.rights.may_any(stand.name);
    return may(state, session, Right::get, stand) || may(state, session, Right::put, stand) ||
           session.rights.may_any(stand.name);
}

bool may_refer(State& state, const Session& session, const Stand& stand) {
    if (!session.rights.limited()) return true;
    if (!stand.name.empty()) return may_know(state, session, stand);
    return may(state, session, Right::get, stand) && may(state, session, Right::put, stand);
}

}  // namespace handoff::core::manager

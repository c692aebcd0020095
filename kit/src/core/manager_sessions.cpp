#include "core/manager_sessions.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_credit.hpp"
#include "core/manager_objects.hpp"
#include "core/manager_references.hpp"
#include "core/manager_rights.hpp"
#include "core/manager_stored.hpp"
#include "core/manager_waiting.hpp"
#include "core/name.hpp"

namespace handoff::core::manager {
namespace {

constexpr std::uint32_t role_client = 1;
/// For so long what a dead process sent may take to arrive: between two messages, and at most.
constexpr Millis after_death{2};
constexpr Millis after_death_max{50};
/// How many connections of one session may be superseded and not yet gone.
constexpr std::size_t superseded_max = 16;

void tell(State& state, ConnectionId to, RequestId id, ReplyBody body) {
    state.gate.send({to, {id, std::move(body)}});
}

// ------------------------------------------------------------------ beginnings

std::optional<Failed> cannot_serve(const Hello& hello) {
    if (hello.version_min > protocol_version || hello.version_max < protocol_version ||
        hello.version_min > hello.version_max) {
        return Failed{errc::version_mismatch,
                      "this manager speaks version " + std::to_string(protocol_version)};
    }
    if (hello.role != role_client) return Failed{errc::unsupported, "HELLO: unknown role"};
    if (hello.features_required != 0) {
        return Failed{errc::unsupported, "HELLO: a required feature is not there"};
    }
    return std::nullopt;
}

Session* find_session(State& state, const SessionId& id) {
    const auto it = state.session_ids.find(id);
    return it == state.session_ids.end() ? nullptr : &session_of(state, it->second);
}

/// Refuses a client. Strangers can bring this about as often as they like.
void refuse(State& state, ConnectionId to, RequestId id, Failed why) {
    if (state.refused.due(state.now().boot)) {
        state.log.write(LogLevel::warning, "a client is refused: " + why.text +
                                               "; clients refused since the last such "
                                               "record: " +
                                               std::to_string(state.refused.since()));
    }
    tell(state, to, id, std::move(why));
}

/// How many clients with this key have a session; 0 for those without a key.
std::size_t sessions_of(const State& state, const std::string& key) {
    const auto known = state.key_sessions.find(key);
    return known == state.key_sessions.end() ? 0 : known->second;
}

/// Whose session it is from now on; nobody's, when it ends.
void belong_to(State& state, Session& session, Principal user) {
    const auto known = state.key_sessions.find(session.user.key);
    if (known != state.key_sessions.end() && --known->second == 0) state.key_sessions.erase(known);
    session.user = std::move(user);
    session.rights = Rights(state.settings.roles, session.user);
    if (!session.user.key.empty()) ++state.key_sessions[session.user.key];
}

std::string describe(Holder number, const Hello& hello) {
    std::string text = "session " + std::to_string(number);
    if (!hello.name.empty()) text += " of " + core::quoted(hello.name);
    if (hello.pid != 0) text += " (process " + std::to_string(hello.pid) + ")";
    return text;
}

Session& begin_session(State& state, const Hello& hello) {
    const Holder number = state.next_session++;
    Session& session = state.sessions[number];
    session.number = number;
    session.id = hello.fresh;
    session.who = describe(number, hello);
    session.heard = state.now().boot;
    state.session_ids.emplace(session.id, number);
    state.session_ends.set(number, later(session.heard, state.limits().session_limit));
    state.log.write(LogLevel::info, session.who + " begins");
    return session;
}

/// Asks for a look after the client's process, if it says which that is.
void watch(State& state, Session& session, const Hello& hello) {
    if (session.died != never) {  // somebody with another process goes on with it
        session.died = never;
        session.watched = false;
    }
    if (!state.settings.watches_processes) return;
    if (session.watched || hello.pid == 0 || hello.boot_id.empty()) return;
    session.watched = true;
    state.watches.push_back({session.number, ClientProcess{hello.boot_id, hello.pid_namespace,
                                                           hello.pid, hello.start_time}});
}

/// When the session is over unless something comes from it.
Time end_of(const State& state, const Session& session) {
    const Time silent = later(session.heard, state.limits().session_limit);
    if (session.died == never) return silent;
    // What it sent before may still be on its way here; but there is an end to that.
    const Time last = later(std::max(session.heard, session.died), after_death);
    return std::min({silent, last, later(session.died, after_death_max)});
}

/// The session has no connection any more: nothing is handed out to it.
void detach(State& state, Session& session) {
    session.connection = 0;
    step_aside(state, session);
    for (const QueueHandle handle : session.visited) {
        review(state, *find_desk(state, handle), session);
    }
}

void attach(State& state, Session& session, ConnectionId connection, std::uint32_t number) {
    if (session.connection != 0 && session.connection != connection) {
        session.superseded.push_back(session.connection);
        if (session.superseded.size() > superseded_max) {
            state.connections.erase(session.superseded.front());
            session.superseded.erase(session.superseded.begin());
        }
    }
    session.connection = connection;
    session.connection_number = number;
    session.silent = false;
    session.heard = state.now().boot;
    state.connections[connection] = session.number;
    pause_streams(state, session);
    step_back(state, session);
}

/// A client that begins anew on a connection leaves the session that it had there.
void leave_earlier_session(State& state, ConnectionId connection, const Session* next) {
    const auto known = state.connections.find(connection);
    if (known == state.connections.end()) return;
    Session& earlier = session_of(state, known->second);
    if (&earlier == next) return;
    if (earlier.connection == connection) detach(state, earlier);
    std::erase(earlier.superseded, connection);
    state.connections.erase(known);
}

/// A HELLO of a session that has a newer connection, or of a connection that said a newer HELLO.
bool outdated(State& state, ConnectionId from, const Session* resumed, const Hello& hello) {
    if (resumed != nullptr && hello.connection_number <= resumed->connection_number) return true;
    const auto known = state.connections.find(from);
    if (known == state.connections.end()) return false;
    const Session& here = session_of(state, known->second);
    return here.connection != from || hello.connection_number <= here.connection_number;
}

// ------------------------------------------------------------------ ends

void end_session(State& state, Session& session, bool died) {
    forget_session(state, session, Durability::os);
    leave_objects(state, session);
    leave_references(state, session);
    belong_to(state, session, {});
    if (session.watched) state.watches.push_back({session.number, std::nullopt});
    const std::set<Ticket> waiting = session.waiting;
    for (const Ticket ticket : waiting) leave(state, ticket);
    for (const QueueHandle handle : session.visited) {
        Desk& desk = *find_desk(state, handle);
        Visitor& visitor = visit(session, desk);
        desk.queue.return_all(session.number, died, state.now());
        forget_recall(desk, visitor);
        visitor.credit = {};
        review(state, desk, session);
        desk.consumers.erase(session.number);
        desk.borrowers.erase(session.number);
        desk.visitors.erase(session.number);
        changed(state, desk);
    }
    state.connections.erase(session.connection);
    for (const ConnectionId connection : session.superseded) state.connections.erase(connection);
    state.session_ids.erase(session.id);
    state.session_ends.erase(session.number);
    state.hold_ends.erase(session.number);
    state.sessions.erase(session.number);
}

std::string why_lost(const State& state, const Session& session) {
    if (session.died != never) return "its process has ended";
    return "nothing came from it for " + std::to_string(state.limits().session_limit.count()) +
           " ms";
}

}  // namespace

void greet(State& state, ConnectionId from, RequestId id, const Hello& hello) {
    if (auto why = cannot_serve(hello)) return refuse(state, from, id, std::move(*why));
    Session* session = hello.resume ? find_session(state, *hello.resume) : nullptr;
    if (outdated(state, from, session, hello)) {
        ++state.frames_dropped;
        return;
    }
    const bool has_owner = session != nullptr && !session->user.key.empty();
    if (has_owner && session->user.key != hello.user) {
        return refuse(state, from, id,
                      {errc::not_authorised, "HELLO: the session is of a client with another key"});
    }
    const bool resumed = session != nullptr;
    if (!resumed && find_session(state, hello.fresh) != nullptr) {
        return refuse(state, from, id,
                      {errc::protocol, "HELLO: the id of the new session is in use"});
    }
    if (!resumed && state.sessions.size() >= state.settings.sessions_max) {
        return refuse(state, from, id,
                      {errc::limit_exceeded,
                       "sessions_max is " + std::to_string(state.settings.sessions_max)});
    }
    if (!resumed && sessions_of(state, hello.user) >= state.settings.key_sessions_max) {
        return refuse(state, from, id,
                      {errc::limit_exceeded,
                       "key_sessions_max is " + std::to_string(state.settings.key_sessions_max)});
    }
    leave_earlier_session(state, from, session);
    if (resumed) {
        state.log.write(LogLevel::info, session->who + " goes on, on another connection");
    } else {
        session = &begin_session(state, hello);
    }
    belong_to(state, *session, {hello.user, hello.user_names});
    attach(state, *session, from, hello.connection_number);
    watch(state, *session, hello);
    Welcome welcome;
    welcome.manager = state.settings.id;
    welcome.epoch = state.settings.epoch;
    welcome.resumed = resumed;
    welcome.connection_number = hello.connection_number;
    welcome.limits = state.limits();
    tell(state, from, id, std::move(welcome));
}

void end_sessions_of(State& state, const ManagerMachine::ReasonToEnd& reason) {
    std::map<Holder, std::string> ending;
    for (const auto& [number, session] : state.sessions) {
        if (session.user.key.empty()) continue;
        std::string why = reason(session.user);
        if (!why.empty()) ending.emplace(number, std::move(why));
    }
    for (const auto& [number, why] : ending) {
        Session& session = session_of(state, number);
        state.log.write(LogLevel::warning, session.who + " is ended: " + why);
        end_session(state, session, false);
    }
}

namespace {

/// Ends what a session waits for and may not have any more; returns how much that is.
std::size_t end_forbidden(State& state, Session& session) {
    std::size_t ended = 0;
    const std::set<Ticket> waiting = session.waiting;
    for (const Ticket ticket : waiting) {
        const auto call = state.waiting.find(ticket);
        if (call == state.waiting.end()) continue;  // ended with one before
        const std::optional<Failed> why = cannot_allow(state, session, call->second);
        if (!why) continue;
        ++ended;
        if (std::holds_alternative<WaitingCalls>(call->second.what)) {
            give_up_calls(state, ticket, why->code);
        } else {
            refuse(state, ticket, why->code, why->text);
        }
    }
    for (const QueueHandle handle : session.visited) {
        Desk& desk = *find_desk(state, handle);
        if (!desk.consumers.contains(session.number)) continue;
        std::optional<Failed> why = cannot_stream(state, session, desk);
        if (!why) continue;
        ++ended;
        end_stream(state, desk, session, {std::move(*why), desk.changed_in});
    }
    return ended;
}

}  // namespace

void take_over(State& state, Roles roles) {
    state.settings.roles = std::move(roles);
    // Of all first: those that there are refer to roles that are gone.
    for (auto& [number, session] : state.sessions) {
        session.rights = Rights(state.settings.roles, session.user);
    }
    std::size_t ended = 0;
    for (auto& [number, session] : state.sessions) {
        if (session.rights.limited()) ended += end_forbidden(state, session);
    }
    state.log.write(LogLevel::info,
                    "roles have changed; waiting calls and streams that they do not allow any "
                    "more, and that are ended: " +
                        std::to_string(ended));
}

Session* session_at(State& state, ConnectionId from) {
    const auto known = state.connections.find(from);
    if (known == state.connections.end()) {
        tell(state, from, 0, Failed{errc::not_welcomed, "say HELLO first"});
        return nullptr;
    }
    Session& session = session_of(state, known->second);
    if (session.connection == from) return &session;
    ++state.frames_dropped;
    return nullptr;
}

void hear(State& state, Session& session) {
    session.heard = state.now().boot;
    if (!session.silent) return;
    session.silent = false;
    for (const QueueHandle handle : session.visited) {
        Desk& desk = *find_desk(state, handle);
        review(state, desk, session);
        look_at(state, desk);
    }
}

void see_death(State& state, Holder number) {
    const auto found = state.sessions.find(number);
    if (found == state.sessions.end()) return;
    Session& session = found->second;
    session.died = state.now().boot;
    step_aside(state, session);
    pause_streams(state, session);
    state.session_ends.set(number, end_of(state, session));
}

void lose_connection(State& state, ConnectionId connection) {
    const auto known = state.connections.find(connection);
    if (known == state.connections.end()) return;
    Session& session = session_of(state, known->second);
    if (session.connection == connection) {
        detach(state, session);
        state.log.write(LogLevel::info, session.who + " has lost its connection");
    }
    std::erase(session.superseded, connection);
    state.connections.erase(known);
}

std::optional<Answer> handle(State& state, Session& session, const Request& request,
                             const Goodbye&) {
    const ConnectionId connection = session.connection;
    state.log.write(LogLevel::info, session.who + " ends");
    end_session(state, session, false);
    tell(state, connection, request.id, Done{});
    return std::nullopt;
}

void end_overdue_sessions(State& state) {
    const Time now = state.now().boot;
    while (const std::optional<Holder> number = state.session_ends.pop_due(now)) {
        Session& session = session_of(state, *number);
        const Time end = end_of(state, session);
        if (end > now) {
            state.session_ends.set(*number, end);
        } else {
            ++state.sessions_lost;
            state.log.write(
                LogLevel::warning,
                session.who + " is lost: " + why_lost(state, session) + "; what it held goes back");
            end_session(state, session, true);
        }
    }
    while (const std::optional<Holder> number = state.hold_ends.pop_due(now)) {
        Session& session = session_of(state, *number);
        const Time end = later(session.heard, state.limits().hold);
        if (end > now) {
            if (!session.holds_in.empty()) state.hold_ends.set(*number, end);
        } else {
            take_back_held(state, session);
        }
    }
}

}  // namespace handoff::core::manager

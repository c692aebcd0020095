#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "find.hpp"
#include "handoff/election.hpp"
#include "handoff/lock.hpp"
#include "handoff/rw_lock.hpp"
#include "output.hpp"

namespace handoff::tool {
namespace {

using Json = nlohmann::ordered_json;
using Millis = std::chrono::milliseconds;

Json json_of(const std::optional<Millis>& span) {
    return span ? Json(span->count()) : Json(nullptr);
}

Json json_of(const ObjectStats& object) {
    Json json = {{"name", object.name},       {"kind", to_string(object.kind)},
                 {"version", object.version}, {"count", object.count},
                 {"bytes", object.bytes},     {"held", object.held},
                 {"waiting", object.waiting}, {"options", Json::object()},
                 {"holders", Json::array()},  {"waiters", Json::array()}};
    const ObjectOptions& options = object.options;
    Json& set = json["options"];
    if (options.count) set["count"] = *options.count;
    if (options.ttl) set["ttl_ms"] = options.ttl->count();
    if (options.action) set["action"] = *options.action;
    if (options.entries_max) set["entries_max"] = *options.entries_max;
    if (options.bytes_max) set["bytes_max"] = *options.bytes_max;
    if (options.durability) set["durability"] = to_string(*options.durability);
    for (const ObjectHold& hold : object.holders) {
        json["holders"].push_back({{"session", hold.session},
                                   {"who", hold.who},
                                   {"token", hold.token},
                                   {"count", hold.count},
                                   {"shared", hold.shared},
                                   {"held_for_ms", json_of(hold.held_for)},
                                   {"ttl_left_ms", json_of(hold.ttl_left)}});
    }
    for (const ObjectWait& wait : object.waiters) {
        json["waiters"].push_back({{"session", wait.session},
                                   {"who", wait.who},
                                   {"call", wait.call},
                                   {"waited_ms", wait.waited.count()}});
    }
    return json;
}

/// Names of clients are whatever they say.
void print(const Json& json) {
    print_line(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

bool has_values(ObjectKind kind) {
    return kind >= ObjectKind::value && kind <= ObjectKind::name_space;
}

std::string state_of(const ObjectStats& object) {
    const std::string count = std::to_string(object.count);
    switch (object.kind) {
        case ObjectKind::semaphore:
        case ObjectKind::bounded_semaphore: return count + " free";
        case ObjectKind::event: return object.count != 0 ? "set" : "not set";
        case ObjectKind::barrier:
            return count + " of " + std::to_string(object.options.count.value_or(0));
        case ObjectKind::latch: return count + " left";
        case ObjectKind::rw_lock:
            if (object.holders.empty() || !object.holders.front().shared) break;
            return std::to_string(object.held) + " reading";
        default: break;
    }
    if (has_values(object.kind)) return count;
    return object.held != 0 ? "held" : "free";
}

/// "350 ms", "12 s", "5 min", "3 h".
std::string in_words(Millis span) {
    const auto count = span.count();
    if (count < 1000) return std::to_string(count) + " ms";
    if (count < 120'000) return std::to_string(count / 1000) + " s";
    if (count < 7'200'000) return std::to_string(count / 60'000) + " min";
    return std::to_string(count / 3'600'000) + " h";
}

/// "token 42", "3 permits".
std::string held_of(const ObjectHold& hold) {
    if (hold.token != 0) return "token " + std::to_string(hold.token);
    return std::to_string(hold.count) + (hold.count == 1 ? " permit" : " permits");
}

/// `held: token 42 by session 3 of "train" (process 711)`.
void print_holders(const ObjectStats& object) {
    for (const ObjectHold& hold : object.holders) {
        const bool reads = hold.shared && hold.token != 0;
        print_line((reads ? "  read: " : "  held: ") + held_of(hold) + " by " + hold.who);
    }
}

void print_row(const std::string& what, const std::string& since, const std::string& until,
               const std::string& who) {
    const auto padded = [](const std::string& text, std::size_t width) {
        return text + std::string(width > text.size() ? width - text.size() : 0, ' ') + "  ";
    };
    print_line(padded(what, 25) + padded(since, 7) + padded(until, 7) + who);
}

/// Who holds it, since when and until when; and who waits, and since when.
void print_people(const ObjectStats& object) {
    const auto in_words_or_dash = [](const std::optional<Millis>& span) {
        return span ? in_words(*span) : std::string("-");
    };
    if (object.holders.size() + object.waiters.size() > 0) {
        print_row("", "for", "ends in", "who");
    }
    for (const ObjectHold& hold : object.holders) {
        std::string who = hold.who;
        if (hold.token != 0 && hold.count > 1) who += ", " + std::to_string(hold.count) + " deep";
        print_row(held_of(hold), in_words_or_dash(hold.held_for), in_words_or_dash(hold.ttl_left),
                  who);
    }
    for (const ObjectWait& wait : object.waiters) {
        print_row("waits: " + wait.call, in_words(wait.waited), "", wait.who);
    }
    if (object.waiting > object.waiters.size()) {
        print_line("and " + std::to_string(object.waiting - object.waiters.size()) + " more wait");
    }
}

std::string name_of(const ObjectStats& object) {
    return object.name.empty() ? "(no name)" : object.name;
}

void print_table(const std::vector<ObjectStats>& all) {
    std::size_t width = 6;
    for (const ObjectStats& object : all) width = std::max(width, name_of(object).size());
    const int name = static_cast<int>(width);
    std::printf("%-*s  %-17s %10s %11s %9s %6s %7s\n", name, "object", "kind", "state", "bytes",
                "version", "held", "waiting");
    const auto number = [](bool there, std::uint64_t value) {
        return there ? std::to_string(value) : std::string("-");
    };
    for (const ObjectStats& object : all) {
        const bool values = has_values(object.kind);
        std::printf("%-*s  %-17s %10s %11s %9s %6s %7s\n", name, name_of(object).c_str(),
                    std::string(to_string(object.kind)).c_str(), state_of(object).c_str(),
                    number(values, object.bytes).c_str(), number(values, object.version).c_str(),
                    number(!values, object.held).c_str(), number(true, object.waiting).c_str());
        print_holders(object);
    }
}

/// Takes the hold with this token from its holder.
bool break_hold(Client& client, const ObjectStats& object, std::uint64_t token) {
    switch (object.kind) {
        case ObjectKind::lock: return client.lock(object.name).break_hold(token);
        case ObjectKind::recursive_lock:
            return client.recursive_lock(object.name).break_hold(token);
        case ObjectKind::rw_lock: return client.rw_lock(object.name).break_hold(token);
        default: return client.election<Bytes>(object.name).break_hold(token);
    }
}

/// Only what was seen is broken: who has got the lock meanwhile keeps it.
std::vector<ObjectHold> break_holds(Client& client, const Setup& setup, const ObjectStats& object) {
    if (object.kind == ObjectKind::semaphore || object.kind == ObjectKind::bounded_semaphore) {
        throw Error(errc::unsupported, "break of " + described(setup, object.kind, object.name) +
                                           ": permits cannot be taken from their holder; they go "
                                           "back with its session");
    }
    std::vector<ObjectHold> broken;
    for (const ObjectHold& hold : object.holders) {
        if (break_hold(client, object, hold.token)) broken.push_back(hold);
    }
    return broken;
}

}  // namespace

int objects(const Setup& setup, const std::optional<std::string>& name, bool json) {
    Client client(setup.config, setup.log);
    std::vector<ObjectStats> all = client.objects();
    if (name) {
        std::erase_if(all, [&](const ObjectStats& one) { return one.name != *name; });
        if (all.empty()) {
            throw Error(errc::stale_reference, "there is no object \"" + *name + "\"");
        }
    }
    if (json) {
        Json list = {{"objects", Json::array()}};
        for (const ObjectStats& object : all) list["objects"].push_back(json_of(object));
        print(list);
    } else {
        print_table(all);
    }
    flush_output();
    return exit_done;
}

int lock(const Setup& setup, const std::string& name, bool take, bool json) {
    const auto kinds = {ObjectKind::lock,      ObjectKind::recursive_lock,
                        ObjectKind::rw_lock,   ObjectKind::election,
                        ObjectKind::semaphore, ObjectKind::bounded_semaphore};
    Client client(setup.config, setup.log);
    ObjectStats object = find(client, setup, name, kinds);
    std::vector<ObjectHold> broken;
    if (take) {
        broken = break_holds(client, setup, object);
        object = find(client, setup, name, kinds);
    }
    if (json) {
        Json shown = json_of(object);
        if (take) shown["broken"] = Json::array();
        for (const ObjectHold& hold : broken) shown["broken"].push_back(hold.token);
        print(shown);
    } else {
        for (const ObjectHold& hold : broken) {
            print_line("broken: " + held_of(hold) + " of " + hold.who);
        }
        print_line(state_of(object));
        print_people(object);
    }
    flush_output();
    return take && broken.empty() ? exit_nothing : exit_done;
}

}  // namespace handoff::tool

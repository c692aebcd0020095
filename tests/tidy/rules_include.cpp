#include "tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace handoff::tidy {

namespace {

enum class Standard { pure, all };  // what of the language's own headers a room may use

/// What a room may include. The first entry whose folder holds a file is the file's room.
struct Room {
    std::string_view folder;
    std::vector<std::string_view> rooms;      ///< private headers, by the folder they begin with
    std::vector<std::string_view> libraries;  ///< headers of others, by what they begin with
    Standard standard = Standard::all;
    bool leaves_only = false;  ///< of the public headers, only leaves
};

const std::vector<Room>& all_rooms() {
    static const std::vector<Room> rooms{
        {"kit/include/handoff/codec.hpp", {}, {"msgpack"}},
        {"kit/include/", {}, {}},
        {"kit/src/core/", {"core/"}, {}, Standard::pure, true},
        {"kit/src/wire/", {"core/", "wire/"}, {"msgpack"}, Standard::pure, true},
        {"kit/src/os/", {"core/", "os/"}, {}, Standard::all, true},
        {"kit/src/net/", {"core/", "os/", "wire/", "net/"}, {"zmq"}, Standard::all, true},
        {"kit/src/store/", {"core/", "store/"}, {"sqlite3"}, Standard::all, true},
        {"kit/src/engine/", {"core/", "wire/", "net/", "engine/"}, {"nats"}},
        {"kit/src/", {"core/", "os/", "wire/", "net/", "store/", "engine/", ""}, {"toml++"}},
        {"kit/tool/", {""}, {"CLI/"}},
        {"patterns/", {""}, {}},
        {"examples/", {""}, {"boost/asio"}},
        {"tests/bench/baselines/", {"bench/"}, {"zmq"}},
        {"tests/bench/", {"bench/", "support/"}, {"catch2/"}},
        {"tests/core/", {"core/", "support/", ""}, {"catch2/"}, Standard::all, true},
        {"tests/wire/", {"core/", "wire/", "support/", ""}, {"catch2/", "msgpack"}},
        {"tests/store/",
         {"core/", "store/", "support/"},
         {"catch2/", "sqlite3"},
         Standard::all,
         true},
        {"tests/simulation/", {"core/", "wire/", "simulation/", "support/", ""}, {"catch2/"}},
    };
    return rooms;
}

constexpr std::array libraries{
    std::string_view{"zmq"},  std::string_view{"msgpack"}, std::string_view{"toml++"},
    std::string_view{"CLI/"}, std::string_view{"catch2/"}, std::string_view{"sqlite3"},
    std::string_view{"nats"}, std::string_view{"spdlog/"}, std::string_view{"boost/"}};

// What threads, files, clocks and chance are reached by. (A clock is also a type of <chrono>, whose
// durations the core needs; check_includes looks for its now().)
constexpr std::array impure{
    std::string_view{"thread"},
    std::string_view{"mutex"},
    std::string_view{"shared_mutex"},
    std::string_view{"future"},
    std::string_view{"latch"},
    std::string_view{"barrier"},
    std::string_view{"semaphore"},
    std::string_view{"fstream"},
    std::string_view{"iostream"},
    std::string_view{"filesystem"},
    std::string_view{"ctime"},
    std::string_view{"random"},
    std::string_view{"csignal"},
    std::string_view{"cstdio"},
    std::string_view{"stop_token"},
    std::string_view{"syncstream"},
    std::string_view{"condition_variable"},
};

bool begins_with_any(std::string_view name, const auto& prefixes) {
    return std::any_of(std::begin(prefixes), std::end(prefixes),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_public(std::string_view name) {
    return name.starts_with("handoff/");
}

/// <vector>, but neither <unistd.h> nor <sys/socket.h>.
bool is_standard(std::string_view name) {
    return name.find_first_of("./+") == std::string_view::npos;
}

/// The private room that a name belongs to: "core/" of "core/queue.hpp", "" of "units.hpp".
std::string_view room_of(std::string_view name) {
    return name.substr(0, name.find('/') + 1);
}

/// Why the room may not include this; empty if it may.
std::string objection(const Room& room, const Include& include,
                      const std::set<std::string>& leaves) {
    const std::string_view name = include.name;
    if (name.find("..") != std::string_view::npos) {
        return "name the header from its root: \"core/queue.hpp\", \"handoff/error.hpp\"";
    }
    if (is_public(name)) {
        if (!room.leaves_only || leaves.contains(include.name)) return "";
        return "include only public headers that need nothing but the standard library";
    }
    if (begins_with_any(name, libraries)) {
        if (begins_with_any(name, room.libraries)) return "";
        return "this library belongs to another room; use what that room offers";
    }
    if (!include.angled) {
        if (std::ranges::find(room.rooms, room_of(name)) != room.rooms.end()) return "";
        return "this room may not know that one; pass a value in, or move the code";
    }
    if (room.standard == Standard::all) return "";
    if (!is_standard(name)) return "a pure room asks nothing of the operating system";
    if (std::ranges::find(impure, name) == impure.end()) return "";
    return "a pure room has no threads, files, clock or chance: have it passed in";
}

/// A clock needs no header of its own, so its reading is looked for in the code.
void check_clock(const Source& source, Findings& findings) {
    const auto& tokens = source.tokens;
    for (std::size_t i = 2; i < tokens.size(); ++i) {
        if (tokens[i].text == "now" && tokens[i - 1].text == "::" &&
            tokens[i - 2].text.ends_with("clock")) {
            findings.push_back({source.path, tokens[i].line, "include-direction",
                                "a pure room reads no clock: take the time as an argument"});
        }
    }
}

}  // namespace

std::set<std::string> leaf_headers(const std::vector<Source>& sources) {
    constexpr std::string_view root = "kit/include/";
    std::map<std::string, const Source*> candidates;
    for (const Source& source : sources) {
        if (is_below(source, root)) candidates[source.path.substr(root.size())] = &source;
    }
    // Strike those that include more, until everything that is left stands on the rest.
    const auto needs_more = [&](const auto& candidate) {
        return std::ranges::any_of(candidate.second->includes, [&](const Include& include) {
            return !is_standard(include.name) && !candidates.contains(include.name);
        });
    };
    while (std::erase_if(candidates, needs_more) > 0) {
    }
    std::set<std::string> leaves;
    for (const auto& [name, source] : candidates) leaves.insert(name);
    return leaves;
}

Findings check_includes(const Source& source, const std::set<std::string>& leaves) {
    Findings findings;
    const auto room = std::ranges::find_if(
        all_rooms(), [&](const Room& candidate) { return is_below(source, candidate.folder); });
    if (room == all_rooms().end()) return findings;
    for (const Include& include : source.includes) {
        const std::string why_not = objection(*room, include, leaves);
        if (why_not.empty()) continue;
        findings.push_back(
            {source.path, include.line, "include-direction", include.name + ": " + why_not});
    }
    if (room->standard == Standard::pure) check_clock(source, findings);
    return findings;
}

Findings check_slow_headers(const std::vector<Source>& sources) {
    Findings findings;
    for (const std::string_view library : {"toml++", "CLI/"}) {
        std::string first;
        for (const Source& source : sources) {
            for (const Include& include : source.includes) {
                if (!include.name.starts_with(library)) continue;
                if (first.empty()) first = source.path;
                if (first == source.path) continue;
                findings.push_back({source.path, include.line, "slow-header",
                                    include.name + ": " + first +
                                        " includes it already, and it takes seconds to compile; "
                                        "put what you need there"});
            }
        }
    }
    return findings;
}

}  // namespace handoff::tidy

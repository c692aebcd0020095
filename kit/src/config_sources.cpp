#include "config_sources.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "config_toml.hpp"
#include "config_values.hpp"
#include "core/name.hpp"
#include "handoff/error.hpp"

namespace handoff::settings {

namespace {

/// Sources and what they fill.
struct Target {
    Config& config;
    Origins& origins;
};

/// Puts one value into the config. `where` opens the text of every error about it.
void put(Target target, const Key& key, const std::string& queue, const Raw& raw,
         const std::string& where) {
    Value value;
    try {
        value = convert(key, raw);
    } catch (const Error& error) {
        refuse(where, error.what());
    }
    if (const std::string why = fault(key, value); !why.empty()) refuse(where, why);
    if (key.access.set != nullptr) key.access.set(target.config, queue, value);
    target.origins[setting_text(key, queue)] = where;
}

/// The section that has this key, for one that was found elsewhere; empty if none has.
std::string home_of(std::string_view name) {
    const std::span<const Key> all = keys();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Key& key) { return key.name == name; });
    return found == all.end() ? "" : section_text(found->section);
}

/// What the names of such a section are of.
std::string named_thing(std::string_view section) {
    return section == "queues" ? "queue" : "role";
}

/// What to say of a key that its section does not have.
std::string advice(std::string_view section, const std::string& name, bool is_table) {
    if (const std::string home = home_of(name); !home.empty()) {
        return "unknown key here; it belongs in " + home;
    }
    std::vector<std::string_view> known;
    std::vector<std::string_view> supported;
    for (const Key& key : keys()) {
        if (key.section != section) continue;
        known.push_back(key.name);
        if (key.kind != Kind::refused) supported.push_back(key.name);
    }
    const std::string_view near = nearest(name, known);
    if (!near.empty()) return "unknown key; did you mean " + std::string(near) + "?";
    if (is_table && has_names(section)) {
        return "unknown key; the name of a " + named_thing(section) +
               " that holds a dot is quoted, as in [" + std::string(section) + ".\"jobs.dead\"]";
    }
    return "unknown key; known are " + join(supported);
}

void read_key(Target target, const std::string& place, std::string_view section,
              const std::string& queue, const Entry& entry) {
    const std::string& name = entry.path.back();
    const std::string where = place + section_text(section, queue) + " " + key_text(name);
    const Key* key = find_key(section, name);
    if (key == nullptr) {
        refuse(where, advice(section, name, std::holds_alternative<Table>(entry.value)));
    }
    put(target, *key, queue, entry.value, where);
}

/// A table at the top: nothing to take from it yet, but its name must be that of a section.
void read_section(const std::string& place, const Entry& entry) {
    const std::string& name = entry.path.back();
    const std::vector<std::string_view> known = sections();
    const bool is_table = std::holds_alternative<Table>(entry.value);
    if (std::find(known.begin(), known.end(), name) != known.end()) {
        if (is_table) return;
        refuse(place + key_text(name), "is a section; write " + section_text(name) +
                                           " on a line of its own, and its keys below");
    }
    if (!is_table) {
        const std::string home = home_of(name);
        refuse(place + key_text(name),
               "a key outside of the sections" + (home.empty() ? "" : "; it belongs in " + home));
    }
    const std::string_view near = nearest(name, known);
    if (!near.empty()) {
        refuse(place + "[" + key_text(name) + "]",
               "unknown section; did you mean " + section_text(near) + "?");
    }
    std::string all;
    for (const std::string_view section : known) {
        all += (all.empty() ? "" : ", ") + section_text(section);
    }
    refuse(place + "[" + key_text(name) + "]", "unknown section; known are " + all);
}

/// `[queues.NAME]` or `[roles.NAME]`, which may be empty.
void read_named(Target target, const std::string& place, const Entry& entry) {
    const std::string& section = entry.path.front();
    const std::string& name = entry.path.back();
    const std::string thing = named_thing(section);
    if (!std::holds_alternative<Table>(entry.value)) {
        refuse(place + "[" + section + "] " + key_text(name), "the settings of a " + thing +
                                                                  " stand below its own heading, " +
                                                                  section_text(section));
    }
    const std::string_view why = core::name_fault(name);
    if (!why.empty()) {
        refuse(place + "[" + section + "." + key_text(name) + "]",
               "the name of a " + thing + " " + std::string(why));
    }
    if (section == "queues") {
        target.config.queues[name];
    } else {
        target.config.roles[name];
    }
}

/// HANDOFF__SECTION__KEY
std::string variable_name(const Key& key) {
    std::string name = "HANDOFF__" + std::string(key.section) + "__" + std::string(key.name);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return name;
}

[[noreturn]] void refuse_variable(const std::string& name) {
    if (name.starts_with("HANDOFF__QUEUES__")) {
        refuse(name, "queues are not set by the environment; use the file or the code");
    }
    if (name.starts_with("HANDOFF__ROLES__")) {
        refuse(name, "roles are not set by the environment; use the file or the code");
    }
    std::vector<std::string> known;
    for (const Key& key : keys()) {
        if (!has_names(key.section)) known.push_back(variable_name(key));
    }
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const std::string_view near = nearest(name, candidates);
    if (!near.empty()) refuse(name, "unknown variable; did you mean " + std::string(near) + "?");
    refuse(name, "unknown variable; a setting's variable is HANDOFF__SECTION__KEY");
}

void read_variable(Target target, const std::string& name, const std::string& text) {
    for (const Key& key : keys()) {
        if (!has_names(key.section) && variable_name(key) == name) {
            return put(target, key, "", from_text(key, text), name);
        }
    }
    refuse_variable(name);
}

}  // namespace

void read_file(const std::string& text, const std::string& name, Config& config, Origins& origins) {
    const Target target{config, origins};
    for (const Entry& entry : read_toml(text, name)) {
        const std::string place = name + ":" + std::to_string(entry.line) + ": ";
        const std::vector<std::string>& path = entry.path;
        if (path.size() == 1) {
            read_section(place, entry);
        } else if (!has_names(path.front())) {
            read_key(target, place, path.front(), "", entry);
        } else if (path.size() == 2) {
            read_named(target, place, entry);
        } else {
            read_key(target, place, path.front(), path[1], entry);
        }
    }
}

void read_environment(Config& config, Origins& origins) {
    std::map<std::string, std::string> variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view line = *entry;
        const std::size_t equals = line.find('=');
        if (!line.starts_with("HANDOFF_") || equals == std::string_view::npos) continue;
        variables.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    const Target target{config, origins};
    if (const std::string& manager = variables["HANDOFF_MANAGER"]; !manager.empty()) {
        const Key& connect = *find_key("client", "connect");
        put(target, connect, "", from_text(connect, manager), "HANDOFF_MANAGER");
    }
    for (const auto& [name, text] : variables) {
        if (name.starts_with("HANDOFF__")) read_variable(target, name, text);
    }
}

}  // namespace handoff::settings

#include "config_roles.hpp"

#include <array>

#include "config_values.hpp"
#include "core/name.hpp"
#include "handoff/endpoint.hpp"

namespace handoff::settings {

namespace {

template <auto Field>
Value get_of_role(const Config& config, const std::string& name) {
    const auto found = config.roles.find(name);
    if (found == config.roles.end() || (found->second.*Field).empty()) return {};
    return found->second.*Field;
}

template <auto Field>
void set_of_role(Config& config, const std::string& name, const Value& value) {
    config.roles[name].*Field = std::get<std::vector<std::string>>(value);
}

template <auto Field>
constexpr Key key(std::string_view name, std::string_view meaning) {
    return {.section = "roles",
            .name = name,
            .kind = Kind::names,
            .access = {get_of_role<Field>, set_of_role<Field>},
            .initial = "none",
            .meaning = meaning};
}

constexpr std::array table{
    key<&RoleOptions::keys>("keys",
                            "who has the role: names of files in `[security] clients` "
                            "without .pub, also as patterns, or public keys"),
    key<&RoleOptions::put>("put", "where they may put items and change objects"),
    key<&RoleOptions::get>("get", "where they may take and see items and read objects"),
    key<&RoleOptions::create>("create", "what they may make"),
    key<&RoleOptions::destroy>("destroy", "what they may destroy"),
    key<&RoleOptions::admin>("admin", "where they may purge, kick, close at once and break locks"),
};

}  // namespace

std::span<const Key> role_keys() {
    return table;
}

void check_roles(const Config& config, const Origins& origins) {
    for (const auto& [name, role] : config.roles) {
        const std::string section = section_text("roles", name);
        const std::string_view why = core::name_fault(name);
        if (!why.empty()) {
            refuse("[roles." + key_text(name) + "]", "the name of a role " + std::string(why));
        }
        if (role.keys.empty()) {
            refuse(where(origins, section + " keys"),
                   "nobody has this role; name the clients that do");
        }
    }
    if (config.roles.empty() || config.security.mechanism == Mechanism::curve) return;
    for (const std::string& address : config.manager.listen) {
        const Scheme scheme = Endpoint::parse(address).scheme;
        if (scheme != Scheme::tcp && scheme != Scheme::ws) continue;
        refuse(where(origins, "[security] mechanism"),
               "there are roles, and whoever reaches " + core::quoted(address) +
                   " without a key may do all; set mechanism = \"curve\"");
    }
}

}  // namespace handoff::settings

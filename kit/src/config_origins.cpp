#include "handoff/config_origins.hpp"

#include <algorithm>
#include <utility>

#include "config_keys.hpp"
#include "config_sources.hpp"
#include "config_values.hpp"
#include "handoff/endpoint.hpp"

namespace handoff {

namespace {

using settings::Key;
using settings::Kind;

/// The place alone: "farm.toml:12: [manager] heartbeat" → "farm.toml:12".
std::string place_of(const std::string& origin, const std::string& setting) {
    const std::string tail = ": " + setting;
    return origin.substr(0, origin.size() - (origin.ends_with(tail) ? tail.size() : 0));
}

settings::Value value_in(const Config& config, const Key& key, const std::string& table) {
    if (key.access.get == nullptr) return {};
    return key.access.get(config, table);
}

/// Where effective() took a value from that `config` leaves open.
std::string origin_of_filled_in(const Config& config, const Key& key) {
    const std::vector<std::string>& listen = config.manager.listen;
    const bool listed = std::any_of(listen.begin(), listen.end(), [](const std::string& address) {
        return Endpoint::parse(address).connectable();
    });
    if (key.kind == Kind::connect && listed) return "from listen";
    return key.kind == Kind::duration ? "from session_limit" : "default";
}

}  // namespace

Config ConfigOrigins::load(const std::filesystem::path& file, Config base) {
    origins_.clear();
    return loaded_ = settings::load(file, std::move(base), origins_);
}

Config ConfigOrigins::load(Config base) {
    origins_.clear();
    return loaded_ = settings::load(std::move(base), origins_);
}

std::vector<Setting> ConfigOrigins::settings(const Config& config) const {
    const Config effective = config.effective();
    std::vector<Setting> all;
    const auto add = [&](const Key& key, const std::string& table) {
        Setting setting{settings::table_text(key.section, table),
                        table,
                        std::string(key.name),
                        "",
                        "default",
                        false};
        const settings::Value value = value_in(effective, key, table);
        const settings::Value given = value_in(config, key, table);
        const std::string name = settings::setting_text(key, table);
        const auto origin = origins_.find(name);
        setting.value = toml(key, value);
        if (origin != origins_.end() && given == value_in(loaded_, key, table)) {
            setting.origin = place_of(origin->second, name);
        } else if (value != given) {
            setting.origin = origin_of_filled_in(config, key);
        } else if (given != value_in(Config{}, key, table)) {
            setting.origin = "code";
        } else {
            setting.undecided = key.access.opinion;
        }
        if (setting.value.empty()) setting.value = toml_default(key);
        const bool nothing_to_say = setting.value.empty() && !key.access.opinion;
        if (!table.empty() && nothing_to_say) return;
        all.push_back(std::move(setting));
    };
    const auto add_section = [&](std::string_view section, const std::string& table) {
        for (const Key& key : settings::keys()) {
            if (key.section == section && key.kind != Kind::refused) add(key, table);
        }
    };
    for (const std::string_view section : settings::sections()) {
        if (!settings::has_names(section)) {
            add_section(section, "");
            continue;
        }
        for (const std::string& name : settings::names_in(section, config)) {
            add_section(section, name);
        }
    }
    return all;
}

}  // namespace handoff

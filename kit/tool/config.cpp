#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "handoff/config_origins.hpp"

namespace handoff::tool {
namespace {

/// Origins stand in one column. A line that is longer than this goes beyond it.
constexpr std::size_t column_max = 60;

/// The settings in force when a command is given these options.
std::vector<Setting> settings_for(const ShowArguments& arguments) {
    ConfigOrigins origins;
    Config config = arguments.file.empty() ? origins.load() : origins.load(arguments.file);
    if (!arguments.manager.empty()) config.client.connect = {arguments.manager};
    if (!arguments.listen.empty()) config.manager.listen = arguments.listen;
    std::vector<Setting> settings = origins.settings(config);
    for (Setting& setting : settings) {
        const bool connect = setting.section == "client" && setting.key == "connect";
        if (connect && !arguments.manager.empty()) setting.origin = "--manager";
        if (setting.key == "listen" && !arguments.listen.empty()) setting.origin = "--listen";
    }
    return settings;
}

/// What nobody has decided is a comment: written into a file, it would be decided.
std::string name_of(const Setting& setting) {
    return (setting.undecided ? "# " : "") + setting.key;
}

std::string remark_on(const Setting& setting) {
    std::string remark = setting.origin + (setting.undecided ? ", unless a client says" : "");
    for (char& c : remark) {
        if (c == '\n' || c == '\r') c = ' ';  // a file may have any name
    }
    return remark;
}

void pad(std::string& text, std::size_t width) {
    text.append(width > text.size() ? width - text.size() : 0, ' ');
}

/// "key = value" with the signs of a section below each other.
std::vector<std::string> lines_of(const std::vector<Setting>& settings) {
    std::vector<std::string> lines;
    for (const Setting& setting : settings) {
        std::size_t width = 0;
        for (const Setting& other : settings) {
            if (other.section == setting.section) width = std::max(width, name_of(other).size());
        }
        std::string line = name_of(setting);
        pad(line, width);
        lines.push_back(line + " = " + (setting.value.empty() ? "none" : setting.value));
    }
    return lines;
}

void print_toml(const std::vector<Setting>& settings) {
    std::vector<std::string> lines = lines_of(settings);
    std::size_t column = 0;
    for (const std::string& line : lines) {
        if (line.size() <= column_max) column = std::max(column, line.size());
    }
    std::string section;
    for (std::size_t at = 0; at < settings.size(); ++at) {
        if (settings[at].section != section) {
            std::printf("%s[%s]\n", section.empty() ? "" : "\n", settings[at].section.c_str());
            section = settings[at].section;
        }
        pad(lines[at], column);
        std::printf("%s  # %s\n", lines[at].c_str(), remark_on(settings[at]).c_str());
    }
}

nlohmann::json value_of(const Setting& setting) {
    std::string text = setting.value;
    if (text.empty()) return nullptr;
    // TOML's strings, flags and arrays are JSON as well; its numbers are without their marks.
    if (text.front() != '"' && text.front() != '[') std::erase(text, '_');
    return nlohmann::json::parse(text);
}

void print_json(const std::vector<Setting>& settings) {
    nlohmann::ordered_json all;
    for (const Setting& setting : settings) {
        nlohmann::ordered_json& section =
            setting.table.empty()
                ? all[setting.section]
                : all[setting.section.substr(0, setting.section.find('.'))][setting.table];
        nlohmann::ordered_json& entry = section[setting.key];
        entry["value"] = value_of(setting);
        entry["origin"] = setting.origin;
        if (setting.undecided) entry["undecided"] = true;
    }
    constexpr auto odd_bytes =
        nlohmann::ordered_json::error_handler_t::replace;  // of a file's name
    std::printf("%s\n", all.dump(2, ' ', false, odd_bytes).c_str());
}

}  // namespace

int config_check(const std::string& file) {
    Config::load(file).check();
    std::printf("%s: ok\n", file.c_str());
    return exit_done;
}

int config_show(const ShowArguments& arguments) {
    const std::vector<Setting> settings = settings_for(arguments);
    arguments.json ? print_json(settings) : print_toml(settings);
    return exit_done;
}

}  // namespace handoff::tool

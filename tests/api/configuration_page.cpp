#include "api/configuration_page.hpp"

#include <fstream>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "config_keys.hpp"
#include "config_values.hpp"

namespace handoff::test {

namespace {

using settings::Key;
using settings::Kind;

std::string_view type_text(Kind kind) {
    switch (kind) {
        case Kind::flag: return "flag";
        case Kind::count: return "count";
        case Kind::size: return "size";
        case Kind::duration: return "duration";
        case Kind::word: return "word";
        case Kind::queue: return "queue name";
        case Kind::folder: return "folder";
        case Kind::file: return "file";
        case Kind::names: return "names";
        case Kind::listen:
        case Kind::connect: return "addresses";
        case Kind::refused: return "";
    }
    return "";
}

/// Values as a file has them; prose as it is.
std::string default_text(const Key& key) {
    const std::string value = toml_default(key);
    return value.empty() ? std::string(key.initial) : value;
}

std::string row(std::initializer_list<std::string> cells) {
    std::string out = "|";
    for (const std::string& cell : cells) out += cell.empty() ? " |" : " " + cell + " |";
    return out + "\n";
}

std::string code(const std::string& text) {
    return "`" + text + "`";
}

std::string settings_tables() {
    std::string out;
    for (const std::string_view section : settings::sections()) {
        out += "### " + code(settings::section_text(section)) + "\n\n";
        out += "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
        for (const Key& key : settings::keys()) {
            if (key.section != section) continue;
            const bool refused = key.kind == Kind::refused;
            out += row({code(std::string(key.name)), std::string(type_text(key.kind)),
                        default_text(key), refused ? "not supported yet" : range_text(key),
                        std::string(key.meaning)});
        }
        out += "\n";
    }
    return out;
}

std::string refusals_table() {
    std::string out = "| key | refused |\n|---|---|\n";
    for (const Key& key : settings::keys()) {
        const std::string name =
            code(settings::section_text(key.section) + " " + std::string(key.name));
        if (key.kind == Kind::refused) out += row({name, "always"});
        if (key.kind != Kind::word || key.words_supported == key.words.size()) continue;
        std::string words;
        for (const std::string_view word : key.words.subspan(key.words_supported)) {
            words += (words.empty() ? "" : ", ") + code(settings::toml_string(word));
        }
        out += row({name, words});
    }
    return out + "\n";
}

/// Puts `text` between the two marks of that name.
void replace_between(std::string& page, const std::string& name, const std::string& text) {
    const std::string begin = "<!-- " + name + ": written by the target configuration_page -->\n\n";
    const std::string end = "<!-- end of " + name + " -->\n";
    const std::size_t first = page.find(begin);
    const std::size_t last = page.find(end, first);
    if (first == std::string::npos || last == std::string::npos) {
        throw std::runtime_error{"the page has no place for the tables of " + name +
                                 ", which is between\n" + begin + end};
    }
    const std::size_t from = first + begin.size();
    page.replace(from, last - from, text);
}

}  // namespace

std::string configuration_page() {
    return HANDOFF_SOURCE_DIR "/docs/configuration.md";
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open()) throw std::runtime_error{path + " cannot be read"};
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string with_fresh_tables(std::string page) {
    replace_between(page, "settings", settings_tables());
    replace_between(page, "refusals", refusals_table());
    return page;
}

}  // namespace handoff::test

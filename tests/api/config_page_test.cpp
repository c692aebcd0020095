// docs/configuration.md says what the code does: its tables are made again from the code's own.

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "config_keys.hpp"
#include "config_values.hpp"
#include "support/catch.hpp"

using handoff::settings::Key;
using handoff::settings::Kind;

namespace {

std::string_view type_text(Kind kind) {
    switch (kind) {
        case Kind::flag: return "flag";
        case Kind::count: return "count";
        case Kind::size: return "size";
        case Kind::duration: return "duration";
        case Kind::word: return "word";
        case Kind::queue: return "queue name";
        case Kind::listen:
        case Kind::connect: return "addresses";
        case Kind::refused: return "";
    }
    return "";
}

/// Values of a file as they are written there; prose as it is.
std::string initial_text(const Key& key) {
    if (!key.initial.empty()) return std::string(key.initial);
    if (key.access.get == nullptr) return "";
    const std::string text = format(key, key.access.get(handoff::Config{}, ""));
    return key.kind == Kind::size || key.kind == Kind::duration ? "\"" + text + "\"" : text;
}

std::string row(const Key& key) {
    const std::string range = key.kind == Kind::refused ? "not supported yet" : range_text(key);
    std::string out = "|";
    for (const std::string& cell :
         {"`" + std::string(key.name) + "`", std::string(type_text(key.kind)), initial_text(key),
          range, std::string(key.meaning)}) {
        out += cell.empty() ? " |" : " " + cell + " |";
    }
    return out;
}

std::vector<std::string> tables() {
    std::vector<std::string> lines;
    for (const std::string_view section : handoff::settings::sections()) {
        lines.push_back("### `" + handoff::settings::section_text(section) + "`");
        lines.push_back("| key | type | default | range | meaning |");
        lines.push_back("|---|---|---|---|---|");
        for (const Key& key : handoff::settings::keys()) {
            if (key.section == section) lines.push_back(row(key));
        }
    }
    return lines;
}

/// The same lines of the page: the headings and tables of one chapter.
std::vector<std::string> tables_of(const std::string& path) {
    std::ifstream page(path);
    REQUIRE(page.is_open());
    std::vector<std::string> lines;
    bool within = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) within = line == "## Every setting";
        const bool table = line.starts_with("|") || line.starts_with("### `");
        if (within && table) lines.push_back(line);
    }
    return lines;
}

}  // namespace

TEST_CASE("the page on configuration has the tables that the code goes by") {
    const std::vector<std::string> expected = tables();
    const std::vector<std::string> found = tables_of(HANDOFF_SOURCE_DIR "/docs/configuration.md");
    for (std::size_t at = 0; at < std::min(expected.size(), found.size()); ++at) {
        REQUIRE(found[at] == expected[at]);
    }
    CHECK(found.size() == expected.size());
}

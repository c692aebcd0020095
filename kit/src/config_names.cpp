#include <algorithm>
#include <numeric>

#include "config_keys.hpp"
#include "core/name.hpp"

/// What settings and their tables are called, and what a misspelt one may have been meant to be.
namespace handoff::settings {

namespace {

/// How many bytes to insert, delete or replace to make one word of the other (Levenshtein).
std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

bool is_bare_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
}

/// Whether TOML takes the name without quotes.
bool is_bare(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), is_bare_character);
}

}  // namespace

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string key_text(const std::string& name) {
    return is_bare(name) ? name : core::quoted(name);
}

std::string table_text(std::string_view section, const std::string& queue) {
    if (!has_names(section)) return std::string(section);
    return std::string(section) + "." + (is_bare(queue) ? queue : toml_string(queue));
}

std::string section_text(std::string_view section, const std::string& queue) {
    return "[" + table_text(section, queue) + "]";
}

std::string setting_text(const Key& key, const std::string& queue) {
    return section_text(key.section, queue) + " " + std::string(key.name);
}

std::string section_text(std::string_view section) {
    return section_text(section, "NAME");
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates) {
    if (text.size() > 100) return {};  // nobody meant this to be one of ours
    std::string_view best;
    std::size_t best_distance = std::clamp<std::size_t>(text.size() / 3, 2, 4) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(text, candidate);
        if (distance >= best_distance || distance >= candidate.size()) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

std::string join(std::span<const std::string_view> words) {
    std::string out;
    for (const std::string_view word : words) {
        if (!out.empty()) out += ", ";
        out += word;
    }
    return out;
}

}  // namespace handoff::settings

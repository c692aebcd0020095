#include "tidy/source.hpp"

#include "tidy/scan_cpp.hpp"

#include <utility>

namespace handoff::tidy {

namespace {

Language language_of(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (name.ends_with(".cpp") || name.ends_with(".hpp")) return Language::cpp;
    if (name == "CMakeLists.txt" || name.ends_with(".cmake")) return Language::cmake;
    if (name.ends_with(".sh") || path == ".ci/run") return Language::shell;
    if (name.ends_with(".md")) return Language::markdown;
    return Language::other;
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

/// Where the comment of a line of CMake or shell begins: at a `#` that starts a word and stands in
/// no quotes. Quotes that span lines are rare there, and are taken to end with the line.
std::size_t comment_start(std::string_view line) {
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote != 0) {
            if (c == '\\') {
                ++i;
            } else if (c == quote) {
                quote = 0;
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
            return i;
        }
    }
    return line.size();
}

void scan_script(Source& source) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const std::string_view line = source.lines[i];
        const std::size_t comment = comment_start(line);
        if (comment < line.size()) {
            source.comments.push_back({i + 1, std::string(line.substr(comment + 1))});
        }
        std::string word;
        for (const char c : line.substr(0, comment)) {
            if (is_name_character(c)) {
                word += c;
                continue;
            }
            if (!word.empty()) source.tokens.push_back({i + 1, std::exchange(word, {})});
            if (c != ' ' && c != '\t') source.tokens.push_back({i + 1, std::string(1, c)});
        }
        if (!word.empty()) source.tokens.push_back({i + 1, word});
    }
}

}  // namespace

Source scan(std::string path, std::string text) {
    Source source;
    source.path = std::move(path);
    source.text = std::move(text);
    source.language = language_of(source.path);
    source.lines = split_lines(source.text);
    if (source.language == Language::cpp) scan_cpp(source);
    if (source.language == Language::cmake || source.language == Language::shell) {
        scan_script(source);
    }
    return source;
}

bool is_header(const Source& source) {
    return source.path.ends_with(".hpp");
}

bool is_below(const Source& source, std::string_view folder) {
    return source.path.starts_with(folder);
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace handoff::tidy

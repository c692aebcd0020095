#include "tidy/rules.hpp"

#include <algorithm>
#include <string_view>

namespace handoff::tidy {

namespace {

constexpr std::size_t file_lines_max = 500;
constexpr std::size_t columns_max = 100;

bool is_code(const Source& source) {
    return source.language == Language::cpp || source.language == Language::cmake ||
           source.language == Language::shell;
}

/// Characters, not bytes: the bytes that continue a UTF-8 character take no column.
std::size_t columns_of(std::string_view line) {
    return static_cast<std::size_t>(
        std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string to_string(const Finding& finding) {
    return finding.path + ":" + std::to_string(finding.line) + ": " + finding.rule + ": " +
           finding.advice;
}

Findings check_file_length(const Source& source) {
    if (!is_code(source) || source.lines.size() <= file_lines_max) return {};
    return {{source.path, file_lines_max + 1, "file-length",
             std::to_string(source.lines.size()) + " lines; at most " +
                 std::to_string(file_lines_max) + ": there are two subjects here, part them"}};
}

Findings check_columns(const Source& source) {
    Findings findings;
    if (!is_code(source)) return findings;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const std::size_t columns = columns_of(source.lines[i]);
        if (columns <= columns_max) continue;
        findings.push_back({source.path, i + 1, "columns",
                            std::to_string(columns) + " columns; break the line before " +
                                std::to_string(columns_max + 1)});
    }
    return findings;
}

Findings check_pragma_once(const Source& source) {
    if (!is_header(source)) return {};
    if (!source.directives.empty() && source.directives.front().text == "pragma once") return {};
    return {{source.path, 1, "pragma-once", "begin the header with #pragma once"}};
}

Findings check_using_namespace(const Source& source) {
    Findings findings;
    if (!is_header(source)) return findings;
    for (std::size_t i = 1; i < source.tokens.size(); ++i) {
        if (source.tokens[i - 1].text == "using" && source.tokens[i].text == "namespace") {
            findings.push_back({source.path, source.tokens[i].line, "using-namespace",
                                "a header decides this for all who include it; write names out"});
        }
    }
    return findings;
}

}  // namespace handoff::tidy

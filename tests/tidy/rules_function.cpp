// The length of functions. A parser of C++ would be a project of its own; what is needed here is to
// tell the brace that opens a function's body from those of namespaces, classes and initialisers,
// and what stands before a brace tells that well enough.

#include "tidy/rules.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace handoff::tidy {

namespace {

constexpr std::size_t function_lines_max = 70;

using Tokens = std::span<const Piece>;

bool is_one_of(std::string_view token, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, token) != words.end();
}

/// Without `template <...>` and attributes, which may stand before anything.
Tokens skip_prefixes(Tokens statement) {
    for (;;) {
        const bool is_template = !statement.empty() && statement.front().text == "template";
        const bool is_attribute = !statement.empty() && statement.front().text == "[";
        if (!is_template && !is_attribute) return statement;
        const std::string_view open = is_template ? "<" : "[";
        const std::string_view close = is_template ? ">" : "]";
        std::size_t depth = 0;
        std::size_t i = 0;
        for (; i < statement.size(); ++i) {
            if (statement[i].text == open) ++depth;
            if (statement[i].text == close && --depth == 0) break;
        }
        statement = statement.subspan(std::min(i + 1, statement.size()));
    }
}

bool has_parenthesis(Tokens statement) {
    return std::ranges::any_of(statement, [](const Piece& token) { return token.text == "("; });
}

/// True if a brace after these words opens a place in which functions may stand. `struct timeval
/// now() {` begins with the word `struct` but has a parenthesis.
bool opens_scope(Tokens statement) {
    statement = skip_prefixes(statement);
    if (statement.empty()) return false;
    const std::string_view first = statement.front().text;
    const bool is_namespace = first == "namespace" || (first == "inline" && statement.size() > 1 &&
                                                       statement[1].text == "namespace");
    if (is_namespace) return true;
    return is_one_of(first, {"class", "struct", "union", "enum", "extern", "typedef"}) &&
           !has_parenthesis(statement);
}

/// Walks over the code between functions, and jumps over the functions.
class FunctionFinder {
public:
    explicit FunctionFinder(const Source& source) : source_(source), tokens_(source.tokens) {}

    Findings run() {
        std::size_t begin = 0;  // of the statement that we are in
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const std::string_view token = tokens_[i].text;
            if (is_one_of(token, {";", "}"}) || (token == ":" && is_access(i))) {
                begin = i + 1;
            } else if (token == "{") {
                const Tokens statement = tokens_.subspan(begin, i - begin);
                if (opens_scope(statement)) {
                    begin = i + 1;
                    continue;
                }
                const std::size_t end = closing(i);
                if (is_body(statement, end)) {
                    note(statement.front(), tokens_[i].line, tokens_[end].line);
                    begin = end + 1;
                }
                i = end;
            }
        }
        return std::move(findings_);
    }

private:
    /// `public:` ends what stood before, as a semicolon does.
    [[nodiscard]] bool is_access(std::size_t colon) const {
        return colon > 0 && is_one_of(tokens_[colon - 1].text, {"public", "protected", "private"});
    }

    /// The brace that closes the one at `open`; the last token if there is none.
    [[nodiscard]] std::size_t closing(std::size_t open) const {
        std::size_t depth = 0;
        for (std::size_t i = open; i < tokens_.size(); ++i) {
            if (tokens_[i].text == "{") ++depth;
            if (tokens_[i].text == "}" && --depth == 0) return i;
        }
        return tokens_.size() - 1;
    }

    /// A function's braces follow a parameter list. Those of a member's initialiser do as well, in
    /// `A(int n) : n_{n} {`, but then a comma or the body follows; those of a default argument are
    /// followed by a parenthesis or a comma.
    [[nodiscard]] bool is_body(Tokens statement, std::size_t end) const {
        const bool goes_on =
            end + 1 < tokens_.size() && is_one_of(tokens_[end + 1].text, {",", "{", ")", "."});
        return has_parenthesis(statement) && !goes_on;
    }

    void note(const Piece& first, std::size_t begin, std::size_t end) {
        const std::size_t lines = end - begin + 1;
        if (lines <= function_lines_max) return;
        findings_.push_back({source_.path, first.line, "function-length",
                             std::to_string(lines) + " lines; at most " +
                                 std::to_string(function_lines_max) +
                                 ": give a name to a part of it"});
    }

    const Source& source_;
    Tokens tokens_;
    Findings findings_;
};

}  // namespace

Findings check_function_length(const Source& source) {
    if (source.language != Language::cpp) return {};
    return FunctionFinder(source).run();
}

}  // namespace handoff::tidy

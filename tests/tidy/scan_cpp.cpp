#include "tidy/scan_cpp.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace handoff::tidy {

namespace {

/// Walks over the text once. Each take_ function is called at the first character of its thing and
/// leaves the position behind the last one.
class CppScanner {
public:
    explicit CppScanner(Source& source) : source_(source), text_(source.text) {}

    void run() {
        while (at_ < text_.size()) {
            take_one();
        }
    }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    [[nodiscard]] bool looking_at(std::string_view what) const {
        return text_.substr(at_).starts_with(what);
    }

    void advance(std::size_t count = 1) {
        for (; count > 0 && at_ < text_.size(); --count, ++at_) {
            if (text_[at_] == '\n') {
                ++line_;
                line_is_blank_ = true;
            } else if (text_[at_] != ' ' && text_[at_] != '\t') {
                line_is_blank_ = false;
            }
        }
    }

    void take_one() {
        const char c = peek();
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\\') {
            advance();
        } else if (looking_at("//")) {
            take_comment("\n");
        } else if (looking_at("/*")) {
            take_comment("*/");
        } else if (c == '#' && line_is_blank_) {
            take_directive();
        } else if (c == '"') {
            take_literal('"');
        } else if (c == '\'') {
            take_literal('\'');
        } else if (is_name_character(c)) {
            take_word();
        } else {
            take_punctuation();
        }
    }

    void take_comment(std::string_view end_mark) {
        const std::size_t line = line_;
        const std::size_t end = std::min(text_.find(end_mark, at_ + 2), text_.size());
        source_.comments.push_back({line, std::string(text_.substr(at_ + 2, end - at_ - 2))});
        advance(end - at_);
        if (end_mark == "*/") advance(2);
    }

    /// A directive with its continued lines; a comment at its end is left for the next turn.
    void take_directive() {
        const std::size_t line = line_;
        advance();
        std::string directive;
        while (at_ < text_.size() && peek() != '\n' && !looking_at("//") && !looking_at("/*")) {
            if (looking_at("\\\n")) advance();
            directive += peek();
            advance();
        }
        directive.erase(0, directive.find_first_not_of(" \t"));
        directive.erase(directive.find_last_not_of(" \t\r") + 1);
        if (directive.starts_with("include")) note_include(line, directive.substr(7));
        source_.directives.push_back({line, std::move(directive)});
    }

    void note_include(std::size_t line, std::string_view rest) {
        const std::size_t open = rest.find_first_of("<\"");
        if (open == std::string_view::npos) return;
        const bool angled = rest[open] == '<';
        const std::size_t close = rest.find(angled ? '>' : '"', open + 1);
        if (close == std::string_view::npos) return;
        source_.includes.push_back(
            {line, std::string(rest.substr(open + 1, close - open - 1)), angled});
    }

    void take_literal(char quote) {
        const std::size_t line = line_;
        advance();
        const std::size_t begin = at_;
        while (at_ < text_.size() && peek() != quote && peek() != '\n') {
            advance(peek() == '\\' ? 2 : 1);
        }
        note_literal(line, quote, text_.substr(begin, at_ - begin));
        advance();
    }

    void take_raw_string() {
        const std::size_t line = line_;
        const std::size_t open = text_.find('(', at_);
        if (open == std::string_view::npos) return advance();
        const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
        const std::size_t end = std::min(text_.find(close, open), text_.size());
        note_literal(line, '"', text_.substr(open + 1, end - open - 1));
        advance(end - at_ + close.size());
    }

    /// Rules about code see that a literal is there, and nothing of what it says.
    void note_literal(std::size_t line, char quote, std::string_view content) {
        if (quote == '"') source_.strings.push_back({line, std::string(content)});
        source_.tokens.push_back({line, std::string(2, quote)});
    }

    void take_word() {
        const std::size_t line = line_;
        const bool number = peek() >= '0' && peek() <= '9';
        std::string word;
        while (is_name_character(peek()) || (number && is_inside_number())) {
            word += peek();
            advance();
        }
        if (peek() == '"' && (word == "R" || word == "u8R" || word == "LR")) {
            return take_raw_string();
        }
        source_.tokens.push_back({line, std::move(word)});
    }

    /// The marks of 1'000 and 1.5; a quote after a name would begin a character.
    [[nodiscard]] bool is_inside_number() const {
        return peek() == '.' || (peek() == '\'' && is_name_character(peek(1)));
    }

    void take_punctuation() {
        const std::size_t length = looking_at("::") || looking_at("->") ? 2 : 1;
        source_.tokens.push_back({line_, std::string(text_.substr(at_, length))});
        advance(length);
    }

    Source& source_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    bool line_is_blank_ = true;  // nothing but blanks so far in this line
};

}  // namespace

void scan_cpp(Source& source) {
    CppScanner(source).run();
}

}  // namespace handoff::tidy

#include "tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace handoff::tidy {

namespace {

/// Where the text holds the word, with no character of a name on either side; npos if nowhere.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
    for (std::size_t at = text.find(word, from); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || !is_name_character(text[at - 1]);
        if (begins && (end == text.size() || !is_name_character(text[end]))) return at;
    }
    return std::string_view::npos;
}

bool has_word(std::string_view text, std::string_view word) {
    return find_word(text, word) != std::string_view::npos;
}

/// Comments where comments can be told from the rest, else all lines.
std::vector<Piece> prose_of(const Source& source) {
    if (source.language == Language::cpp) return source.comments;
    std::vector<Piece> prose;
    for (std::size_t i = 0; i < source.lines.size(); ++i) prose.push_back({i + 1, source.lines[i]});
    return prose;
}

/// True if the path begins at the root of the file system: "docs/work/" is one of ours.
bool has_absolute(std::string_view line, std::string_view path) {
    for (std::size_t at = line.find(path); at != std::string_view::npos;
         at = line.find(path, at + 1)) {
        if (at == 0 || (!is_name_character(line[at - 1]) && line[at - 1] != '.')) return true;
    }
    return false;
}

bool is_test_path(const Source& source) {
    return is_below(source, "tests/") || is_below(source, "examples/");
}

// The hosts that our pages may point to. A new one is welcome when the page that it serves is meant
// to outlive us; places to download from are not.
constexpr std::array agreed_hosts{
    std::string_view{"beanstalkd.github.io"},
    std::string_view{"cmake.org"},
    std::string_view{"curvezmq.org"},
    std::string_view{"docs.nats.io"},
    std::string_view{"docs.python.org"},
    std::string_view{"en.cppreference.com"},
    std::string_view{"example.com"},
    std::string_view{"example.org"},
    std::string_view{"github.com"},
    std::string_view{"keepachangelog.com"},
    std::string_view{"libzmq.readthedocs.io"},
    std::string_view{"man7.org"},
    std::string_view{"msgpack.org"},
    std::string_view{"nats.io"},
    std::string_view{"rfc.zeromq.org"},
    std::string_view{"semver.org"},
    std::string_view{"sqlite.org"},
    std::string_view{"toml.io"},
    std::string_view{"www.sqlite.org"},
    std::string_view{"www.w3.org"},  // the name of SVG is an address there
    std::string_view{"zeromq.org"},
    std::string_view{"zguide.zeromq.org"},
    std::string_view{"localhost"},
};

// Below these, written with a slash on both sides, lie things that only one machine has.
constexpr std::array machine_folders{std::string_view{"home"}, std::string_view{"root"},
                                     std::string_view{"tmp"}, std::string_view{"var/tmp"},
                                     std::string_view{"work"}};

}  // namespace

Findings check_sleep(const Source& source) {
    Findings findings;
    if (!is_test_path(source)) return findings;
    constexpr std::array calls{std::string_view{"sleep_for"}, std::string_view{"sleep_until"},
                               std::string_view{"usleep"}, std::string_view{"nanosleep"},
                               std::string_view{"sleep"}};
    const auto& tokens = source.tokens;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (std::ranges::find(calls, tokens[i].text) == calls.end()) continue;
        const bool called = i + 1 < tokens.size() && tokens[i + 1].text == "(";
        if (source.language == Language::cpp && !called) continue;
        findings.push_back({source.path, tokens[i].line, "sleep",
                            "wait for the event itself: a reply, a pipe, a process's end"});
    }
    return findings;
}

Findings check_unfinished(const Source& source) {
    Findings findings;
    // Put together, as this file is looked at as well.
    const std::array words{std::string{"TO"} + "DO", std::string{"FIX"} + "ME",
                           std::string{"X"} + "XX"};
    for (const Piece& piece : prose_of(source)) {
        for (const std::string& word : words) {
            if (!has_word(piece.text, word)) continue;
            findings.push_back({source.path, piece.line, "unfinished",
                                "do it, or say on a page that it is not done and why"});
        }
    }
    return findings;
}

Findings check_disabled_tests(const Source& source) {
    Findings findings;
    const std::array declarations{
        std::string_view{"add_test"}, std::string_view{"catch_discover_tests"},
        std::string_view{"handoff_test_program"}, std::string_view{"TEST_CASE"},
        std::string_view{"TEST_CASE_METHOD"}};
    for (const Piece& comment : source.comments) {
        for (const std::string_view declaration : declarations) {
            const std::size_t at = find_word(comment.text, declaration);
            // A sentence may name the function, `add_test()` or so; code passes it something.
            const std::size_t next = at + declaration.size();
            if (at == std::string::npos || next + 1 >= comment.text.size()) continue;
            if (comment.text[next] != '(' || comment.text[next + 1] == ')') continue;
            findings.push_back({source.path, comment.line, "disabled-test",
                                "repair the test or delete it; history keeps it"});
        }
    }
    if (!is_below(source, "tests/")) return findings;
    for (const Piece& string : source.strings) {
        if (!string.text.starts_with("[.") || !string.text.ends_with("]")) continue;
        findings.push_back({source.path, string.line, "disabled-test",
                            "a hidden case runs never; let it run, or skip it with a reason"});
    }
    return findings;
}

Findings check_machine_paths(const Source& source) {
    Findings findings;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const std::string_view line = source.lines[i];
        for (const std::string_view folder : machine_folders) {
            const std::string path = "/" + std::string(folder) + "/";
            if (!has_absolute(line, path)) continue;
            findings.push_back({source.path, i + 1, "machine-path",
                                path + ": write a path that every machine has, or one relative "
                                       "to the project, or ask the system for one"});
        }
    }
    return findings;
}

Findings check_hosts(const Source& source) {
    Findings findings;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const std::string_view line = source.lines[i];
        for (const std::string_view scheme : {"http://", "https://"}) {
            for (std::size_t at = line.find(scheme); at != std::string_view::npos;
                 at = line.find(scheme, at + 1)) {
                const std::string_view rest = line.substr(at + scheme.size());
                const std::size_t end = std::min(
                    rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-"), rest.size());
                const std::string_view host = rest.substr(0, end);
                const bool agreed = std::ranges::find(agreed_hosts, host) != agreed_hosts.end();
                if (agreed || host.find('.') == std::string_view::npos) continue;
                findings.push_back({source.path, i + 1, "host",
                                    std::string(host) +
                                        ": say it here in our own words, or add "
                                        "the host to " +
                                        "tests/tidy/rules_words.cpp"});
            }
        }
    }
    return findings;
}

}  // namespace handoff::tidy

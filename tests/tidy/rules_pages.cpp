#include "tidy/rules.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>

namespace handoff::tidy {

namespace {

/// The lines of a page that are not inside a fenced block of code.
std::vector<Piece> prose_lines(const Source& page) {
    std::vector<Piece> prose;
    bool fenced = false;
    for (std::size_t i = 0; i < page.lines.size(); ++i) {
        const std::string& line = page.lines[i];
        const std::size_t text = line.find_first_not_of(" >");
        if (text != std::string::npos && line.compare(text, 3, "```") == 0) {
            fenced = !fenced;
        } else if (!fenced) {
            prose.push_back({i + 1, line});
        }
    }
    return prose;
}

/// The targets of a page's links, `[text](target)`, without what follows a `#`. Links to the web
/// and within the page are left out.
std::vector<Piece> links_of(const Source& page) {
    std::vector<Piece> links;
    for (const Piece& line : prose_lines(page)) {
        for (std::size_t at = line.text.find("]("); at != std::string::npos;
             at = line.text.find("](", at + 1)) {
            const std::size_t end = line.text.find_first_of("#) ", at + 2);
            if (end == std::string::npos) continue;
            const std::string target = line.text.substr(at + 2, end - at - 2);
            if (target.empty() || target.find("://") != std::string::npos) continue;
            links.push_back({line.line, target});
        }
    }
    return links;
}

/// The path from the root of the tree that a link on the page means.
std::string resolve(const Source& page, const std::string& target) {
    const auto folder = std::filesystem::path(page.path).parent_path();
    std::string path = (folder / target).lexically_normal().generic_string();
    while (path.ends_with('/')) path.pop_back();
    return path;
}

/// A test that a page names.
struct NamedTest {
    std::size_t line = 0;
    std::string file;  ///< from the root of the tree
    std::string name;  ///< how the case's name begins; empty: only the file is named
};

std::vector<NamedTest> named_tests_of(const Source& page) {
    constexpr std::string_view ending = "_test.cpp`";
    std::vector<NamedTest> named;
    for (const Piece& line : prose_lines(page)) {
        for (std::size_t at = line.text.find(ending); at != std::string::npos;
             at = line.text.find(ending, at + 1)) {
            const std::size_t begin = line.text.rfind('`', at) + 1;
            const std::size_t end = at + ending.size();
            std::string file = line.text.substr(begin, end - 1 - begin);
            if (!file.starts_with("tests/")) file.insert(0, "tests/");
            std::string name;
            if (line.text.compare(end, 2, ": ") == 0) {
                name = line.text.substr(end + 2);
                for (const std::string_view stop : {" |", "; `", " …", ";"}) {
                    name = name.substr(0, name.find(stop));
                }
            }
            named.push_back({line.line, std::move(file), std::move(name)});
        }
    }
    return named;
}

/// The name stands behind the macro's bracket or, if it is long, at the beginning of the next line.
bool has_case(const Source& test, const std::string& name) {
    return std::ranges::any_of(test.lines, [&](const std::string& line) {
        const std::size_t at = line.find('"' + name);
        return at != std::string::npos &&
               (line.compare(0, at, "TEST_CASE(") == 0 || line.find_first_not_of(' ') == at);
    });
}

}  // namespace

Findings check_title(const Source& source) {
    Findings findings;
    if (source.language != Language::markdown) return findings;
    std::size_t titles = 0;
    bool first = true;
    for (const Piece& line : prose_lines(source)) {
        if (line.text.empty()) continue;
        const bool is_title = line.text.starts_with("# ");
        if (is_title) ++titles;
        if (first && !is_title) {
            findings.push_back(
                {source.path, line.line, "title", "begin the page with its title: # Title"});
        }
        if (is_title && titles > 1) {
            findings.push_back({source.path, line.line, "title",
                                "a page has one title; make this a section (##) or a page"});
        }
        first = false;
    }
    return findings;
}

Findings check_links(const std::vector<Source>& sources, const std::set<std::string>& exists) {
    Findings findings;
    std::map<std::string, const Source*> pages;
    for (const Source& source : sources) {
        if (source.language == Language::markdown) pages[source.path] = &source;
    }
    for (const auto& [path, page] : pages) {
        for (const Piece& link : links_of(*page)) {
            const std::string target = resolve(*page, link.text);
            if (exists.contains(target)) continue;
            findings.push_back(
                {path, link.line, "link", link.text + " leads nowhere; there is no " + target});
        }
    }
    std::set<std::string> reached;
    std::vector<std::string> ahead{"README.md"};
    while (!ahead.empty()) {
        const std::string path = ahead.back();
        ahead.pop_back();
        const auto page = pages.find(path);
        if (page == pages.end() || !reached.insert(path).second) continue;
        for (const Piece& link : links_of(*page->second)) {
            const std::string target = resolve(*page->second, link.text);
            ahead.push_back(target);
            ahead.push_back(target + "/README.md");  // a link to a folder shows its page
        }
    }
    for (const auto& [path, page] : pages) {
        if (!path.starts_with("docs/") || reached.contains(path)) continue;
        findings.push_back(
            {path, 1, "unreachable-page", "link it from the README or a page reached from there"});
    }
    return findings;
}

Findings check_named_tests(const std::vector<Source>& sources) {
    Findings findings;
    std::map<std::string, const Source*> files;
    for (const Source& source : sources) files[source.path] = &source;
    for (const Source& page : sources) {
        if (page.language != Language::markdown || !page.path.starts_with("docs/")) continue;
        for (const NamedTest& named : named_tests_of(page)) {
            const auto file = files.find(named.file);
            if (file == files.end()) {
                findings.push_back(
                    {page.path, named.line, "named-test", "there is no " + named.file});
            } else if (!named.name.empty() && !has_case(*file->second, named.name)) {
                findings.push_back({page.path, named.line, "named-test",
                                    named.file + " has no case \"" + named.name + '"'});
            }
        }
    }
    return findings;
}

}  // namespace handoff::tidy

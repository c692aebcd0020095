#include "tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace handoff::tidy {

namespace {

/// A fenced block of a page, without its fences.
struct Block {
    std::size_t line = 0;  // of its first line, counted from 1
    std::string language;
    std::vector<std::string_view> lines;
};

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

std::vector<Block> blocks_of(const Source& page) {
    std::vector<Block> blocks;
    bool open = false;
    for (std::size_t i = 0; i < page.lines.size(); ++i) {
        const std::string_view line = page.lines[i];
        const std::string_view text = line.substr(indent_of(line));
        if (text.starts_with("```")) {
            open = !open;
            if (open) blocks.push_back({i + 2, std::string(text.substr(3)), {}});
        } else if (open) {
            blocks.back().lines.push_back(line);
        }
    }
    return blocks;
}

/// Pages that teach by code that is compiled and run.
bool is_lesson(const Source& page) {
    return page.path == "README.md" || page.path == "patterns/README.md" ||
           page.path == "docs/guide.md" || is_below(page, "docs/guide/");
}

/// How the files end that a block of this language may come from; empty: it is free. Commands are
/// free where they tell how to install and build.
std::vector<std::string_view> endings_of(const Source& page, std::string_view language) {
    if (language == "cpp") return {".cpp", ".hpp"};
    if (language == "toml") return {".toml"};
    if (language == "text") return {".txt"};
    if (language == "sh" && is_below(page, "docs/guide/")) return {".sh"};
    return {};
}

bool ends_like(const Source& source, const std::vector<std::string_view>& endings) {
    return std::ranges::any_of(
        endings, [&](std::string_view ending) { return source.path.ends_with(ending); });
}

/// How many lines of the block, from its first on, stand in the source from line `begin` on, all of
/// them indented by as much more or less than there.
std::size_t count_same(const Block& block, const Source& source, std::size_t begin) {
    std::optional<std::ptrdiff_t> shift;
    std::size_t same = 0;
    for (; same < block.lines.size() && begin + same < source.lines.size(); ++same) {
        const std::string_view here = block.lines[same];
        const std::string_view there = source.lines[begin + same];
        const std::size_t indent_here = indent_of(here);
        const std::size_t indent_there = indent_of(there);
        if (here.substr(indent_here) != there.substr(indent_there)) break;
        if (indent_here == here.size()) continue;  // an empty line has no indentation
        const auto by = std::ptrdiff_t(indent_there) - std::ptrdiff_t(indent_here);
        if (by != shift.value_or(by)) break;
        shift = by;
    }
    return same;
}

struct Place {
    const Source* source = nullptr;
    std::size_t begin = 0;
    std::size_t same = 0;  // lines, from the block's first on
};

/// Where the block, or most of its beginning, stands.
Place find(const Block& block, const std::vector<const Source*>& files) {
    Place best;
    for (const Source* file : files) {
        for (std::size_t begin = 0; begin < file->lines.size(); ++begin) {
            const std::size_t same = count_same(block, *file, begin);
            if (same > best.same) best = {file, begin, same};
            if (best.same == block.lines.size()) return best;
        }
    }
    return best;
}

/// What to do about a block of the page; empty: nothing.
std::optional<Finding> check(const Source& page, const Block& block,
                             const std::vector<Source>& sources) {
    constexpr std::array known{std::string_view{""},     std::string_view{"cmake"},
                               std::string_view{"cpp"},  std::string_view{"sh"},
                               std::string_view{"text"}, std::string_view{"toml"}};
    if (std::ranges::find(known, block.language) == known.end()) {
        return Finding{page.path, block.line - 1, "snippet",
                       "call the block cpp, toml, text or sh, which are compared, or cmake"};
    }
    const auto endings = endings_of(page, block.language);
    if (endings.empty()) return std::nullopt;
    std::vector<const Source*> files;
    for (const Source& source : sources) {
        if (is_below(source, "examples/") && ends_like(source, endings)) files.push_back(&source);
    }
    const Place place = find(block, files);
    if (place.same == block.lines.size()) return std::nullopt;
    std::string advice = "no file of examples has this line; write it there and copy it";
    if (place.source != nullptr) {
        advice = "make it what " + place.source->path + ":" +
                 std::to_string(place.begin + place.same + 1) + " says, or that like this";
    }
    return Finding{page.path, block.line + place.same, "snippet", advice};
}

}  // namespace

Findings check_snippets(const std::vector<Source>& sources) {
    Findings findings;
    for (const Source& page : sources) {
        if (!is_lesson(page)) continue;
        for (const Block& block : blocks_of(page)) {
            if (auto finding = check(page, block, sources)) findings.push_back(*finding);
        }
    }
    return findings;
}

}  // namespace handoff::tidy

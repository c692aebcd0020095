#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::tidy {

enum class Language { cpp, cmake, shell, markdown, other };

/// A piece of a file that begins at `line` (counted from 1).
struct Piece {
    std::size_t line = 0;
    std::string text;

    bool operator==(const Piece&) const = default;
};

struct Include {
    std::size_t line = 0;
    std::string name;
    bool angled = false;

    bool operator==(const Include&) const = default;
};

/// A file taken apart. What is a comment, a string or code is decided once, here, so that no rule
/// takes the word `sleep` in a sentence for a call.
struct Source {
    std::string path;  ///< from the root of the tree, with forward slashes
    std::string text;
    Language language = Language::other;
    std::vector<std::string> lines;
    std::vector<Piece> comments;    ///< without the marks that make them comments
    std::vector<Piece> strings;     ///< C++ only: contents of string literals
    std::vector<Include> includes;  ///< C++ only
    std::vector<Piece> directives;  ///< C++ only: `#` lines, without the `#`
    std::vector<Piece> tokens;      ///< C++: names, numbers and punctuation; CMake, shell: words
};

Source scan(std::string path, std::string text);

bool is_header(const Source& source);

/// True if the path lies below the folder, which is written with its final slash.
bool is_below(const Source& source, std::string_view folder);

/// True for the characters that a name may hold.
bool is_name_character(char c);

}  // namespace handoff::tidy

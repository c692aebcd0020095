#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace word_count {

/// Every regular file below the directory, links not followed, by name.
std::vector<std::string> files_below(const std::string& directory);

/// Calls `use` with one piece of the file after the other. No word lies across the border of two,
/// none is longer than `bytes_max`, and an empty file is one empty piece.
void for_each_piece(const std::string& file, std::size_t bytes_max,
                    const std::function<void(const std::string&)>& use);

/// The file in one piece.
std::string whole(const std::string& file);

}  // namespace word_count

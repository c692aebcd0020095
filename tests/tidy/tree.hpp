#pragma once

#include "tidy/source.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace handoff::tidy {

/// The files of the project, without what a build makes of them.
struct Tree {
    std::vector<Source> sources;
    std::set<std::string> paths;  ///< of all files and folders
};

Tree read_tree(const std::filesystem::path& root);

}  // namespace handoff::tidy
